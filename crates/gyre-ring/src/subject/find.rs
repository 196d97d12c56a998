//! Where in the journal people are: one pass over all records, for any number of people.
//!
//! No index is kept for this: it would cost every event a write, for something that is asked rarely and
//! may take a minute. A record is a person's when it is filed under one of their nodes; when it names one
//! of their nodes by its id; when it is an event that names a user id or an address of theirs, whoever
//! else's it is too; or when it is a rejected one with such an identifier in it as a whole word. A device
//! that others use as well does not make their events the person's.

use crate::error::{Error, Result};
use crate::shared::Shared;
use aho_corasick::AhoCorasick;
use gyre_model::{Family, NodeId, NodeKind, Offset, Partition, Stored};
use std::collections::HashMap;

/// Records read at once.
const BATCH: usize = 4_096;
/// A user id that is shorter stands for too many other things to be looked for in rejected text.
const WORD: usize = 6;

/// One record that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub record: Stored,
    /// Which of the people it is of: their place in what was sought.
    pub person: usize,
}

/// What is looked for.
#[derive(Debug)]
pub(crate) struct Sought {
    keys: HashMap<u64, usize>,
    nodes: HashMap<NodeId, usize>,
    words: AhoCorasick,
    /// Whose each word is, and the kind of identifier; `None` for the id of a node.
    of: Vec<(usize, Option<NodeKind>)>,
}

impl Sought {
    /// Looks for people, each the nodes with their identifiers.
    pub(crate) fn new(people: &[Vec<(NodeId, String)>]) -> Result<Self> {
        let mut sought = Self {
            keys: HashMap::new(),
            nodes: HashMap::new(),
            words: AhoCorasick::new([""; 0]).map_err(|why| Error::invalid(why.to_string()))?,
            of: Vec::new(),
        };
        let mut words = Vec::new();
        for (place, nodes) in people.iter().enumerate() {
            for (node, identifier) in nodes {
                sought.keys.insert(node.key(), place);
                sought.nodes.insert(*node, place);
                words.push(node.to_string());
                sought.of.push((place, None));
                if node.kind() != NodeKind::Anonymous && !identifier.is_empty() {
                    words.push(identifier.clone());
                    sought.of.push((place, Some(node.kind())));
                }
            }
        }
        sought.words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(words)
            .map_err(|why| Error::invalid(why.to_string()))?;
        Ok(sought)
    }

    /// Whose record it is.
    fn judge(&self, record: &Stored) -> Option<usize> {
        if record.is_erased() || matches!(record.entry.family, Family::Tick | Family::Orchestration)
        {
            return None;
        }
        if let Some(place) = self.keys.get(&record.entry.key) {
            return Some(*place);
        }
        let payload = &record.entry.payload;
        match record.entry.family {
            Family::Event => {
                // Escaped text is read to be sure; SDKs escape little.
                let may = self.words.is_match(payload) || holds_escape(payload);
                may.then(|| self.named(record)).flatten()
            }
            Family::DeadLetter => self.words.find_overlapping_iter(payload).find_map(|found| {
                let (place, kind) = self.of[found.pattern().as_usize()];
                let is_word = is_whole(payload, found.start(), found.end());
                let counts = match kind {
                    None | Some(NodeKind::Email) => is_word,
                    Some(_) => is_word && found.len() >= WORD,
                };
                counts.then_some(place)
            }),
            _ => self.words.find_overlapping_iter(payload).find_map(|found| {
                let (place, kind) = self.of[found.pattern().as_usize()];
                kind.is_none().then_some(place)
            }),
        }
    }

    fn named(&self, record: &Stored) -> Option<usize> {
        let event = gyre_collect::read(record).ok()?;
        event
            .nodes(record.entry.workspace.as_str())
            .into_iter()
            .filter(|node| node.kind() != NodeKind::Anonymous)
            .find_map(|node| self.nodes.get(&node).copied())
    }
}

fn holds_escape(payload: &[u8]) -> bool {
    payload.windows(2).any(|pair| pair == b"\\u")
}

/// Whether what stands in a place is not part of a longer word.
fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let joins = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-.@+".contains(byte))
    };
    let before = start.checked_sub(1).and_then(|place| text.get(place));
    !joins(before) && !joins(text.get(end))
}

/// All records of people below an offset, in order.
pub(crate) async fn scan(
    shared: &Shared,
    partition: Partition,
    sought: &Sought,
    below: Offset,
) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut next = shared.journal.start(partition);
    while next < below {
        let limit = BATCH.min((below - next) as usize);
        let records = shared.journal.read(partition, next, limit).await?;
        let Some(last) = records.last() else { break };
        next = last.offset + 1;
        found.extend(
            records
                .into_iter()
                .filter_map(|record| sought.judge(&record).map(|person| Found { record, person })),
        );
    }
    Ok(found)
}
