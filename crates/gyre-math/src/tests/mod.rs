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
pub(crate) fn near(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "got {got}, want {want} ± {tolerance}");
}

pub(crate) fn mean(n: u64, sum: f64, sum_squares: f64) -> impl Metric {
    Mean { n, sum, sum_squares }
}

pub(crate) fn proportion(n: u64, successes: u64) -> Proportion {
    Proportion { n, successes }
}

/// Asserts a distance relative to `want`, or to 1 where `want` is smaller.
#[track_caller]
pub(crate) fn close(got: f64, want: f64, tolerance: f64) {
    near(got, want, tolerance * want.abs().max(1.0));
}

/// The numbers of a line of a fixture, which begins with `name`.
#[track_caller]
pub(crate) fn oracle(fixture: &str, name: &str) -> Vec<f64> {
    let line = fixture.lines().find(|line| line.split(' ').next() == Some(name)).expect(name);
    line.split(' ').skip(1).map(|word| word.parse().unwrap()).collect()
}

/// SplitMix64 (Steele, Lea & Flood 2014): seeded randomness for tests, without a dependency.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        crate::draw::uniform(z ^ (z >> 31))
    }

    /// Standard normal (Box & Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n - 1)
    }

    /// Gamma with scale 1 (Marsaglia & Tsang 2000), for shapes from 1 on.
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}
