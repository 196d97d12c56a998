//! Dead letters: what was not taken is kept, to be seen, mended and replayed.

use gyre_model::id::hash64;
use gyre_model::record::body::{Body, Came, DeadLetter, VERSION};
use gyre_model::{Entry, Family, RecordId, Workspace};

/// How much of what came is kept, in bytes: as much as a source may send in one request, so that an
/// event that was too large for its source can be replayed when the source allows more.
pub const MAX_RAW_BYTES: usize = 4 * 1024 * 1024;

/// A dead letter as a journal entry.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) id: RecordId,
    pub(crate) origin: String,
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) hint: Option<&'a str>,
    pub(crate) place: u64,
    pub(crate) raw: &'a str,
    /// What the request said beside it, of an event.
    pub(crate) came: Option<&'a Came>,
    /// The key of the person it is about, so that erasing the person finds it.
    pub(crate) key: Option<u64>,
}

impl Letter<'_> {
    pub(crate) fn entry(self) -> Entry {
        let body = DeadLetter {
            v: VERSION,
            id: self.id,
            origin: self.origin,
            code: self.code.to_owned(),
            message: self.message.to_owned(),
            hint: self.hint.map(str::to_owned),
            place: Some(self.place),
            raw: cut_at(self.raw, MAX_RAW_BYTES).to_owned(),
            came: self.came.cloned(),
            replayed_as: None,
        };
        Entry {
            workspace: self.workspace.clone(),
            family: Family::DeadLetter,
            key: self.key.unwrap_or_else(|| hash64(&[self.id.as_bytes()])),
            cause: None,
            payload: body.encode(),
        }
    }
}

/// The beginning of the text, whole characters, at most so many bytes.
pub(crate) fn cut_at(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
