//! Known values and simulations of lifetime value. CDNOW is read in the tests of the public
//! functions.

mod contract;
mod models;
mod scale;

/// Reference values; the script beside the file made them.
const ORACLE: &str = include_str!("../../../tests/oracles/lifetime.txt");
