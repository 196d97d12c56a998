//! An event: read, told from its duplicates, given to a person, folded into tiles.

use super::batch::Batch;
use crate::error::Result;
use crate::person::{Node, Person};
use gyre_collect::import::is_row;
use gyre_collect::{Token, consents, read, response};
use gyre_identify::{Link, link};
use gyre_model::event::Event;
use gyre_model::record::body;
use gyre_model::{
    MessageHash, NodeId, NodeKind, Offset, PersonId, RecordId, Span, Stored, Workspace,
};
use gyre_ports::failpoint;
use gyre_ports::fold::{Space, Write};
use gyre_ports::state::{ConsentRow, Op};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Hours per keyspace of message hashes: few of them, so that a look-up asks few.
pub(crate) const HOURS_PER_SPACE: i32 = 24;

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
                    replayed_as: None,
                };
                self.derive(&workspace, record.offset, record.entry.key, &letter);
                return Ok(());
            }
        };
        if self.is_duplicate(event.message, record)? {
            if is_row(&event.message_id) {
                self.seen_again(event.message, record)?;
            }
            self.skipped.push(record.offset);
            return Ok(());
        }
        let plans = Arc::clone(&self.catalog(&workspace).plans);
        if !plans.is_empty() && !self.keeps_to(&plans, &workspace, record, &mut event)? {
            return Ok(());
        }
        let person = self.identify(&workspace, record, &event)?;
        self.fold_event(&workspace, record, &event, person)?;
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
        let mut value = record.offset.to_le_bytes().to_vec();
        value.extend_from_slice(&record.at.0.to_le_bytes());
        self.writes.push(Write::Put(space(hour), message.as_bytes().to_vec(), value));
        Ok(false)
    }

    /// Links the event's nodes; the person of its identity node afterwards.
    fn identify(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
    ) -> Result<PersonId> {
        let nodes = event.nodes(workspace.as_str());
        if let Some(person) = self.one_person(&nodes)? {
            return Ok(person);
        }
        let mut groups = BTreeMap::new();
        for &node in &nodes {
            if let Some(id) = self.person_of(node)?
                && let Some(group) = self.person(id)?.and_then(|person| person.group())
            {
                groups.insert(node, group);
            }
        }
        let (own, links) = link(&nodes, record.at, |node| groups.get(&node).cloned());
        if links.iter().any(|one| one.refused.is_none() && one.absorbed.is_some()) {
            // Rows already waiting were taken before the people became one.
            self.flush()?;
        }
        for one in &links {
            self.record_link(workspace, record, event, one)?;
        }
        // Every node the event names is known from now on, also one whose join was refused.
        let accepted: Vec<NodeId> = own
            .as_ref()
            .map(|group| group.members().iter().map(|member| member.node).collect())
            .unwrap_or_default();
        self.regroup(workspace, record, event, &accepted)
    }

    /// The person all of these nodes belong to already, as most events find it: nothing is to be joined.
    fn one_person(&self, nodes: &[NodeId]) -> Result<Option<PersonId>> {
        let Some((&first, others)) = nodes.split_first() else { return Ok(None) };
        let Some(person) = self.person_of(first)? else { return Ok(None) };
        for &node in others {
            if self.person_of(node)? != Some(person) {
                return Ok(None);
            }
        }
        Ok(Some(person))
    }

    /// A row for every node whose person changed, and one for the edge itself: the last row of a node
    /// that was joined tells its person.
    fn record_link(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        one: &Link,
    ) -> Result<()> {
        let person = if one.refused.is_none() { one.group.person() } else { one.previous };
        let identity = |node: NodeId, with: NodeId, previous: PersonId| body::Identity {
            v: body::VERSION,
            node,
            with,
            person,
            previous,
            joined: one.refused.is_none(),
            reason: one.refused.map(str::to_owned),
            event_kind: event.kind,
            message_id: event.message_id.clone(),
            at: record.at,
        };
        let key = event.node.key();
        if one.refused.is_some() {
            let refused = identity(one.with, one.node, one.previous);
            self.derive(workspace, record.offset, key, &refused);
            return Ok(());
        }
        for member in one.group.members() {
            let was = self.person_of(member.node)?.unwrap_or(member.node.as_person());
            if member.node == one.with {
                self.derive(workspace, record.offset, key, &identity(one.with, one.node, was));
            } else if was != person {
                self.derive(workspace, record.offset, key, &identity(member.node, one.with, was));
            }
        }
        Ok(())
    }

    /// Puts the nodes of a group into one person: its memberships begin anew where people were joined.
    fn regroup(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        nodes: &[NodeId],
    ) -> Result<PersonId> {
        let mut people: Vec<PersonId> = Vec::new();
        for &node in nodes {
            if let Some(id) = self.person_of(node)?
                && !people.contains(&id)
            {
                people.push(id);
            }
        }
        let mut whole: Option<Person> = None;
        let mut absorbed = Vec::new();
        for id in people {
            let Some(person) = self.person(id)? else { continue };
            match &mut whole {
                None => whole = Some(person),
                Some(whole) => {
                    whole.nodes.extend(person.nodes.clone());
                    absorbed.push(person);
                }
            }
        }
        let mut whole = whole.unwrap_or_else(|| {
            let node = Node::new(identifier(event, event.node), record.at);
            Person::new(workspace, event.node, node)
        });
        let old = whole.id;
        for &node in nodes {
            whole
                .nodes
                .entry(node)
                .or_insert_with(|| Node::new(identifier(event, node), record.at));
        }
        let id = whole.group().map_or(old, |group| group.person());
        if id != old || !absorbed.is_empty() {
            self.rename(workspace, record, whole, old, id, absorbed);
        } else {
            self.put(whole);
        }
        Ok(id)
    }

    /// The person has another id now, or others became part of it. Memberships of those who are gone
    /// end here; the rule decides afresh for the one who stays.
    fn rename(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        mut whole: Person,
        old: PersonId,
        id: PersonId,
        absorbed: Vec<Person>,
    ) {
        let mut gone: Vec<Person> = absorbed;
        if id != old {
            let mut shell = whole.clone();
            shell.id = old;
            gone.push(shell);
            // The id of one of those absorbed may live on: it keeps its memberships.
            whole.members = gone
                .iter()
                .find(|person| person.id == id)
                .map(|person| person.members.clone())
                .unwrap_or_default();
            whole.due = None;
        }
        gone.sort_by_key(|person| person.id);
        for person in gone.iter().filter(|person| person.id != id) {
            self.leave_all(workspace, record, person);
        }
        for person in &gone {
            if let Some(due) = person.due {
                self.wheel.remove(&(due, person.id));
            }
            self.people.entry(person.id).or_insert_with(|| Some(person.clone()));
            self.remove(person.id);
        }
        whole.id = id;
        self.put(whole);
    }

    fn fold_event(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        id: PersonId,
    ) -> Result<()> {
        let catalog = self.catalog(workspace);
        let email = event
            .email
            .as_deref()
            .map(|email| NodeId::node(workspace.as_str(), NodeKind::Email, email));
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
        if let Some(node) = email.and_then(|email| person.nodes.get_mut(&email)) {
            node.last_seen = node.last_seen.max(record.at);
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

/// The identifier behind a node of the event.
fn identifier(event: &Event, node: NodeId) -> &str {
    let named = match node.kind() {
        NodeKind::User => event.user_id.as_deref(),
        NodeKind::Email => event.email.as_deref(),
        NodeKind::Anonymous => event.anonymous_id.as_deref().or(event.previous_id.as_deref()),
    };
    named.unwrap_or_default()
}

/// Offset and stamp of a message hash.
pub(super) fn seen_at(bytes: &[u8]) -> Option<(Offset, i64)> {
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
