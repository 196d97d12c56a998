//! The verdict on one event: taken, under which key and message id, or why not.

use crate::envelope::{Head, Scalar};
use crate::fault::{self, Fault};
use crate::{ids, json};
use gyre_model::event::EventKind;
use gyre_model::{NodeId, NodeKind};

/// The deepest nesting of an event.
pub const MAX_DEPTH: usize = 64;
/// The longest message id, in characters.
pub const MAX_MESSAGE_ID_CHARS: usize = 100;

/// What became of one event.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The client's message id.
    pub(crate) message_id: Option<String>,
    /// The key of its identity node, if it names anybody.
    pub(crate) key: Option<u64>,
    /// Whether the event says itself which call it is.
    pub(crate) own_kind: bool,
    /// Why it is not taken.
    pub(crate) fault: Option<&'static Fault>,
}

impl Judged {
    fn refused(fault: &'static Fault) -> Self {
        Self { message_id: None, key: None, own_kind: false, fault: Some(fault) }
    }
}

/// Judges one event: valid JSON, `size` bytes with its share of the envelope.
pub(crate) fn judge(
    text: &str,
    size: usize,
    max_bytes: usize,
    route_kind: Option<EventKind>,
    workspace: &str,
) -> Judged {
    if !text.starts_with('{') {
        return Judged::refused(fault::NOT_OBJECT);
    }
    let shape = json::shape(text);
    let mended = if shape.odd { json::mend(text) } else { text.into() };
    let Some(head) = Head::read(&mended) else { return Judged::refused(fault::MALFORMED) };
    let own_kind = head.kind.text().and_then(EventKind::parse);
    let fault = if size > max_bytes {
        Some(fault::TOO_LARGE)
    } else if shape.depth > MAX_DEPTH {
        Some(fault::TOO_DEEP)
    } else if shape.odd && json::object(&mended).is_none() {
        Some(fault::MALFORMED)
    } else {
        wrong(&head, own_kind.or(route_kind))
    };
    Judged {
        key: node(&head, workspace).map(|node| node.key()),
        own_kind: own_kind.is_some(),
        message_id: head.message_id.text().filter(|id| !id.trim().is_empty()).map(str::to_owned),
        fault,
    }
}

/// The identity node: the user id's if there is one, else the anonymous id's.
fn node(head: &Head<'_>, workspace: &str) -> Option<NodeId> {
    let of = |id: &Scalar<'_>, kind| {
        id.text().and_then(ids::usable).map(|id| NodeId::node(workspace, kind, id))
    };
    of(&head.user_id, NodeKind::User).or_else(|| of(&head.anonymous_id, NodeKind::Anonymous))
}

fn wrong(head: &Head<'_>, kind: Option<EventKind>) -> Option<&'static Fault> {
    let Some(kind) = kind else { return Some(fault::TYPE) };
    let ids =
        [&head.message_id, &head.user_id, &head.anonymous_id, &head.previous_id, &head.group_id];
    if ids.into_iter().any(Scalar::is_misfit) {
        return Some(fault::ID_NOT_STRING);
    }
    if head.message_id.text().is_some_and(too_long) {
        return Some(fault::MESSAGE_ID_TOO_LONG);
    }
    let nobody = |id: &Scalar<'_>| id.text().and_then(ids::usable).is_none();
    if nobody(&head.user_id) && nobody(&head.anonymous_id) {
        return Some(fault::NO_ID);
    }
    match kind {
        EventKind::Track if head.event.is_misfit() => Some(fault::EVENT_NOT_STRING),
        EventKind::Track if head.event.text().is_none_or(|name| name.trim().is_empty()) => {
            Some(fault::EVENT_NOT_DEFINED)
        }
        EventKind::Page | EventKind::Screen if head.name.is_misfit() => {
            Some(fault::NAME_NOT_STRING)
        }
        EventKind::Track | EventKind::Page | EventKind::Screen => {
            head.properties.is_no_object().then_some(fault::PROPERTIES)
        }
        EventKind::Identify | EventKind::Group => {
            head.traits.is_no_object().then_some(fault::TRAITS)
        }
        EventKind::Alias => None,
    }
}

fn too_long(id: &str) -> bool {
    id.len() > MAX_MESSAGE_ID_CHARS && id.chars().count() > MAX_MESSAGE_ID_CHARS
}
