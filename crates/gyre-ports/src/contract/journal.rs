//! The contract of the journal.
