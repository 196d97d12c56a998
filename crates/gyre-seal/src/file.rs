//! The key ring on disk: one file beside the data that is small until people are erased. It is replaced
//! whole; what it was before is overwritten, so that keys that were destroyed are not found on the disk.

use crate::keys::{Ring, SealedWith};
use crate::session::Session;
use async_trait::async_trait;
use gyre_model::Offset;
use gyre_ports::backup_keys::{BackupKeys, Destroyed, Held};
use gyre_ports::{Error, ErrorKind, Result, failpoint};
use parking_lot::Mutex;
use ring::digest::{SHA256, digest};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::OwnedMutexGuard;
use zeroize::Zeroizing;

/// The name of the file in a data folder.
pub const NAME: &str = "keys";
/// The one that is being written, and the one that was before.
const NEW: &str = ".keys.new";
const OLD: &str = ".keys.old";
const MAGIC: &[u8; 8] = b"GyKeys1\n";
const HASH: usize = 32;
const PIECE: usize = 1 << 16;

/// The key ring of a data folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeyFile(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    /// `None` until the first backup is sealed.
    ring: Mutex<Option<Arc<Ring>>>,
    /// Held by who begins to read for a backup, and by erasures.
    gate: Arc<tokio::sync::Mutex<()>>,
    /// Backups that are being made.
    sealing: AtomicUsize,
}

/// A backup that is being made.
#[derive(Debug)]
pub struct Begun {
    keys: KeyFile,
    ring: Arc<Ring>,
    sealed: SealedWith,
    gate: Option<OwnedMutexGuard<()>>,
}

impl KeyFile {
    /// The key ring of a folder, which may have none yet. Finishes what a crash left. Kind `Corrupt` when
    /// it cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        tidy(folder).map_err(|error| Error::io("the key ring cannot be tidied up", error))?;
        let ring = match read(&folder.join(NAME)) {
            Ok(ring) => Some(Arc::new(ring)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self(Arc::new(Kept {
            folder: folder.to_owned(),
            ring: Mutex::new(ring),
            gate: Arc::default(),
            sealing: AtomicUsize::new(0),
        })))
    }

    /// Begins a backup; makes the ring if there is none. No erasure removes anything from the state until
    /// [`Begun::reads`] was called.
    pub async fn begin(&self) -> Result<Begun> {
        let gate = Arc::clone(&self.0.gate).lock_owned().await;
        let kept = Arc::clone(&self.0);
        let ring = blocking(move || {
            let mut ring = kept.ring.lock();
            if let Some(ring) = &*ring {
                return Ok(Arc::clone(ring));
            }
            let made = Arc::new(Ring::random()?);
            write(&kept.folder, &made)?;
            *ring = Some(Arc::clone(&made));
            Ok(made)
        })
        .await?;
        let sealed = ring.next_backup()?;
        self.0.sealing.fetch_add(1, Ordering::SeqCst);
        Ok(Begun { keys: self.clone(), ring, sealed, gate: Some(gate) })
    }

    /// Changes the ring, on disk first; `false` when there is none.
    async fn change(&self, change: impl FnOnce(&mut Ring) + Send + 'static) -> Result<bool> {
        let kept = Arc::clone(&self.0);
        blocking(move || {
            let mut ring = kept.ring.lock();
            let Some(before) = &*ring else { return Ok(false) };
            let mut after = Ring::clone(before);
            change(&mut after);
            write(&kept.folder, &after)?;
            *ring = Some(Arc::new(after));
            Ok(true)
        })
        .await
    }
}

impl Begun {
    /// What the backup says of its keys.
    pub fn sealed_with(&self) -> &SealedWith {
        &self.sealed
    }

    /// Keys for one of its files.
    pub fn session(&self) -> Result<Session> {
        Session::new(Arc::clone(&self.ring), self.sealed.clone())
    }

    /// What the state holds is read as of now: erasures may go on.
    pub fn reads(&mut self) {
        self.gate = None;
    }

    /// Remembers up to where records are in it. Before anybody can restore it.
    pub async fn seals(&self, ends: &[Offset]) -> Result<()> {
        let ends = ends.to_vec();
        self.keys.change(move |ring| ring.sealed(&ends)).await.map(drop)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.keys.0.sealing.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl BackupKeys for KeyFile {
    async fn hold(&self) -> Held {
        Held::new(Arc::clone(&self.0.gate).lock_owned().await)
    }

    async fn destroy(&self, destroyed: Destroyed) -> Result<bool> {
        if destroyed.is_empty() {
            return Ok(self.0.ring.lock().is_some());
        }
        let is_sealing = self.0.sealing.load(Ordering::SeqCst) > 0;
        self.change(move |ring| ring.destroy(&destroyed, is_sealing)).await
    }
}

/// Reads a key ring. Kind `NotFound` when there is none, `Corrupt` when it is damaged.
pub fn read(path: &Path) -> Result<Ring> {
    let failed = |error| Error::io("the key ring cannot be read", error);
    let bytes = Zeroizing::new(fs::read(path).map_err(failed)?);
    let damaged = || Error::new(ErrorKind::Corrupt, "the key ring is damaged");
    let (text, hash) = bytes.split_last_chunk::<HASH>().ok_or_else(damaged)?;
    let body = text.strip_prefix(MAGIC).ok_or_else(damaged)?;
    if digest(&SHA256, text).as_ref() != hash {
        return Err(damaged());
    }
    postcard::from_bytes(body).map_err(|error| damaged().with(error))
}

/// Writes a key ring into a folder, in place of the one that is there, which is overwritten.
pub fn write(folder: &Path, ring: &Ring) -> Result<()> {
    let mut bytes = Zeroizing::new(MAGIC.to_vec());
    let body = postcard::to_stdvec(ring).map(Zeroizing::new);
    let body = body.map_err(|error| Error::new(ErrorKind::Invalid, "the key ring").with(error))?;
    bytes.extend_from_slice(&body);
    let hash = digest(&SHA256, &bytes);
    bytes.extend_from_slice(hash.as_ref());
    replace(folder, &bytes).map_err(|error| Error::io("the key ring cannot be written", error))
}

fn replace(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let [name, new, old] = [NAME, NEW, OLD].map(|name| folder.join(name));
    // What an attempt before this one left; the one before, if it was not overwritten yet, is still named.
    tidy(folder)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    failpoint::reach("keys.after_new");
    let before = match OpenOptions::new().write(true).open(&name) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // It has a name until it is overwritten, so that a crash in between is made good; where a file cannot
    // have two names (FAT), it is overwritten all the same.
    let is_named = before.is_some() && fs::hard_link(&name, &old).is_ok();
    failpoint::reach("keys.after_link");
    fs::rename(&new, &name)?;
    File::open(folder)?.sync_all()?;
    failpoint::reach("keys.after_rename");
    if let Some(before) = before {
        overwrite(before)?;
    }
    if is_named {
        fs::remove_file(&old)?;
        File::open(folder)?.sync_all()?;
    }
    failpoint::reach("keys.after_wipe");
    Ok(())
}

/// Finishes what a crash in the middle of a replacement left.
fn tidy(folder: &Path) -> io::Result<()> {
    let inode = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    let [name, new, old] = [NAME, NEW, OLD].map(|name| folder.join(name));
    let mut changed = false;
    if let Some(before) = inode(&old) {
        changed = true;
        // The same file under two names: it was not replaced.
        if inode(&name) == Some(before) { fs::remove_file(&old)? } else { wipe(&old)? }
    }
    if inode(&new).is_some() {
        changed = true;
        wipe(&new)?;
    }
    if changed { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Overwrites the key ring of a folder and removes it.
pub fn discard(folder: &Path) -> Result<()> {
    wipe(&folder.join(NAME)).map_err(|error| Error::io("a key ring cannot be removed", error))
}

/// Overwrites a file, durably, and removes it.
fn wipe(path: &Path) -> io::Result<()> {
    overwrite(OpenOptions::new().write(true).open(path)?)?;
    fs::remove_file(path)
}

fn overwrite(mut file: File) -> io::Result<()> {
    let mut left = file.metadata()?.len();
    while left > 0 {
        let piece = left.min(PIECE as u64) as usize;
        file.write_all(&vec![0; piece])?;
        left -= piece as u64;
    }
    file.sync_all()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::new(ErrorKind::Unavailable, "the work was stopped").with(error))?
}

#[cfg(test)]
mod tests {
    use super::{KeyFile, NAME, NEW, OLD, discard, read, tidy, write};
    use crate::keys::Ring;
    use gyre_ports::ErrorKind;
    use gyre_ports::backup_keys::{BackupKeys as _, Destroyed};
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_ring_is_made_by_the_first_backup_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFile::open(folder.path()).unwrap();
        let gone = || Destroyed { keys: vec![1], ..Destroyed::default() };
        assert!(!keys.destroy(gone()).await.unwrap());
        assert_eq!(names(folder.path()), [""; 0]);
        let mut begun = keys.begin().await.unwrap();
        begun.reads();
        let sealed = begun.sealed_with().clone();
        assert_eq!(names(folder.path()), [NAME]);
        let mode = fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(keys.destroy(gone()).await.unwrap());
        let again = read(&folder.path().join(NAME)).unwrap();
        assert_eq!((again.generation(1), again.generation(2)), (1, 0));
        again.line_of(&sealed).unwrap();
        assert_eq!(names(folder.path()), [NAME]);
    }

    #[test]
    fn whatever_a_crash_leaves_is_overwritten_or_still_the_ring() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let ring = Ring::random().unwrap();
        write(folder.path(), &ring).unwrap();
        let bytes = fs::read(at(NAME)).unwrap();
        // Before it was linked, after it was, and after the new one was put in place.
        for (link, new) in [(false, true), (true, true), (true, false)] {
            if link {
                fs::hard_link(at(NAME), at(OLD)).unwrap();
            }
            if new {
                fs::write(at(NEW), &bytes).unwrap();
            }
            tidy(folder.path()).unwrap();
            assert_eq!(names(folder.path()), [NAME]);
            assert_eq!(fs::read(at(NAME)).unwrap(), bytes);
        }
        // One that was replaced is overwritten: whoever has it open reads zeros.
        fs::write(at(OLD), &bytes).unwrap();
        let mut file = fs::File::open(at(OLD)).unwrap();
        tidy(folder.path()).unwrap();
        let mut left = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut left).unwrap();
        assert_eq!(left, vec![0; bytes.len()]);
        // So is one that is replaced or thrown away.
        let ends: [fn(&Path) -> gyre_ports::Result<()>; 2] =
            [|folder| write(folder, &Ring::random()?), discard];
        for end in ends {
            let mut file = fs::File::open(at(NAME)).unwrap();
            end(folder.path()).unwrap();
            let mut left = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut left).unwrap();
            assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0));
        }
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn a_damaged_ring_is_told() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &Ring::random().unwrap()).unwrap();
        let path = folder.path().join(NAME);
        let bytes = fs::read(&path).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 4;
            fs::write(&path, changed).unwrap();
            assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::Corrupt, "byte {place}");
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
