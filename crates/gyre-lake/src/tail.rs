//! The hot tail: rows that were appended and are not committed yet, per table, in order.

use crate::columns::{PERSON, last_offset, offsets};
use crate::fence::{Fences, above};
use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::ArrowError;
use gyre_model::{Offset, Partition};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Rows of one append, of one partition.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) partition: Partition,
    /// The rows as they are written.
    pub(crate) rows: RecordBatch,
    /// The same rows as queries see them.
    pub(crate) shown: RecordBatch,
}

impl Piece {
    /// Without the rows at or below the fence; `None` when nothing is left.
    pub(crate) fn above(&self, fence: Option<Offset>) -> Option<Self> {
        let offsets = offsets(&self.rows);
        let first = offsets.partition_point(|offset| !above(*offset as Offset, fence));
        let count = offsets.len() - first;
        (count > 0).then(|| Self {
            partition: self.partition,
            rows: self.rows.slice(first, count),
            shown: self.shown.slice(first, count),
        })
    }

    fn last(&self) -> Option<Offset> {
        last_offset(&self.rows)
    }

    fn without_offsets(&self, gone: &HashSet<Offset>) -> Result<Self, ArrowError> {
        let keep: BooleanArray = offsets(&self.rows)
            .iter()
            .map(|offset| Some(!gone.contains(&(*offset as Offset))))
            .collect();
        Ok(Self {
            partition: self.partition,
            rows: arrow_select::filter::filter_record_batch(&self.rows, &keep)?,
            shown: arrow_select::filter::filter_record_batch(&self.shown, &keep)?,
        })
    }

    fn without(&self, people: &HashSet<String>) -> Result<Self, ArrowError> {
        let Some(person) = self.rows.column_by_name(PERSON) else { return Ok(self.clone()) };
        let person = person.as_string::<i32>();
        let keep: BooleanArray = (0..person.len())
            .map(|row| Some(person.is_null(row) || !people.contains(person.value(row))))
            .collect();
        Ok(Self {
            partition: self.partition,
            rows: arrow_select::filter::filter_record_batch(&self.rows, &keep)?,
            shown: arrow_select::filter::filter_record_batch(&self.shown, &keep)?,
        })
    }
}

/// The tail of one table at one instant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    /// In order of append; of one partition in order of offset.
    pub(crate) pieces: Vec<Arc<Piece>>,
    /// The last offset ever appended, per partition; stays when the rows are trimmed or erased.
    pub(crate) ends: BTreeMap<Partition, Offset>,
}

impl Part {
    /// The rows above the fences, as queries see them.
    pub(crate) fn shown_above(&self, fences: &Fences) -> Vec<RecordBatch> {
        let shown =
            |piece: &Arc<Piece>| piece.above(fences.get(piece.partition)).map(|piece| piece.shown);
        self.pieces.iter().filter_map(shown).collect()
    }

    /// The rows above the fences, as they are written.
    pub(crate) fn rows_above(&self, fences: &Fences) -> Vec<RecordBatch> {
        let rows =
            |piece: &Arc<Piece>| piece.above(fences.get(piece.partition)).map(|piece| piece.rows);
        self.pieces.iter().filter_map(rows).collect()
    }

    /// The offsets of a partition's rows above the fences that are among these records.
    pub(crate) fn offsets_above(
        &self,
        partition: Partition,
        wanted: &HashSet<Offset>,
        fences: &Fences,
    ) -> Vec<Offset> {
        let pieces = self.pieces.iter().filter(|piece| piece.partition == partition);
        pieces
            .filter_map(|piece| piece.above(fences.get(piece.partition)))
            .flat_map(|piece| offsets(&piece.rows).to_vec())
            .map(|offset| offset as Offset)
            .filter(|offset| wanted.contains(offset))
            .collect()
    }

    /// The ends above the fences: what the fences become when everything here is committed.
    pub(crate) fn ends_above(&self, fences: &Fences) -> Vec<(Partition, Offset)> {
        self.ends
            .iter()
            .filter(|(partition, end)| Some(**end) > fences.get(**partition))
            .map(|(partition, end)| (*partition, *end))
            .collect()
    }
}

/// The tails of all tables.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    parts: BTreeMap<&'static str, Part>,
    rows: usize,
}

impl Tail {
    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a piece, without the rows that are committed or already here.
    pub(crate) fn append(&mut self, table: &'static str, piece: &Piece, fences: &Fences) {
        let part = self.parts.entry(table).or_default();
        let end = part.ends.get(&piece.partition).copied();
        // `None` is below every offset.
        let floor = end.max(fences.get(piece.partition));
        let Some(new) = piece.above(floor) else { return };
        let Some(last) = new.last() else { return };
        part.ends.insert(new.partition, last);
        self.rows += new.rows.num_rows();
        part.pieces.push(Arc::new(new));
    }

    /// All tails as they are now. Cheap: the rows are shared.
    pub(crate) fn capture(&self) -> BTreeMap<&'static str, Part> {
        self.parts.clone()
    }

    /// The tail of one table as it is now.
    pub(crate) fn part(&self, table: &str) -> Part {
        self.parts.get(table).cloned().unwrap_or_default()
    }

    /// Drops what is at or below the fences, and gives the number of rows dropped.
    pub(crate) fn trim(&mut self, table: &str, fences: &Fences) -> usize {
        let Some(part) = self.parts.get_mut(table) else { return 0 };
        let mut dropped = 0;
        part.pieces.retain(|piece| {
            let keep = piece.last() > fences.get(piece.partition);
            if !keep {
                dropped += piece.rows.num_rows();
            }
            keep
        });
        self.rows -= dropped;
        dropped
    }

    /// Drops the rows of people from one table, and gives the number of rows dropped. The ends stay,
    /// so that the rows do not come back when they are appended again.
    pub(crate) fn erase(
        &mut self,
        table: &str,
        people: &HashSet<String>,
    ) -> Result<usize, ArrowError> {
        let Some(part) = self.parts.get_mut(table) else { return Ok(0) };
        let mut dropped = 0;
        for piece in &mut part.pieces {
            let left = piece.without(people)?;
            let gone = piece.rows.num_rows() - left.rows.num_rows();
            if gone > 0 {
                dropped += gone;
                *piece = Arc::new(left);
            }
        }
        part.pieces.retain(|piece| piece.rows.num_rows() > 0);
        self.rows -= dropped;
        Ok(dropped)
    }

    /// Drops the rows of records from one table, and gives their offsets. The ends stay.
    pub(crate) fn erase_records(
        &mut self,
        table: &str,
        partition: Partition,
        gone: &HashSet<Offset>,
    ) -> Result<Vec<Offset>, ArrowError> {
        let Some(part) = self.parts.get_mut(table) else { return Ok(Vec::new()) };
        let mut dropped = Vec::new();
        for piece in part.pieces.iter_mut().filter(|piece| piece.partition == partition) {
            let of_piece = offsets(&piece.rows).iter().map(|offset| *offset as Offset);
            let found: Vec<Offset> = of_piece.filter(|offset| gone.contains(offset)).collect();
            if !found.is_empty() {
                *piece = Arc::new(piece.without_offsets(gone)?);
                dropped.extend(found);
            }
        }
        part.pieces.retain(|piece| piece.rows.num_rows() > 0);
        self.rows -= dropped.len();
        Ok(dropped)
    }
}
