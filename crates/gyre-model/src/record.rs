//! Records: what the journal holds. An [`Entry`] is a family, a key and a payload; the payload of
//! each family has one type in [`body`], written as JSON with a version.

pub mod body;

use crate::name::Workspace;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A position in one partition of the journal; the first record is at 0.
pub type Offset = u64;
/// A partition of the journal.
pub type Partition = u32;

/// The pseudo-partition of decided records: their causes carry the sequence number that the state
/// gave them.
pub const DECIDED: Partition = u32::MAX;

/// What a derived record follows from: deriving again gives the same cause and the same record.
///
/// A consumer keeps the highest cause it has seen per source partition and skips what is not above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// The partition of the record it follows from ([`DECIDED`] for decided records).
    pub partition: Partition,
    /// That record's offset, or the sequence number of a decided record.
    pub offset: Offset,
    /// The how-manieth that follows from it, from 0.
    pub ordinal: u32,
}

/// What a record is about. The codes are on disk: never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Family {
    /// A collected event, payload as it came.
    Event = 1,
    /// An identity edge was drawn or refused.
    Identity = 2,
    /// Consent was given or taken back.
    Consent = 3,
    /// Entered or left an audience, campaign, loop arm.
    Enrollment = 4,
    /// A version of a resource.
    Orchestration = 5,
    /// A decision with its candidates and probabilities.
    Decision = 6,
    /// What became of a send.
    Delivery = 7,
    /// What a person did with what was sent or shown.
    Response = 8,
    /// Something outside the web: CRM, in-store, support.
    Offline = 9,
    /// An asset and its metadata.
    Content = 10,
    /// One turn of a loop.
    Turn = 11,
    /// A change that a turn proposes.
    Proposal = 12,
    /// Something rejected or failed, kept to be seen and mended.
    DeadLetter = 13,
    /// Time passed.
    Tick = 14,
    /// An event did not keep to a tracking plan.
    Violation = 17,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 15] = [
        Self::Event,
        Self::Identity,
        Self::Consent,
        Self::Enrollment,
        Self::Orchestration,
        Self::Decision,
        Self::Delivery,
        Self::Response,
        Self::Offline,
        Self::Content,
        Self::Turn,
        Self::Proposal,
        Self::DeadLetter,
        Self::Tick,
        Self::Violation,
    ];
    /// The code on disk.
    pub fn code(self) -> u8 {
        self as u8
    }
    /// The family of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.code() == code)
    }
}

/// A record on its way into the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The workspace it belongs to.
    pub workspace: Workspace,
    /// What it is about.
    pub family: Family,
    /// Order is kept within a key; the key also picks the partition.
    pub key: u64,
    /// What it follows from; `None` for what came from outside.
    pub cause: Option<Cause>,
    /// The body, as bytes.
    pub payload: Vec<u8>,
}

/// A record as the journal gives it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its partition.
    pub partition: Partition,
    /// Its offset.
    pub offset: Offset,
    /// The journal's stamp: never less than that of the record before it in the partition.
    pub at: Timestamp,
    /// The record; an erased one has an empty payload.
    pub entry: Entry,
}

impl Stored {
    /// The cause of the `ordinal`-th record that follows from this one.
    pub fn cause(&self, ordinal: u32) -> Cause {
        Cause { partition: self.partition, offset: self.offset, ordinal }
    }
    /// Whether the payload was blanked: such an offset replays as a no-op.
    pub fn is_erased(&self) -> bool {
        self.entry.payload.is_empty() && self.entry.family != Family::Tick
    }
}
