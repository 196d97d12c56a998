//! Exports in the data folder: parts beside one another while an archive is made, then one tar file that
//! only the owner can read.

use async_trait::async_trait;
use gyre_ports::{Error, ErrorKind, Exports, Result};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Exports in a folder.
#[derive(Debug, Clone)]
pub(crate) struct FolderExports {
    root: PathBuf,
}

impl FolderExports {
    /// Exports in a folder; made when something is exported.
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn parts(&self, export: &str) -> PathBuf {
        self.root.join(format!("{export}.parts"))
    }

    fn archive(&self, export: &str) -> PathBuf {
        self.root.join(format!("{export}.tar"))
    }

    /// Runs work on files where it delays nobody.
    async fn apart<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let exports = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&exports)).await;
        let done = done.map_err(|why| Error::new(ErrorKind::Unavailable, what).with(why))?;
        done.map_err(|why| Error::io(what, why))
    }
}

fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn remove(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The bytes of a file, or of the files in a folder; none when it is not there.
fn size(path: &Path) -> u64 {
    let Ok(found) = fs::metadata(path) else { return 0 };
    if found.is_file() {
        return found.len();
    }
    let files = fs::read_dir(path).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

/// Tars the parts beside the archive's place, then moves it there.
fn pack(exports: &FolderExports, export: &str) -> io::Result<u64> {
    let (parts, archive) = (exports.parts(export), exports.archive(export));
    let mut names: Vec<PathBuf> =
        fs::read_dir(&parts)?.map(|file| Ok(file?.path())).collect::<io::Result<_>>()?;
    names.sort();
    let beside = parts.join("archive");
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let mut tar = tar::Builder::new(file);
    tar.mode(tar::HeaderMode::Deterministic);
    for path in &names {
        let mut part = File::open(path)?;
        let name = path.file_name().unwrap_or_default();
        tar.append_file(Path::new("gyre-export").join(name), &mut part)?;
    }
    let mut file = tar.into_inner()?;
    file.flush()?;
    file.sync_all()?;
    fs::rename(&beside, &archive)?;
    fs::remove_dir_all(&parts)?;
    File::open(&exports.root)?.sync_all()?;
    Ok(size(&archive))
}

#[async_trait]
impl Exports for FolderExports {
    async fn add(&self, export: &str, part: &str, bytes: &[u8]) -> Result<()> {
        let (export, part, bytes) = (export.to_owned(), part.to_owned(), bytes.to_vec());
        self.apart("an export cannot be written", move |exports| {
            let folder_of = exports.parts(&export);
            folder(&folder_of)?;
            let mut options = OpenOptions::new();
            let mut file =
                options.append(true).create(true).mode(0o600).open(folder_of.join(part))?;
            file.write_all(&bytes)
        })
        .await
    }

    async fn finish(&self, export: &str) -> Result<u64> {
        let export = export.to_owned();
        self.apart("an export cannot be finished", move |exports| pack(exports, &export)).await
    }

    async fn read(&self, export: &str, from: u64, limit: usize) -> Result<Vec<u8>> {
        let export = export.to_owned();
        self.apart("an export cannot be read", move |exports| {
            let mut file = File::open(exports.archive(&export))?;
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.take(limit as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
        .await
    }

    async fn discard(&self, export: &str) -> Result<u64> {
        let export = export.to_owned();
        self.apart("an export cannot be removed", move |exports| {
            let (parts, archive) = (exports.parts(&export), exports.archive(&export));
            let bytes = size(&parts) + size(&archive);
            remove(fs::remove_file(&archive))?;
            remove(fs::remove_dir_all(&parts))?;
            if bytes > 0 {
                File::open(&exports.root)?.sync_all()?;
            }
            Ok(bytes)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::FolderExports;
    use gyre_ports::{ErrorKind, Exports as _};

    #[tokio::test]
    async fn an_archive_is_its_parts_and_nothing_is_left_of_one_that_goes() {
        let root = tempfile::tempdir().unwrap();
        let exports = FolderExports::new(root.path().join("exports"));
        assert_eq!(exports.discard("ab").await.unwrap(), 0);
        exports.add("ab", "b.jsonl", b"1\n").await.unwrap();
        exports.add("ab", "a.json", b"{}").await.unwrap();
        exports.add("ab", "b.jsonl", b"2\n").await.unwrap();
        let early = exports.read("ab", 0, 10).await.unwrap_err();
        assert_eq!(early.kind(), ErrorKind::NotFound);
        let size = exports.finish("ab").await.unwrap();
        let (mut whole, mut from) = (Vec::new(), 0);
        loop {
            let piece = exports.read("ab", from, 100).await.unwrap();
            if piece.is_empty() {
                break;
            }
            from += piece.len() as u64;
            whole.extend(piece);
        }
        assert_eq!(whole.len() as u64, size);
        let mut archive = tar::Archive::new(&whole[..]);
        let found: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut text = String::new();
                std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
                (entry.path().unwrap().display().to_string(), text)
            })
            .collect();
        let wanted = [("gyre-export/a.json", "{}"), ("gyre-export/b.jsonl", "1\n2\n")];
        assert_eq!(found, wanted.map(|(name, text)| (name.to_owned(), text.to_owned())));
        exports.add("ab", "again", b"x").await.unwrap();
        assert_eq!(exports.discard("ab").await.unwrap(), size + 1);
        assert_eq!(std::fs::read_dir(root.path().join("exports")).unwrap().count(), 0);
    }
}
