//! Starts the real binary and speaks to it from outside; everything is in tests/it.
