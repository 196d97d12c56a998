//! Product tests: the real binary, from outside.
