//! An event: read, told from its duplicates, given to a person, folded into tiles.

use super::batch::Batch;
use super::plan::Held;
use super::taken::Taken;
use crate::error::Result;
use gyre_collect::import::is_row;
use gyre_collect::{Token, read, response};
use gyre_govern::Gate;
use gyre_model::event::Event;
use gyre_model::record::body;
use gyre_model::{MessageHash, NodeId, Offset, PersonId, RecordId, Span, Stored, Workspace};
use gyre_ports::failpoint;
use gyre_ports::fold::{Space, Write};
use std::sync::Arc;

/// Hours per keyspace of message hashes: few of them, so that a look-up asks few.
pub(crate) const HOURS_PER_SPACE: i32 = 24;

/// How a message was taken, behind its offset and stamp.
const TAKEN: u8 = 0;
const STRIPPED: u8 = 1;
const DROPPED: u8 = 2;

impl Batch<'_> {
    pub(super) fn event(&mut self, record: &Stored) -> Result<()> {
        let workspace = record.entry.workspace.clone();
        let mut event = match read(record) {
            Ok(event) => event,
            Err(unreadable) => {
                self.skipped.push(record.offset);
                let letter = body::DeadLetter {
                    v: body::VERSION,
                    id: RecordId::of(&[
                        &record.partition.to_le_bytes(),
                        &record.offset.to_le_bytes(),
                    ]),
                    origin: "step:collect".to_owned(),
                    code: unreadable.code.to_owned(),
                    message: unreadable.message,
                    hint: None,
                    place: None,
                    raw: String::from_utf8_lossy(&record.entry.payload).into_owned(),
                    came: None,
                    replayed_as: None,
                };
                self.derive(&workspace, record.offset, record.entry.key, &letter);
                return Ok(());
            }
        };
        if self.rights.blocks_email(&workspace, event.email.as_deref(), record.offset) {
            self.block(record);
            return Ok(());
        }
        if self.is_duplicate(event.message, record)? {
            if is_row(&event.message_id) {
                self.seen_again(event.message, record)?;
            }
            self.skipped.push(record.offset);
            return Ok(());
        }
        if self.names_the_erased(&workspace, record, &event) {
            self.remember_message(event.message, record, DROPPED);
            self.block(record);
            return Ok(());
        }
        let plans = Arc::clone(&self.catalog(&workspace).plans);
        let held = if plans.is_empty() {
            Held::default()
        } else {
            self.hold(&plans, &workspace, record, &mut event)?
        };
        if held.kept_out {
            // A plan is about the shape of data: who withdraws is heard in whatever shape it comes.
            let unclear = match self.person_of(event.node)? {
                Some(person) => self.hear(&workspace, record, &event, person)?,
                None => Vec::new(),
            };
            let taken = self.take_in_apart(&workspace, &event, record.at)?;
            self.keep_held(&workspace, record, held, taken);
            self.tell(&workspace, record, &event, unclear, taken);
            return Ok(());
        }
        let (person, named) = self.identify(&workspace, record, &event)?;
        self.name_nodes(&workspace, &event, person, &named)?;
        let unclear = self.hear(&workspace, record, &event, person)?;
        let taken = self.take_in(&workspace, person, record.at)?;
        self.keep_held(&workspace, record, held, taken);
        self.tell(&workspace, record, &event, unclear, taken);
        match taken {
            Taken::Whole => self.fold_event(&workspace, record, &event, person, &named)?,
            Taken::Stripped => {
                self.stripped.push(record.offset);
                self.remember_message(event.message, record, STRIPPED);
            }
            Taken::Dropped => {
                self.skipped.push(record.offset);
                self.remember_message(event.message, record, DROPPED);
            }
        }
        self.wait_for_row(record.offset, record.at, person)
    }

    /// Whether the same message was seen at a lower offset inside the window.
    pub(super) fn is_duplicate(&mut self, message: MessageHash, record: &Stored) -> Result<bool> {
        self.is_duplicate_within(message, record, self.processor.shared.options.dedup_window)
    }

    /// The same with a window of its own, which is no longer than the server's.
    pub(super) fn is_duplicate_within(
        &mut self,
        message: MessageHash,
        record: &Stored,
        window: Span,
    ) -> Result<bool> {
        if failpoint::mutant("processor.no_dedup") {
            return Ok(false);
        }
        let space = |hour: i32| Space::Dedup(hour - hour.rem_euclid(HOURS_PER_SPACE));
        let hour = record.at.hour();
        if self.hashes.get(&message).is_some_and(|&seen| seen < record.offset) {
            return Ok(true);
        }
        let oldest = (record.at - window).hour();
        let (fold, partition) = (&self.processor.shared.fold, self.processor.partition);
        let mut looked = hour;
        while looked >= oldest - HOURS_PER_SPACE {
            if let Some(bytes) = fold.get(partition, space(looked), message.as_bytes())?
                && seen_at(&bytes)
                    .is_some_and(|(seen, at)| seen < record.offset && at > (record.at - window).0)
            {
                return Ok(true);
            }
            looked -= HOURS_PER_SPACE;
        }
        self.hashes.insert(message, record.offset);
        self.remember_message(message, record, TAKEN);
        Ok(false)
    }

    /// Remembers that a message was seen, and how it was taken: what archives it must take it the same.
    fn remember_message(&mut self, message: MessageHash, record: &Stored, taken: u8) {
        let hour = record.at.hour();
        let space = Space::Dedup(hour - hour.rem_euclid(HOURS_PER_SPACE));
        let mut value = record.offset.to_le_bytes().to_vec();
        value.extend_from_slice(&record.at.0.to_le_bytes());
        if taken != TAKEN {
            value.push(taken);
        }
        self.writes.push(Write::Put(space, message.as_bytes().to_vec(), value));
    }

    fn fold_event(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        id: PersonId,
        named: &[NodeId],
    ) -> Result<()> {
        let catalog = self.catalog(workspace);
        let answer = response(event);
        let verdict = self.ask(workspace, Gate::Features, id, record.at)?;
        let open = verdict.is_none_or(|one| one.allowed) || failpoint::mutant("gate.features");
        if !open {
            self.withheld.push(record.offset);
        }
        let Some(person) = self.person_mut(id)? else { return Ok(()) };
        if let Some(node) = person.nodes.get_mut(&event.node) {
            if open {
                node.add(&catalog.definitions, event);
            }
            node.last_seen = node.last_seen.max(record.at);
        }
        for other in &named[1..] {
            if let Some(node) = person.nodes.get_mut(other) {
                node.last_seen = node.last_seen.max(record.at);
            }
        }
        if let Some(answer) = answer
            && let Ok(token) = Token::open(answer.token, &self.processor.shared.options.token_key)
        {
            let kind = answer.kind.to_owned();
            self.respond(workspace, record.offset, event, id, kind, token);
        }
        Ok(())
    }

    fn respond(
        &mut self,
        workspace: &Workspace,
        offset: Offset,
        event: &Event,
        person: PersonId,
        kind: String,
        token: Token,
    ) {
        let response = body::Response {
            v: body::VERSION,
            kind,
            node: event.node,
            person,
            campaign: Some(token.campaign),
            decision: Some(token.decision),
            variant: Some(token.variant),
            value: None,
            occurred_at: event.occurred_at,
            message_id: event.message_id.clone(),
        };
        self.derive(workspace, offset, event.node.key(), &response);
    }
}

/// Offset and stamp of a message hash.
pub(super) fn seen_at(bytes: &[u8]) -> Option<(Offset, i64)> {
    let (offset, rest) = bytes.split_first_chunk::<8>()?;
    let at = rest.first_chunk::<8>()?;
    Some((Offset::from_le_bytes(*offset), i64::from_le_bytes(*at)))
}

/// What the fold knows of an event record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakenAs {
    /// It counts.
    Taken,
    /// It counts, but not as anybody's.
    Stripped,
    /// It was seen at a lower offset, or nobody may have it.
    Skipped,
}

/// How an event record was taken, asked of the fold alone.
pub(crate) fn known(
    shared: &crate::shared::Shared,
    message: MessageHash,
    record: &Stored,
) -> Result<TakenAs> {
    let window = shared.options.dedup_window;
    let oldest = (record.at - window).hour() - HOURS_PER_SPACE;
    let mut hour = record.at.hour();
    while hour >= oldest {
        let space = Space::Dedup(hour - hour.rem_euclid(HOURS_PER_SPACE));
        if let Some(bytes) = shared.fold.get(record.partition, space, message.as_bytes())?
            && let Some((seen, at)) = seen_at(&bytes)
            && at > (record.at - window).0
        {
            if seen == record.offset {
                return Ok(match bytes.get(16) {
                    Some(&STRIPPED) => TakenAs::Stripped,
                    Some(&DROPPED) => TakenAs::Skipped,
                    _ => TakenAs::Taken,
                });
            }
            if seen < record.offset {
                return Ok(TakenAs::Skipped);
            }
        }
        hour -= HOURS_PER_SPACE;
    }
    Ok(TakenAs::Taken)
}
