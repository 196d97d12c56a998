//! Values and conditions on the columns of one row.

use crate::kinds::{Repair, ValueType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One value: exactly one of `column`, `value` and `template`.
///
/// It is read in this order: the text or value is taken, `repair` mends it, `map` replaces it, `type`
/// converts it. A
/// column without a value gives no value, whatever follows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    /// The column it is taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The same value for every row: text, a number or a boolean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "scalar_schema")]
    pub value: Option<Value>,
    /// Text with columns in braces, for example `hillstrom-{line}`; `{line}` is the line of the file,
    /// from 1, the header not counted. A column without a value makes the whole text no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What is mended first, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repair: Vec<Repair>,
    /// What each text becomes, for example `{Mens E-Mail: mens}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "scalars_schema")]
    pub map: BTreeMap<String, Value>,
    /// What texts become that `map` does not name; absent: the row is rejected as `unmapped_value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "scalar_schema")]
    pub otherwise: Option<Value>,
    /// What it is converted to; absent: it stays as it is (text in CSV).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<ValueType>,
    /// How a time is written; only with `type: time` and for `at`. `rfc3339` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_format: Option<TimeFormat>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Origin<'a> {
    /// A column.
    Column(&'a str),
    /// The same for every row.
    Constant(&'a Value),
    /// Text with columns in braces.
    Template(&'a str),
}

/// What is wrong with the shape of a value or condition, in words for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shape {
    /// None or several of `column`, `value`, `template`.
    #[error("needs exactly one of `column`, `value` and `template`")]
    Origin,
    /// None or several tests.
    #[error(
        "needs exactly one of `equals`, `not_equals`, `greater_than`, `less_than`, `in`, `not_in` and `is_null`"
    )]
    Test,
}

impl Extract {
    /// Where it comes from; an error unless exactly one origin is written.
    pub fn origin(&self) -> Result<Origin<'_>, Shape> {
        match (&self.column, &self.value, &self.template) {
            (Some(column), None, None) => Ok(Origin::Column(column)),
            (None, Some(value), None) => Ok(Origin::Constant(value)),
            (None, None, Some(template)) => Ok(Origin::Template(template)),
            _ => Err(Shape::Origin),
        }
    }
    /// A value from a column.
    pub fn column(name: &str) -> Self {
        Self { column: Some(name.to_owned()), ..Self::default() }
    }
    /// The same value for every row.
    pub fn constant(value: impl Into<Value>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }
    /// A text made from columns.
    pub fn template(text: &str) -> Self {
        Self { template: Some(text.to_owned()), ..Self::default() }
    }
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// `2026-03-01T09:00:00Z`, or a bare date as its midnight in UTC.
    Rfc3339,
    /// `2026-03-01 09:00:00`, read as UTC; parts of a second may follow.
    DateTime,
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
}

/// A condition on one column: exactly one test. Where the column has no value only `is_null: true` and
/// `not_in` and `not_equals` hold.
///
/// Numbers are compared as numbers (a text that is none is unequal and neither greater nor less), text
/// as text, booleans with `true`, `false`, `1` and `0`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The column.
    pub column: String,
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

/// What a condition asks of its column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test<'a> {
    /// It is this.
    Equals(&'a Value),
    /// It is not this.
    NotEquals(&'a Value),
    /// It is a number above this.
    GreaterThan(f64),
    /// It is a number below this.
    LessThan(f64),
    /// It is one of these.
    In(&'a [Value]),
    /// It is none of these.
    NotIn(&'a [Value]),
    /// Whether it has no value.
    IsNull(bool),
}

impl Condition {
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

/// Text, a number or a boolean.
fn scalar_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": ["string", "number", "boolean"]})
}

/// A list of texts, numbers or booleans.
fn list_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "array", "items": {"type": ["string", "number", "boolean"]}})
}

/// Texts, numbers or booleans by name.
fn scalars_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean"]}
    })
}
