//! What must be in a backup: every file with its length and hash. Whoever changes a backup (an erasure
//! that has to reach it) writes its manifest anew.

use anyhow::Context as _;
use gyre_model::Timestamp;
use gyre_seal::SealedWith;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// The form of a plain backup, and of a sealed one. Both are written and read.
const PLAIN: u32 = 1;
const SEALED: u32 = 2;
const NAME: &str = "manifest.json";

/// What must be in a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    form: u32,
    /// The version that made it.
    gyre: String,
    /// By the clock of the server.
    made_at: Timestamp,
    /// Per partition, the offset below which records are in it.
    pub(crate) journal: Vec<u64>,
    /// What it is sealed with; a plain one has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<SealedWith>,
    /// By path within the backup, with `/`.
    pub(crate) files: BTreeMap<String, Entry>,
}

/// A file of a backup.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    bytes: u64,
    sha256: String,
}

impl Manifest {
    /// The manifest of what is in a folder.
    pub(crate) fn of(
        folder: &Path,
        made_at: Timestamp,
        journal: Vec<u64>,
        sealed: Option<SealedWith>,
    ) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        look(folder, "", &mut files).context("the backup cannot be read")?;
        let gyre = env!("CARGO_PKG_VERSION").to_owned();
        let form = if sealed.is_some() { SEALED } else { PLAIN };
        Ok(Self { form, gyre, made_at, journal, sealed, files })
    }

    /// Reads the manifest of a backup.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} is no backup: no {NAME}", folder.display()))?;
        let manifest: Self = serde_json::from_str(&text)
            .with_context(|| format!("the manifest {} cannot be read", path.display()))?;
        anyhow::ensure!(
            manifest.form == if manifest.sealed.is_some() { SEALED } else { PLAIN },
            "the backup has form {}, this version reads forms {PLAIN} and {SEALED}",
            manifest.form
        );
        Ok(manifest)
    }

    /// Writes it into the folder, durably.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let mut file = File::create(folder.join(NAME))?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    }

    /// All files together.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.values().map(|entry| entry.bytes).sum()
    }

    /// What in a folder is not as it should be.
    pub(crate) fn compare(&self, folder: &Path) -> anyhow::Result<Vec<String>> {
        let mut found = BTreeMap::new();
        look(folder, "", &mut found).context("the backup cannot be read")?;
        let mut wrong = Vec::new();
        for (path, entry) in &self.files {
            match found.get(path) {
                None => wrong.push(format!("{path} is missing")),
                Some(found) if found.bytes != entry.bytes => {
                    wrong.push(format!("{path} has {} bytes, not {}", found.bytes, entry.bytes));
                }
                Some(found) if found != entry => wrong.push(format!("{path} was changed")),
                Some(_) => {}
            }
        }
        wrong.extend(
            found
                .keys()
                .filter(|path| !self.files.contains_key(*path))
                .map(|path| format!("{path} does not belong to it")),
        );
        Ok(wrong)
    }
}

/// Adds what is in a folder, but for the manifest itself.
fn look(folder: &Path, prefix: &str, into: &mut BTreeMap<String, Entry>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let path = format!("{prefix}{}", name.to_string_lossy());
        if entry.file_type()?.is_dir() {
            look(&entry.path(), &format!("{path}/"), into)?;
        } else if path != NAME {
            into.insert(path, weigh(&entry.path())?);
        }
    }
    Ok(())
}

fn weigh(path: &Path) -> io::Result<Entry> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        hash.update(piece.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    let sha256 = format!("{:x}", hash.finalize());
    Ok(Entry { bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use super::Manifest;
    use gyre_model::Timestamp;
    use std::fs;

    #[test]
    fn whatever_is_changed_in_a_backup_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("lake")).unwrap();
        fs::write(at("state.db"), "state").unwrap();
        fs::write(at("lake/one"), "rows").unwrap();
        let manifest = Manifest::of(folder.path(), Timestamp(0), vec![7], None).unwrap();
        manifest.write(folder.path()).unwrap();
        let manifest = Manifest::read(folder.path()).unwrap();
        let wrong = || manifest.compare(folder.path()).unwrap();
        assert_eq!(wrong(), Vec::<String>::new());
        fs::write(at("lake/one"), "rowz").unwrap();
        assert_eq!(wrong(), ["lake/one was changed"]);
        fs::write(at("lake/one"), "row").unwrap();
        assert_eq!(wrong(), ["lake/one has 3 bytes, not 4"]);
        fs::rename(at("lake/one"), at("lake/two")).unwrap();
        assert_eq!(wrong(), ["lake/one is missing", "lake/two does not belong to it"]);
    }
}
