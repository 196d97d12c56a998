//! Connectors as programs beside the server: Singer taps and Airbyte sources, which write JSON lines.
//!
//! Only executables of one folder are run, because whoever writes resources must not be able to run
//! anything else. Configuration and state are files in a folder that nobody else can read, and that goes
//! with the run.

mod airbyte;
mod lines;
mod singer;

use async_trait::async_trait;
use gyre_ports::connector::{Connector, Run, Said};
use gyre_ports::{Error, ErrorKind, Result};
use std::ffi::OsStr;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::mpsc;

/// Runs the executables of a folder.
#[derive(Debug, Clone)]
pub struct Subprocess {
    folder: PathBuf,
}

impl Subprocess {
    /// The executables of a folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn program(&self, name: &str) -> Result<PathBuf> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(fits) {
            return Err(Error::new(ErrorKind::Invalid, "the command is not a program's name"));
        }
        let path = self.folder.join(name);
        if !path.is_file() {
            let what = format!("the program {name} is not in the folder of connectors");
            return Err(Error::new(ErrorKind::NotFound, what));
        }
        Ok(path)
    }
}

#[async_trait]
impl Connector for Subprocess {
    async fn run(&self, run: Run, said: mpsc::Sender<Said>) -> Result<()> {
        use gyre_config::kinds::Protocol;
        let work = Work {
            program: self.program(&run.command)?,
            folder: tempfile::tempdir()
                .map_err(|why| Error::io("a folder for a connector cannot be made", why))?,
        };
        match run.protocol {
            Protocol::Singer => singer::run(&work, &run, &said).await,
            Protocol::Airbyte => airbyte::run(&work, &run, &said).await,
        }
    }
}

/// A program and the folder of its run.
pub(crate) struct Work {
    program: PathBuf,
    folder: TempDir,
}

impl Work {
    /// Writes a file that the program is given; its path.
    pub(crate) fn file(&self, name: &str, value: &serde_json::Value) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, value.to_string())
            .map_err(|why| Error::io("a file for a connector cannot be written", why))?;
        Ok(path)
    }

    /// The program with arguments; it ends when it is dropped.
    pub(crate) fn command(&self, arguments: &[&OsStr]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        // Nothing of the server's environment is the program's business but where programs are.
        command.env_clear();
        for name in ["PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.current_dir(self.folder.path()).kill_on_drop(true);
        command
    }
}

#[cfg(test)]
mod tests;
