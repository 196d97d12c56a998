//! A local object store whose writes are on disk when they return.
//!
//! `object_store`'s own leaves them in the page cache: after a power cut a Delta log could hold an
//! empty entry, or an entry for a file that is not there. Here every object is written beside its
//! place, synced, moved to its place, and the folder is synced; in the order deltalake asks for them,
//! so a log entry is never on disk before the files it names.

use async_trait::async_trait;
use futures::stream::BoxStream;
use gyre_ports::failpoint;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    UploadPart,
};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A local object store whose writes are on disk when they return.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    files: LocalFileSystem,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Above this nothing is made, so nothing needs to be synced.
    root: PathBuf,
    /// Folders whose own entries are known to be on disk.
    known: Mutex<HashSet<PathBuf>>,
    /// Whether a sync failed: what was written before it may be lost, and nobody can find out.
    failed: AtomicBool,
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}

fn failed(source: io::Error) -> Error {
    Error::Generic { store: "disk", source: Box::new(source) }
}

impl Disk {
    /// The whole file system; what is written must be below `root`, which exists.
    pub(crate) fn new(root: PathBuf) -> Self {
        let shared = Shared { root, known: Mutex::default(), failed: AtomicBool::new(false) };
        Self { files: LocalFileSystem::new(), shared: Arc::new(shared) }
    }

    /// Whether a sync failed since this was made.
    pub(crate) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn synced(&self, result: io::Result<()>) -> io::Result<()> {
        let result =
            if failpoint::fails("lake.sync") { Err(io::Error::other("injected")) } else { result };
        if result.is_err() {
            self.failed.store(true, Ordering::SeqCst);
        }
        result
    }

    /// Makes the folder, and its entry in every folder above it durable.
    fn make_folder(&self, folder: &FilePath) -> io::Result<()> {
        if self.known.lock().contains(folder) {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.root)) {
            self.synced(File::open(above)?.sync_all())?;
        }
        self.known.lock().insert(folder.to_owned());
        Ok(())
    }

    /// A new file beside the place of `target`; the store does not list such names.
    fn stage(&self, target: &FilePath) -> io::Result<(PathBuf, File)> {
        if let Some(folder) = target.parent() {
            self.make_folder(folder)?;
        }
        let mut number = 0u32;
        loop {
            let mut name = target.as_os_str().to_owned();
            name.push(format!("#{number}"));
            let staged = PathBuf::from(name);
            match File::create_new(&staged) {
                Ok(file) => return Ok((staged, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Syncs a staged file and moves it to its place; with `only_new`, unless something is there.
    fn place(
        &self,
        staged: &FilePath,
        file: &File,
        target: &FilePath,
        only_new: bool,
    ) -> io::Result<()> {
        self.synced(file.sync_all())?;
        failpoint::reach("lake.before_place");
        if only_new {
            fs::hard_link(staged, target)?;
            fs::remove_file(staged)?;
        } else {
            fs::rename(staged, target)?;
        }
        failpoint::reach("lake.after_place");
        match target.parent() {
            Some(folder) => self.synced(File::open(folder)?.sync_all()),
            None => Ok(()),
        }
    }

    fn put(&self, target: &FilePath, payload: &PutPayload, only_new: bool) -> io::Result<()> {
        let (staged, mut file) = self.stage(target)?;
        let written = payload.iter().try_for_each(|bytes| file.write_all(bytes));
        let placed = written.and_then(|()| self.place(&staged, &file, target, only_new));
        if placed.is_err() {
            // What is left over is removed when the lake is opened.
            drop(fs::remove_file(&staged));
        }
        placed
    }
}

/// Runs blocking work where it blocks nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[async_trait]
impl ObjectStore for Disk {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let only_new = match options.mode {
            PutMode::Overwrite => false,
            PutMode::Create => true,
            PutMode::Update(_) => {
                return Err(Error::NotSupported { source: "conditional update".into() });
            }
        };
        let target = self.files.path_to_filesystem(location)?;
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.put(&target, &payload, only_new)).await.map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return Error::AlreadyExists { path: location.to_string(), source: error.into() };
            }
            failed(error)
        })?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let target = self.files.path_to_filesystem(location)?;
        let shared = Arc::clone(&self.shared);
        let upload = blocking(move || {
            let (staged, file) = shared.stage(&target)?;
            Ok(Upload { shared, staged, target, file: Arc::new(Mutex::new(file)), length: 0 })
        });
        Ok(Box::new(upload.await.map_err(failed)?))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.files.get_opts(location, options).await
    }

    async fn get_ranges(
        &self,
        location: &Path,
        ranges: &[Range<u64>],
    ) -> Result<Vec<bytes::Bytes>> {
        self.files.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.files.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        // Neither deltalake's local log store nor its operations copy; nobody is to find out later
        // that a copy was not synced.
        Err(Error::NotSupported { source: "copy".into() })
    }
}

/// A file that is written in parts.
#[derive(Debug)]
struct Upload {
    shared: Arc<Shared>,
    staged: PathBuf,
    target: PathBuf,
    file: Arc<Mutex<File>>,
    length: u64,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        let at = self.length;
        self.length += part.content_length() as u64;
        let file = Arc::clone(&self.file);
        Box::pin(async move {
            // Parts may be written in any order: each goes to its own place.
            let write = move || {
                let mut file = file.lock();
                file.seek(SeekFrom::Start(at))?;
                part.iter().try_for_each(|bytes| file.write_all(bytes))
            };
            blocking(write).await.map_err(failed)
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (shared, file) = (Arc::clone(&self.shared), Arc::clone(&self.file));
        let (staged, target) = (self.staged.clone(), self.target.clone());
        blocking(move || {
            let file = file.lock();
            shared.place(&staged, &file, &target, false)
        })
        .await
        .map_err(failed)?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> Result<()> {
        let staged = self.staged.clone();
        blocking(move || fs::remove_file(staged)).await.map_err(failed)
    }
}

/// Removes what a killed process left beside the places of its files.
pub(crate) fn remove_staged(folder: &FilePath) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_staged(&entry.path())?;
            continue;
        }
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let number = name.rsplit_once('#').map(|(_, number)| number);
        if number.is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit())) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
