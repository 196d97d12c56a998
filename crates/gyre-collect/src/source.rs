//! What collection needs to know of a source.

use gyre_config::kinds::Source;
use gyre_model::Workspace;

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
    /// Whether the address of a customer's device is kept.
    pub keep_ip: bool,
    /// The largest event in bytes, its share of the batch's context included.
    pub max_event_bytes: usize,
    /// The largest body in bytes, after decompression.
    pub max_request_bytes: usize,
    /// The most events of one request that are taken.
    pub max_events: usize,
}

impl SourceFacts {
    /// The facts of a source as it is declared.
    pub fn new(workspace: &Workspace, name: &str, source: &Source) -> Self {
        Self {
            workspace: workspace.clone(),
            name: name.to_owned(),
            public: source.r#type.is_public(),
            enabled: source.enabled,
            keep_ip: source.keep_ip,
            max_event_bytes: source.max_event_bytes as usize,
            max_request_bytes: source.max_request_bytes as usize,
            max_events: source.max_events as usize,
        }
    }
}
