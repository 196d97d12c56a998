//! Resources as YAML: parse, check, diff.
