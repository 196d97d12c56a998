//! Rows of people that go to others: of each row a gate is asked about the person in it, when the rows are
//! taken. What was allowed when they were written may not be any more.

use crate::cell;
use crate::engine::Engine;
use crate::error::{Error, Result};
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use gyre_govern::Gate;
use gyre_model::{PersonId, Workspace};
use gyre_ports::lake::Rows;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The column that says who a row is about.
const PERSON: &str = "person";

/// Rows that may go where they are to go.
#[derive(Debug)]
pub struct GatedRows {
    /// The rows.
    pub rows: Rows,
    /// How many rows were left out, by reason: `no_consent`, `restricted`, `unknown` (about nobody, or nobody
    /// known).
    pub left_out: BTreeMap<&'static str, u64>,
}

impl Engine {
    /// The rows whose people a gate lets through now.
    ///
    /// # Errors
    /// Refuses rows that do not say in one column `person` who each is about: then nobody can be asked about.
    pub fn gated(&self, workspace: &Workspace, gate: Gate, rows: Rows) -> Result<GatedRows> {
        let mut named = (0..).zip(rows.schema.fields()).filter(|(_, one)| one.name() == PERSON);
        let (Some((column, _)), None) = (named.next(), named.next()) else {
            return Err(Error::Invalid {
                message: "a gate is asked about people, and the rows do not say whose they are"
                    .to_owned(),
                hint: Some("give each row one column `person`; sums need no gate".to_owned()),
            });
        };
        let mut people: BTreeSet<PersonId> = BTreeSet::new();
        for batch in &rows.batches {
            let ids = (0..batch.num_rows()).filter_map(|row| person(batch, column, row));
            people.extend(ids);
        }
        let people: Vec<PersonId> = people.into_iter().collect();
        let (_, withheld) = self.permitted(workspace, gate, &people)?;
        let withheld: HashMap<PersonId, &'static str> =
            withheld.into_iter().map(|one| (one.person, reason(one.because))).collect();
        let mut left_out = BTreeMap::new();
        let mut batches = Vec::with_capacity(rows.batches.len());
        for batch in &rows.batches {
            let mut open = Vec::with_capacity(batch.num_rows());
            for row in 0..batch.num_rows() {
                let because = match person(batch, column, row) {
                    Some(id) => withheld.get(&id).copied(),
                    None => Some("unknown"),
                };
                if let Some(because) = because {
                    *left_out.entry(because).or_insert(0) += 1;
                }
                open.push(because.is_none());
            }
            let batch = filter_record_batch(batch, &BooleanArray::from(open))
                .map_err(|why| Error::invalid(why.to_string()))?;
            batches.push(batch);
        }
        Ok(GatedRows { rows: Rows { batches, ..rows }, left_out })
    }
}

/// Who a row is about.
fn person(batch: &RecordBatch, column: usize, row: usize) -> Option<PersonId> {
    let column: &dyn Array = batch.column(column).as_ref();
    match cell::json(column, row) {
        Some(Value::String(id)) => id.parse().ok(),
        _ => None,
    }
}

/// In the words of training sets.
fn reason(because: &'static str) -> &'static str {
    match because {
        known @ ("unknown" | "restricted") => known,
        _ => "no_consent",
    }
}
