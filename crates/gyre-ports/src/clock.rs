//! Time, given and never taken.

use gyre_model::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// What time it is. Never goes back within a process.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Whether time stands still until somebody moves it.
    fn is_manual(&self) -> bool {
        false
    }
    /// Moves a manual clock forward; a system clock and a time in the past are left alone.
    fn set(&self, _to: Timestamp) {}
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
    fn is_manual(&self) -> bool {
        true
    }
    fn set(&self, to: Timestamp) {
        self.0.fetch_max(to.0, Ordering::SeqCst);
    }
}
