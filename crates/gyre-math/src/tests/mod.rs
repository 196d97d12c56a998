//! Known vectors, laws, and one simulation.
#![expect(
    clippy::excessive_precision,
    clippy::unreadable_literal,
    reason = "reference values stand as their source prints them"
)]

mod draw;
mod laws;
mod lift;
mod multiple;
mod sequential;
mod simulation;
mod srm;
mod tail;
mod thompson;

use crate::moments::{Mean, Metric, Proportion};

/// Asserts that `got` is within `tolerance` of `want`.
#[track_caller]
fn near(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "got {got}, want {want} ± {tolerance}");
}

fn mean(n: u64, sum: f64, sum_squares: f64) -> impl Metric {
    Mean { n, sum, sum_squares }
}

fn proportion(n: u64, successes: u64) -> Proportion {
    Proportion { n, successes }
}

/// SplitMix64 (Steele, Lea & Flood 2014): seeded randomness for tests, without a dependency.
struct Dice(u64);

impl Dice {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        crate::draw::uniform(z ^ (z >> 31))
    }
}
