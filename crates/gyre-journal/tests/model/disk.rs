//! A disk of which only counts: how much was written, and how much a sync made durable.

use std::fmt::Debug;
use std::io;
use std::sync::{Arc, Mutex};

/// What the commit asks of a file.
pub(crate) trait File: Send + Sync + Debug {
    fn sync(&self) -> io::Result<()>;
}

/// What is written and what is durable. Its lock is held over no point at which threads change.
#[derive(Debug, Clone)]
pub(crate) struct Platter(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    written: u64,
    durable: u64,
    syncs: u64,
    fails: Option<u64>,
}

impl Platter {
    /// Its `fails`-th sync fails, and all after it do nothing.
    pub(crate) fn new(fails: Option<u64>) -> Self {
        Self(Arc::new(Mutex::new(State { fails, ..State::default() })))
    }
    pub(crate) fn write(&self, below: u64) {
        self.0.lock().unwrap().written = below;
    }
    pub(crate) fn written(&self) -> u64 {
        self.0.lock().unwrap().written
    }
    pub(crate) fn durable(&self) -> u64 {
        self.0.lock().unwrap().durable
    }
}

/// The file that is written.
#[derive(Debug)]
pub(crate) struct Sheet(pub(crate) Platter);

impl File for Sheet {
    fn sync(&self) -> io::Result<()> {
        let seen = self.0.written();
        // Others write while it runs; whether that is on disk, nobody says.
        shuttle::thread::yield_now();
        let mut state = self.0.0.lock().unwrap();
        state.syncs += 1;
        match state.fails {
            Some(nth) if state.syncs == nth => Err(io::Error::other("injected")),
            // As on Linux: what failed once is never written, though later syncs say so.
            Some(nth) if state.syncs > nth => Ok(()),
            _ => {
                state.durable = state.durable.max(seen);
                Ok(())
            }
        }
    }
}
