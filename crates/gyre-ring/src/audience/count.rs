//! Counting an audience before it is saved: over columns, and people one by one.

use super::{AudiencePreview, Overlap, invalid};
use crate::catalog::Catalog;
use crate::columns::{Part, reachable};
use crate::error::{Error, Result};
use crate::past::Past;
use crate::person::Person;
use arrow_array::{Array as _, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};
use gyre_config::CHANNELS;
use gyre_config::kinds::ContactPolicy;
use gyre_derive::{Definitions, Row, batch};
use gyre_model::{PersonId, Timestamp};
use gyre_ports::Rule;
use gyre_ports::rules::AT;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was counted so far.
pub(super) struct Count<'a> {
    pub(super) at: Timestamp,
    /// The contact policy by its name.
    pub(super) policy: (&'a str, &'a ContactPolicy),
    pub(super) catalog: &'a Catalog,
    pub(super) definitions: &'a Definitions,
    /// Those that only the question has.
    pub(super) missing: Definitions,
    pub(super) rule: Arc<dyn Rule>,
    pub(super) past: &'a Past,
    pub(super) keys: &'a [u64],
    pub(super) wanted: usize,
    pub(super) people: u64,
    pub(super) size: u64,
    pub(super) reachable: BTreeMap<String, u64>,
    /// A bit per audience asked about, the highest for the rule itself.
    pub(super) combinations: BTreeMap<u32, u64>,
    pub(super) sample: Vec<PersonId>,
}

impl Count<'_> {
    /// What is the same for all lines of a part: the instant, and what people have of features that only the
    /// question has.
    pub(super) fn blank(&self, parts: &[Part]) -> Result<RecordBatch> {
        let most = parts.iter().map(|part| part.counts.len()).max().unwrap_or_default();
        let row = Row::of(&self.missing, std::iter::empty(), self.at);
        Ok(batch(&self.missing, &vec![row; most])?)
    }

    /// Everybody of a part who counts.
    pub(super) fn scan(&mut self, part: &Part, blank: &RecordBatch) -> Result<()> {
        let chunk = &part.chunk;
        let lines = chunk.ids.len();
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        for name in self.rule.columns() {
            // The instant that rows were made at is among them, and is not what is asked for.
            let own = chunk.rows.column_by_name(name).filter(|_| name != AT);
            let column = match own {
                Some(column) => Some(Arc::clone(column)),
                None => blank.column_by_name(name).map(|column| column.slice(0, lines)),
            };
            let Some(column) = column else { continue };
            fields.push(Field::new(name, column.data_type().clone(), true));
            columns.push(column);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(lines));
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new_with_options(schema, columns, &options)
            .map_err(|why| Error::Derive(gyre_derive::Error::Evaluate(why.to_string())))?;
        let holds = self.rule.evaluate(&batch).map_err(invalid)?;
        let counts = part.counts.values();
        let holds = holds.values() & counts;
        self.people += counts.count_set_bits() as u64;
        self.size += holds.count_set_bits() as u64;
        let found = holds.set_indices().take(self.wanted).map(|place| chunk.ids[place]);
        self.sample.extend(found);
        for (channel, reached) in
            CHANNELS.iter().zip(chunk.reached.get(self.policy.0).into_iter().flatten())
        {
            self.reach(channel, (reached.values() & &holds).count_set_bits() as u64);
        }
        if self.keys.is_empty() {
            return Ok(());
        }
        let others: Vec<_> = self.keys.iter().map(|key| chunk.members.get(key)).collect();
        for place in counts.set_indices() {
            let bits = (0_u32..).zip(&others);
            let others: u32 =
                bits.map(|(bit, of)| u32::from(of.is_some_and(|of| of.value(place))) << bit).sum();
            self.combine(others, holds.value(place));
        }
        Ok(())
    }

    fn combine(&mut self, others: u32, holds: bool) {
        let combination = others | (u32::from(holds) << self.keys.len());
        if combination != 0 {
            *self.combinations.entry(combination).or_default() += 1;
        }
    }

    fn reach(&mut self, channel: &str, people: u64) {
        *self.reachable.entry(channel.to_owned()).or_default() += people;
    }

    /// People one by one.
    pub(super) fn add(&mut self, people: &[Arc<Person>]) -> Result<()> {
        let rows: Vec<Row> = people.iter().map(|person| self.row(person)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let batch = batch(self.definitions, &rows)?;
        let holds = self.rule.evaluate(&batch).map_err(invalid)?;
        for (place, person) in people.iter().enumerate() {
            self.people += 1;
            let holds = holds.value(place);
            let others = (0_u32..)
                .zip(self.keys)
                .map(|(bit, key)| u32::from(person.members.contains_key(key)) << bit);
            self.combine(others.sum(), holds);
            if !holds {
                continue;
            }
            self.size += 1;
            self.sample.push(person.id);
            let reached = reachable(self.catalog, person, self.policy.1, self.at);
            for (channel, reached) in CHANNELS.iter().zip(reached) {
                self.reach(channel, u64::from(reached));
            }
        }
        Ok(())
    }

    fn row(&self, person: &Person) -> Row {
        let open = self.catalog.profiles(person, self.at);
        let nodes = person.nodes.iter().filter(|_| open);
        let tiles =
            nodes.flat_map(|(id, node)| std::iter::once(&node.tiles).chain(self.past.tiles(*id)));
        let mut row = self.catalog.row_of(self.definitions, person, tiles, self.at);
        if open {
            row.stages = self.catalog.stages(person);
        }
        row
    }

    pub(super) fn finish(mut self, names: &[String]) -> AudiencePreview {
        self.sample.sort_unstable();
        self.sample.truncate(self.wanted);
        let mut overlap: Vec<Overlap> = (self.combinations.iter())
            .map(|(bits, people)| Overlap {
                preview: (bits >> names.len()) & 1 == 1,
                audiences: (0_u32..)
                    .zip(names)
                    .filter(|(bit, _)| (bits >> bit) & 1 == 1)
                    .map(|(_, name)| name.clone())
                    .collect(),
                people: *people,
            })
            .collect();
        overlap.sort_by(|a, b| (b.people, &a.audiences).cmp(&(a.people, &b.audiences)));
        let share = if self.people == 0 { 0.0 } else { self.size as f64 / self.people as f64 };
        AudiencePreview {
            at: self.at,
            people: self.people,
            size: self.size,
            share,
            reachable: self.reachable,
            contact_policy: None,
            overlap: if names.is_empty() { Vec::new() } else { overlap },
            sample: self.sample,
            lifted: BTreeMap::new(),
        }
    }
}
