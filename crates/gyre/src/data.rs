//! The data folder: what is where, who may read it, and that one process has it.

use crate::failure::Failure;
use anyhow::Context as _;
use rustix::fs::{FlockOperation, flock};
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest as _, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Bytes of a token or secret.
const SECRET_BYTES: usize = 32;

/// A data folder that this process has for itself.
#[derive(Debug)]
pub(crate) struct DataFolder {
    root: PathBuf,
    /// Given back when the process ends, however it ends.
    _lock: File,
}

impl DataFolder {
    /// Opens a folder, or makes one that only its owner can read, and locks it.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        let making = || format!("the data folder {} cannot be made", root.display());
        DirBuilder::new().recursive(true).mode(0o700).create(root).with_context(making)?;
        Self::lock(root)
    }

    /// Opens a folder that is there, and locks it.
    pub(crate) fn existing(root: &Path) -> anyhow::Result<Self> {
        if !root.join("journal").is_dir() {
            let message = format!("{} is no data folder", root.display());
            return Err(Failure::new(message)
                .hint("pass what the server was given as --data")
                .into());
        }
        Self::lock(root)
    }

    fn lock(root: &Path) -> anyhow::Result<Self> {
        let root = fs::canonicalize(root)
            .with_context(|| format!("the data folder {} is not there", root.display()))?;
        match try_lock(&root) {
            Ok(lock) => Ok(Self { root, _lock: lock }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let message = format!("another process has the data folder {}", root.display());
                Err(Failure::new(message)
                    .hint("stop the server that uses it, or pass another --data")
                    .into())
            }
            Err(error) => Err(error)
                .with_context(|| format!("the data folder {} cannot be locked", root.display())),
        }
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
    /// Where the journal is.
    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }
    /// Where the state is.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state.db")
    }
    /// Where the fold is.
    pub(crate) fn fold(&self) -> PathBuf {
        self.root.join("fold")
    }
    /// Where exports for people are.
    pub(crate) fn exports(&self) -> PathBuf {
        self.root.join("exports")
    }
    /// Where the lake is.
    pub(crate) fn lake(&self) -> PathBuf {
        self.root.join("lake")
    }

    /// The token that the API asks for; made at the first start.
    pub(crate) fn token(&self) -> anyhow::Result<String> {
        self.hidden("token", || random().map(|bytes| hex(&bytes)))
    }

    /// What dice and signatures follow from; made at the first start, from `seed` if there is one. A
    /// folder keeps the secret it was made with.
    pub(crate) fn secret(&self, seed: Option<&str>) -> anyhow::Result<Secret> {
        let seeded = seed.map(|seed| hex(&Secret(seed.to_owned()).derive("seed")));
        let text = self.hidden("secret", || match &seeded {
            Some(text) => Ok(text.clone()),
            None => random().map(|bytes| hex(&bytes)),
        })?;
        if seeded.is_some_and(|seeded| seeded != text) {
            let message = "the data folder was made with another secret than --secret-seed gives";
            return Err(Failure::new(message)
                .hint("use a new data folder, or leave it out")
                .into());
        }
        Ok(Secret(text))
    }

    /// The text of a file that only the owner can read; made if it is not there.
    fn hidden(
        &self,
        name: &str,
        make: impl FnOnce() -> io::Result<String>,
    ) -> anyhow::Result<String> {
        let path = self.root.join(name);
        let failed = || format!("the file {} cannot be used", path.display());
        let mut text = String::new();
        match File::open(&path) {
            Ok(mut file) => {
                file.read_to_string(&mut text).with_context(failed)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                text = make().with_context(failed)?;
                self.write_hidden(name, &text).with_context(failed)?;
            }
            Err(error) => return Err(error).with_context(failed),
        }
        let text = text.trim();
        if text.len() < 2 * SECRET_BYTES {
            let message = format!("the file {} is cut short", path.display());
            return Err(Failure::new(message).hint("restore it from a backup").into());
        }
        Ok(text.to_owned())
    }

    /// Written beside and renamed, so that nobody reads half a secret.
    fn write_hidden(&self, name: &str, text: &str) -> io::Result<()> {
        let beside = self.root.join(format!(".{name}.new"));
        drop(fs::remove_file(&beside));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&beside, self.root.join(name))?;
        File::open(&self.root)?.sync_all()
    }
}

/// Tries to lock a data folder; `WouldBlock` when somebody has it.
pub(crate) fn try_lock(root: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file =
        options.write(true).create(true).truncate(false).mode(0o600).open(root.join("lock"))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// What dice and signatures follow from. Never shown.
pub(crate) struct Secret(String);

impl Secret {
    /// A key for one purpose: knowing it says nothing of the others.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let hash = Sha256::new().chain_update(b"gyre\0").chain_update(purpose);
        hash.chain_update([0]).chain_update(&self.0).finalize().into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

fn random() -> io::Result<[u8; SECRET_BYTES]> {
    let mut bytes = [0; SECRET_BYTES];
    let mut filled = 0;
    while filled < SECRET_BYTES {
        let rest = bytes.get_mut(filled..).unwrap_or_default();
        filled += getrandom(rest, GetRandomFlags::empty())?;
    }
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::DataFolder;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &std::path::Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn secrets_are_made_once_and_only_the_owner_reads_them() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().join("data");
        let folder = DataFolder::open(&root).unwrap();
        let (token, secret) = (folder.token().unwrap(), folder.secret(None).unwrap());
        assert_eq!((mode(&root), mode(&root.join("token"))), (0o700, 0o600));
        assert_eq!((token.len(), mode(&root.join("secret"))), (64, 0o600));
        assert_ne!(secret.derive("dice"), secret.derive("token"));
        drop(folder);
        let again = DataFolder::open(&root).unwrap();
        assert_eq!(again.token().unwrap(), token);
        assert_eq!(again.secret(None).unwrap().derive("dice"), secret.derive("dice"));
        assert!(again.secret(Some("x")).is_err());
    }

    #[test]
    fn a_seed_gives_the_same_secret_everywhere() {
        let derive = || {
            let root = tempfile::tempdir().unwrap();
            let folder = DataFolder::open(root.path()).unwrap();
            folder.secret(Some("demo")).unwrap().derive("dice")
        };
        assert_eq!(derive(), derive());
    }

    #[test]
    fn one_process_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let _first = DataFolder::open(root.path()).unwrap();
        let error = DataFolder::open(root.path()).unwrap_err();
        assert!(error.to_string().starts_with("another process has the data folder"));
    }
}
