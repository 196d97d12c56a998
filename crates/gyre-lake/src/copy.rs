//! Copying the tables of a lake that is in use. Files are written once and never changed, and those that
//! a version no longer needs stay for hours: so the log is copied first, then what it may name.

use std::fs::{self, File};
use std::io;
use std::path::Path;

const LOG: &str = "_delta_log";
/// Names the newest checkpoint, and is changed; a reader finds checkpoints without it.
const HINT: &str = "_last_checkpoint";
/// How often the log is listed again when an old entry of it is removed meanwhile.
const TRIES: usize = 5;

/// Copies a lake's folder into one that is not there: as of some version of each table that is no older
/// than when this was called. Durable when it returns.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for table in fs::read_dir(from)? {
        let table = table?;
        if !table.file_type()?.is_dir() {
            continue;
        }
        let target = to.join(table.file_name());
        fs::create_dir(&target)?;
        log(&table.path(), &target)?;
        data(&table.path(), &target)?;
        File::open(&target)?.sync_all()?;
    }
    File::open(to)?.sync_all()
}

fn log(table: &Path, target: &Path) -> io::Result<()> {
    let (from, to) = (table.join(LOG), target.join(LOG));
    if !from.is_dir() {
        // Its table was never made.
        return Ok(());
    }
    for attempt in 1.. {
        fs::create_dir(&to)?;
        match entries(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < TRIES => {
                fs::remove_dir_all(&to)?;
            }
            done => return done,
        }
    }
    Ok(())
}

fn entries(from: &Path, to: &Path) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name());
        }
    }
    names.sort();
    for name in names {
        let text = name.to_string_lossy();
        if text == HINT || is_staged(&text) {
            continue;
        }
        one(&from.join(&name), &to.join(&name))?;
    }
    File::open(to)?.sync_all()
}

/// The files of data, in folders of their days. One that is gone was needed by no version in the log.
fn data(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text == LOG || is_staged(&text) {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            data(&entry.path(), &target)?;
            File::open(&target)?.sync_all()?;
            continue;
        }
        match one(&entry.path(), &target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    Ok(())
}

fn one(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

/// Whether a file is still being written, beside its place.
fn is_staged(name: &str) -> bool {
    name.rsplit_once('#')
        .is_some_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
}
