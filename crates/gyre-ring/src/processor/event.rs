//! An event: read, told from its duplicates, given to a person, folded into tiles.

use super::batch::Batch;
use crate::error::Result;
use gyre_collect::{Token, consents, read, response};
use gyre_model::event::Event;
use gyre_model::record::body;
use gyre_model::{MessageHash, NodeId, Offset, PersonId, RecordId, Stored, Workspace};
use gyre_ports::failpoint;
use gyre_ports::fold::{Space, Write};
use gyre_ports::state::{ConsentRow, Op};

/// Hours per keyspace of message hashes: few of them, so that a look-up asks few.
pub(crate) const HOURS_PER_SPACE: i32 = 24;

impl Batch<'_> {
    pub(super) fn event(&mut self, record: &Stored) -> Result<()> {
        let workspace = record.entry.workspace.clone();
        let event = match read(record) {
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
                    replayed_as: None,
                };
                self.derive(&workspace, record.offset, record.entry.key, &letter);
                return Ok(());
            }
        };
        if self.is_duplicate(event.message, record)? {
            self.skipped.push(record.offset);
            return Ok(());
        }
        let (person, named) = self.identify(&workspace, record, &event)?;
        self.fold_event(&workspace, record, &event, person, &named)?;
        self.wait_for_row(record.offset, record.at, person)
    }

    /// Whether the same message was seen at a lower offset inside the window.
    fn is_duplicate(&mut self, message: MessageHash, record: &Stored) -> Result<bool> {
        if failpoint::mutant("processor.no_dedup") {
            return Ok(false);
        }
        let space = |hour: i32| Space::Dedup(hour - hour.rem_euclid(HOURS_PER_SPACE));
        let hour = record.at.hour();
        if self.hashes.get(&message).is_some_and(|&seen| seen < record.offset) {
            return Ok(true);
        }
        let window = self.processor.shared.options.dedup_window;
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
        let mut value = record.offset.to_le_bytes().to_vec();
        value.extend_from_slice(&record.at.0.to_le_bytes());
        self.writes.push(Write::Put(space(hour), message.as_bytes().to_vec(), value));
        Ok(false)
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
        let said = consents(event);
        let answer = response(event);
        let Some(person) = self.person_mut(id)? else { return Ok(()) };
        if let Some(node) = person.nodes.get_mut(&event.node) {
            node.tiles.add(&catalog.definitions, event);
            node.last_seen = node.last_seen.max(record.at);
            for (channel, granted) in &said {
                let word =
                    node.consent.entry(channel.clone()).or_insert((*granted, event.occurred_at));
                // A later word wins; of two at the same time, the refusal.
                if (event.occurred_at, !granted) > (word.1, !word.0) {
                    *word = (*granted, event.occurred_at);
                }
            }
        }
        for other in &named[1..] {
            if let Some(node) = person.nodes.get_mut(other) {
                node.last_seen = node.last_seen.max(record.at);
            }
        }
        for (channel, granted) in said {
            self.consent(workspace, record.offset, event, id, channel, granted);
        }
        if let Some(answer) = answer
            && let Ok(token) = Token::open(answer.token, &self.processor.shared.options.token_key)
        {
            let kind = answer.kind.to_owned();
            self.respond(workspace, record.offset, event, id, kind, token);
        }
        Ok(())
    }

    fn consent(
        &mut self,
        workspace: &Workspace,
        offset: Offset,
        event: &Event,
        person: PersonId,
        channel: String,
        granted: bool,
    ) {
        let record = body::Consent {
            v: body::VERSION,
            node: event.node,
            person,
            channel: channel.clone(),
            granted,
            occurred_at: event.occurred_at,
            source: event.source.clone(),
        };
        self.derive(workspace, offset, event.node.key(), &record);
        self.ops.push(Op::Consent(ConsentRow {
            workspace: workspace.clone(),
            node: event.node,
            channel,
            granted,
            occurred_at: event.occurred_at,
        }));
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
fn seen_at(bytes: &[u8]) -> Option<(Offset, i64)> {
    let (offset, at) = bytes.split_at_checked(8)?;
    Some((Offset::from_le_bytes(offset.try_into().ok()?), i64::from_le_bytes(at.try_into().ok()?)))
}

/// Whether an event record is a duplicate of one at a lower offset, asked of the fold alone.
pub(crate) fn is_known_duplicate(
    shared: &crate::shared::Shared,
    message: MessageHash,
    record: &Stored,
) -> Result<bool> {
    let window = shared.options.dedup_window;
    let oldest = (record.at - window).hour() - HOURS_PER_SPACE;
    let mut hour = record.at.hour();
    while hour >= oldest {
        let space = Space::Dedup(hour - hour.rem_euclid(HOURS_PER_SPACE));
        if let Some(bytes) = shared.fold.get(record.partition, space, message.as_bytes())?
            && let Some((seen, at)) = seen_at(&bytes)
            && seen < record.offset
            && at > (record.at - window).0
        {
            return Ok(true);
        }
        hour -= HOURS_PER_SPACE;
    }
    Ok(false)
}
