//! A request becomes journal entries: one per event that is taken, one dead letter per event that is
//! not. One bad event never costs the others.

use crate::envelope::{Envelope, Head, MAX_READ};
use crate::fault::{self, Fault};
use crate::json;
use crate::judge::judge;
use crate::letter::Letter;
use crate::payload::Payload;
use gyre_model::event::EventKind;
use gyre_model::id::hash128;
use gyre_model::{Entry, Family, RecordId, Timestamp, Workspace};
use serde_json::value::RawValue;

/// The most events of one batch that are taken; Segment's limit.
pub const MAX_EVENTS: usize = 2_500;

/// Which route was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `/v1/batch`, `/v1/b`, `/beacon/v1/batch`.
    Batch,
    /// `/v1/import`: the same body.
    Import,
    /// `/v1/t`, `/v1/track` and their like: the body is one event.
    One(EventKind),
}

/// A request: what the caller knows of it. The content type does not matter.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// Which route was called.
    pub route: Route,
    /// The body, decompressed, with a cap on its size.
    pub body: &'a [u8],
    /// The key of the `Authorization` header, read by [`crate::basic_key`].
    pub basic_key: Option<String>,
    /// The `writeKey` of the query string.
    pub query_key: Option<String>,
    /// Whether the request has the header `Sec-GPC: 1`.
    pub gpc: bool,
    /// When the request came in; given, never read from a clock.
    pub received_at: Timestamp,
}

/// What collection needs to know of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFacts {
    /// The workspace its events belong to.
    pub workspace: Workspace,
    /// Its name.
    pub name: String,
    /// Whether the key is in customers' hands.
    pub public: bool,
    /// Whether events are taken; if not, all become dead letters.
    pub enabled: bool,
    /// The largest event in bytes, its share of the batch's context included.
    pub max_event_bytes: usize,
    /// The largest body in bytes, after decompression.
    pub max_request_bytes: usize,
}

/// What came of a request. Nothing of it is durable before the entries are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The workspace of the source.
    pub workspace: Workspace,
    /// The source that the write key named.
    pub source: String,
    /// What to append, in the order of the batch: events and dead letters.
    pub entries: Vec<Entry>,
    /// How many events were taken.
    pub accepted: usize,
    /// Those that were not; `accepted + rejected.len()` is the number of events in the request.
    pub rejected: Vec<Rejected>,
}

/// An event that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its index in the batch.
    pub index: usize,
    /// Its message id, if it has one.
    pub message_id: Option<String>,
    /// A stable code, Segment's own where there is one.
    pub code: &'static str,
    /// What is wrong.
    pub message: &'static str,
}

/// A request that is refused whole; nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Reject {
    /// The HTTP status: 400, 401 or 413.
    pub status: u16,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong, without anything from the body.
    pub message: String,
}

impl Reject {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

/// Turns a request into journal entries.
///
/// The write key is looked for in the `Authorization` header, the body and the query, in this order;
/// the first that names a source counts. `sources` gives the source of a write key.
///
/// # Errors
/// Refuses the whole request when its body cannot be parsed (400), no key names a source (401) or it is
/// larger than its source allows (413).
pub fn collect(
    call: &Call<'_>,
    sources: &dyn Fn(&str) -> Option<SourceFacts>,
) -> Result<Collected, Reject> {
    let by_header = call.basic_key.as_deref().and_then(sources);
    if let Some(source) = &by_header {
        fits(call.body, source)?;
    }
    // A byte that is not UTF-8 costs a character, not the batch.
    let text = String::from_utf8_lossy(call.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let body = Body::parse(text, call.route)?;
    let source = by_header
        .or_else(|| body.write_key.as_deref().and_then(sources))
        .or_else(|| call.query_key.as_deref().and_then(sources))
        .ok_or_else(|| {
            Reject::new(401, "project_not_found", "no source has the write key of the request")
        })?;
    fits(call.body, &source)?;
    Ok(Taker::new(call, &source, &body).take(&body.events))
}

fn fits(body: &[u8], source: &SourceFacts) -> Result<(), Reject> {
    if body.len() <= source.max_request_bytes {
        return Ok(());
    }
    let message = format!(
        "the request has {} bytes, the source allows {}",
        body.len(),
        source.max_request_bytes
    );
    Err(Reject::new(413, "request_too_large", message))
}

/// A parsed body.
struct Body<'a> {
    events: Vec<&'a str>,
    sent_at: Option<Timestamp>,
    context: Option<&'a str>,
    write_key: Option<String>,
}

impl<'a> Body<'a> {
    fn parse(text: &'a str, route: Route) -> Result<Self, Reject> {
        // The parser's own message may quote the body, so only the place is told.
        let malformed = |error: &serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            let message = format!("the body is not json: line {line}, column {column}");
            Reject::new(400, "malformed_json", message)
        };
        if text.starts_with(|c| c != '{') {
            // Told apart for the message only.
            return Err(match serde_json::from_str::<&RawValue>(text) {
                Ok(_) => Reject::new(400, "body_not_object", "the body is not a json object"),
                Err(error) => malformed(&error),
            });
        }
        if matches!(route, Route::One(_)) {
            let event =
                serde_json::from_str::<&RawValue>(text).map_err(|error| malformed(&error))?;
            let head = Head::read(&json::mend(event.get()))
                .and_then(|head| head.write_key.text().map(str::to_owned));
            return Ok(Self {
                events: vec![event.get()],
                sent_at: None,
                context: None,
                write_key: head,
            });
        }
        let envelope: Envelope<'a> =
            serde_json::from_str(text).map_err(|error| malformed(&error))?;
        let Some(batch) = envelope.batch else {
            return Err(Reject::new(400, "empty_batch", "the body has no batch that is an array"));
        };
        if batch.len() > MAX_READ {
            let message = format!("the batch has more than {MAX_READ} events");
            return Err(Reject::new(400, fault::TOO_MANY.code, message));
        }
        Ok(Self {
            events: batch.into_iter().map(RawValue::get).collect(),
            sent_at: envelope.sent_at,
            context: envelope.context.map(RawValue::get),
            write_key: envelope.write_key.text().map(str::to_owned),
        })
    }
}

/// Takes the events of one request.
struct Taker<'a> {
    source: &'a SourceFacts,
    route_kind: Option<EventKind>,
    received_at: Timestamp,
    context_bytes: usize,
    payload: Payload,
}

impl<'a> Taker<'a> {
    fn new(call: &Call<'_>, source: &'a SourceFacts, body: &Body<'_>) -> Self {
        Self {
            source,
            route_kind: match call.route {
                Route::One(kind) => Some(kind),
                Route::Batch | Route::Import => None,
            },
            received_at: call.received_at,
            context_bytes: body.context.map_or(0, str::len),
            payload: Payload::new(
                &source.name,
                source.public,
                call.gpc,
                body.sent_at,
                body.context,
            ),
        }
    }

    fn take(&self, events: &[&str]) -> Collected {
        let mut collected = Collected {
            workspace: self.source.workspace.clone(),
            source: self.source.name.clone(),
            entries: Vec::with_capacity(events.len()),
            accepted: 0,
            rejected: Vec::new(),
        };
        for (index, text) in events.iter().enumerate() {
            self.take_one(index, text, &mut collected);
        }
        collected
    }

    fn take_one(&self, index: usize, text: &str, collected: &mut Collected) {
        let judged = judge(
            text,
            text.len() + self.context_bytes,
            self.source.max_event_bytes,
            self.route_kind,
            self.source.workspace.as_str(),
        );
        let fault = if !self.source.enabled {
            Some(fault::SOURCE_DISABLED)
        } else if index >= MAX_EVENTS {
            Some(fault::TOO_MANY)
        } else {
            judged.fault
        };
        if let (None, Some(key)) = (fault, judged.key) {
            let message_id =
                judged.message_id.unwrap_or_else(|| format!("gyre-{}", self.id(index, text)));
            let kind = self.route_kind.filter(|_| !judged.own_kind);
            collected.accepted += 1;
            collected.entries.push(Entry {
                workspace: self.source.workspace.clone(),
                family: Family::Event,
                key,
                cause: None,
                payload: self.payload.of(&message_id, kind, text),
            });
            return;
        }
        let fault: &Fault = fault.unwrap_or(fault::NO_ID);
        let id = self.id(index, judged.message_id.as_deref().unwrap_or(text));
        let letter = Letter {
            workspace: &self.source.workspace,
            id,
            origin: format!("source:{}", self.source.name),
            code: fault.code,
            message: fault.message,
            hint: Some(fault.hint),
            place: index as u64,
            raw: text,
            key: judged.key,
        };
        collected.entries.push(letter.entry());
        collected.rejected.push(Rejected {
            index,
            message_id: judged.message_id,
            code: fault.code,
            message: fault.message,
        });
    }

    /// Tells apart what came in different requests or places, and gives the same for the same.
    fn id(&self, index: usize, what: &str) -> RecordId {
        RecordId(hash128(&[
            self.source.workspace.as_str().as_bytes(),
            self.source.name.as_bytes(),
            &self.received_at.0.to_le_bytes(),
            &(index as u64).to_le_bytes(),
            what.as_bytes(),
        ]))
    }
}
