//! The contract of the fold.
