//! Why identifiers are one person.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person's identifiers and what links them.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GraphView {
    person: String,
    /// The person's identifiers, and those of others that links reach which do not hold.
    nodes: Vec<GraphNode>,
    edges: Vec<GraphEdge>,
    /// Pairs of nodes that somebody said are not one person.
    separations: Vec<(String, String)>,
    /// Whether there is more than is shown.
    truncated: bool,
}

/// An identifier.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GraphNode {
    node: String,
    /// The name of its type: `user_id`, `email`, …
    id_type: String,
    identifier: String,
    /// The person it belongs to.
    person: String,
    first_seen: String,
    last_seen: String,
    /// Whether it is linked with more than is kept.
    overflown: bool,
}

/// A link between two identifiers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GraphEdge {
    from: String,
    to: String,
    /// Whether it holds.
    holds: bool,
    /// Why it does not.
    #[serde(default)]
    reason: Option<String>,
    /// `server`, `public`, `import` or `probabilistic`.
    trust: String,
    source: String,
    event_kind: String,
    message_id: String,
    first_heard: String,
    /// A day.
    last_heard: String,
}

/// What became of two identifiers that were set apart, or not any more.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Separated {
    /// The person of the first.
    person: String,
    /// The person of the second.
    from: String,
    /// Whether both are one person now.
    same: bool,
}
