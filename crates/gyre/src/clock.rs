//! The machine's clock: the one place where real time enters.

use gyre_model::Timestamp;
use gyre_ports::Clock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock, which never goes back within a process: when somebody sets it back, it stands
/// still until it is where it was.
#[derive(Debug, Default)]
pub(crate) struct SystemClock(AtomicI64);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Timestamp {
        // A clock before 1970 says 1970; `gyre doctor` says so.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.0.fetch_max(now, Ordering::SeqCst).max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::SystemClock;
    use gyre_ports::Clock as _;
    use std::sync::atomic::Ordering;

    #[test]
    fn it_never_goes_back() {
        let clock = SystemClock::default();
        let now = clock.now();
        clock.0.store(now.0 + 3_600_000_000, Ordering::SeqCst);
        assert_eq!(clock.now().0, now.0 + 3_600_000_000);
    }
}
