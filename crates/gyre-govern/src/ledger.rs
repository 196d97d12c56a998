//! The chain of the consent ledger: each entry's hash covers the hash before it, so that whoever edits,
//! removes or moves an entry breaks the chain from there on.

use gyre_model::RecordId;
use gyre_model::id::hex;
use gyre_model::record::body::{ChainLink, Consent};
use sha2::{Digest, Sha256};

/// The last entry of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Its number; 0 before the first.
    pub number: u64,
    /// Its hash; empty before the first.
    pub hash: String,
}

impl Head {
    /// Puts an entry at the end: gives it its place, and is that place from now on.
    pub fn append(&mut self, id: RecordId, entry: &mut Consent) {
        let number = self.number + 1;
        let previous = std::mem::take(&mut self.hash);
        let mut link = ChainLink { id, number, previous, hash: String::new() };
        link.hash = hash(&link, entry);
        *self = Self { number, hash: link.hash.clone() };
        entry.chain = Some(link);
    }
}

/// The hash of an entry in its place: SHA-256 over the hash before and every field, each with its length,
/// in hexadecimal digits.
fn hash(link: &ChainLink, entry: &Consent) -> String {
    let mut hasher = Sha256::new();
    let mut field = |value: Option<&[u8]>| {
        let length = value.map_or(u64::MAX, |value| value.len() as u64);
        hasher.update(length.to_le_bytes());
        hasher.update(value.unwrap_or_default());
    };
    field(Some(b"gyre consent 1"));
    field(Some(link.previous.as_bytes()));
    field(Some(link.id.as_bytes()));
    field(Some(&link.number.to_le_bytes()));
    field(Some(entry.node.as_bytes()));
    field(Some(entry.person.as_bytes()));
    field(Some(entry.purpose.as_str().as_bytes()));
    field(Some(entry.channel.as_bytes()));
    field(Some(entry.decision().as_str().as_bytes()));
    field(Some(&[u8::from(entry.granted)]));
    field(Some(entry.source.as_bytes()));
    field(Some(&entry.occurred_at.0.to_le_bytes()));
    for time in [entry.received_at, entry.expires_at] {
        field(time.map(|time| time.0.to_le_bytes()).as_ref().map(|bytes| &bytes[..]));
    }
    let subject = entry.subject.as_ref();
    field(subject.map(|subject| subject.kind.as_bytes()));
    field(subject.map(|subject| subject.hash.as_bytes()));
    let evidence = &entry.evidence;
    for text in [
        &evidence.legal_basis,
        &evidence.jurisdiction,
        &evidence.notice_version,
        &evidence.notice_hash,
        &evidence.language,
        &evidence.method,
        &evidence.event,
        &evidence.cmp,
        &evidence.raw,
        &evidence.actor,
    ] {
        field(text.as_ref().map(String::as_bytes));
    }
    hex(&hasher.finalize())
}

/// What is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An entry's hash is not that of its content.
    Edited {
        /// The entry's number.
        number: u64,
    },
    /// Entries are missing.
    Missing {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// An entry stands where another belongs, or stands there twice.
    Moved {
        /// The entry's number.
        number: u64,
    },
    /// An entry follows another than the one that stands before it.
    Unlinked {
        /// The entry's number.
        number: u64,
    },
    /// An entry without a place stands behind entries that have one.
    Unchained {
        /// The number of the entry before it.
        after: u64,
    },
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Edited { number } => write!(f, "entry {number} was edited"),
            Self::Missing { from, to } if from == to => write!(f, "entry {from} is missing"),
            Self::Missing { from, to } => write!(f, "entries {from} to {to} are missing"),
            Self::Moved { number } => write!(f, "entry {number} stands in another's place"),
            Self::Unlinked { number } => {
                write!(f, "entry {number} does not follow the entry before it")
            }
            Self::Unchained { after } => write!(f, "an entry behind {after} has no place"),
        }
    }
}

/// Walks a ledger in the order in which it stands.
#[derive(Debug, Default)]
pub struct Walk {
    last: Option<Head>,
    /// Entries with a place.
    pub entries: u64,
    /// Entries written before the ledger was chained.
    pub unchained: u64,
    /// Entries that were erased with their people.
    pub erased: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl Walk {
    /// The next entry.
    pub fn take(&mut self, entry: &Consent) {
        let Some(link) = &entry.chain else {
            match &self.last {
                None => self.unchained += 1,
                Some(last) => self.faults.push(Fault::Unchained { after: last.number }),
            }
            return;
        };
        self.entries += 1;
        if hash(link, entry) != link.hash {
            self.faults.push(Fault::Edited { number: link.number });
        }
        self.step(link);
    }

    /// An entry that was erased with its person: only its place is left.
    pub fn pass(&mut self, link: &ChainLink) {
        self.erased += 1;
        self.step(link);
    }

    fn step(&mut self, link: &ChainLink) {
        // Behind entries of before the chain, it begins where those that were kept begin.
        let anchor = || Head {
            number: if self.unchained > 0 { link.number.saturating_sub(1) } else { 0 },
            hash: if self.unchained > 0 { link.previous.clone() } else { String::new() },
        };
        let last = self.last.take().unwrap_or_else(anchor);
        if link.number <= last.number {
            self.faults.push(Fault::Moved { number: link.number });
            self.last = Some(last);
            return;
        }
        if link.number > last.number + 1 {
            self.faults.push(Fault::Missing { from: last.number + 1, to: link.number - 1 });
        } else if link.previous != last.hash {
            self.faults.push(Fault::Unlinked { number: link.number });
        }
        self.last = Some(Head { number: link.number, hash: link.hash.clone() });
    }

    /// The end: nothing is missing behind the last entry.
    pub fn end(&mut self, head: &Head) {
        let last = self.last.clone().unwrap_or_default();
        if head.number > last.number {
            self.faults.push(Fault::Missing { from: last.number + 1, to: head.number });
        } else if head.number == last.number && head.hash != last.hash {
            self.faults.push(Fault::Edited { number: last.number });
        }
    }

    /// The last entry that was walked over.
    pub fn head(&self) -> Head {
        self.last.clone().unwrap_or_default()
    }
}
