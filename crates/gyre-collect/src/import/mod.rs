//! Rows of a file, or of the body of a call, become journal entries, as a `Mapping` says. Reading the
//! file is the caller's.
//!
//! What a row gives follows from the mapping's name, the row and its line (or its `row_id`) alone, so a
//! row imported again gives the same entries with the same message ids, and a caller that knows how
//! many lines are done can skip them.

mod campaign;
mod condition;
mod record;
mod suggest;
mod value;

pub use suggest::{Column, suggest};

use crate::letter::Letter;
use gyre_config::kinds::{Campaign, Format, Mapping};
use gyre_model::id::hash128;
use gyre_model::{Entry, RecordId, Workspace};
use serde_json::{Map, Value};

/// A row of a file.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its line, from 1, the header not counted.
    pub line: u64,
    /// Its values by column: texts, numbers, booleans, null; of JSON lines whole objects, of which
    /// `a.b` names a nested value. A column that is not there is not the same as one that is null.
    pub values: &'a Map<String, Value>,
    /// The row as it came, for the dead letter.
    pub raw: &'a str,
    /// What else can be named, of a call.
    pub scope: Scope<'a>,
}

/// What a mapping can name beside the row itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// The headers of the call, their names in small letters: `headers.x-topic`.
    pub headers: Option<&'a Map<String, Value>>,
    /// The body around the row: `body.id`.
    pub body: Option<&'a Value>,
    /// The element of a list for which a record is given: `each.sku`.
    pub each: Option<&'a Value>,
    /// The id that the call was signed with: the same when it is sent again.
    pub id: Option<&'a str>,
}

/// Why a row gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct RowReject {
    /// The mapping's own code, or one that [`Mapping`] lists.
    pub code: String,
    /// What is wrong, with the column and the value; a value that identifies the person is not told.
    pub message: String,
    /// What would mend it.
    pub hint: Option<String>,
}

impl RowReject {
    /// A reject without a hint.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: None }
    }
    /// The same with what would mend it.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }
}

/// Turns rows into entries.
#[derive(Debug, Clone, Copy)]
pub struct Importer<'a> {
    /// The workspace the records belong to.
    pub workspace: &'a Workspace,
    /// The mapping's name.
    pub name: &'a str,
    /// The mapping.
    pub mapping: &'a Mapping,
}

impl Importer<'_> {
    /// The entries of a row: an `identify` with its traits if there are any, then its records in the
    /// order of the mapping. None has a cause; the person in each is that of the node alone, because
    /// who it is joined with is not known here.
    ///
    /// # Errors
    /// The first thing that goes wrong; then nothing of the row is to be written but
    /// [`Importer::letter`].
    pub fn entries(&self, row: &Row<'_>) -> Result<Vec<Entry>, RowReject> {
        self.demand(row)?;
        let who = self.who(row)?;
        let writer = record::Writer::new(self, row, who)?;
        writer.entries()
    }

    /// The entries of a row that was a dead letter: every fact has the id by which it is told from
    /// itself, because it has no place in its file any more. However the row is mended, it is the one
    /// that the letter was of.
    ///
    /// # Errors
    /// As [`Importer::entries`].
    pub fn entries_again(&self, row: &Row<'_>, letter: RecordId) -> Result<Vec<Entry>, RowReject> {
        self.demand(row)?;
        let who = self.who(row)?;
        record::Writer::new(self, row, who)?.of_letter(letter).entries()
    }

    /// Whether the mapping is about the row.
    pub fn takes(&self, row: &Row<'_>) -> Result<bool, RowReject> {
        condition::all(self.mapping, row, &self.mapping.when)
    }

    /// The campaigns of others that the row tells of, by name. They are resources and no records, so
    /// they are not among [`Importer::entries`].
    ///
    /// # Errors
    /// The first thing that goes wrong.
    pub fn campaigns(&self, row: &Row<'_>) -> Result<Vec<(String, Campaign)>, RowReject> {
        campaign::campaigns(self, row)
    }

    /// The dead letter of a row. Its id follows from the mapping's name, the line and what stands there, or of
    /// a call from what came: other files have lines with the same number.
    pub fn letter(&self, row: &Row<'_>, reject: &RowReject) -> Entry {
        // What could be read can be mended by its columns, and taken again without the file's header.
        if row.values.is_empty() {
            return self.letter_with(row, row.raw, reject);
        }
        let values = serde_json::to_string(row.values).unwrap_or_else(|_| row.raw.to_owned());
        self.letter_with(row, &values, reject)
    }

    /// The same, with what is kept of the row.
    pub(crate) fn letter_with(&self, row: &Row<'_>, raw: &str, reject: &RowReject) -> Entry {
        let json = self.mapping.format == Format::Json;
        let (origin, what) = if json {
            // The same call again gives the same letter.
            (format!("webhook:{}", self.mapping.source), record::row_id(self, row))
        } else {
            (format!("import:{}", self.name), format!("{} {raw}", row.line))
        };
        Letter {
            workspace: self.workspace,
            id: RecordId(self.hash(b"letter", &what)),
            origin,
            code: &reject.code,
            message: &reject.message,
            hint: reject.hint.as_deref(),
            place: row.line,
            raw,
            came: None,
            key: self.who(row).ok().map(|who| who.node.key()),
        }
        .entry()
    }

    /// Refuses a row that lacks what it must have, or that the mapping rejects.
    fn demand(&self, row: &Row<'_>) -> Result<(), RowReject> {
        for column in &self.mapping.required {
            let Some(value) = value::cell(row, column) else {
                let message = format!("there is no column `{column}`");
                return Err(RowReject::new("missing_column", message)
                    .hint("check the header, or take the column out of `required`"));
            };
            if value::is_nothing(self.mapping, value) {
                let message = format!("the column `{column}` has no value");
                return Err(RowReject::new("missing_value", message)
                    .hint("fill it in, or take the column out of `required`"));
            }
        }
        for reject in &self.mapping.reject {
            if condition::all(self.mapping, row, &reject.when)? {
                let told: Vec<_> = reject
                    .when
                    .iter()
                    .map(|condition| value::tell(self.mapping, row, &condition.column))
                    .collect();
                let message = format!("the mapping rejects rows with {}", told.join(" and "));
                return Err(RowReject::new(&reject.code, message));
            }
        }
        Ok(())
    }

    /// A hash of the mapping's name, a purpose and something of the row.
    fn hash(&self, purpose: &[u8], what: &str) -> [u8; 16] {
        hash128(&[
            b"import",
            self.workspace.as_str().as_bytes(),
            self.name.as_bytes(),
            purpose,
            what.as_bytes(),
        ])
    }
}

/// What the message ids of rows begin with.
const ROW: &str = "import-";

/// Whether a message id follows from a row: then the message may come again for as long as its row does,
/// for example with every full sync of a connector.
pub fn is_row(message_id: &str) -> bool {
    message_id.starts_with(ROW)
}
