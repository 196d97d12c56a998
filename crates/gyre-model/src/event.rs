//! An event as it was collected, and as the steps read it.

use crate::id::{MessageHash, NodeId, NodeKind};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The payload of a record of family `event`: what the server knows about the call, and the event
/// exactly as it came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Collected {
    /// Version of this form.
    pub v: u8,
    /// The name of the source whose write key was used.
    pub source: String,
    /// Whether the source is one that a customer's device holds (its claims weigh less).
    #[serde(default)]
    pub public: bool,
    /// Whether the request carried `Sec-GPC: 1`: the browser objects to its data being sold or shared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gpc: bool,
    /// When the client says it sent the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// The context of the batch, to be merged under the event's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_context: Option<Box<RawValue>>,
    /// The integrations of the batch, to be merged under the event's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_integrations: Option<Box<RawValue>>,
    /// When it first came, where it was a dead letter since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// The address that the request came from, where the source is a device that a customer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The message id, the client's or one made at collection.
    pub message_id: String,
    /// The type taken from the path, if the event itself has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EventKind>,
    /// The event as it came.
    pub event: Box<RawValue>,
}

/// The six calls of the Segment specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Something happened.
    Track,
    /// Who somebody is.
    Identify,
    /// A page was seen.
    Page,
    /// A screen was seen.
    Screen,
    /// Somebody belongs to a group.
    Group,
    /// Two ids are one person.
    Alias,
}

impl EventKind {
    /// The name used on the wire and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }
    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Track, Self::Identify, Self::Page, Self::Screen, Self::Group, Self::Alias]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// An event as the steps read it: checked, normalised, its time corrected.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What makes it the same event when it comes again.
    pub message: MessageHash,
    /// The message id.
    pub message_id: String,
    /// The source it came from.
    pub source: String,
    /// Whether the request carried `Sec-GPC: 1`.
    pub gpc: bool,
    /// Which call it was.
    pub kind: EventKind,
    /// The event's or page's name; empty where the call has none.
    pub name: String,
    /// The identity node the event belongs to.
    pub node: NodeId,
    /// The user id, if the event has one.
    pub user_id: Option<String>,
    /// The anonymous id, if the event has one.
    pub anonymous_id: Option<String>,
    /// The e-mail address in its traits or context, in lower case.
    pub email: Option<String>,
    /// The other id of an alias.
    pub previous_id: Option<String>,
    /// When it happened, corrected for the client's clock, never after it was received.
    pub occurred_at: Timestamp,
    /// When it was received: the journal's stamp.
    pub received_at: Timestamp,
    /// By how much the client's clock was corrected, in microseconds.
    pub skew: i64,
    /// Properties of a track, page or screen.
    pub properties: Map<String, Value>,
    /// Traits of an identify or group.
    pub traits: Map<String, Value>,
    /// The context, the batch's merged under the event's own.
    pub context: Map<String, Value>,
}

impl Event {
    /// The nodes the event names, the identity node first, none twice.
    pub fn nodes(&self, workspace: &str) -> Vec<NodeId> {
        let mut nodes = vec![self.node];
        let named = [
            (NodeKind::User, self.user_id.as_deref()),
            (NodeKind::Anonymous, self.anonymous_id.as_deref()),
            (NodeKind::Email, self.email.as_deref()),
            // An alias names the anonymous id of before; two user ids are never joined by a call.
            (NodeKind::Anonymous, self.previous_id.as_deref()),
        ];
        for (kind, value) in named {
            if let Some(value) = value {
                let node = NodeId::node(workspace, kind, value);
                if !nodes.contains(&node) {
                    nodes.push(node);
                }
            }
        }
        nodes
    }
}
