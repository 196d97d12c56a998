//! A program that is running; it does not outlive the demo.

use crate::exec;
use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program that is running. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    pub(super) fn start(name: &'static str, command: &mut Command) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).spawn();
        let child = child.with_context(|| format!("cannot start {}", exec::show(command)))?;
        Ok(Self { name, child })
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// An error if it ended badly.
    pub(super) fn judge(&self, status: ExitStatus) -> anyhow::Result<()> {
        anyhow::ensure!(status.success(), "{}: {status}", self.name);
        Ok(())
    }

    /// Asks it to end, and says how it did.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        let status = self.end().with_context(|| format!("{} does not end", self.name))?;
        self.judge(status)
    }

    /// Asks it to end, and ends it when it does not.
    fn end(&mut self) -> std::io::Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill()?;
        self.child.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The demo is over; what cannot be ended is not ours any more.
        drop(self.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn sleeper() -> Running {
        Running::start("sleep", Command::new("sleep").arg("600")).unwrap()
    }

    #[test]
    fn nothing_outlives_the_demo() {
        let mut running = sleeper();
        assert_eq!(running.ended().unwrap(), None);
        let process = format!("/proc/{}", running.child.id());
        drop(running);
        assert!(!Path::new(&process).exists());
    }

    #[test]
    fn an_end_that_is_not_a_good_one_is_an_error() {
        assert!(sleeper().stop().is_err());
        let mut bad = Running::start("false", &mut Command::new("false")).unwrap();
        let status = bad.child.wait().unwrap();
        assert_eq!(bad.judge(status).unwrap_err().to_string(), "false: exit status: 1");
        assert!(Running::start("no", &mut Command::new("no-such-program")).is_err());
    }
}
