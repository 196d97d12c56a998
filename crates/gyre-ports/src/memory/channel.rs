//! The in-memory channel.
