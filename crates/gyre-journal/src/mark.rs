//! Two small files beside the segments of a partition: how far the disk is known to hold, and which
//! erasures are under way.

use crate::disk::{Disk, File};
use gyre_model::{Offset, Partition};
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;

const SLOT: usize = 16;

fn encode(offset: Offset) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[..8].copy_from_slice(&offset.to_le_bytes());
    // So that a slot of zeros is not a valid one.
    let checksum = !crc32c::crc32c(&slot[..8]);
    slot[8..12].copy_from_slice(&checksum.to_le_bytes());
    slot
}

fn decode(slot: &[u8]) -> Option<Offset> {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(slot.get(..8)?);
    let offset = Offset::from_le_bytes(bytes);
    (encode(offset) == slot).then_some(offset)
}

fn open(disk: &dyn Disk, name: &str) -> io::Result<Arc<dyn File>> {
    match disk.open(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = disk.create(name)?;
            file.write_at(0, &[0; 2 * SLOT])?;
            file.sync()?;
            let directory = name.split_once('/').map_or("", |(directory, _)| directory);
            disk.sync_directory(directory)?;
            Ok(file)
        }
        other => other,
    }
}

/// Below this offset everything was synced: a bad frame there is damage, not a torn tail.
///
/// It is written after a sync and not synced itself, so after a power cut it may be old, never too
/// high. Two slots take turns, so that a torn write leaves the other.
#[derive(Debug)]
pub(crate) struct Mark {
    file: Arc<dyn File>,
    last: Mutex<(Offset, u64)>,
}

impl Mark {
    pub(crate) fn open(disk: &dyn Disk, partition: Partition) -> io::Result<Self> {
        let file = open(disk, &format!("{partition}/mark"))?;
        let mut slots = [0; 2 * SLOT];
        file.read_at(0, &mut slots)?;
        let (left, right) = (decode(&slots[..SLOT]), decode(&slots[SLOT..]));
        let slot = u64::from(left > right);
        Ok(Self { file, last: Mutex::new((left.max(right).unwrap_or(0), slot)) })
    }

    pub(crate) fn get(&self) -> Offset {
        self.last.lock().0
    }

    /// Raises the mark. A failure is not one of the journal: an old mark is true, too.
    pub(crate) fn raise(&self, offset: Offset) {
        let mut last = self.last.lock();
        if offset > last.0 && self.file.write_at(last.1 * SLOT as u64, &encode(offset)).is_ok() {
            *last = (offset, 1 - last.1);
        }
    }

    /// Makes the mark itself durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}

/// The offsets that are being blanked, kept so that a power cut in the middle of it is made good.
#[derive(Debug)]
pub(crate) struct Intent {
    file: Arc<dyn File>,
}

impl Intent {
    pub(crate) fn open(disk: &dyn Disk, partition: Partition) -> io::Result<Self> {
        Ok(Self { file: open(disk, &format!("{partition}/erasing"))? })
    }

    pub(crate) fn get(&self) -> io::Result<Vec<Offset>> {
        let mut slots = vec![0; self.file.length()? as usize];
        let read = self.file.read_at(0, &mut slots)?;
        slots.truncate(read);
        Ok(slots.chunks_exact(SLOT).filter_map(decode).collect())
    }

    /// Durable when it returns.
    pub(crate) fn set(&self, offsets: &[Offset]) -> io::Result<()> {
        let slots: Vec<u8> = offsets.iter().flat_map(|offset| encode(*offset)).collect();
        self.file.write_at(0, &slots)?;
        self.file.sync()
    }

    /// Not durable: blanking again does no harm.
    pub(crate) fn clear(&self, slots: usize) -> io::Result<()> {
        if slots == 0 {
            return Ok(());
        }
        self.file.write_at(0, &vec![0; slots * SLOT])
    }
}
