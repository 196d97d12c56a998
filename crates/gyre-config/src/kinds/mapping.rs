//! `Mapping`: how rows of a file, or calls of another system, become records.

mod extract;
mod record;

pub use extract::{Condition, Extract, Origin, Shape, Test, TimeFormat};
pub use record::{
    CampaignRow, ContentRow, EnrollmentRow, EventRow, OfflineRow, RecordRow, ResponseRow,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How rows of a file, or calls of another system, become records. A row is read in this order: `when`,
/// `required`, `reject`, `person`, `at`, `traits`, `records`. The first thing that goes wrong turns the whole row into one dead letter
/// with a reason code; nothing of it is written.
///
/// Reason codes besides your own: `missing_column` and `missing_value` (`required`), `no_person`,
/// `unmapped_value` (a `map` without the value and no `otherwise`), `not_a_number`, `not_a_boolean`,
/// `not_a_time`, `not_a_list`, `malformed_row`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The source the records are written under; of type `import`, or with `format: json` of type
    /// `webhook` or `connector`.
    pub source: String,
    /// How the file is written.
    pub format: Format,
    /// How a CSV file is written; only with `format: csv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<CsvOptions>,
    /// The list in a JSON body whose elements are the rows, for example `data.lines`; the rest of the
    /// body is then found under `body.`. Absent: the body is the row, or, where it is a list, its
    /// elements are the rows. Only with `format: json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// The rows it is about: all of these must hold. Others are passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// Columns the file must have, each with a value in every row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Rows that become dead letters, and why; the first that holds counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reject: Vec<Reject>,
    /// What makes a row the same row when it comes again; absent: its line and what stands there, and with
    /// `format: json` the id that the call was signed with, or else the whole row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_id: Option<Extract>,
    /// Who the row is about. Left out where it is about nobody: then it may give `offline`, `content`
    /// and `campaign` only.
    #[serde(default, skip_serializing_if = "PersonIds::is_nobody")]
    pub person: PersonIds,
    /// When it happened, unless a record says otherwise.
    pub at: Extract,
    /// What is known of the person, written as one `identify` call; absent columns are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub traits: BTreeMap<String, Extract>,
    /// The records each row gives, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordRow>,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text with a delimiter; every value is text until a `type` says otherwise.
    Csv,
    /// One JSON object per line; `a.b` names a nested value.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// The body of a call, or a record of a connector. `a.b` names a nested value, `a.0.b` one in a
    /// list, `headers.x-topic` a header.
    Json,
}

/// How a CSV file is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvOptions {
    /// The character between two values, one ASCII character.
    #[serde(default = "comma")]
    pub delimiter: String,
    /// Whether the first line names the columns.
    #[serde(default = "yes")]
    pub header: bool,
    /// The columns' names, where the first line does not hold them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Values that stand for no value.
    #[serde(default = "empty")]
    pub null_values: Vec<String>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: comma(), header: true, columns: Vec::new(), null_values: empty() }
    }
}

/// Who a row is about; at least one of them. An empty value counts as absent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonIds {
    /// The user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Extract>,
    /// The anonymous id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<Extract>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Extract>,
}

impl PersonIds {
    /// Whether no id is named at all.
    pub fn is_nobody(&self) -> bool {
        self.user_id.is_none() && self.anonymous_id.is_none() && self.email.is_none()
    }
}

/// Rows that become dead letters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The reason code on the dead letter: lower-case letters, digits and `_`.
    pub code: String,
    /// The row is rejected when all of these hold.
    pub when: Vec<Condition>,
}

fn comma() -> String {
    ",".to_owned()
}
fn yes() -> bool {
    true
}
fn empty() -> Vec<String> {
    vec![String::new()]
}
