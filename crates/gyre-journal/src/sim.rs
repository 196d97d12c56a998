//! A disk for tests: it forgets what was not synced, tears writes, runs full and fails, by seed.

use crate::disk::{Disk, File, Lock};
use parking_lot::Mutex;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// What hits a disk: whole or not at all, unless the write was the last.
const SECTOR: usize = 512;

/// Something that goes wrong once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A sync fails; as on Linux, what it should have synced is never written.
    Sync,
    /// A write fails half way.
    Write,
    /// A write fails half way because the disk is full.
    Full,
}

/// A disk in memory whose power can be cut. A clone is the same disk.
///
/// What is not synced may be lost in a power cut, wholly, partly, by sector, and the last write may
/// be torn at any byte; names may be lost or come back until their directory is synced.
#[derive(Debug, Clone)]
pub struct SimDisk(Arc<Mutex<World>>);

#[derive(Debug)]
struct World {
    dice: Dice,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Created (with a file) or removed, in order, since the last sync of the directory.
    moves: Vec<(String, Option<usize>)>,
    files: Vec<Content>,
    changes: u64,
    dies_at: Option<u64>,
    dead: bool,
    capacity: Option<u64>,
    faults: Vec<(Fault, u64)>,
    lies: bool,
    locked: bool,
}

#[derive(Debug, Clone, Default)]
struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => {
                let (start, end) = (*at as usize, *at as usize + bytes.len());
                to.resize(to.len().max(end), 0);
                to[start..end].copy_from_slice(bytes);
            }
            Self::Length(length) => to.resize(*length as usize, 0),
        }
    }
}

/// SplitMix64: the same seed, the same misfortune.
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
    fn coin(&mut self) -> bool {
        self.next() & 1 == 0
    }
}

impl Content {
    /// What a power cut leaves.
    fn survivor(&self, dice: &mut Dice) -> Vec<u8> {
        let mut left = self.durable.clone();
        match dice.below(4) {
            0 => {}
            1 => self.pending.iter().for_each(|change| change.apply(&mut left)),
            2 => {
                let count = dice.below(self.pending.len() + 1);
                self.pending[..count].iter().for_each(|change| change.apply(&mut left));
                if let Some(Change::Write(at, bytes)) = self.pending.get(count) {
                    let torn = dice.below(bytes.len() + 1);
                    Change::Write(*at, bytes[..torn].to_vec()).apply(&mut left);
                }
            }
            _ => {
                for change in &self.pending {
                    match change {
                        Change::Write(at, bytes) => scatter(dice, *at, bytes, &mut left),
                        Change::Length(_) if dice.coin() => change.apply(&mut left),
                        Change::Length(_) => {}
                    }
                }
            }
        }
        left
    }
}

/// Writes some of the sectors.
fn scatter(dice: &mut Dice, at: u64, bytes: &[u8], to: &mut Vec<u8>) {
    let mut start = 0;
    while start < bytes.len() {
        let room = SECTOR - (at as usize + start) % SECTOR;
        let end = bytes.len().min(start + room);
        if dice.coin() {
            Change::Write(at + start as u64, bytes[start..end].to_vec()).apply(to);
        }
        start = end;
    }
}

impl SimDisk {
    /// An empty disk; `seed` decides what its power cuts leave.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(World {
            dice: Dice(seed),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            moves: Vec::new(),
            files: Vec::new(),
            changes: 0,
            dies_at: None,
            dead: false,
            capacity: None,
            faults: Vec::new(),
            lies: false,
            locked: false,
        })))
    }

    /// Cuts the power at the `count`-th change from now, counting from 1.
    pub fn die_after(&self, count: u64) {
        let mut world = self.0.lock();
        world.dies_at = Some(world.changes + count);
    }

    /// Lets the `count`-th operation of the kind from now fail, counting from 1.
    pub fn fail(&self, fault: Fault, count: u64) {
        self.0.lock().faults.push((fault, count));
    }

    /// Sets how many bytes all files together may have; `None` is no bound.
    pub fn set_capacity(&self, capacity: Option<u64>) {
        self.0.lock().capacity = capacity;
    }

    /// Syncs do nothing and say they did: the mutant of every power-cut test.
    pub fn lie_about_syncs(&self) {
        self.0.lock().lies = true;
    }

    /// Whether the power is gone.
    pub fn is_dead(&self) -> bool {
        self.0.lock().dead
    }

    /// Cuts the power, if it is not gone yet, and returns the disk as it is found afterwards.
    #[must_use]
    pub fn reboot(&self) -> Self {
        let mut world = self.0.lock();
        world.dead = true;
        let World { dice, durable_names, moves, files, lies, .. } = &mut *world;
        let mut names = durable_names.clone();
        for (name, file) in moves {
            if dice.coin() {
                match file {
                    Some(file) => names.insert(name.clone(), *file),
                    None => names.remove(name),
                };
            }
        }
        let files: Vec<_> = files
            .iter()
            .map(|content| {
                let left = content.survivor(dice);
                Content { now: left.clone(), durable: left, pending: Vec::new() }
            })
            .collect();
        let next = Self::new(dice.next());
        {
            let mut world = next.0.lock();
            (world.files, world.lies) = (files, *lies);
            world.durable_names.clone_from(&names);
            world.names = names;
        }
        next
    }

    /// The names of all files.
    pub fn names(&self) -> Vec<String> {
        self.0.lock().names.keys().cloned().collect()
    }

    /// What a file holds; empty when it is not there.
    pub fn contents(&self, name: &str) -> Vec<u8> {
        let world = self.0.lock();
        world.names.get(name).map(|file| world.files[*file].now.clone()).unwrap_or_default()
    }

    /// Changes one byte of a file, as a failing disk does.
    pub fn flip(&self, name: &str, at: usize, bits: u8) {
        let mut world = self.0.lock();
        let Some(file) = world.names.get(name).copied() else { return };
        let content = &mut world.files[file];
        for bytes in [&mut content.now, &mut content.durable] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= bits;
            }
        }
    }
}

impl World {
    /// Counts a change; true when it is the one in which the power goes.
    fn change(&mut self) -> io::Result<bool> {
        if self.dead {
            return Err(Errno::IO.into());
        }
        self.changes += 1;
        self.dead = self.dies_at.is_some_and(|at| self.changes >= at);
        Ok(self.dead)
    }

    fn alive(dying: bool) -> io::Result<()> {
        if dying { Err(Errno::IO.into()) } else { Ok(()) }
    }

    fn hit(&mut self, kind: Fault) -> bool {
        let armed = self.faults.iter_mut().find(|(fault, _)| *fault == kind);
        let Some((_, left)) = armed else { return false };
        *left -= 1;
        let hit = *left == 0;
        self.faults.retain(|(_, left)| *left > 0);
        hit
    }

    /// How long a file may become.
    fn room(&self, file: usize) -> u64 {
        let used: usize = self.files.iter().map(|content| content.now.len()).sum();
        let free = self.capacity.unwrap_or(u64::MAX / 2).saturating_sub(used as u64);
        self.files[file].now.len() as u64 + free
    }

    fn apply(&mut self, file: usize, change: Change) {
        let content = &mut self.files[file];
        change.apply(&mut content.now);
        content.pending.push(change);
    }
}

#[derive(Debug)]
struct SimFile {
    world: Arc<Mutex<World>>,
    file: usize,
}

impl File for SimFile {
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let world = self.world.lock();
        let bytes = world.files[self.file].now.get(at as usize..).unwrap_or_default();
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.world.lock();
        let dying = world.change()?;
        let room = world.room(self.file).saturating_sub(at) as usize;
        let fails = world.hit(Fault::Write);
        let full = world.hit(Fault::Full);
        let cut = if fails || full { bytes.len() / 2 } else { bytes.len().min(room) };
        world.apply(self.file, Change::Write(at, bytes[..cut].to_vec()));
        World::alive(dying || fails)?;
        if cut < bytes.len() { Err(Errno::NOSPC.into()) } else { Ok(()) }
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        let mut world = self.world.lock();
        let dying = world.change()?;
        if length > world.room(self.file) {
            return Err(Errno::NOSPC.into());
        }
        if length > world.files[self.file].now.len() as u64 {
            world.apply(self.file, Change::Length(length));
        }
        World::alive(dying)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut world = self.world.lock();
        let dying = world.change()?;
        world.apply(self.file, Change::Length(length));
        World::alive(dying)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.world.lock().files[self.file].now.len() as u64)
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.world.lock();
        // A dying sync may have reached the disk or not: that is up to the reboot.
        World::alive(world.change()?)?;
        let failed = world.hit(Fault::Sync);
        let lies = world.lies;
        let content = &mut world.files[self.file];
        if failed {
            content.pending.clear();
            return Err(Errno::IO.into());
        }
        if !lies {
            content.durable.clone_from(&content.now);
            content.pending.clear();
        }
        Ok(())
    }
}

#[derive(Debug)]
struct SimLock(Arc<Mutex<World>>);

impl Lock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.0.lock().locked = false;
    }
}

impl Disk for SimDisk {
    fn create_directory(&self, _name: &str) -> io::Result<()> {
        World::alive(self.0.lock().change()?)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let mut world = self.0.lock();
        let dying = world.change()?;
        world.files.push(Content::default());
        let file = world.files.len() - 1;
        world.names.insert(name.to_owned(), file);
        world.moves.push((name.to_owned(), Some(file)));
        World::alive(dying)?;
        Ok(Arc::new(SimFile { world: Arc::clone(&self.0), file }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn File>> {
        let world = self.0.lock();
        let file = *world.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(SimFile { world: Arc::clone(&self.0), file }))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<String>> {
        let prefix = format!("{directory}/");
        let world = self.0.lock();
        Ok(world
            .names
            .keys()
            .filter_map(|name| name.strip_prefix(&prefix))
            .map(String::from)
            .collect())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.0.lock();
        let dying = world.change()?;
        let file = world.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        // Its bytes no longer take room; a name that comes back still finds what was durable.
        world.files[file].now.clear();
        world.moves.push((name.to_owned(), None));
        World::alive(dying)
    }

    fn sync_directory(&self, directory: &str) -> io::Result<()> {
        let mut world = self.0.lock();
        World::alive(world.change()?)?;
        if world.lies {
            return Ok(());
        }
        let inside =
            |name: &str| name.rsplit_once('/').map_or("", |(parent, _)| parent) == directory;
        let moves = std::mem::take(&mut world.moves);
        let (done, rest): (Vec<_>, Vec<_>) = moves.into_iter().partition(|(name, _)| inside(name));
        for (name, file) in done {
            match file {
                Some(file) => world.durable_names.insert(name, file),
                None => world.durable_names.remove(&name),
            };
        }
        world.moves = rest;
        Ok(())
    }

    fn lock(&self, _name: &str) -> io::Result<Box<dyn Lock>> {
        let mut world = self.0.lock();
        if std::mem::replace(&mut world.locked, true) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimLock(Arc::clone(&self.0))))
    }
}
