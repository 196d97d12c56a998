//! The payload of an event record, written around the event as it came instead of built and printed.

use crate::json;
use gyre_model::event::EventKind;
use gyre_model::record::body::Came;

/// The JSON of [`gyre_model::event::Collected`] up to the message id: the same for all events of a
/// request.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    prefix: Vec<u8>,
}

impl Payload {
    /// What the batch said is JSON objects. `again`: the event came before, and when is told.
    pub(crate) fn new(source: &str, public: bool, came: &Came, again: bool) -> Self {
        let mut prefix = br#"{"v":1,"source":"#.to_vec();
        json::push_text(&mut prefix, source);
        if public {
            prefix.extend_from_slice(br#","public":true"#);
        }
        if came.gpc {
            prefix.extend_from_slice(br#","gpc":true"#);
        }
        if let Some(received_at) = came.received_at.filter(|_| again) {
            prefix.extend_from_slice(format!(r#","received_at":"{received_at}""#).as_bytes());
        }
        if let Some(sent_at) = came.sent_at {
            prefix.extend_from_slice(format!(r#","sent_at":"{sent_at}""#).as_bytes());
        }
        if let Some(context) = &came.batch_context {
            prefix.extend_from_slice(br#","batch_context":"#);
            prefix.extend_from_slice(context.as_bytes());
        }
        if let Some(integrations) = &came.batch_integrations {
            prefix.extend_from_slice(br#","batch_integrations":"#);
            prefix.extend_from_slice(integrations.as_bytes());
        }
        if let Some(ip) = &came.ip {
            prefix.extend_from_slice(br#","ip":"#);
            json::push_text(&mut prefix, ip);
        }
        prefix.extend_from_slice(br#","message_id":"#);
        Self { prefix }
    }

    /// The whole payload; `event` is a JSON object.
    pub(crate) fn of(&self, message_id: &str, kind: Option<EventKind>, event: &str) -> Vec<u8> {
        let room = self.prefix.len() + message_id.len() + event.len() + 48;
        let mut out = Vec::with_capacity(room);
        out.extend_from_slice(&self.prefix);
        json::push_text(&mut out, message_id);
        if let Some(kind) = kind {
            out.extend_from_slice(br#","kind":""#);
            out.extend_from_slice(kind.as_str().as_bytes());
            out.push(b'"');
        }
        out.extend_from_slice(br#","event":"#);
        out.extend_from_slice(event.as_bytes());
        out.push(b'}');
        out
    }
}
