//! The records of one row.

use super::{Importer, ROW, Row, RowReject, Scope as Names, condition, value};
use crate::ids;
use crate::payload::Payload;
use gyre_config::kinds::{EventRow, Extract, Format, RecordRow, ResponseRow};
use gyre_model::event::EventKind;
use gyre_model::id::hash64;
use gyre_model::record::body::{
    Body, Came, Content, Enrollment, Offline, Response, Scope, VERSION,
};
use gyre_model::{Decimal, Entry, Family, NodeId, NodeKind, RecordId, Timestamp};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Who a row is about.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// The node all records of the row belong to.
    pub(super) node: NodeId,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    email: Option<String>,
}

impl Who {
    /// The row is about nobody: prices, campaigns, what advertising cost.
    fn nobody() -> Self {
        Self { node: NodeId::default(), user_id: None, anonymous_id: None, email: None }
    }
}

impl Importer<'_> {
    /// Who the row is about. Placeholders such as `null` or `0` are nobody here too.
    pub(super) fn who(&self, row: &Row<'_>) -> Result<Who, RowReject> {
        let person = &self.mapping.person;
        if person.is_nobody() {
            return Ok(Who::nobody());
        }
        let text = |extract: &Option<Extract>| match extract {
            // What identifies the person is not told in the message.
            Some(extract) => self.text(row, extract).map_err(|reject| RowReject {
                message: "an id of the person cannot be read".to_owned(),
                ..reject
            }),
            None => Ok(None),
        };
        let id = |text: Option<String>| text.as_deref().and_then(ids::usable).map(str::to_owned);
        let user_id = id(text(&person.user_id)?);
        let email = text(&person.email)?.as_deref().and_then(ids::email);
        let mut anonymous_id = id(text(&person.anonymous_id)?);
        if let (None, None, Some(email)) = (&user_id, &anonymous_id, &email) {
            // An event belongs to a user id or an anonymous id. Somebody known by address only gets an
            // anonymous id that follows from it, and the `identify` joins the two.
            let node = NodeId::node(self.workspace.as_str(), NodeKind::Email, email);
            anonymous_id = Some(format!("email-{node}"));
        }
        let workspace = self.workspace.as_str();
        let node = match (&user_id, &anonymous_id) {
            (Some(id), _) => NodeId::node(workspace, NodeKind::User, id),
            (None, Some(id)) => NodeId::node(workspace, NodeKind::Anonymous, id),
            (None, None) => {
                return Err(RowReject::new("no_person", "the row names nobody").hint(
                    "placeholders such as null or 0 do not count, nor does an address without @",
                ));
            }
        };
        Ok(Who { node, user_id, anonymous_id, email })
    }
}

/// Writes the records of one row.
pub(super) struct Writer<'a> {
    importer: &'a Importer<'a>,
    row: Row<'a>,
    who: Who,
    at: Timestamp,
    /// What makes the row the same row.
    row_id: String,
    payload: Payload,
    /// Whether facts carry the id by which they are told from themselves.
    named: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        importer: &'a Importer<'a>,
        row: &'a Row<'a>,
        who: Who,
    ) -> Result<Self, RowReject> {
        let mapping = importer.mapping;
        Ok(Self {
            at: importer.time(row, &mapping.at)?,
            row_id: match &mapping.row_id {
                Some(extract) => importer.needed(row, extract)?,
                None => row_id(importer, row),
            },
            payload: Payload::new(&mapping.source, false, &Came::default(), false),
            named: mapping.format == Format::Json,
            importer,
            row: *row,
            who,
        })
    }

    /// The same of a row that came as a dead letter: facts carry the id by which they are known, and what the
    /// mapping does not tell from other rows is told by the letter. Its line says nothing without its file.
    pub(super) fn of_letter(self, letter: RecordId) -> Self {
        let row_id = match &self.importer.mapping.row_id {
            Some(_) => self.row_id,
            None => format!("letter {letter}"),
        };
        Self { named: true, row_id, ..self }
    }

    pub(super) fn entries(&self) -> Result<Vec<Entry>, RowReject> {
        let mapping = self.importer.mapping;
        let mut traits = self.values(&mapping.traits)?;
        if let Some(email) = &self.who.email {
            traits.entry("email").or_insert_with(|| Value::String(email.clone()));
        }
        let mut entries = Vec::with_capacity(1 + mapping.records.len());
        if !traits.is_empty() {
            let rest = [("traits", Value::Object(traits))];
            entries.push(self.event(EventKind::Identify, self.at, 0, rest));
        }
        for (index, record) in mapping.records.iter().enumerate() {
            if matches!(record, RecordRow::Campaign(_)) {
                continue;
            }
            let Some(path) = record.each() else {
                self.one(record, index + 1, &mut entries)?;
                continue;
            };
            for (place, each) in (0u64..).zip(list(&self.row, path)?) {
                let scope = Names { each: Some(each), ..self.row.scope };
                let writer = Writer {
                    row: Row { scope, ..self.row },
                    row_id: format!("{}\n{place}", self.row_id),
                    who: self.who.clone(),
                    payload: self.payload.clone(),
                    importer: self.importer,
                    at: self.at,
                    named: self.named,
                };
                writer.one(record, index + 1, &mut entries)?;
            }
        }
        Ok(entries)
    }

    /// Adds a record if its conditions hold.
    fn one(
        &self,
        record: &RecordRow,
        ordinal: usize,
        entries: &mut Vec<Entry>,
    ) -> Result<(), RowReject> {
        if condition::all(self.importer.mapping, &self.row, record.when())? {
            entries.extend(self.record(record, ordinal)?);
        }
        Ok(())
    }

    fn record(&self, record: &RecordRow, ordinal: usize) -> Result<Option<Entry>, RowReject> {
        let entry = self.written(record, ordinal)?;
        if !self.named {
            return Ok(entry);
        }
        // Calls come again and have no lines: by its id a fact is known.
        Ok(entry.map(|entry| match entry.family {
            Family::Event | Family::Response => entry,
            _ => Entry { payload: named(&entry.payload, &self.message_id(ordinal)), ..entry },
        }))
    }

    fn written(&self, record: &RecordRow, ordinal: usize) -> Result<Option<Entry>, RowReject> {
        let at = match record.at() {
            Some(extract) => self.importer.time(&self.row, extract)?,
            None => self.at,
        };
        let (node, person) = (self.who.node, self.who.node.as_person());
        Ok(Some(match record {
            RecordRow::Event(row) => self.called(row, at, ordinal)?,
            RecordRow::Enrollment(row) => self.entry(&Enrollment {
                v: VERSION,
                scope: Scope::Campaign,
                name: self.importer.needed(&self.row, &row.campaign)?,
                node,
                person,
                entered: true,
                arm: self.optional(row.arm.as_ref())?,
                reason: Some("imported".to_owned()),
                at,
                segments: self.values(&row.segments)?,
            }),
            RecordRow::Response(row) => self.entry(&Response {
                v: VERSION,
                kind: self.importer.needed(&self.row, &row.kind)?,
                node,
                person,
                campaign: self.optional(row.campaign.as_ref())?,
                decision: None,
                variant: self.optional(row.variant.as_ref())?,
                value: self.worth(row)?,
                occurred_at: at,
                message_id: self.message_id(ordinal),
            }),
            RecordRow::Offline(row) => self.entry(&Offline {
                v: VERSION,
                kind: self.importer.needed(&self.row, &row.kind)?,
                node,
                person,
                occurred_at: at,
                properties: self.values(&row.properties)?,
            }),
            RecordRow::Content(row) => {
                let name = self.importer.needed(&self.row, &row.name)?;
                // About no person: versions of one asset are in order among themselves.
                let key = hash64(&[self.importer.workspace.as_str().as_bytes(), name.as_bytes()]);
                let metadata = self.values(&row.metadata)?;
                let entry = self.entry(&Content { v: VERSION, name, metadata, at });
                Entry { key, ..entry }
            }
            RecordRow::Campaign(_) => return Ok(None),
        }))
    }

    fn called(&self, row: &EventRow, at: Timestamp, ordinal: usize) -> Result<Entry, RowReject> {
        let name = Value::String(self.importer.needed(&self.row, &row.name)?);
        let properties = Value::Object(self.values(&row.properties)?);
        let key = if row.call == EventKind::Track { "event" } else { "name" };
        Ok(self.event(row.call, at, ordinal, [(key, name), ("properties", properties)]))
    }

    /// What the response is worth, if the row says so.
    fn worth(&self, row: &ResponseRow) -> Result<Option<Decimal>, RowReject> {
        let Some(extract) = &row.value else { return Ok(None) };
        let Some(number) = self.importer.number(&self.row, extract)? else { return Ok(None) };
        Decimal::from_f64(number).map(Some).ok_or_else(|| {
            RowReject::new("not_a_number", format!("the value {number} is out of range"))
        })
    }

    /// An event as the collector would have written it.
    fn event<const N: usize>(
        &self,
        kind: EventKind,
        at: Timestamp,
        ordinal: usize,
        rest: [(&str, Value); N],
    ) -> Entry {
        let text = |text: &str| Value::String(text.to_owned());
        let mut event = Map::new();
        event.insert("type".to_owned(), text(kind.as_str()));
        event.insert("timestamp".to_owned(), text(&at.to_string()));
        for (key, id) in [("userId", &self.who.user_id), ("anonymousId", &self.who.anonymous_id)] {
            if let Some(id) = id {
                event.insert(key.to_owned(), text(id));
            }
        }
        event.extend(rest.into_iter().map(|(key, value)| (key.to_owned(), value)));
        let event = Value::Object(event).to_string();
        self.of(Family::Event, self.payload.of(&self.message_id(ordinal), None, &event))
    }

    fn entry<B: Body>(&self, body: &B) -> Entry {
        self.of(B::FAMILY, body.encode())
    }

    fn of(&self, family: Family, payload: Vec<u8>) -> Entry {
        Entry {
            workspace: self.importer.workspace.clone(),
            family,
            key: self.who.node.key(),
            cause: None,
            payload,
        }
    }

    /// The same for the same row and record, however often it is imported.
    fn message_id(&self, ordinal: usize) -> String {
        let hash = self.importer.hash(&ordinal.to_le_bytes(), &self.row_id);
        format!("{ROW}{}", RecordId(hash))
    }

    fn optional(&self, extract: Option<&Extract>) -> Result<Option<String>, RowReject> {
        extract.map_or(Ok(None), |extract| self.importer.text(&self.row, extract))
    }

    /// The values that are there.
    fn values(
        &self,
        extracts: &BTreeMap<String, Extract>,
    ) -> Result<Map<String, Value>, RowReject> {
        let mut values = Map::new();
        for (key, extract) in extracts {
            if let Some(value) = self.importer.value(&self.row, extract)? {
                values.insert(key.clone(), value);
            }
        }
        Ok(values)
    }
}

/// What makes a row the same row, where the mapping does not say.
pub(super) fn row_id(importer: &Importer<'_>, row: &Row<'_>) -> String {
    match (importer.mapping.format, row.scope.id) {
        (Format::Json, Some(id)) => format!("{id}\n{}", row.line),
        (Format::Json, None) => row.raw.to_owned(),
        // Other files have lines with the same number.
        _ => format!("{}\n{}", row.line, row.raw),
    }
}

/// The elements of the list at a path; none where there is no such thing.
pub(super) fn list<'a>(row: &Row<'a>, path: &str) -> Result<&'a [Value], RowReject> {
    match value::cell(row, path) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(RowReject::new("not_a_list", format!("`{path}` is not a list"))
            .hint("name a list, or leave it out")),
    }
}

/// The payload of a fact with its id.
fn named(payload: &[u8], message_id: &str) -> Vec<u8> {
    match serde_json::from_slice::<Map<String, Value>>(payload) {
        Ok(mut body) => {
            body.insert("message_id".to_owned(), Value::String(message_id.to_owned()));
            Value::Object(body).to_string().into_bytes()
        }
        // What was just written can be read.
        Err(_) => payload.to_vec(),
    }
}
