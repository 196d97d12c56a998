//! The embedded journal: segment files, group commit.
