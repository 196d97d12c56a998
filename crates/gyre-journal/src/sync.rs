//! The locks of the queue and of the commit, in one place: `tests/model` compiles those two files
//! with the locks of a model checker instead, and looks at every order it can think of.

pub(crate) use parking_lot::{Condvar, Mutex};
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
pub(crate) use tokio::sync::oneshot;
