//! Where in the journal people are: one pass over all records, for any number of people.
//!
//! No index is kept for this: it would cost every event a write, for something that is asked rarely and
//! may take a minute. A record is a person's when it is filed under one of their nodes; when it names one
//! of their nodes by its id; when it is an event that names a user id or an address of theirs, whoever
//! else's it is too; or when it is a rejected one with such an identifier in it as a whole word, a phone
//! number in whatever way it is written. A device that others use as well does not make their events the
//! person's.

use super::written;
use crate::damage;
use crate::error::{Error, Result};
use crate::shared::Shared;
use aho_corasick::AhoCorasick;
use gyre_model::{Family, NodeId, NodeKind, Offset, Partition, Stored};
use gyre_ports::failpoint;
use std::collections::HashMap;
use std::sync::Arc;

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
    /// Whether anything that is looked for may be written in several ways.
    any_numbers: bool,
}

impl Sought {
    /// Looks for people, each the nodes with their identifiers.
    pub(crate) fn new(people: &[Vec<(NodeId, String)>]) -> Result<Self> {
        let mut sought = Self {
            keys: HashMap::new(),
            nodes: HashMap::new(),
            words: AhoCorasick::new([""; 0]).map_err(|why| Error::invalid(why.to_string()))?,
            of: Vec::new(),
            any_numbers: false,
        };
        let mut words = Vec::new();
        for (place, nodes) in people.iter().enumerate() {
            for (node, identifier) in nodes {
                sought.keys.insert(node.key(), place);
                sought.nodes.insert(*node, place);
                sought.any_numbers |= is_number(*node);
                words.push(node.to_string());
                sought.of.push((place, None));
                if node.kind().is_of_one_person() && !identifier.is_empty() {
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
    fn judge(&self, shared: &Shared, record: &Stored) -> Option<usize> {
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
                let may = self.words.is_match(payload)
                    || holds_escape(payload)
                    || self.number(shared, record, payload).is_some();
                may.then(|| self.named(shared, record)).flatten()
            }
            Family::DeadLetter => self.rejected(shared, record, payload).or_else(|| {
                // Rejected text may be anything, also text in which every sign is escaped.
                let plain = holds_escape(payload).then(|| written::plain(payload))?;
                self.rejected(shared, record, &plain)
            }),
            _ => self.words.find_overlapping_iter(payload).find_map(|found| {
                let (place, kind) = self.of[found.pattern().as_usize()];
                kind.is_none().then_some(place)
            }),
        }
    }

    /// Whose identifier stands in rejected text.
    fn rejected(&self, shared: &Shared, record: &Stored, text: &[u8]) -> Option<usize> {
        let word = self.words.find_overlapping_iter(text).find_map(|found| {
            let (place, kind) = self.of[found.pattern().as_usize()];
            let is_word = is_whole(text, found.start(), found.end());
            let counts = match kind {
                None | Some(NodeKind::Email) => is_word,
                Some(_) => is_word && found.len() >= WORD,
            };
            counts.then_some(place)
        });
        word.or_else(|| self.number(shared, record, text))
    }

    /// Whose number stands in a text, in whatever way it is written there.
    fn number(&self, shared: &Shared, record: &Stored, text: &[u8]) -> Option<usize> {
        if !self.any_numbers || failpoint::mutant("find.as_kept") {
            return None;
        }
        let workspace = &record.entry.workspace;
        let mut rules = None;
        written::numbers(text).find_map(|number| {
            let rules =
                rules.get_or_insert_with(|| Arc::clone(&shared.catalog(workspace).identity));
            // Most of them are dates and amounts.
            gyre_identify::phone(number, rules.spec().phone_country.as_deref())?;
            let nodes = rules.nodes_of(workspace.as_str(), number);
            let mut nodes = nodes.into_iter().filter(|node| is_number(*node));
            nodes.find_map(|node| self.nodes.get(&node).copied())
        })
    }

    fn named(&self, shared: &Shared, record: &Stored) -> Option<usize> {
        let event = gyre_collect::read(record).ok()?;
        let workspace = &record.entry.workspace;
        shared
            .catalog(workspace)
            .identity
            .nodes(workspace.as_str(), &event)
            .into_iter()
            .filter(|node| node.kind().is_of_one_person())
            .find_map(|node| self.nodes.get(&node).copied())
    }
}

/// Whether an identifier is a number, or may be one: of one's own types the rules say how they are written.
fn is_number(node: NodeId) -> bool {
    matches!(node.kind(), NodeKind::Phone | NodeKind::External)
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
        let records = damage::read(shared.journal.as_ref(), partition, next, limit).await?;
        let Some(last) = records.last() else { break };
        next = last.offset + 1;
        found.extend(records.into_iter().filter_map(|record| {
            sought.judge(shared, &record).map(|person| Found { record, person })
        }));
    }
    Ok(found)
}
