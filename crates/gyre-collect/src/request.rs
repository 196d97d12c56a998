//! A request becomes journal entries: one per event that is taken, one dead letter per event that is
//! not. One bad event never costs the others.

use crate::envelope::{Envelope, Head, MAX_READ};
use crate::fault::{self, Fault};
use crate::json;
use crate::judge::judge;
use crate::letter::Letter;
use crate::payload::Payload;
use crate::source::SourceFacts;
use gyre_model::event::EventKind;
use gyre_model::id::hash128;
use gyre_model::record::body::Came;
use gyre_model::{Entry, Family, RecordId, Timestamp, Workspace};
use serde_json::value::RawValue;
use std::net::IpAddr;

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
    /// The address it came from, if that is known.
    pub ip: Option<IpAddr>,
    /// Whether the request has the header `Sec-GPC: 1`.
    pub gpc: bool,
    /// When the request came in; given, never read from a clock.
    pub received_at: Timestamp,
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
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
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
    let kind = match call.route {
        Route::One(kind) => Some(kind),
        Route::Batch | Route::Import => None,
    };
    let beside = |raw: Option<&str>| raw.map(str::to_owned);
    let came = Came {
        received_at: Some(call.received_at),
        sent_at: body.sent_at,
        gpc: call.gpc,
        ip: call.ip.map(|ip| ip.to_string()),
        kind,
        batch_context: beside(body.context),
        batch_integrations: beside(body.integrations),
        cut: false,
    };
    Ok(Taker::new(&source, came, call.received_at, None).take(&body.events))
}

/// Turns the event of a dead letter into a journal entry, under its source as it is today, with what the
/// request said beside it when it came. `named` is the message id of an event that has none: taken twice,
/// it counts once.
///
/// # Errors
/// Refuses what is not JSON, and what came with more than was kept.
pub fn collect_again(
    event: &str,
    came: &Came,
    source: &SourceFacts,
    now: Timestamp,
    named: Option<&str>,
) -> Result<Collected, Reject> {
    if came.cut {
        let message = "what its batch said of all events was too large to be kept with each";
        return Err(Reject::new(400, "context_not_kept", message));
    }
    serde_json::from_str::<&RawValue>(event.trim())
        .map_err(|_| Reject::new(400, "malformed_json", "the event is not json; mend it whole"))?;
    let named = named.unwrap_or_default();
    Ok(Taker::new(source, came.clone(), now, Some(named)).take(&[event.trim()]))
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
    integrations: Option<&'a str>,
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
                integrations: None,
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
            integrations: envelope.integrations.map(RawValue::get),
            write_key: envelope.write_key.text().map(str::to_owned),
        })
    }
}

/// Takes the events of one request.
struct Taker<'a> {
    source: &'a SourceFacts,
    /// What a dead letter keeps of the request.
    came: Came,
    received_at: Timestamp,
    beside_bytes: usize,
    payload: Payload,
    /// The message id of an event that has none; empty: one is made.
    named: &'a str,
}

impl<'a> Taker<'a> {
    fn new(
        source: &'a SourceFacts,
        mut came: Came,
        received_at: Timestamp,
        again: Option<&'a str>,
    ) -> Self {
        came.ip = came.ip.filter(|_| source.public && source.keep_ip);
        let payload = Payload::new(&source.name, source.public, &came, again.is_some());
        let bytes = |raw: &Option<String>| raw.as_ref().map_or(0, String::len);
        let beside_bytes = bytes(&came.batch_context) + bytes(&came.batch_integrations);
        // Many small events must not become as many copies of something large.
        if beside_bytes > source.max_event_bytes {
            (came.batch_context, came.batch_integrations, came.cut) = (None, None, true);
        }
        let named = again.unwrap_or_default();
        Self { source, came, received_at, beside_bytes, payload, named }
    }

    fn take(&self, events: &[&str]) -> Collected {
        let mut collected = Collected {
            workspace: self.source.workspace.clone(),
            source: self.source.name.clone(),
            entries: Vec::with_capacity(events.len()),
            accepted: 0,
            rejected: Vec::new(),
        };
        // As many letters as events may keep what stands beside them: not more than a few requests of it.
        let mut came = self.came.clone();
        let copies = self.beside_bytes.saturating_mul(events.len());
        if copies > self.source.max_request_bytes.saturating_mul(4) {
            (came.batch_context, came.batch_integrations, came.cut) = (None, None, true);
        }
        for (index, text) in events.iter().enumerate() {
            self.take_one(index, text, &came, &mut collected);
        }
        collected
    }

    fn take_one(&self, index: usize, text: &str, came: &Came, collected: &mut Collected) {
        let judged = judge(
            text,
            text.len() + self.beside_bytes,
            self.source.max_event_bytes,
            self.came.kind,
            self.source.workspace.as_str(),
        );
        let fault = if !self.source.enabled {
            Some(fault::SOURCE_DISABLED)
        } else if index >= self.source.max_events {
            Some(fault::TOO_MANY)
        } else {
            judged.fault
        };
        if let (None, Some(key)) = (fault, judged.key) {
            let message_id = judged.message_id.unwrap_or_else(|| match self.named {
                "" => format!("gyre-{}", self.id(index, text)),
                named => named.to_owned(),
            });
            let kind = self.came.kind.filter(|_| !judged.own_kind);
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
            came: Some(came),
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
