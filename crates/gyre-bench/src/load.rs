//! An open loop: requests are due at a fixed rate whether or not earlier ones were answered, and a
//! request's latency counts from when it was due. A server that stalls cannot hide it by being asked less.

use crate::http::Target;
use crate::outcome::{Outcome, micros};
use crate::pace;
use crate::process::used_by_this_thread;
use crate::wire::Wire;
use anyhow::Context as _;
use bytes::BytesMut;
use hyper::StatusCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// What is asked, request by request.
pub(crate) trait Requests: Send + 'static {
    /// Where.
    fn path(&self) -> &'static str;
    /// Writes the body of the request of that number into an empty buffer.
    fn write(&mut self, number: u64, body: &mut Vec<u8>);
    /// How much the answer gave (events taken, decisions made), or what was wrong with it.
    fn judge(&mut self, status: StatusCode, body: &[u8]) -> Result<u64, String>;
}

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Requests a second.
    pub(crate) rate: f64,
    pub(crate) span: Duration,
    pub(crate) connections: usize,
    /// How long after the last request is due answers still count.
    pub(crate) grace: Duration,
}

impl Plan {
    /// How many requests that is.
    pub(crate) fn total(&self) -> u64 {
        (self.rate * self.span.as_secs_f64()).ceil() as u64
    }
}

/// What the workers share. They run on one thread, so the lock is never waited for.
struct Shared<R> {
    plan: Plan,
    target: Target,
    path: &'static str,
    start: Instant,
    permits: Arc<Semaphore>,
    cut: AtomicBool,
    inner: Mutex<Inner<R>>,
}

struct Inner<R> {
    requests: R,
    next: u64,
    outcome: Outcome,
    /// By connection, when the request it waits for was due.
    in_flight: Vec<Option<Duration>>,
}

impl<R> Shared<R> {
    fn lock(&self) -> MutexGuard<'_, Inner<R>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a plan on a thread of its own and waits for what came of it.
pub(crate) async fn run<R: Requests>(
    plan: Plan,
    target: Target,
    requests: R,
) -> anyhow::Result<Outcome> {
    let (done, outcome) = tokio::sync::oneshot::channel();
    let generate = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let outcome = runtime
            .map_err(anyhow::Error::from)
            .and_then(|runtime| runtime.block_on(generate(plan, target, requests)));
        // Nobody waits any more if the caller was interrupted.
        drop(done.send(outcome));
    };
    std::thread::Builder::new().name("generator".to_owned()).spawn(generate)?;
    outcome.await.context("the generator ended early")?
}

async fn generate<R: Requests>(plan: Plan, target: Target, requests: R) -> anyhow::Result<Outcome> {
    let mut connections = Vec::new();
    for _ in 0..plan.connections {
        connections.push(Wire::open(&target, requests.path()).await?);
    }
    let outcome = Outcome::new(&plan)?;
    let in_flight = vec![None; plan.connections];
    let shared = Arc::new(Shared {
        plan,
        target,
        path: requests.path(),
        // A moment for every worker to stand ready.
        start: Instant::now() + Duration::from_millis(50),
        permits: Arc::new(Semaphore::new(0)),
        cut: AtomicBool::new(false),
        inner: Mutex::new(Inner { requests, next: 0, outcome, in_flight }),
    });
    let before = used_by_this_thread()?;
    let pacer = pace::start(shared.start, plan.rate, plan.total(), Arc::clone(&shared.permits))?;
    let mut workers = tokio::task::JoinSet::new();
    for (index, connection) in connections.into_iter().enumerate() {
        workers.spawn(work(Arc::clone(&shared), index, connection));
    }
    let end = shared.start + plan.span + plan.grace;
    let all = async { while workers.join_next().await.is_some() {} };
    let in_time = tokio::time::timeout_at(end.into(), all).await.is_ok();
    shared.cut.store(true, Ordering::Relaxed);
    let paced = pacer.join().map_err(|_| anyhow::anyhow!("the pacer ended early"))??;
    let used = used_by_this_thread()?.saturating_sub(before) + paced;
    if !in_time {
        workers.shutdown().await;
    }
    let mut inner = shared.lock();
    let Inner { outcome, in_flight, next, .. } = &mut *inner;
    account(outcome, in_flight, *next, &plan, shared.start.elapsed());
    let mut outcome = std::mem::replace(outcome, Outcome::new(&plan)?);
    outcome.processor = used;
    Ok(outcome)
}

/// Enters what was never answered.
fn account(
    outcome: &mut Outcome,
    in_flight: &[Option<Duration>],
    next: u64,
    plan: &Plan,
    now: Duration,
) {
    for due in in_flight.iter().flatten() {
        *outcome.faults.entry("not answered when the run was cut".to_owned()).or_default() += 1;
        outcome.record(*due, now.saturating_sub(*due));
    }
    for number in next..outcome.due {
        let due = pace::due(number, plan.rate);
        *outcome.faults.entry("not sent when the run was cut".to_owned()).or_default() += 1;
        outcome.record(due, now.saturating_sub(due));
    }
}

async fn work<R: Requests>(
    shared: Arc<Shared<R>>,
    index: usize,
    connection: Wire,
) -> anyhow::Result<()> {
    let mut connection = Some(connection);
    let mut body = Vec::new();
    loop {
        let free = match shared.permits.try_acquire() {
            Ok(permit) => {
                permit.forget();
                false
            }
            Err(_) => {
                shared.permits.acquire().await?.forget();
                true
            }
        };
        if shared.cut.load(Ordering::Relaxed) {
            return Ok(());
        }
        body.clear();
        let Some(due) = take(&shared, index, free, &mut body) else { return Ok(()) };
        let sent = Instant::now();
        let answer = exchange(&shared, &mut connection, &body).await;
        settle(&shared, index, due, sent, answer);
    }
}

/// The next request: when it was due, and its body; none when all were taken.
fn take<R: Requests>(
    shared: &Shared<R>,
    index: usize,
    free: bool,
    body: &mut Vec<u8>,
) -> Option<Duration> {
    let mut inner = shared.lock();
    let number = inner.next;
    if number >= inner.outcome.due {
        // Whoever waits behind this one is to end as well.
        shared.permits.add_permits(1);
        return None;
    }
    inner.next += 1;
    inner.requests.write(number, body);
    let due = pace::due(number, shared.plan.rate);
    inner.in_flight[index] = Some(due);
    let now = shared.start.elapsed();
    let outcome = &mut inner.outcome;
    outcome.sent += 1;
    outcome.sending = outcome.sending.max(now);
    if free {
        outcome.late.saturating_record(micros(now.saturating_sub(due)));
    } else {
        outcome.waited += 1;
    }
    Some(due)
}

async fn exchange<R>(
    shared: &Shared<R>,
    connection: &mut Option<Wire>,
    body: &[u8],
) -> anyhow::Result<(StatusCode, BytesMut)> {
    let mut used = match connection.take() {
        Some(open) => open,
        None => Wire::open(&shared.target, shared.path).await?,
    };
    let answer = used.post(body).await?;
    // After a fault the next request opens another.
    *connection = Some(used);
    Ok(answer)
}

fn settle<R: Requests>(
    shared: &Shared<R>,
    index: usize,
    due: Duration,
    sent: Instant,
    answer: anyhow::Result<(StatusCode, BytesMut)>,
) {
    let service = sent.elapsed();
    let now = shared.start.elapsed();
    let mut inner = shared.lock();
    inner.in_flight[index] = None;
    let given = match answer {
        Ok((status, body)) => inner.requests.judge(status, &body),
        Err(error) => Err(format!("{error:#}")),
    };
    let outcome = &mut inner.outcome;
    outcome.wall = outcome.wall.max(now);
    outcome.record(due, now.saturating_sub(due));
    outcome.service.saturating_record(micros(service));
    match given {
        Ok(given) => {
            outcome.answered += 1;
            outcome.accepted.saturating_record(micros(now.saturating_sub(due)));
            outcome.given += given;
            if let Some(window) = outcome.window_of(due) {
                window.given += given;
            }
        }
        Err(fault) => *outcome.faults.entry(fault).or_default() += 1,
    }
}

#[cfg(test)]
mod tests;
