//! Says when requests are due, from a thread that does nothing else: the runtime's own timer is only
//! exact to a millisecond, which is as long as a decision may take.

use crate::process::used_by_this_thread;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// The least time between two releases. Shorter costs processor time that the server needs.
const LEAST: Duration = Duration::from_micros(100);

/// When a request is due, after the start.
pub(crate) fn due(number: u64, rate: f64) -> Duration {
    Duration::from_secs_f64(number as f64 / rate)
}

/// Releases one permit when each of `total` requests is due, and one more at the end. Gives the processor
/// time it took.
pub(crate) fn start(
    start: Instant,
    rate: f64,
    total: u64,
    permits: Arc<Semaphore>,
) -> anyhow::Result<JoinHandle<anyhow::Result<Duration>>> {
    let pace = move || {
        let mut released = 0;
        while released < total {
            let now = Instant::now();
            let wake = (start + due(released, rate)).max(now + LEAST);
            std::thread::sleep(wake.saturating_duration_since(now));
            let reached = owed(start.elapsed(), rate).min(total);
            permits.add_permits((reached - released.min(reached)) as usize);
            released = released.max(reached);
        }
        permits.add_permits(1);
        used_by_this_thread()
    };
    Ok(std::thread::Builder::new().name("pacer".to_owned()).spawn(pace)?)
}

/// How many requests are due by then: the first at once.
fn owed(elapsed: Duration, rate: f64) -> u64 {
    (elapsed.as_secs_f64() * rate) as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_due() {
        for rate in [0.5, 3.0, 1000.0, 20_000.0] {
            for elapsed in [0, 1, 99, 1_000, 12_345].map(Duration::from_millis) {
                let owed = owed(elapsed, rate);
                assert!(due(owed - 1, rate) <= elapsed + Duration::from_nanos(100));
                assert!(due(owed, rate) + Duration::from_nanos(100) > elapsed);
            }
        }
    }
}
