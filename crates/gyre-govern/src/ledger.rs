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
    /// Nothing that this installation signed says that entries are gone on purpose.
    Unproven {
        /// The number of the entry, or of the last of those removed because of their age.
        number: u64,
    },
    /// Among the entries that were kept when older ones were removed, some are missing or were put in.
    Kept {
        /// The last entry that was looked at for removal.
        through: u64,
        /// How many were kept.
        kept: u64,
        /// How many are there.
        found: u64,
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
            Self::Unproven { number } => {
                write!(f, "entry {number} is gone, and nothing signed says why")
            }
            Self::Kept { through, kept, found } => write!(
                f,
                "of the entries up to {through}, {kept} were kept and {found} are there, or others"
            ),
            Self::Unchained { after } => write!(f, "an entry behind {after} has no place"),
        }
    }
}

/// Up to where entries were removed because of their age, and what was kept of those.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removed {
    /// The number of the last entry that was looked at.
    pub number: u64,
    /// Its hash.
    pub hash: String,
    /// How many were kept because they are in force.
    pub kept: u64,
    /// The sum of their hashes, whatever their order.
    pub sum: u128,
}

impl Removed {
    /// Counts an entry that is kept.
    pub fn keep(&mut self, hash: &str) {
        let digits = hash.get(..32).unwrap_or_default();
        self.kept += 1;
        self.sum = self.sum.wrapping_add(u128::from_str_radix(digits, 16).unwrap_or_default());
    }
}

/// Walks a ledger in the order in which it stands.
#[derive(Debug, Default)]
pub struct Walk {
    last: Option<Head>,
    removed: Option<Removed>,
    /// Entries up to where older ones were removed.
    kept: Removed,
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
    /// A walk over a ledger of which old entries were removed.
    pub fn behind(removed: Option<Removed>) -> Self {
        Self { removed, ..Self::default() }
    }

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
        if let Some(removed) = &self.removed {
            if link.number <= removed.number {
                // What was kept stands alone: its neighbours may be gone.
                let is_moved = self.last.as_ref().is_some_and(|last| link.number <= last.number);
                if is_moved || (link.number == removed.number && link.hash != removed.hash) {
                    self.faults.push(Fault::Moved { number: link.number });
                    return;
                }
                self.kept.keep(&link.hash);
                self.last = Some(Head { number: link.number, hash: link.hash.clone() });
                return;
            }
            if self.last.as_ref().is_none_or(|last| last.number < removed.number) {
                self.last = Some(Head { number: removed.number, hash: removed.hash.clone() });
            }
        }
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
        let last = self.head();
        if let Some(Removed { number: through, kept, sum, .. }) = self.removed
            && (self.kept.kept, self.kept.sum) != (kept, sum)
        {
            self.faults.push(Fault::Kept { through, kept, found: self.kept.kept });
        }
        if head.number > last.number {
            self.faults.push(Fault::Missing { from: last.number + 1, to: head.number });
        } else if head.number == last.number && head.hash != last.hash {
            self.faults.push(Fault::Edited { number: last.number });
        }
    }

    /// The last entry that was walked over.
    pub fn head(&self) -> Head {
        let last = self.last.clone().unwrap_or_default();
        match &self.removed {
            Some(removed) if removed.number > last.number => {
                Head { number: removed.number, hash: removed.hash.clone() }
            }
            _ => last,
        }
    }
}
