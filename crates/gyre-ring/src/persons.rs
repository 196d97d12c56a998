//! `persons`: everybody as they are known now, as a table that queries can name. Its rows are made of the
//! fold when they are read, so whoever is erased or joined with others is so here at once.

use crate::catalog::Catalog;
use crate::error::Error;
use crate::person::Person;
use crate::shared::Shared;
use arrow_array::builder::{
    BooleanBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use gyre_derive::Purpose;
use gyre_govern::standing;
use gyre_model::{NodeKind, PersonId, Timestamp, Workspace};
use gyre_ports::lake::{LiveRows, LiveTable};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// People per batch.
const PAGE: usize = 2_000;

/// What the table is.
pub(crate) const COMMENT: &str =
    "Everybody as known now: one row per person. Made of what is known, not of stored rows.";
/// Its columns and what they mean.
pub(crate) static COLUMNS: [(&str, &str); 11] = [
    ("workspace", "whose it is"),
    ("person", "the person"),
    ("first_seen", "when the first of the identifiers was first seen (UTC)"),
    ("last_seen", "when the last of them was last seen (UTC)"),
    ("nodes", "how many identifiers the person has"),
    (
        "identifiers",
        "identifiers by type, as JSON: user and anonymous ids plain, others as their node",
    ),
    ("features", "features by name, as JSON"),
    ("audiences", "audiences by name, as a JSON list"),
    ("stages", "stages by lifecycle, as JSON"),
    ("consent", "whether what was said allows it, by purpose and channel, as JSON"),
    ("restricted", "whether the person's data must not be used"),
];

/// The table.
#[derive(Debug)]
pub(crate) struct Persons {
    /// The lake holds the table, and what is shared holds the lake.
    shared: Weak<Shared>,
    schema: SchemaRef,
}

impl Persons {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::downgrade(shared), schema: schema() }
    }
}

impl LiveTable for Persons {
    fn name(&self) -> &'static str {
        "persons"
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn rows(&self) -> LiveRows {
        match self.shared.upgrade() {
            Some(shared) => {
                let at = shared.clock.now();
                Box::new(Pages { shared, schema: self.schema(), at, partition: 0, after: None })
            }
            None => Box::new(std::iter::empty()),
        }
    }
}

/// Everybody, page by page.
struct Pages {
    shared: Arc<Shared>,
    schema: SchemaRef,
    at: Timestamp,
    partition: usize,
    after: Option<PersonId>,
}

impl Iterator for Pages {
    type Item = gyre_ports::Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let people = self.shared.people.get(self.partition)?;
            let page = match people.read_page(self.after, PAGE) {
                Ok(page) => page,
                Err(error) => {
                    self.partition = usize::MAX;
                    return Some(Err(failed(error)));
                }
            };
            match page.last() {
                Some(last) => self.after = Some(last.id),
                None => {
                    self.partition += 1;
                    self.after = None;
                    continue;
                }
            }
            return Some(self.batch(&page).map_err(failed));
        }
    }
}

fn failed(error: Error) -> gyre_ports::Error {
    gyre_ports::Error::new(gyre_ports::ErrorKind::Unavailable, "people cannot be read").with(error)
}

impl Pages {
    fn batch(&self, people: &[Person]) -> Result<RecordBatch, Error> {
        let mut rows = Rows::default();
        let mut catalogs: BTreeMap<Workspace, Arc<Catalog>> = BTreeMap::new();
        let rights = Arc::clone(&self.shared.rights.read());
        for person in people {
            let catalog = catalogs
                .entry(person.workspace.clone())
                .or_insert_with(|| self.shared.catalog(&person.workspace));
            rows.add(catalog, person, rights.is_restricted(person), self.at);
        }
        rows.finish(&self.schema)
    }
}

#[derive(Default)]
struct Rows {
    texts: [StringBuilder; 7],
    first_seen: TimestampMicrosecondBuilder,
    last_seen: TimestampMicrosecondBuilder,
    nodes: Int64Builder,
    restricted: BooleanBuilder,
}

impl Rows {
    fn add(&mut self, catalog: &Catalog, person: &Person, restricted: bool, at: Timestamp) {
        let seen = |of: fn(&crate::person::Node) -> Timestamp| person.nodes.values().map(of);
        self.first_seen.append_option(seen(|node| node.first_seen).min().map(|at| at.0));
        self.last_seen.append_option(seen(|node| node.last_seen).max().map(|at| at.0));
        self.nodes.append_value(person.nodes.len() as i64);
        self.restricted.append_value(restricted);
        let features = if restricted {
            Map::new()
        } else {
            catalog.row(person, at).to_json(&catalog.definitions)
        };
        let texts = [
            person.workspace.to_string(),
            person.id.to_string(),
            identifiers(catalog, person).to_string(),
            Value::Object(features).to_string(),
            audiences(catalog, person).to_string(),
            stages(catalog, person).to_string(),
            consent(person, at).to_string(),
        ];
        for (builder, text) in self.texts.iter_mut().zip(texts) {
            builder.append_value(text);
        }
    }

    fn finish(mut self, schema: &SchemaRef) -> Result<RecordBatch, Error> {
        let [workspace, person, identifiers, features, audiences, stages, consent] =
            self.texts.each_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef);
        let utc = |mut builder: TimestampMicrosecondBuilder| {
            Arc::new(builder.finish().with_timezone("UTC")) as ArrayRef
        };
        let columns = vec![
            workspace,
            person,
            utc(self.first_seen),
            utc(self.last_seen),
            Arc::new(self.nodes.finish()),
            identifiers,
            features,
            audiences,
            stages,
            consent,
            Arc::new(self.restricted.finish()),
        ];
        RecordBatch::try_new(Arc::clone(schema), columns)
            .map_err(|why| Error::corrupt("people as rows", why))
    }
}

fn schema() -> SchemaRef {
    let fields = COLUMNS.map(|(name, _)| {
        let kind = match name {
            "first_seen" | "last_seen" => {
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
            "nodes" => DataType::Int64,
            "restricted" => DataType::Boolean,
            _ => DataType::Utf8,
        };
        Field::new(name, kind, true)
    });
    Arc::new(Schema::new(fields.to_vec()))
}

/// Identifiers by type. Those that `events` tells are plain here as there; of others only the node.
fn identifiers(catalog: &Catalog, person: &Person) -> Value {
    let mut by_type: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (id, node) in &person.nodes {
        let (name, plain) = match id.kind() {
            NodeKind::External => (catalog.identity.type_name(*id), false),
            kind @ (NodeKind::User | NodeKind::Anonymous) => (kind.as_str(), true),
            kind => (kind.as_str(), false),
        };
        let value = if plain && !node.identifier.is_empty() {
            node.identifier.clone()
        } else {
            id.to_string()
        };
        by_type.entry(name).or_default().push(value.into());
    }
    by_type.into_iter().map(|(name, all)| (name.to_owned(), Value::Array(all))).collect()
}

fn audiences(catalog: &Catalog, person: &Person) -> Value {
    let all = catalog.audiences.all().iter().zip(&catalog.keys);
    let inside = all.filter(|(membership, key)| {
        membership.purpose == Purpose::Declared && person.members.contains_key(key)
    });
    inside.map(|(membership, _)| Value::from(membership.name.as_str())).collect()
}

fn stages(catalog: &Catalog, person: &Person) -> Value {
    let names = catalog.lifecycles.all().iter().map(|one| one.name.clone());
    let stages = catalog.stages(person).into_iter();
    names.zip(stages).filter_map(|(name, stage)| Some((name, Value::from(stage?)))).collect()
}

/// What was said, by purpose and channel. What follows from silence the jurisdiction says, not the person.
fn consent(person: &Person, at: Timestamp) -> Value {
    let words = person.words();
    let topics = words.iter().filter(|word| word.at <= at).map(|word| &word.topic);
    topics
        .map(|topic| (topic.to_string(), standing(&words, topic, at).allows(false).into()))
        .collect::<Map<String, Value>>()
        .into()
}
