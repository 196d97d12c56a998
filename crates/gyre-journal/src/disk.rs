//! The few things the journal asks of a file system, so that tests can take the power away.
//!
//! Names are relative to the journal's directory, with `/` between directory and file.

use rustix::fs::{FallocateFlags, FlockOperation};
use std::fmt::Debug;
use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

/// An open file.
pub trait File: Send + Sync + Debug {
    /// Reads at `at`; fewer bytes than asked for only at the end of the file.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;
    /// Writes all of it, or fails; after a failure any part may have been written.
    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes room up to `length`; what was not written reads as zeros.
    fn allocate(&self, length: u64) -> io::Result<()>;
    /// Cuts or extends to `length`.
    fn set_length(&self, length: u64) -> io::Result<()>;
    /// How long it is.
    fn length(&self) -> io::Result<u64>;
    /// When it returns, contents and length survive a power cut.
    fn sync(&self) -> io::Result<()>;
}

/// Held as long as the journal is open.
pub trait Lock: Send + Sync + Debug {}

/// A directory with one level of directories below it.
pub trait Disk: Send + Sync + Debug {
    /// Makes a directory, if it is not there, in a way that survives a power cut.
    fn create_directory(&self, name: &str) -> io::Result<()>;
    /// Makes an empty file; one that is there is emptied.
    fn create(&self, name: &str) -> io::Result<Arc<dyn File>>;
    /// Opens a file that is there.
    fn open(&self, name: &str) -> io::Result<Arc<dyn File>>;
    /// The names of the files in a directory, in no order.
    fn list(&self, directory: &str) -> io::Result<Vec<String>>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// When it returns, what was created and removed in the directory survives a power cut.
    fn sync_directory(&self, directory: &str) -> io::Result<()>;
    /// Locks the journal against other processes; `WouldBlock` when somebody has it.
    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>>;
}

/// The real file system.
#[derive(Debug)]
pub struct OsDisk {
    root: PathBuf,
}

impl OsDisk {
    /// A disk below `root`, which is made if it is not there.
    pub fn new(root: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::File::open(parent)?.sync_all()?;
        }
        Ok(Self { root })
    }
}

#[derive(Debug)]
struct OsLock(#[expect(dead_code, reason = "the lock lives as long as the file is open")] fs::File);

impl Lock for OsLock {}

impl Disk for OsDisk {
    fn create_directory(&self, name: &str) -> io::Result<()> {
        fs::create_dir_all(self.root.join(name))?;
        self.sync_directory("")
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Arc::new(options.open(self.root.join(name))?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let file = fs::OpenOptions::new().read(true).write(true).open(self.root.join(name))?;
        Ok(Arc::new(file))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for found in fs::read_dir(self.root.join(directory))? {
            names.extend(found?.file_name().into_string());
        }
        Ok(names)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.root.join(name))
    }

    fn sync_directory(&self, directory: &str) -> io::Result<()> {
        fs::File::open(self.root.join(directory))?.sync_all()
    }

    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(self.root.join(name))?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Box::new(OsLock(file)))
    }
}

impl File for fs::File {
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < into.len() {
            match FileExt::read_at(self, &mut into[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, at)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        match rustix::fs::fallocate(self, FallocateFlags::empty(), 0, length) {
            // Some file systems cannot promise room; then a full disk shows when writing.
            Err(rustix::io::Errno::OPNOTSUPP) if self.length()? < length => self.set_len(length),
            Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
            other => Ok(other?),
        }
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
