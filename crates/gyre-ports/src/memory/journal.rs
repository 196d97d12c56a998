//! The in-memory journal.
