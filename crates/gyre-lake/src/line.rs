//! Queries wait in line, so that a page of many panels is answered one after the other rather than all
//! late, and none takes the memory of another.

use datafusion::execution::TaskContext;
use datafusion::execution::session_state::SessionState;
use gyre_datafusion::{Limits, for_one_query};
use gyre_ports::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The line: first come, first served.
#[derive(Debug)]
pub(crate) struct Line {
    places: Arc<Semaphore>,
    limits: Limits,
}

impl Line {
    pub(crate) fn new(limits: &Limits) -> Self {
        let places = Arc::new(Semaphore::new(limits.at_once.max(1)));
        Self { places, limits: limits.clone() }
    }

    /// Waits for a place. Kind `Busy` when none is free in time; leaving the line costs nothing.
    pub(crate) async fn wait(&self, timeout: Duration) -> Result<Place> {
        let place = tokio::time::timeout(timeout, Arc::clone(&self.places).acquire_owned()).await;
        match place {
            Ok(Ok(held)) => Ok(Place { _held: held, limits: self.limits.clone() }),
            Ok(Err(_)) | Err(_) => {
                let what = format!(
                    "as many queries run as may ({}), and none ended within {} ms",
                    self.limits.at_once,
                    timeout.as_millis()
                );
                Err(Error::new(ErrorKind::Busy, what))
            }
        }
    }
}

/// The right to run one query, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _held: OwnedSemaphorePermit,
    limits: Limits,
}

impl Place {
    /// Where the query runs: with memory of its own.
    pub(crate) fn context(&self, state: &SessionState) -> Arc<TaskContext> {
        let runtime = for_one_query(state.runtime_env(), &self.limits);
        Arc::new(TaskContext::from(state).with_runtime(runtime))
    }
}
