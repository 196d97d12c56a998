//! Who must not be collected again, and whose data must not be used: what the processor keeps of requests,
//! as it follows from the journal.

use crate::error::{Error, Result};
use crate::person::Person;
use gyre_model::{Family, NodeId, NodeKind, Offset, Partition, Stored, Workspace};
use gyre_ports::Fold;
use gyre_ports::fold::{Space, Write};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;

const SUPPRESSED: &[u8] = b"suppressed:";
const RESTRICTED: &[u8] = b"restricted:";
/// The form of what is written today; another one in the fold means: derive again.
const FORM: u8 = 1;
/// Entries read at once.
const PAGE: usize = 10_000;

/// A keyed hash of an identifier: without the key in the data folder nobody can tell whose it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey([u8; 16]);

impl SubjectKey {
    /// Of the key of a node. Sixty-four bits tell the nodes of one installation apart.
    pub fn of(secret: &[u8], workspace: &Workspace, node_key: u64) -> Self {
        use hmac::digest::KeyInit;
        // A block of the hash's own length takes any secret; longer ones are hashed by the caller.
        let mut block = [0; 64];
        for (slot, byte) in block.iter_mut().zip(secret) {
            *slot = *byte;
        }
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(workspace.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(&node_key.to_le_bytes());
        let tag = mac.finalize().into_bytes();
        let mut short = [0; 16];
        for (slot, byte) in short.iter_mut().zip(tag) {
            *slot = byte;
        }
        Self(short)
    }

    /// From its hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<gyre_model::RecordId>().ok().map(|id| Self(id.0))
    }
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&gyre_model::RecordId(self.0), f)
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectKey({self})")
    }
}

/// From which offset on, and up to which one if it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Period {
    pub from: Offset,
    pub until: Option<Offset>,
}

impl Period {
    fn holds(self, offset: Offset) -> bool {
        offset > self.from && self.until.is_none_or(|until| offset < until)
    }
}

/// One thing that changes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Suppress(SubjectKey, Period),
    Restrict(NodeId, Offset),
    Unrestrict(NodeId),
}

/// Who must not be collected again, and whose data must not be used.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    secret: Vec<u8>,
    suppressed: BTreeMap<SubjectKey, Period>,
    restricted: BTreeMap<NodeId, Offset>,
}

impl Rights {
    /// Nobody, with the key of the hashes.
    pub fn new(secret: &[u8]) -> Self {
        Self { secret: secret.to_vec(), ..Self::default() }
    }

    /// As the fold of a partition keeps them.
    pub(crate) fn load(secret: &[u8], fold: &dyn Fold, partition: Partition) -> Result<Self> {
        let mut rights = Self::new(secret);
        scan(fold, partition, SUPPRESSED, |id, value| {
            let (form, period): (u8, Period) =
                postcard::from_bytes(value).map_err(|why| Error::corrupt("suppression", why))?;
            if form != FORM {
                return Err(Error::corrupt("suppression", "written by another version"));
            }
            rights.suppressed.insert(SubjectKey(id), period);
            Ok(())
        })?;
        let mut restricted = BTreeMap::new();
        scan(fold, partition, RESTRICTED, |id, value| {
            let (_, from): (u8, Offset) =
                postcard::from_bytes(value).map_err(|why| Error::corrupt("restriction", why))?;
            restricted.insert(NodeId(id), from);
            Ok(())
        })?;
        rights.restricted = restricted;
        Ok(rights)
    }

    /// Changes it, and says what the fold must write for that.
    pub(crate) fn change(&mut self, change: Change) -> Result<Write> {
        let bytes = |value: &(u8, Period)| {
            postcard::to_stdvec(value).map_err(|why| Error::corrupt("suppression", why))
        };
        Ok(match change {
            Change::Suppress(key, period) => {
                self.suppressed.insert(key, period);
                Write::Put(Space::Meta, [SUPPRESSED, &key.0].concat(), bytes(&(FORM, period))?)
            }
            Change::Restrict(node, from) => {
                self.restricted.insert(node, from);
                let value = postcard::to_stdvec(&(FORM, from))
                    .map_err(|why| Error::corrupt("restriction", why))?;
                Write::Put(Space::Meta, [RESTRICTED, &node.0[..]].concat(), value)
            }
            Change::Unrestrict(node) => {
                self.restricted.remove(&node);
                Write::Delete(Space::Meta, [RESTRICTED, &node.0[..]].concat())
            }
        })
    }

    /// The keyed hash of a node.
    pub fn key_of(&self, workspace: &Workspace, node: NodeId) -> SubjectKey {
        SubjectKey::of(&self.secret, workspace, node.key())
    }

    /// Since when and until when a hash is suppressed.
    pub(crate) fn period(&self, key: SubjectKey) -> Option<Period> {
        self.suppressed.get(&key).copied()
    }

    /// Whether a hash is suppressed now.
    pub fn is_suppressed(&self, key: SubjectKey) -> bool {
        self.period(key).is_some_and(|period| period.until.is_none())
    }

    /// How many identifiers are suppressed, and how many nodes restricted.
    pub fn counts(&self) -> (usize, usize) {
        let suppressed = self.suppressed.values().filter(|period| period.until.is_none()).count();
        (suppressed, self.restricted.len())
    }

    /// Whether nobody is suppressed: then nothing has to be asked.
    pub(crate) fn blocks_nobody(&self) -> bool {
        self.suppressed.is_empty() || gyre_ports::failpoint::mutant("subject.no_suppression")
    }

    /// Whether a record of an offset must not be taken, by the key it is filed under.
    pub(crate) fn blocks(&self, record: &Stored) -> bool {
        if self.blocks_nobody() || !is_of_people(record.entry.family) {
            return false;
        }
        let key = SubjectKey::of(&self.secret, &record.entry.workspace, record.entry.key);
        self.period(key).is_some_and(|period| period.holds(record.offset))
    }

    /// Whether a record that is not in the journal yet must not be taken.
    pub(crate) fn blocks_key(&self, workspace: &Workspace, family: Family, key: u64) -> bool {
        !self.blocks_nobody()
            && is_of_people(family)
            && self.is_suppressed(SubjectKey::of(&self.secret, workspace, key))
    }

    /// Whether an event of an offset must not be taken because of an address it names. An anonymous id
    /// counts only where an event is filed under it: on a device that others use, their events stay.
    pub(crate) fn blocks_email(
        &self,
        workspace: &Workspace,
        email: Option<&str>,
        offset: Offset,
    ) -> bool {
        let (false, Some(email)) = (self.blocks_nobody(), email) else { return false };
        let node = NodeId::node(workspace.as_str(), NodeKind::Email, email);
        self.blocks_node(workspace, node, offset)
    }

    /// Whether an event of an offset must not be taken because it names a node.
    pub(crate) fn blocks_node(&self, workspace: &Workspace, node: NodeId, offset: Offset) -> bool {
        let key = SubjectKey::of(&self.secret, workspace, node.key());
        !self.blocks_nobody() && self.period(key).is_some_and(|period| period.holds(offset))
    }

    /// Whether what is known of a person must not be used: to evaluate them, to decide, to send, to learn.
    pub fn is_restricted(&self, person: &Person) -> bool {
        !self.restricted.is_empty()
            && person.nodes.keys().any(|node| self.restricted.contains_key(node))
    }

    /// The nodes that are restricted.
    pub(crate) fn restricted(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.restricted.keys().copied()
    }

    /// Whether a node is restricted.
    pub fn restricts(&self, node: NodeId) -> bool {
        self.restricted.contains_key(&node)
    }
}

/// Whether records of a family are filed under the key of a person.
fn is_of_people(family: Family) -> bool {
    !matches!(
        family,
        Family::Orchestration
            | Family::Content
            | Family::Turn
            | Family::Proposal
            | Family::Tick
            | Family::SubjectRequest
    )
}

fn scan(
    fold: &dyn Fold,
    partition: Partition,
    prefix: &[u8],
    mut each: impl FnMut([u8; 16], &[u8]) -> Result<()>,
) -> Result<()> {
    let mut from = prefix.to_vec();
    let mut to = prefix.to_vec();
    to.extend([0xff; 17]);
    loop {
        let page = fold.scan(partition, Space::Meta, &from, &to, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        from.clone_from(last);
        from.push(0);
        for (key, value) in &page {
            let id = key.get(prefix.len()..).and_then(|id| <[u8; 16]>::try_from(id).ok());
            each(id.ok_or_else(|| Error::corrupt("rights", "a key is not whole"))?, value)?;
        }
    }
}
