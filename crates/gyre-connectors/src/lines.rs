//! A program's lines: its output as JSON, its errors as logs.

use gyre_ports::connector::Said;
use gyre_ports::{Error, ErrorKind, Result};
use serde_json::{Map, Value};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc;

/// The longest line that is a log, in bytes.
const LOG_BYTES: usize = 2_000;

/// Runs a program to its end. `heard` takes each line that is a JSON object and says what it means;
/// other lines are logs.
pub(crate) async fn hear(
    mut command: Command,
    said: &mpsc::Sender<Said>,
    mut heard: impl FnMut(Map<String, Value>) -> Vec<Said> + Send,
) -> Result<()> {
    let begun = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = begun.map_err(|why| Error::io("the program cannot be started", why))?;
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::new(ErrorKind::Unavailable, "the program cannot be heard"));
    };
    let logs = async {
        let mut lines = BufReader::new(err).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            if said.send(log(&line)).await.is_err() {
                break;
            }
        }
    };
    let read = async {
        let mut lines = BufReader::with_capacity(1 << 16, out).split(b'\n');
        loop {
            let line = lines.next_segment().await;
            let line = line.map_err(|why| Error::io("the program's output broke off", why))?;
            let Some(line) = line else { return Ok(()) };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let all = match serde_json::from_slice(&line) {
                Ok(object) => heard(object),
                Err(_) => vec![log(&line)],
            };
            for one in all {
                if said.send(one).await.is_err() {
                    return Err(Error::new(ErrorKind::Unavailable, "nobody listens any more"));
                }
            }
        }
    };
    let output = async {
        let done: Result<()> = read.await;
        if done.is_err() {
            // It may be at rest and notice nothing: its logs would never end.
            child.start_kill().ok();
        }
        done
    };
    let ((), output) = tokio::join!(logs, output);
    output?;
    let status = child.wait().await.map_err(|why| Error::io("the program was lost", why))?;
    if status.success() {
        return Ok(());
    }
    let code = status.code().map_or_else(|| "a signal".to_owned(), |code| format!("code {code}"));
    Err(Error::new(ErrorKind::Unavailable, format!("the program ended with {code}")))
}

/// A line for people, cut.
pub(crate) fn log(line: &[u8]) -> Said {
    let text = String::from_utf8_lossy(line.get(..LOG_BYTES).unwrap_or(line));
    Said::Log(text.trim_end().to_owned())
}

/// The whole output of a program that says one thing.
pub(crate) async fn output(mut command: Command, said: &mpsc::Sender<Said>) -> Result<Vec<u8>> {
    let done = command.stdin(Stdio::null()).output().await;
    let done = done.map_err(|why| Error::io("the program cannot be started", why))?;
    for line in done.stderr.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        said.send(log(line)).await.ok();
    }
    if !done.status.success() {
        let what = "the program could not say which streams it has";
        return Err(Error::new(ErrorKind::Unavailable, what));
    }
    Ok(done.stdout)
}
