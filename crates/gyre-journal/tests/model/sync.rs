//! The locks of the model checker, in the shape of those that the journal uses.

use shuttle::rand::Rng as _;
pub(crate) use shuttle::sync::atomic::{AtomicU64, Ordering};
use std::fmt;
use std::ops::{Deref, DerefMut};
pub(crate) use std::sync::Arc;
use std::time::Instant;

#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

/// Taken out while a condition is waited for.
pub(crate) struct Guard<'a, T> {
    mutex: &'a Mutex<T>,
    held: Option<shuttle::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        Guard { mutex: self, held: Some(self.0.lock().unwrap()) }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.held.as_ref().unwrap()
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().unwrap()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Condvar(shuttle::sync::Condvar);

/// Whether the time was up.
pub(crate) struct Waited(bool);

impl Waited {
    pub(crate) fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self::default()
    }
    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }
    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
    pub(crate) fn wait<T>(&self, guard: &mut Guard<'_, T>) {
        let inner = guard.held.take().unwrap();
        guard.held = Some(self.0.wait(inner).unwrap());
    }
    /// The time is up whenever the dice say so: at once, others running in between, or never.
    pub(crate) fn wait_until<T>(&self, guard: &mut Guard<'_, T>, _until: Instant) -> Waited {
        if shuttle::rand::thread_rng().gen_bool(0.5) {
            drop(guard.held.take());
            shuttle::thread::yield_now();
            guard.held = Some(guard.mutex.0.lock().unwrap());
            return Waited(true);
        }
        self.wait(guard);
        Waited(false)
    }
}

/// An answer to one caller.
pub(crate) mod oneshot {
    use super::{Arc, Condvar, Mutex, fmt};

    struct Place<T> {
        value: Mutex<(Option<T>, bool)>,
        changed: Condvar,
    }

    pub(crate) struct Sender<T>(Arc<Place<T>>);
    pub(crate) struct Receiver<T>(Arc<Place<T>>);

    pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let place =
            Arc::new(Place { value: Mutex::new((None, false)), changed: Condvar::default() });
        (Sender(Arc::clone(&place)), Receiver(place))
    }

    impl<T> Sender<T> {
        #[expect(clippy::unnecessary_wraps, reason = "as the real one")]
        pub(crate) fn send(self, value: T) -> Result<(), T> {
            self.0.value.lock().0 = Some(value);
            Ok(())
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            self.0.value.lock().1 = true;
            self.0.changed.notify_all();
        }
    }

    impl<T> fmt::Debug for Sender<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Sender")
        }
    }

    impl<T> Receiver<T> {
        /// Waits for the answer; `None` when whoever should give it is gone.
        pub(crate) fn recv(self) -> Option<T> {
            let mut place = self.0.value.lock();
            while !place.1 {
                self.0.changed.wait(&mut place);
            }
            place.0.take()
        }
    }
}
