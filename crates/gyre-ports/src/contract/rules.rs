//! The contract of the rules.
