//! What an open loop gave.

use crate::load::Plan;
use anyhow::Context as _;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many windows a run's series has at most.
const WINDOWS: u64 = 60;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Requests that were due, and how many of them were sent.
    pub(crate) due: u64,
    pub(crate) sent: u64,
    /// From when the first request was due to the last send, and no less than what was planned.
    pub(crate) sending: Duration,
    /// Requests answered well, and what they gave together.
    pub(crate) answered: u64,
    pub(crate) given: u64,
    /// From when the first request was due to the last answer, and no less than what was planned.
    pub(crate) wall: Duration,
    /// From when a request was due to its answer, in microseconds. What was not answered is in it with
    /// the time it had waited when the run was cut: a lower bound.
    pub(crate) latency: Histogram<u64>,
    /// The same of what was answered well only.
    pub(crate) accepted: Histogram<u64>,
    /// The same counted from the send: what a closed loop would have said.
    pub(crate) service: Histogram<u64>,
    /// How late the generator itself was, over the requests for which a connection was waiting.
    pub(crate) late: Histogram<u64>,
    /// Requests for which no connection was free when they were due.
    pub(crate) waited: u64,
    /// What was wrong, and how often.
    pub(crate) faults: BTreeMap<String, u64>,
    /// By when it was due.
    pub(crate) windows: Vec<Window>,
    pub(crate) window: Duration,
    /// Processor time of the generator's threads.
    pub(crate) processor: Duration,
}

/// A part of a run.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) given: u64,
    pub(crate) latency: Histogram<u64>,
}

impl Outcome {
    pub(crate) fn new(plan: &Plan) -> anyhow::Result<Self> {
        let window = Self::window_length(plan.span);
        let count = plan.span.as_nanos().div_ceil(window.as_nanos()).max(1);
        let windows = (0..count).map(|_| Ok(Window { given: 0, latency: histogram(2)? }));
        Ok(Self {
            due: plan.total(),
            sent: 0,
            sending: plan.span,
            answered: 0,
            given: 0,
            wall: plan.span,
            latency: histogram(3)?,
            accepted: histogram(3)?,
            service: histogram(3)?,
            late: histogram(3)?,
            waited: 0,
            faults: BTreeMap::new(),
            windows: windows.collect::<anyhow::Result<_>>()?,
            window,
            processor: Duration::ZERO,
        })
    }

    /// How long the windows of a run are: whole seconds.
    pub(crate) fn window_length(span: Duration) -> Duration {
        Duration::from_secs(span.as_secs().max(1).div_ceil(WINDOWS))
    }

    /// What was given a second, over the whole run and the time its last answers took.
    pub(crate) fn given_rate(&self) -> f64 {
        self.given as f64 / self.wall.as_secs_f64()
    }

    pub(crate) fn record(&mut self, due: Duration, latency: Duration) {
        self.latency.saturating_record(micros(latency));
        if let Some(window) = self.window_of(due) {
            window.latency.saturating_record(micros(latency));
        }
    }

    pub(crate) fn window_of(&mut self, due: Duration) -> Option<&mut Window> {
        let at = (due.as_nanos() / self.window.as_nanos()) as usize;
        self.windows.get_mut(at)
    }
}

/// Of latencies in microseconds, up to ten minutes.
pub(crate) fn histogram(digits: u8) -> anyhow::Result<Histogram<u64>> {
    Histogram::new_with_bounds(1, 600_000_000, digits).context("no histogram")
}

pub(crate) fn micros(span: Duration) -> u64 {
    span.as_micros().max(1) as u64
}
