//! What people ask about their own data.

use super::Body;
use crate::id::{NodeId, RecordId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a person may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectRequestKind {
    /// Everything that is known of them, to take along.
    Export,
    /// That everything known of them is removed, and nothing is collected again.
    Erase,
    /// That what is known is kept and not used.
    Restrict,
    /// That it may be used again.
    Unrestrict,
    /// That it may be collected again after an erasure.
    Lift,
    /// That what is wrong about them is put right.
    Rectify,
}

impl SubjectRequestKind {
    /// The name used in records, tables and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Erase => "erase",
            Self::Restrict => "restrict",
            Self::Unrestrict => "unrestrict",
            Self::Lift => "lift",
            Self::Rectify => "rectify",
        }
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectRequestState {
    /// It is being carried out.
    Received,
    /// It was carried out.
    Done,
    /// It could not be carried out; it is tried again at the next start.
    Failed,
}

impl SubjectRequestState {
    /// The name used in records, tables and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// One thing that is put right about a person. Its record is theirs, and is blanked with everything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// A trait has this value, whatever was said before.
    SetTrait {
        /// The trait; parts of a path stand between dots.
        name: String,
        /// The right value: a text, a number or a truth.
        value: serde_json::Value,
    },
    /// Nothing that was said of a trait before counts.
    RemoveTrait {
        /// The trait.
        name: String,
    },
    /// An identifier is not theirs; this one is.
    ReplaceIdentifier {
        /// The wrong one.
        node: NodeId,
        /// The right one.
        with: NodeId,
        /// The right one, in the form of its type. Personal.
        value: String,
    },
    /// An identifier is not theirs.
    DropIdentifier {
        /// The wrong one.
        node: NodeId,
    },
}

/// A step of a request.
///
/// The record of state `received` names the person's nodes and belongs to the person: it is blanked with
/// everything else of theirs. The later ones name nobody: what stays are keyed hashes, whose key is
/// in the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectRequest {
    /// Version.
    pub v: u8,
    /// The request.
    pub id: RecordId,
    /// What is asked.
    pub kind: SubjectRequestKind,
    /// Where it stands.
    pub state: SubjectRequestState,
    /// The account that wrote it down.
    pub by: String,
    /// When this step was taken.
    pub at: Timestamp,
    /// By when it has to be carried out.
    pub due: Timestamp,
    /// The asking party's own number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Keyed hashes of the identifiers it is about, as hexadecimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject: Vec<String>,
    /// The nodes it is about; none once an erasure is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<NodeId>,
    /// What is to be put right; only where it is received. Personal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// What came of it, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The signature of its certificate, as hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}
body!(SubjectRequest, SubjectRequest);
