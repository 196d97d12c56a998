//! What did not keep to a tracking plan.

use super::{Body, VERSION};
use crate::id::NodeId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An event did not keep to a tracking plan. Not every one is a record: see `count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Version.
    pub v: u8,
    /// The plan.
    pub plan: String,
    /// The event's name.
    pub event: String,
    /// The property; none where the event itself is not planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// A stable code: `unplanned_event`, `unplanned_property`, `missing_property`, `wrong_type`,
    /// `value_not_allowed`, `out_of_range`.
    pub code: String,
    /// What became of the event: `warn`, `quarantine` or `block`.
    pub mode: String,
    /// What is wrong, without the value.
    pub message: String,
    /// The value, cut; none of a property that is or may be personal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// The source.
    pub source: String,
    /// The message.
    pub message_id: String,
    /// Whose event it was.
    pub node: NodeId,
    /// The how-manieth of its kind (plan, event, property, code) in its partition, from 1. Of the first
    /// hundred each is a record, then of every power of two.
    pub count: u64,
    /// When it happened.
    pub at: Timestamp,
}

impl Body for Violation {
    const FAMILY: crate::record::Family = crate::record::Family::Violation;
}

impl Violation {
    /// The version written today.
    pub const VERSION: u8 = VERSION;

    /// Whether the how-manieth of its kind is a record.
    pub fn is_sampled(count: u64) -> bool {
        count <= 100 || count.is_power_of_two()
    }
}
