//! The call of another system becomes journal entries, as the mappings of its source say.
//!
//! Enters: the body and headers of a call whose signature was checked ([`verify`]). Leaves: entries,
//! campaigns, and a verdict on every row ([`webhook`]). The same call again gives the same entries with
//! the same ids. No IO, no clock.

mod body;
mod signature;

pub use body::{Malformed, parse};
pub use signature::{Refused, verify};

use crate::import::{Importer, Row, RowReject, Scope};
use crate::letter::Letter;
use gyre_config::kinds::{Campaign, Mapping};
use gyre_model::id::hash128;
use gyre_model::{Entry, RecordId, Workspace};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Headers that prove something or belong to the connection: no mapping sees them, and no dead letter
/// keeps them.
const HIDDEN: [&str; 12] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "webhook-signature",
    "stripe-signature",
    "x-shopify-hmac-sha256",
    "x-hub-signature",
    "x-hub-signature-256",
    "x-forwarded-for",
    "x-real-ip",
    "forwarded",
    "host",
];

/// A call, read.
#[derive(Debug, Clone)]
pub struct Webhook<'a> {
    /// The workspace of the source.
    pub workspace: &'a Workspace,
    /// The source.
    pub source: &'a str,
    /// The mappings of the source with `format: json`, by name.
    pub mappings: Vec<(&'a str, &'a Mapping)>,
    /// Headers, their names in small letters; made by [`headers`].
    pub headers: &'a Map<String, Value>,
    /// The body.
    pub body: &'a Value,
    /// The id that the call was signed with.
    pub id: Option<&'a str>,
    /// Whether the source is enabled.
    pub enabled: bool,
}

/// What came of a call. Nothing of it is durable before the entries are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// What to append: records and dead letters.
    pub entries: Vec<Entry>,
    /// Campaigns of others, by name, with what people call them.
    pub campaigns: BTreeMap<String, (Campaign, Option<String>)>,
    /// Rows that became records.
    pub accepted: usize,
    /// Records, dead letters not counted.
    pub records: usize,
    /// Rows that no mapping is about.
    pub ignored: usize,
    /// Rows that became dead letters.
    pub rejected: Vec<RejectedRow>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its index in the body.
    pub index: usize,
    /// The reason code.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

/// The headers that mappings may see: of one that comes twice the last counts.
pub fn headers<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Map<String, Value> {
    pairs
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| !HIDDEN.contains(&name.as_str()))
        .map(|(name, value)| (name, Value::String(value.to_owned())))
        .collect()
}

/// Turns a call into entries.
pub fn webhook(call: &Webhook<'_>) -> Taken {
    let mut taken = Taken::default();
    if !call.enabled {
        let reject = RowReject::new("source_disabled", "the source is disabled")
            .hint("enable the source, then replay these dead letters");
        call.refuse(&mut taken, 0, &reject);
        return taken;
    }
    if call.mappings.is_empty() {
        let reject =
            RowReject::new("no_mapping", "no mapping with `format: json` is of this source")
                .hint("apply one, then replay these dead letters");
        call.refuse(&mut taken, 0, &reject);
        return taken;
    }
    let mut ignored = true;
    for (name, mapping) in &call.mappings {
        let importer = Importer { workspace: call.workspace, name, mapping };
        let rows = match body::rows(call.body, mapping.rows.as_deref()) {
            Ok(rows) => rows,
            // Another mapping may be about bodies that have no such list.
            Err(_) if !mapping.when.is_empty() && !whole(&importer, call) => continue,
            Err(message) => {
                let reject =
                    RowReject::new("not_a_list", message).hint("see `rows` of the mapping");
                call.refuse(&mut taken, 0, &reject);
                ignored = false;
                continue;
            }
        };
        for (index, row) in rows.iter().enumerate() {
            ignored &= !call.row(&importer, index, row, &mut taken);
        }
        // An empty list has nothing to say, and that is no fault.
        ignored &= !rows.is_empty();
    }
    taken.ignored = usize::from(ignored);
    taken
}

/// Whether a mapping's conditions hold of the body as a whole.
fn whole(importer: &Importer<'_>, call: &Webhook<'_>) -> bool {
    let none = Map::new();
    let values = call.body.as_object().unwrap_or(&none);
    let scope = Scope { headers: Some(call.headers), body: Some(call.body), ..Scope::default() };
    importer.takes(&Row { line: 0, values, raw: "", scope }).unwrap_or(false)
}

impl Webhook<'_> {
    /// Takes a row under a mapping; whether the mapping is about it.
    fn row(&self, importer: &Importer<'_>, index: usize, row: &Value, taken: &mut Taken) -> bool {
        let none = Map::new();
        let text = row.to_string();
        let scope =
            Scope { headers: Some(self.headers), body: Some(self.body), each: None, id: self.id };
        let line = index as u64;
        let values = row.as_object().unwrap_or(&none);
        let own = Row { line, values, raw: &text, scope };
        let made = match importer.takes(&own) {
            Ok(false) => return false,
            Ok(true) if !row.is_object() => {
                Err(RowReject::new("malformed_row", "the row is not a json object"))
            }
            Ok(true) => importer.entries(&own).and_then(|made| {
                let campaigns = importer.campaigns(&own)?;
                Ok((made, campaigns))
            }),
            Err(reject) => Err(reject),
        };
        match made {
            Ok((made, campaigns)) => {
                taken.accepted += 1;
                taken.records += made.len();
                taken.entries.extend(made);
                let mut titles = importer.campaign_titles(&own);
                for (name, campaign) in campaigns {
                    let title = titles.remove(&name);
                    taken.campaigns.insert(name, (campaign, title));
                }
            }
            Err(reject) => {
                // What can be taken again: the body with this row alone, and its headers.
                let body = body::only(self.body, importer.mapping.rows.as_deref(), row);
                let raw = json!({"mapping": importer.name, "headers": self.headers, "body": body})
                    .to_string();
                taken.entries.push(importer.letter_with(&own, &raw, &reject));
                let RowReject { code, message, .. } = reject;
                taken.rejected.push(RejectedRow { index, code, message });
            }
        }
        true
    }

    /// The whole call becomes one dead letter.
    fn refuse(&self, taken: &mut Taken, index: usize, reject: &RowReject) {
        let raw = json!({"headers": self.headers, "body": self.body}).to_string();
        let what = self.id.map_or_else(|| self.body.to_string(), str::to_owned);
        taken.entries.push(letter(self.workspace, self.source, &what, &raw, reject));
        let RowReject { code, message, .. } = reject.clone();
        taken.rejected.push(RejectedRow { index, code, message });
    }
}

/// The dead letter of a call that no mapping could read. `what` tells it from others.
pub fn letter(
    workspace: &Workspace,
    source: &str,
    what: &str,
    raw: &str,
    reject: &RowReject,
) -> Entry {
    let parts: [&[u8]; 5] = [
        b"webhook",
        workspace.as_str().as_bytes(),
        source.as_bytes(),
        reject.code.as_bytes(),
        what.as_bytes(),
    ];
    Letter {
        workspace,
        id: RecordId(hash128(&parts)),
        origin: format!("webhook:{source}"),
        code: &reject.code,
        message: &reject.message,
        hint: reject.hint.as_deref(),
        place: 0,
        raw,
        came: None,
        key: None,
    }
    .entry()
}
