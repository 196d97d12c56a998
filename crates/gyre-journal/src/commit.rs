//! Syncing behind the writer: its own thread, so that who only waits for the write does not wait
//! for the disk, and so that one sync serves all that was written meanwhile.

use crate::disk::File;
use crate::mark::Mark;
use crate::sync::{Arc, AtomicU64, Condvar, Mutex, Ordering, oneshot};
use gyre_model::Offset;
use gyre_ports::failpoint;
use gyre_ports::{Error, ErrorKind, Result};
use std::io;
use std::time::{Duration, Instant};

/// How long written records may stay unsynced when nobody asks for more.
const LAG: Duration = Duration::from_millis(5);

/// Who is told the offset of his first record, or what went wrong.
pub(crate) type Done = oneshot::Sender<Result<Offset>>;

/// Somebody who waits for the disk.
#[derive(Debug)]
pub(crate) struct Waiter {
    /// Everything below must be on disk.
    pub(crate) below: Offset,
    pub(crate) answer: Offset,
    pub(crate) done: Done,
}

/// What is written and what is synced.
#[derive(Debug)]
pub(crate) struct Commit {
    state: Mutex<State>,
    changed: Condvar,
    synced: AtomicU64,
    pub(crate) mark: Mark,
}

#[derive(Debug)]
struct State {
    /// The file being written; those before it are synced.
    file: Arc<dyn File>,
    written: Offset,
    waiters: Vec<Waiter>,
    closed: bool,
    /// What failed; from then on nothing is acknowledged.
    poison: Option<&'static str>,
}

/// The answer to everybody after a failure that leaves the disk unknown.
pub(crate) fn fatal(what: &'static str) -> Error {
    Error::new(ErrorKind::Fatal, what)
}

fn answer(waiters: impl IntoIterator<Item = Waiter>, result: Result<(), &'static str>) {
    for waiter in waiters {
        // Nobody listens when the caller gave up; the record is there all the same.
        let _gone = waiter.done.send(result.map(|()| waiter.answer).map_err(fatal));
    }
}

/// Syncs a file, unless a test has it otherwise.
pub(crate) fn sync(file: &dyn File) -> io::Result<()> {
    if failpoint::mutant("journal.no_sync") {
        return Ok(());
    }
    if failpoint::fails("journal.sync") {
        return Err(rustix::io::Errno::IO.into());
    }
    file.sync()?;
    failpoint::reach("journal.after_sync");
    Ok(())
}

impl Commit {
    /// Starts with everything below `end` on disk.
    pub(crate) fn new(file: Arc<dyn File>, end: Offset, mark: Mark) -> Self {
        let state = State { file, written: end, waiters: Vec::new(), closed: false, poison: None };
        mark.raise(end);
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            synced: AtomicU64::new(end),
            mark,
        }
    }

    /// Everything below is on disk.
    pub(crate) fn synced(&self) -> Offset {
        self.synced.load(Ordering::SeqCst)
    }

    /// What failed, if anything did.
    pub(crate) fn poison(&self) -> Option<&'static str> {
        self.state.lock().poison
    }

    /// The writer wrote everything below `written` to `file`; `waiters` wait for more.
    pub(crate) fn wrote(
        &self,
        file: &Arc<dyn File>,
        written: Offset,
        waiters: Vec<Waiter>,
    ) -> Result<(), &'static str> {
        let mut state = self.state.lock();
        if let Some(what) = state.poison {
            drop(state);
            answer(waiters, Err(what));
            return Err(what);
        }
        if !Arc::ptr_eq(&state.file, file) {
            state.file = Arc::clone(file);
        }
        state.written = written;
        state.waiters.extend(waiters);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Asks for a sync of what is below the waiter's offset.
    pub(crate) fn wait(&self, waiter: Waiter) {
        let mut state = self.state.lock();
        match state.poison {
            Some(what) => answer([waiter], Err(what)),
            None if waiter.below <= self.synced() => answer([waiter], Ok(())),
            None => {
                state.waiters.push(waiter);
                self.changed.notify_one();
            }
        }
    }

    /// Everything below `below` is on disk.
    pub(crate) fn reached(&self, below: Offset) {
        let mut state = self.state.lock();
        if state.poison.is_some() {
            return;
        }
        self.synced.fetch_max(below, Ordering::SeqCst);
        let ready: Vec<_> = state.waiters.extract_if(.., |waiter| waiter.below <= below).collect();
        drop(state);
        self.mark.raise(below);
        answer(ready, Ok(()));
    }

    /// Stops acknowledging for ever.
    pub(crate) fn poison_with(&self, what: &'static str, error: &io::Error) {
        let mut state = self.state.lock();
        let what = *state.poison.get_or_insert(what);
        let waiters = std::mem::take(&mut state.waiters);
        drop(state);
        tracing::error!(%error, what, "journal stopped");
        self.changed.notify_all();
        answer(waiters, Err(what));
    }

    /// Lets [`Commit::run`] return once everything is synced.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_all();
    }

    /// The syncing thread.
    pub(crate) fn run(&self) {
        while let Some((file, below)) = self.next() {
            match sync(&*file) {
                // What was written while the sync ran is not in it.
                Ok(()) if failpoint::mutant("journal.late_bound") => self.reached(self.written()),
                Ok(()) => self.reached(below),
                Err(_) if failpoint::mutant("journal.sync_again") => self.reached(below),
                Err(error) => self.poison_with("a sync failed", &error),
            }
        }
        if self.poison().is_none() && self.mark.sync().is_err() {
            tracing::warn!("the mark could not be synced");
        }
    }

    fn written(&self) -> Offset {
        self.state.lock().written
    }

    fn next(&self) -> Option<(Arc<dyn File>, Offset)> {
        let mut state = self.state.lock();
        let mut due = None;
        loop {
            if state.poison.is_some() {
                return None;
            }
            let dirty = state.written > self.synced();
            if dirty && (state.closed || !state.waiters.is_empty()) {
                break;
            }
            if dirty {
                let due = *due.get_or_insert_with(|| Instant::now() + LAG);
                if self.changed.wait_until(&mut state, due).timed_out() {
                    break;
                }
            } else if state.closed {
                return None;
            } else {
                self.changed.wait(&mut state);
            }
        }
        Some((Arc::clone(&state.file), state.written))
    }
}
