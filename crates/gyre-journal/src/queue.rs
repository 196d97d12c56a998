//! What waits for the writer of a partition.

use crate::commit::Done;
use crate::sync::{Condvar, Mutex};
use gyre_ports::{Durability, Error, ErrorKind, Result, failpoint};
use std::collections::VecDeque;

/// How much is written at once.
const GROUP: usize = 8 << 20;
/// How much may wait; more is refused rather than kept in memory.
const WAITING: usize = 256 << 20;

/// The frames of one call, not yet sealed.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) frames: Vec<u8>,
    pub(crate) durability: Durability,
    pub(crate) done: Done,
}

/// Requests in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    requests: VecDeque<Request>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    /// Hands a request to the writer. Kind `Busy` when too much waits already.
    pub(crate) fn push(&self, request: Request) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Error::new(ErrorKind::Unavailable, "the journal is closed"));
        }
        if state.bytes > WAITING {
            return Err(Error::new(ErrorKind::Busy, "too many appends wait for the disk"));
        }
        state.bytes += request.frames.len();
        state.requests.push_back(request);
        let idle = state.requests.len() == 1;
        drop(state);
        if idle && !failpoint::mutant("journal.no_wake") {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits for requests and takes what is there, up to a group; `None` when closed and empty.
    pub(crate) fn take(&self) -> Option<Vec<Request>> {
        let mut state = self.state.lock();
        while state.requests.is_empty() {
            if state.closed {
                return None;
            }
            self.filled.wait(&mut state);
        }
        let mut size = 0;
        let fits = |request: &&Request| {
            size += request.frames.len();
            size <= GROUP
        };
        let count = state.requests.iter().take_while(fits).count().max(1);
        let group: Vec<_> = state.requests.drain(..count).collect();
        state.bytes -= group.iter().map(|request| request.frames.len()).sum::<usize>();
        Some(group)
    }

    /// Takes no more; what is there is still written.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_all();
    }
}
