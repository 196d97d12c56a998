//! What the gates of consent have said since the server started.

use gyre_govern::{Because, Gate, Verdict};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

const BECAUSE: [Because; 4] =
    [Because::Silence, Because::Said, Because::Conflict, Because::Expired];

/// Counts of verdicts: per gate, allowed or not, and why.
#[derive(Debug, Default)]
pub struct GateCounts([[[AtomicU64; BECAUSE.len()]; 2]; Gate::ALL.len()]);

/// How often a gate said something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateCount {
    /// The gate.
    pub gate: &'static str,
    /// The purpose that must be consented to.
    pub purpose: &'static str,
    /// Whether it let through.
    pub allowed: bool,
    /// Why: `said`, `conflict`, or with `silence` and `expired` the rule of the jurisdiction.
    pub because: &'static str,
    /// How often.
    pub count: u64,
}

impl GateCounts {
    /// Counts a verdict.
    pub fn count(&self, verdict: &Verdict) {
        let place = BECAUSE.iter().position(|one| *one == verdict.because).unwrap_or_default();
        let gate = Gate::ALL.iter().position(|one| *one == verdict.gate).unwrap_or_default();
        self.0[gate][usize::from(verdict.allowed)][place].fetch_add(1, Ordering::Relaxed);
    }

    /// All that were said at all.
    pub fn all(&self) -> Vec<GateCount> {
        let mut counts = Vec::new();
        for (gate, by_verdict) in Gate::ALL.iter().zip(&self.0) {
            for (allowed, by_reason) in [false, true].into_iter().zip(by_verdict) {
                for (because, count) in BECAUSE.iter().zip(by_reason) {
                    let count = count.load(Ordering::Relaxed);
                    if count > 0 {
                        counts.push(GateCount {
                            gate: gate.as_str(),
                            purpose: gate.purpose().as_str(),
                            allowed,
                            because: because.as_str(),
                            count,
                        });
                    }
                }
            }
        }
        counts
    }
}
