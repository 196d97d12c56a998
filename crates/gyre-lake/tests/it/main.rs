//! The lakes from outside: their contract, faults, other engines.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where something is not as it should be, and says what it left out"
)]

mod contract;
mod crash;
mod measure;
mod order;
mod race;
mod random;
mod readers;
mod same;

use gyre_lake::{DeltaLake, Options};
use gyre_model::Timestamp;
use gyre_ports::clock::ManualClock;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

/// 2026-03-01T00:00:00Z.
fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp(1_772_323_200_000_000)))
}

/// A lake that compacts early and keeps nothing that is not part of a table.
fn lake(folder: &Path) -> DeltaLake {
    let options = Options { compact_above: 8, retention: Duration::ZERO, ..Options::new(clock()) };
    DeltaLake::open_at(folder, options).unwrap()
}

/// Runs one test of this binary in a process of its own, with these variables.
fn alone(test: &str, variables: &[(&str, &str)]) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--include-ignored", "--nocapture", "--test-threads", "1"])
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// A small generator of numbers, so that a seed gives the same test again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
