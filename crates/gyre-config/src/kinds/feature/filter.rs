//! A condition on the events that a feature is made of.

use crate::kinds::{Shape, Test};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A condition on an event: exactly one test. Where the event has no such value only `is_null: true`,
/// `not_equals` and `not_in` hold.
///
/// What is compared with a number is read as a number, with text as text, with `true` or `false` as a
/// boolean; what cannot be read so is no such value.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureFilter {
    /// What of the event is looked at: `properties.<key>`, `traits.<key>` or `context.<key>`.
    pub of: String,
    /// It is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "scalar_schema")]
    pub equals: Option<Value>,
    /// It is not this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "scalar_schema")]
    pub not_equals: Option<Value>,
    /// It is a number above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greater_than: Option<f64>,
    /// It is a number below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less_than: Option<f64>,
    /// It is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "list_schema")]
    pub r#in: Option<Vec<Value>>,
    /// It is none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "list_schema")]
    pub not_in: Option<Vec<Value>>,
    /// Whether it has no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_null: Option<bool>,
}

impl FeatureFilter {
    /// What it asks; an error unless exactly one test is written.
    pub fn test(&self) -> Result<Test<'_>, Shape> {
        let mut tests = [
            self.equals.as_ref().map(Test::Equals),
            self.not_equals.as_ref().map(Test::NotEquals),
            self.greater_than.map(Test::GreaterThan),
            self.less_than.map(Test::LessThan),
            self.r#in.as_deref().map(Test::In),
            self.not_in.as_deref().map(Test::NotIn),
            self.is_null.map(Test::IsNull),
        ]
        .into_iter()
        .flatten();
        match (tests.next(), tests.next()) {
            (Some(test), None) => Ok(test),
            _ => Err(Shape::Test),
        }
    }
}

fn scalar_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "number", "boolean"]})
}

fn list_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": ["string", "number", "boolean"]}})
}
