//! The payload of an event record, written around the event as it came instead of built and printed.

use crate::json;
use gyre_model::Timestamp;
use gyre_model::event::EventKind;

/// The JSON of [`gyre_model::event::Collected`] up to the message id: the same for all events of a
/// request.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    prefix: Vec<u8>,
}

impl Payload {
    /// `context` is a JSON object.
    pub(crate) fn new(
        source: &str,
        public: bool,
        sent_at: Option<Timestamp>,
        context: Option<&str>,
    ) -> Self {
        let mut prefix = br#"{"v":1,"source":"#.to_vec();
        json::push_text(&mut prefix, source);
        if public {
            prefix.extend_from_slice(br#","public":true"#);
        }
        if let Some(sent_at) = sent_at {
            prefix.extend_from_slice(format!(r#","sent_at":"{sent_at}""#).as_bytes());
        }
        if let Some(context) = context {
            prefix.extend_from_slice(br#","batch_context":"#);
            prefix.extend_from_slice(context.as_bytes());
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
