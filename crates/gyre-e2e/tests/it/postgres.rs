//! A real PostgreSQL of a test's own: a fresh folder, a free port, nobody's rights.

use crate::server::{free_port, left_out, text};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to start; no test is decided by it.
const PATIENCE: Duration = Duration::from_secs(90);
/// The user that owns nothing: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;

/// A running PostgreSQL; it ends with this.
pub(crate) struct Postgres {
    pub port: u16,
    programs: PathBuf,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Postgres {
    /// Starts one; `None` (said aloud) where PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            left_out("PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        if rustix::process::getuid().is_root() {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("chown");
        }
        let data = folder.path().join("data");
        let mut begin = as_nobody(&programs.join("initdb"), folder.path());
        begin.args(["--auth=trust", "--username=gyre", "--no-sync", "--encoding=UTF8", "-D"]);
        let begun = begin.arg(&data).output().expect("initdb runs");
        assert!(begun.status.success(), "{}", text(&begun.stderr));
        let port = free_port();
        let child = as_nobody(&programs.join("postgres"), folder.path())
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-c", "fsync=off", "-k"])
            .arg(folder.path())
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres starts");
        let postgres = Self { port, programs, child, _folder: folder };
        let began = Instant::now();
        while postgres.ask("select 1").is_none() {
            assert!(began.elapsed() < PATIENCE, "postgres is not ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(postgres)
    }

    /// What a statement gives, or nothing if it fails.
    fn ask(&self, sql: &str) -> Option<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "gyre", "-AtqX"]);
        let output = psql.args(["-c", sql, "postgres"]).output().expect("psql runs");
        output.status.success().then(|| text(&output.stdout))
    }

    /// Runs a statement.
    pub(crate) fn run(&self, sql: &str) {
        assert!(self.ask(sql).is_some(), "{sql}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // At once, with its children; it keeps nothing.
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id() as i32) {
            rustix::process::kill_process(pid, rustix::process::Signal::QUIT).ok();
        }
        self.child.wait().ok();
    }
}

fn as_nobody(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    if rustix::process::getuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Where PostgreSQL's programs are: as Debian has them, the newest version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> =
        versions.filter_map(|one| Some(one.ok()?.path().join("bin"))).collect();
    found.retain(|bin| bin.join("postgres").is_file() && bin.join("initdb").is_file());
    found.sort();
    found.pop()
}
