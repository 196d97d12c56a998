//! `Test`: what the user expects of the resources. Types only; the binary runs them.

use crate::resource::Metadata;
use gyre_model::verdict::RefusalReason;
use gyre_model::{Span, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A test with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// Its name.
    pub metadata: Metadata,
    /// What it says.
    pub case: Case,
}

/// Given these calls, then at this time, this is expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The user id the expectations are about; absent: that of the first call in `given` that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What happened, in this order. Consent is what an `identify` says with the trait
    /// `<channel>_consent`.
    #[serde(default)]
    pub given: Vec<Given>,
    /// When the expectations are held against what is known, and what is asked then.
    pub when: When,
    /// What is expected; what is not named is not looked at.
    pub expect: Expect,
}

/// A call of the Segment specification, in its own spelling, and its time: exactly one of `at` and
/// `after`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// When it happens; the first call needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "instant_schema")]
    pub at: Option<Timestamp>,
    /// How long after the call before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::kinds::span_schema")]
    pub after: Option<Span>,
    /// The source it comes from; absent: the first source of type `server`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `track`, `identify`, `page`, `screen`, `group` or `alias`.
    #[schemars(schema_with = "crate::kinds::call_schema")]
    pub r#type: gyre_model::event::EventKind,
    /// The user id.
    #[serde(default, rename = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The anonymous id.
    #[serde(default, rename = "anonymousId", skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// The other id of an alias.
    #[serde(default, rename = "previousId", skip_serializing_if = "Option::is_none")]
    pub previous_id: Option<String>,
    /// The group of a group call.
    #[serde(default, rename = "groupId", skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// The message id; absent: one that follows from the test's name and the call's index.
    #[serde(default, rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The event's name, for a track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The name of a page or screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Properties of a track, page or screen.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
    /// Traits of an identify or group.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub traits: Map<String, Value>,
    /// The context.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
}

impl Given {
    /// The call as it would be sent: without `at`, `after` and `source`.
    pub fn call(&self) -> Value {
        let bare = Self { at: None, after: None, source: None, ..self.clone() };
        serde_json::to_value(bare).unwrap_or_default()
    }
}

/// When the expectations are held against what is known: exactly one of `at` and `after`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "instant_schema")]
    pub at: Option<Timestamp>,
    /// How long after the last call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::kinds::span_schema")]
    pub after: Option<Span>,
    /// What is asked; absent: nothing is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Decide>,
}

/// A question for an in-app decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// Who is there; absent: the test's person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Where something could be shown.
    pub placement: String,
    /// What is known of the moment.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
}

/// What is expected.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// By audience, whether the person is in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub audiences: BTreeMap<String, bool>,
    /// By feature, its value; `null`: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, Value>,
    /// What is expected of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<ExpectDecision>,
    /// The campaigns for which a send has been queued by then: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<Vec<String>>,
}

/// What is expected of a decision.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectDecision {
    /// The variants that could be drawn: these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eligible: Option<Vec<String>>,
    /// By variant, why it could not be drawn.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "refusals_schema")]
    pub refused: BTreeMap<String, RefusalReason>,
    /// The variant drawn is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen_one_of: Vec<String>,
}

/// The schema of an instant.
pub(crate) fn instant_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "format": "instant",
        "examples": ["2026-03-01T09:00:00Z", "2026-03-01"]
    })
}

/// All reasons, in the order of their declaration.
const REASONS: [RefusalReason; 14] = [
    RefusalReason::NoConsent,
    RefusalReason::Capped,
    RefusalReason::QuietHours,
    RefusalReason::BudgetSpent,
    RefusalReason::OutOfStock,
    RefusalReason::RuleFailed,
    RefusalReason::NotInAudience,
    RefusalReason::Holdout,
    RefusalReason::NoAddress,
    RefusalReason::SwitchedOff,
    RefusalReason::WrongChannel,
    RefusalReason::Expired,
    RefusalReason::Erased,
    RefusalReason::Restricted,
];

fn refusals_schema(_: &mut SchemaGenerator) -> Schema {
    let words = REASONS.map(RefusalReason::as_str);
    json_schema!({
        "type": "object",
        "additionalProperties": {"type": "string", "enum": words}
    })
}
