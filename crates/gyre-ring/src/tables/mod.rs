//! The tables of the lake: one file per table with its columns and how a record becomes a row.

mod builder;
mod consents;
mod content;
mod dead_letters;
mod decisions;
mod deliveries;
mod enrollments;
mod events;
mod external_id_mapping_updates;
mod id_graph_updates;
mod identities;
mod identity_violations;
mod meaning;
mod offline;
mod orchestration;
mod proposals;
mod responses;
mod separations;
mod subject_requests;
mod turns;
mod violations;

use crate::error::{Error, Result};
use arrow_schema::SchemaRef;
use builder::Builder;
use gyre_model::event::Event;
use gyre_model::{Family, PersonId, Stored};
use gyre_ports::lake::{ColumnMeaning, TableBatch, TableSpec};
use std::collections::BTreeMap;

/// A column: its name and type.
pub(crate) type Columns = &'static [(&'static str, Type)];

/// The types that columns have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    Time,
}

/// What a table is.
pub(crate) struct Table {
    pub name: &'static str,
    pub comment: &'static str,
    pub columns: Columns,
}

const TABLES: [Table; 19] = [
    events::TABLE,
    identities::TABLE,
    consents::TABLE,
    enrollments::TABLE,
    decisions::TABLE,
    deliveries::TABLE,
    responses::TABLE,
    offline::TABLE,
    content::TABLE,
    orchestration::TABLE,
    turns::TABLE,
    proposals::TABLE,
    dead_letters::TABLE,
    subject_requests::TABLE,
    id_graph_updates::TABLE,
    external_id_mapping_updates::TABLE,
    identity_violations::TABLE,
    separations::TABLE,
    violations::TABLE,
];

/// All tables, for the lake to open.
pub fn specs() -> Vec<TableSpec> {
    TABLES
        .iter()
        .map(|table| {
            let schema = builder::schema(table.columns);
            let columns = described(table.name, &schema);
            TableSpec { name: table.name, comment: table.comment, schema, columns }
        })
        .collect()
}

fn described(table: &str, schema: &SchemaRef) -> BTreeMap<&'static str, ColumnMeaning> {
    let names = schema.fields().iter().map(|field| field.name());
    let described = names.filter_map(|name| {
        let (name, comment) = meaning::meaning(table, name)?;
        Some((name, ColumnMeaning { comment, personal: meaning::personal(name) }))
    });
    described.collect()
}

/// Rows under construction, by table.
#[derive(Default)]
pub(crate) struct Sheets {
    sheets: BTreeMap<&'static str, Builder>,
}

impl Sheets {
    /// Adds an event with the person it is known to belong to, and whether it was withheld from features.
    pub(crate) fn event(
        &mut self,
        record: &Stored,
        event: &Event,
        person: PersonId,
        withheld: bool,
    ) {
        events::row(self.begin(&events::TABLE, record), event, person, withheld);
    }

    /// Adds an event of somebody who does not want to be known.
    pub(crate) fn nobodys_event(&mut self, record: &Stored, event: &Event) {
        events::nobodys_row(self.begin(&events::TABLE, record), event);
    }

    /// Adds a record of any family but events; ticks have no table.
    pub(crate) fn record(&mut self, record: &Stored) -> Result<()> {
        macro_rules! family {
            ($module:ident, $body:ty) => {{
                let body: $body = serde_json::from_slice(&record.entry.payload)
                    .map_err(|why| Error::corrupt(stringify!($module), why))?;
                $module::row(self.begin(&$module::TABLE, record), &body);
            }};
        }
        use gyre_model::record::body;
        match record.entry.family {
            Family::Identity => self.identity(record)?,
            Family::Separation => family!(separations, body::Separation),
            Family::Consent => family!(consents, body::Consent),
            Family::Enrollment => family!(enrollments, body::Enrollment),
            Family::Orchestration => family!(orchestration, body::Orchestration),
            Family::Decision => family!(decisions, decisions::Decision<'_>),
            Family::Delivery => family!(deliveries, body::Delivery),
            Family::Response => family!(responses, body::Response),
            Family::Offline => family!(offline, body::Offline),
            Family::Content => family!(content, body::Content),
            Family::Turn => family!(turns, body::Turn),
            Family::Proposal => family!(proposals, body::Proposal),
            Family::DeadLetter => family!(dead_letters, body::DeadLetter),
            Family::SubjectRequest => family!(subject_requests, body::SubjectRequest),
            Family::Violation => family!(violations, body::Violation),
            Family::Event | Family::Tick => {}
        }
        Ok(())
    }

    /// Whether it was joined or refused decides in which tables it is told besides.
    fn identity(&mut self, record: &Stored) -> Result<()> {
        let body: gyre_model::record::body::Identity =
            serde_json::from_slice(&record.entry.payload)
                .map_err(|why| Error::corrupt("identities", why))?;
        identities::row(self.begin(&identities::TABLE, record), &body);
        if body.joined {
            id_graph_updates::row(self.begin(&id_graph_updates::TABLE, record), &body);
            let table = &external_id_mapping_updates::TABLE;
            external_id_mapping_updates::row(self.begin(table, record), &body);
        } else {
            identity_violations::row(self.begin(&identity_violations::TABLE, record), &body);
        }
        Ok(())
    }

    /// The finished batches.
    pub(crate) fn finish(self) -> Result<Vec<TableBatch>> {
        self.sheets
            .into_iter()
            .map(|(table, builder)| Ok(TableBatch { table, rows: builder.finish()? }))
            .collect()
    }

    fn begin(&mut self, table: &Table, record: &Stored) -> &mut Builder {
        let builder = self.sheets.entry(table.name).or_insert_with(|| Builder::new(table.columns));
        builder.begin(record);
        builder
    }
}

/// JSON as text for a column; empty objects are null.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok().filter(|text| text != "{}" && text != "null")
}
