//! What cannot be seen from outside: every interleaving of reader, committer and writer, which files
//! a query reads, and which tables are refused.

mod files;
mod interleavings;
mod line;
