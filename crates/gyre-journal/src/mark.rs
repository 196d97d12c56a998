//! Two small files beside the segments of a partition: how far the disk is known to hold, and which
//! erasure is under way.

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
        let last = left.max(right).unwrap_or(0);
        for (place, read) in [(0, left), (SLOT, right)] {
            if read.is_none() && slots[place..place + SLOT] != [0; SLOT] {
                // Torn by a power cut; or damaged, which is no worse.
                tracing::warn!(partition, last, "a torn mark was made good");
                file.write_at(place as u64, &encode(last))?;
            }
        }
        Ok(Self { file, last: Mutex::new((last, slot)) })
    }

    /// Whether the file holds what was read from it or written to it last: one slot with the mark,
    /// and another that is lower or empty.
    pub(crate) fn is_whole(&self) -> io::Result<bool> {
        let last = self.last.lock();
        let mut slots = [0; 2 * SLOT];
        // A power cut may have left it shorter: what is not there is zeros.
        self.file.read_at(0, &mut slots)?;
        let sound = |slot: &[u8]| slot == [0; SLOT] || decode(slot).is_some_and(|at| at <= last.0);
        let highest = decode(&slots[..SLOT]).max(decode(&slots[SLOT..])).unwrap_or(0);
        Ok(sound(&slots[..SLOT]) && sound(&slots[SLOT..]) && highest == last.0)
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

/// The offset that is being blanked, kept so that a power cut in the middle of it is made good.
#[derive(Debug)]
pub(crate) struct Intent {
    file: Arc<dyn File>,
}

impl Intent {
    pub(crate) fn open(disk: &dyn Disk, partition: Partition) -> io::Result<Self> {
        Ok(Self { file: open(disk, &format!("{partition}/erasing"))? })
    }

    pub(crate) fn get(&self) -> io::Result<Option<Offset>> {
        let mut slot = [0; SLOT];
        self.file.read_at(0, &mut slot)?;
        Ok(decode(&slot))
    }

    /// Durable when it returns.
    pub(crate) fn set(&self, offset: Offset) -> io::Result<()> {
        self.file.write_at(0, &encode(offset))?;
        self.file.sync()
    }

    /// Whether nothing is being blanked and nothing else stands there.
    pub(crate) fn is_clear(&self) -> io::Result<bool> {
        let mut slot = [0; 2 * SLOT];
        self.file.read_at(0, &mut slot)?;
        Ok(slot == [0; 2 * SLOT])
    }

    /// Not durable: blanking again does no harm.
    pub(crate) fn clear(&self) -> io::Result<()> {
        self.file.write_at(0, &[0; 2 * SLOT])
    }
}
