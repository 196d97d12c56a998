//! Queries wait in line, so that a page of many panels is answered one after the other rather than all
//! late, and none takes the memory of another.

use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use gyre_datafusion::{Limits, for_one_query};
use gyre_ports::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Who may take longer than this is one of the long ones.
const LONG: Duration = Duration::from_secs(120);

/// The line: first come, first served. Where there are two places or more, half of them are never taken by
/// long queries.
#[derive(Debug)]
pub(crate) struct Line {
    places: Arc<Semaphore>,
    long: Arc<Semaphore>,
    limits: Limits,
}

impl Line {
    pub(crate) fn new(limits: &Limits) -> Self {
        let of = |places: usize| Arc::new(Semaphore::new(places.max(1)));
        let (places, long) = (of(limits.at_once), of(limits.at_once / 2));
        Self { places, long, limits: limits.clone() }
    }

    /// Waits for a place. Kind `TimedOut` when none is free in time; leaving the line costs nothing.
    pub(crate) async fn wait(&self, timeout: Duration) -> Result<Place> {
        let both = async {
            let long = if timeout > LONG {
                Some(Arc::clone(&self.long).acquire_owned().await?)
            } else {
                None
            };
            Ok::<_, AcquireError>((Arc::clone(&self.places).acquire_owned().await?, long))
        };
        match tokio::time::timeout(timeout, both).await {
            Ok(Ok(held)) => Ok(Place { _held: held, limits: self.limits.clone() }),
            Ok(Err(_)) | Err(_) => {
                let what = format!(
                    "no place for another query came free within {} ms",
                    timeout.as_millis()
                );
                Err(Error::new(ErrorKind::TimedOut, what))
            }
        }
    }
}

/// The right to run one query, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _held: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
    limits: Limits,
}

impl Place {
    /// Where the query runs: with memory of its own.
    pub(crate) fn context(&self, state: &SessionState) -> Arc<TaskContext> {
        let runtime = for_one_query(state, &self.limits);
        Arc::new(TaskContext::from(state).with_runtime(runtime))
    }
}
