//! The key ring: one secret that every piece of every backup needs, a key for whatever records are filed
//! under, and a key for each record.

use crate::secret::{Secret, random};
use crate::tree::{Path, Tree};
use gyre_model::id::hex;
use gyre_model::{Offset, Partition};
use gyre_ports::backup_keys::{Destroyed, KeptPlace};
use gyre_ports::{Error, ErrorKind, Result, failpoint};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most places of a partition of which a record has a label.
const OFFSETS: u32 = 48;

/// What a backup says of the keys it was sealed with: nothing that would open it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedWith {
    /// Its own id; random, so that no two backups have a key in common.
    pub backup: String,
    /// The key ring.
    pub ring: String,
    /// The line of history that its offsets are those of.
    pub line: String,
}

/// All keys.
#[derive(Clone, Serialize, Deserialize)]
pub struct Ring {
    id: [u8; 16],
    /// Needed for everything; never destroyed.
    common: Secret,
    /// By key and generation.
    filed: Tree,
    /// The last one is that of the data folder that has the ring.
    lines: Vec<Line>,
    places: Vec<Place>,
}

/// A journal from one restore to the next: offsets mean something within a line.
#[derive(Clone, Serialize, Deserialize)]
struct Line {
    id: [u8; 16],
    /// The line that was restored, and up to where, by partition.
    of: Option<(u32, Vec<Offset>)>,
    /// By partition and offset.
    records: Tree,
    /// Below these offsets records may be in a backup, by partition.
    sealed: Vec<Offset>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Place {
    line: u32,
    partition: Partition,
    offset: Offset,
    workspace: String,
    name: String,
    value: String,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("id", &hex(&self.id)).finish_non_exhaustive()
    }
}

/// The label of what is filed under a key: hashed, so that nobody can choose where in the tree it is.
fn filed_label(key: u64, generation: u32) -> u64 {
    let mut text = b"gyre backup key 1\0".to_vec();
    text.extend_from_slice(&key.to_le_bytes());
    text.extend_from_slice(&generation.to_le_bytes());
    let hash = digest(&SHA256, &text);
    let mut label = [0; 8];
    label.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(label)
}

fn record_label(partition: Partition, offset: Offset) -> u64 {
    u64::from(partition) << OFFSETS | offset
}

impl Ring {
    /// A new ring, with a first line.
    pub fn random() -> Result<Self> {
        Ok(Self {
            id: random()?,
            common: Secret::random()?,
            filed: Tree::random()?,
            lines: vec![Line::random(None)?],
            places: Vec::new(),
        })
    }

    /// What a new backup says of its keys.
    pub fn next_backup(&self) -> Result<SealedWith> {
        let line = self.lines.last().map(|line| hex(&line.id)).unwrap_or_default();
        Ok(SealedWith { backup: hex(&random::<16>()?), ring: hex(&self.id), line })
    }

    /// Which line a backup is of. Kind `Denied` when it was sealed with other keys.
    pub(crate) fn line_of(&self, sealed: &SealedWith) -> Result<usize> {
        if sealed.ring != hex(&self.id) {
            let what = "the backup was sealed with another key ring";
            return Err(Error::new(ErrorKind::Denied, what));
        }
        let found = self.lines.iter().position(|line| hex(&line.id) == sealed.line);
        found.ok_or_else(|| {
            let what = "the copy of the key ring is older than the restore that the backup follows";
            Error::new(ErrorKind::Denied, what)
        })
    }

    pub(crate) fn common(&self) -> &Secret {
        &self.common
    }

    /// The first generation of a key that was not destroyed.
    pub(crate) fn generation(&self, key: u64) -> u32 {
        (0..u32::MAX)
            .find(|generation| self.filed.has(filed_label(key, *generation)))
            .unwrap_or(u32::MAX)
    }

    pub(crate) fn filed(&self, path: &mut Path, key: u64, generation: u32) -> Option<Secret> {
        path.leaf(&self.filed, filed_label(key, generation))
    }

    pub(crate) fn record(
        &self,
        path: &mut Path,
        line: usize,
        (partition, offset): (Partition, Offset),
    ) -> Option<Secret> {
        path.leaf(&self.lines.get(line)?.records, record_label(partition, offset))
    }

    /// Destroys keys. Records at or above what was ever sealed are left alone unless a backup is being
    /// made: the tree grows with every hole.
    pub(crate) fn destroy(&mut self, destroyed: &Destroyed, is_sealing: bool) {
        if failpoint::mutant("keys.no_destroy") {
            return;
        }
        for key in &destroyed.keys {
            let generation = self.generation(*key);
            self.filed.destroy(filed_label(*key, generation));
        }
        for (partition, offset) in &destroyed.records {
            for (place, below) in self.ancestry(*partition) {
                let Some(line) = self.lines.get_mut(place) else { continue };
                let sealed = line.sealed.get(*partition as usize).copied().unwrap_or(0);
                let is_last = below.is_none();
                let may_be = *offset < sealed || (is_last && is_sealing);
                if below.is_none_or(|below| *offset < below) && may_be {
                    line.records.destroy(record_label(*partition, *offset));
                }
            }
        }
        let line = self.lines.len().saturating_sub(1) as u32;
        let places = destroyed.places.iter().map(|place| Place::of(line, place));
        self.places.extend(places);
    }

    /// The lines whose records the current one has, the newest first, and up to where it has them.
    fn ancestry(&self, partition: Partition) -> Vec<(usize, Option<Offset>)> {
        let mut lines = Vec::new();
        let (mut place, mut below) = (self.lines.len().saturating_sub(1), None::<Offset>);
        while let Some(line) = self.lines.get(place) {
            lines.push((place, below));
            let Some((parent, ends)) = &line.of else { break };
            let end = ends.get(partition as usize).copied().unwrap_or(0);
            below = Some(below.map_or(end, |below| below.min(end)));
            place = *parent as usize;
        }
        lines
    }

    /// Remembers that records below these offsets are in a backup.
    pub(crate) fn sealed(&mut self, ends: &[Offset]) {
        let Some(line) = self.lines.last_mut() else { return };
        line.sealed.resize(line.sealed.len().max(ends.len()), 0);
        for (sealed, end) in line.sealed.iter_mut().zip(ends) {
            *sealed = (*sealed).max(*end);
        }
    }

    /// The ring of a data folder that is made of a backup: with a line of its own, since offsets above
    /// the backup's end mean something else there.
    pub fn restored(mut self, sealed: &SealedWith, ends: &[Offset]) -> Result<Self> {
        let of = self.line_of(sealed)? as u32;
        let mut line = Line::random(Some((of, ends.to_vec())))?;
        line.sealed = vec![0; ends.len()];
        self.lines.push(line);
        Ok(self)
    }

    /// What a restore of a backup puts in the place of records that are gone.
    pub fn places(&self, sealed: &SealedWith, ends: &[Offset]) -> Result<Vec<KeptPlace>> {
        let line = self.line_of(sealed)?;
        let mut found = Vec::new();
        for place in &self.places {
            // The place was kept in a line that may have begun behind the record.
            let below = self.below(place.line as usize, line, place.partition);
            let end = ends.get(place.partition as usize).copied().unwrap_or(0);
            if below.is_some_and(|below| place.offset < below.min(end)) {
                found.push(place.read()?);
            }
        }
        Ok(found)
    }

    /// Up to where a line has the records of another that it came from.
    fn below(&self, line: usize, of: usize, partition: Partition) -> Option<Offset> {
        let (mut place, mut below) = (line, Offset::MAX);
        loop {
            if place == of {
                return Some(below);
            }
            let (parent, ends) = self.lines.get(place)?.of.as_ref()?;
            below = below.min(ends.get(partition as usize).copied().unwrap_or(0));
            place = *parent as usize;
        }
    }

    /// How many secrets it has.
    pub fn secrets(&self) -> usize {
        self.filed.secrets() + self.lines.iter().map(|line| line.records.secrets()).sum::<usize>()
    }
}

impl Line {
    fn random(of: Option<(u32, Vec<Offset>)>) -> Result<Self> {
        Ok(Self { id: random()?, of, records: Tree::random()?, sealed: Vec::new() })
    }
}

impl Place {
    fn of(line: u32, place: &KeptPlace) -> Self {
        let KeptPlace { record: (partition, offset), workspace, name, value } = place;
        Self {
            line,
            partition: *partition,
            offset: *offset,
            workspace: workspace.to_string(),
            name: name.clone(),
            value: value.to_string(),
        }
    }

    fn read(&self) -> Result<KeptPlace> {
        let value = serde_json::from_str(&self.value).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a place in the key ring cannot be read").with(error)
        })?;
        Ok(KeptPlace {
            record: (self.partition, self.offset),
            workspace: gyre_model::Workspace::new(&self.workspace),
            name: self.name.clone(),
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Ring;
    use crate::tree::Path;
    use gyre_ports::backup_keys::Destroyed;

    fn has(ring: &Ring, line: usize, offset: u64) -> bool {
        ring.record(&mut Path::default(), line, (0, offset)).is_some()
    }

    fn of_record(offset: u64) -> Destroyed {
        Destroyed { records: vec![(0, offset)], ..Destroyed::default() }
    }

    #[test]
    fn somebody_who_comes_back_has_a_new_key() {
        let mut ring = Ring::random().unwrap();
        let gone = Destroyed { keys: vec![7], ..Destroyed::default() };
        for generation in 0..3 {
            assert_eq!((ring.generation(7), ring.generation(8)), (generation, 0));
            assert!(ring.filed(&mut Path::default(), 7, generation).is_some());
            ring.destroy(&gone, false);
            assert!(ring.filed(&mut Path::default(), 7, generation).is_none());
        }
    }

    #[test]
    fn a_record_goes_in_the_lines_that_have_it() {
        let mut ring = Ring::random().unwrap();
        ring.sealed(&[100]);
        let backup = ring.next_backup().unwrap();
        let mut ring = ring.restored(&backup, &[50]).unwrap();
        ring.sealed(&[80]);
        // Below the restore both have it; above, only the new line does.
        for offset in [40, 60, 90] {
            ring.destroy(&of_record(offset), false);
        }
        assert_eq!([40, 60, 90].map(|offset| has(&ring, 0, offset)), [false, true, true]);
        assert_eq!([40, 60, 90].map(|offset| has(&ring, 1, offset)), [false, false, true]);
        // While a backup is made nobody knows how far it will come.
        ring.destroy(&of_record(90), true);
        assert_eq!((has(&ring, 0, 90), has(&ring, 1, 90)), (true, false));
    }
}
