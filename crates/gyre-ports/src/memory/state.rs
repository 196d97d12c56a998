//! The in-memory state.
