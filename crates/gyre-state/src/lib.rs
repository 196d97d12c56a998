//! The embedded state: commitments in SQLite.
