//! Places where a test may kill the process or make a write fail. Only in debug builds; in release
//! builds every call is nothing.
//!
//! `GYRE_FAILPOINT=name:n` kills the process at the n-th passing of `name`, as `kill -9` does.
//! `GYRE_FAULT=name:n` makes the n-th passing of `name` report an IO error (EIO).
//! `GYRE_MUTANT=name` switches a safety off, so that a test can show that it would notice.

/// Passes the place `name`: kills the process if a test asked for it.
pub fn reach(name: &str) {
    #[cfg(debug_assertions)]
    imp::reach(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

/// Whether the IO at `name` is to fail now.
pub fn fails(name: &str) -> bool {
    #[cfg(debug_assertions)]
    return imp::fails(name);
    #[cfg(not(debug_assertions))]
    {
        let _ = name;
        false
    }
}

/// Whether the safety `name` is switched off.
pub fn mutant(name: &str) -> bool {
    #[cfg(debug_assertions)]
    return imp::mutant(name);
    #[cfg(not(debug_assertions))]
    {
        let _ = name;
        false
    }
}

#[cfg(debug_assertions)]
mod imp {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Armed {
        name: String,
        at: u64,
        passed: AtomicU64,
    }

    fn armed(variable: &str) -> Option<Armed> {
        let value = std::env::var(variable).ok()?;
        let (name, at) = value.rsplit_once(':')?;
        Some(Armed { name: name.to_owned(), at: at.parse().ok()?, passed: AtomicU64::new(0) })
    }

    fn hit(armed: Option<&Armed>, name: &str) -> bool {
        armed.is_some_and(|armed| {
            armed.name == name && armed.passed.fetch_add(1, Ordering::SeqCst) + 1 == armed.at
        })
    }

    pub(super) fn reach(name: &str) {
        static KILL: OnceLock<Option<Armed>> = OnceLock::new();
        if hit(KILL.get_or_init(|| armed("GYRE_FAILPOINT")).as_ref(), name) {
            kill();
        }
    }

    /// SIGKILL, so that no handler and no destructor runs; where there are no signals, the nearest to it.
    fn kill() -> ! {
        #[cfg(unix)]
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
            .ok();
        std::process::abort();
    }

    pub(super) fn fails(name: &str) -> bool {
        static FAULT: OnceLock<Option<Armed>> = OnceLock::new();
        hit(FAULT.get_or_init(|| armed("GYRE_FAULT")).as_ref(), name)
    }

    pub(super) fn mutant(name: &str) -> bool {
        static MUTANT: OnceLock<Option<String>> = OnceLock::new();
        MUTANT.get_or_init(|| std::env::var("GYRE_MUTANT").ok()).as_deref() == Some(name)
    }
}
