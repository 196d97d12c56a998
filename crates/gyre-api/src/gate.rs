//! Who collects no more while too much is waiting. Refused at once, a client comes back later; kept
//! waiting, it gives up and sends everything again beside what is still being worked on.
//!
//! Two things are looked at: how many bytes were read and are not on disk yet (the disk is the bottleneck),
//! and how late tasks of this runtime run (the processors are).

use crate::app::{Limits, Server};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Between two looks at how late tasks run.
const LOOK: Duration = Duration::from_millis(10);

/// How much is under way.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    waiting: AtomicUsize,
    /// By how many microseconds tasks are late.
    late: AtomicU64,
}

/// Held while a call is under way.
#[derive(Debug)]
pub(crate) struct Pass<'a>(&'a Gate, usize);

impl Gate {
    /// Lets a call with a body of that many bytes in, unless too much is under way. However large it is,
    /// it comes in when nothing else is there.
    pub(crate) fn enter(&self, bytes: usize, limits: &Limits) -> Option<Pass<'_>> {
        if Duration::from_micros(self.late.load(Ordering::Relaxed)) > limits.late {
            return None;
        }
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let pass = Pass(self, bytes);
        (before <= limits.waiting).then_some(pass)
    }

    pub(crate) fn set_late(&self, late: Duration) {
        self.late.store(late.as_micros() as u64, Ordering::Relaxed);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(self.1, Ordering::Relaxed);
    }
}

/// Looks how late tasks run, until it is dropped.
pub(crate) async fn watch(server: Arc<Server>) {
    loop {
        let due = Instant::now() + LOOK;
        tokio::time::sleep_until(due.into()).await;
        // Behind everything that is ready to run now.
        tokio::task::yield_now().await;
        server.gate.set_late(due.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use crate::app::Limits;
    use std::time::Duration;

    #[test]
    fn what_is_under_way_is_bounded_and_comes_to_an_end() {
        let (gate, limits) = (Gate::default(), Limits { waiting: 100, ..Limits::default() });
        let large = gate.enter(1_000, &limits).expect("nothing else is there");
        assert!(gate.enter(1, &limits).is_none());
        drop(large);
        let small: Vec<_> = (0..3).map(|_| gate.enter(50, &limits)).collect();
        assert!(small.iter().all(Option::is_some));
        assert!(gate.enter(1, &limits).is_none());
        drop(small);
        assert!(gate.enter(1, &limits).is_some());
    }

    #[test]
    fn nobody_comes_in_while_tasks_are_late() {
        let (gate, limits) = (Gate::default(), Limits::default());
        gate.set_late(limits.late + Duration::from_millis(1));
        assert!(gate.enter(1, &limits).is_none());
        gate.set_late(limits.late);
        assert!(gate.enter(1, &limits).is_some());
    }
}
