//! Known vectors and simulations of experiments.
#![expect(
    clippy::unreadable_literal,
    reason = "reference values stand as their source prints them"
)]

mod bayes;
mod cuped;
mod decision;
mod laws;
mod planned;
mod power;
mod sums;
mod watched;

/// Reference values; the script beside the file made them.
const ORACLE: &str = include_str!("../../../tests/oracles/experiment.txt");

fn oracle(name: &str) -> Vec<f64> {
    crate::tests::oracle(ORACLE, name)
}
