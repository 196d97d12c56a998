//! Gyre's SQL functions and the one session state every engine shares.
