//! The in-memory rules.
