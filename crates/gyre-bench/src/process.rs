//! What a process uses, as the kernel counts it.

use anyhow::Context;
use std::time::{Duration, Instant};

/// How often the kernel's clock ticks in `/proc`; the same on all architectures that Linux still runs on.
const TICKS: f64 = 100.0;

/// The processor time a process, or the calling thread, has used.
fn used(path: &str) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    // The name stands in brackets and may hold blanks.
    let rest = stat.rsplit_once(')').context("no name in stat")?.1;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("no times in stat")?;
    Ok(Duration::from_secs_f64((user + system) / TICKS))
}

/// The processor time of the calling thread.
pub(crate) fn used_by_this_thread() -> anyhow::Result<Duration> {
    used("/proc/thread-self/stat")
}

/// The memory a process has for itself, and its share of what it has with others, in bytes.
pub(crate) fn memory(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss")?;
    let kibibytes = line.trim().trim_end_matches("kB").trim().parse::<u64>()?;
    Ok(kibibytes * 1024)
}

/// Watches how busy the server, this process and the whole machine are from here on.
#[derive(Debug)]
pub(crate) struct Watch {
    pid: u32,
    began: Instant,
    server: Duration,
    own: Duration,
    machine: Duration,
}

/// Cores kept busy, on average: 1.5 is one core and half of another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Busy {
    pub(crate) server: f64,
    pub(crate) own: f64,
    /// By anybody, these two among them.
    pub(crate) machine: f64,
}

impl Watch {
    pub(crate) fn begin(pid: u32) -> anyhow::Result<Self> {
        let (server, own) = (used(&format!("/proc/{pid}/stat"))?, used("/proc/self/stat")?);
        Ok(Self { pid, began: Instant::now(), server, own, machine: machine()? })
    }

    pub(crate) fn end(&self) -> anyhow::Result<Busy> {
        let span = self.began.elapsed().as_secs_f64();
        let share = |now: Duration, then: Duration| now.saturating_sub(then).as_secs_f64() / span;
        Ok(Busy {
            server: share(used(&format!("/proc/{}/stat", self.pid))?, self.server),
            own: share(used("/proc/self/stat")?, self.own),
            machine: share(machine()?, self.machine),
        })
    }
}

/// The processor time everybody has used since the machine started.
fn machine() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/stat").context("cannot read /proc/stat")?;
    let line = stat.lines().next().context("/proc/stat is empty")?;
    let ticks: Vec<f64> = line.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq; the fourth and fifth are waiting.
    let busy: f64 = [0, 1, 2, 5, 6].iter().filter_map(|&at| ticks.get(at)).sum();
    Ok(Duration::from_secs_f64(busy / TICKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_and_time() {
        let pid = std::process::id();
        assert!(memory(pid).unwrap() > 100_000);
        let watch = Watch::begin(pid).unwrap();
        let began = Instant::now();
        let mut number = 1u64;
        while began.elapsed() < Duration::from_millis(200) {
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005) + 1);
        }
        let busy = watch.end().unwrap();
        assert!(busy.own > 0.0 && (busy.own - busy.server).abs() < 0.2, "{busy:?}");
    }
}
