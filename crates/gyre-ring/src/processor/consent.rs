//! Consent: what an event says becomes entries of the ledger, and the gates through which the event must
//! go.

use super::batch::Batch;
use super::standing::{repeated_key, word_of};
use crate::error::{Error, Result};
use crate::person::KeptWord;
use gyre_collect::{Statement, Unclear, signals, subject};
use gyre_config::kinds::ConsentPolicy;
use gyre_govern::ledger::Head;
use gyre_govern::{Gate, Verdict, Word};
use gyre_model::event::Event;
use gyre_model::record::body::{self, Consent, Evidence};
use gyre_model::{
    ConsentDecision, NodeId, NodeKind, PersonId, RecordId, Stored, Timestamp, Workspace,
};
use gyre_ports::Fold;
use gyre_ports::failpoint;
use gyre_ports::fold::{Space, Write};
use gyre_ports::state::{ConsentRow, Op};
use serde_json::Value;
use std::collections::hash_map::Entry;
use std::sync::LazyLock;

/// What others' words mean where nobody wrote a policy.
pub(crate) static SHIPPED: LazyLock<ConsentPolicy> = LazyLock::new(ConsentPolicy::default);
/// The longest place that is kept, in characters.
const MAX_PLACE: usize = 64;
/// What the key of a chain's head begins with, in the fold's small values.
const CHAIN_KEY: &str = "consent.chain/";

/// The end of the chain of a workspace, as the fold has it.
pub(crate) fn head(fold: &dyn Fold, partition: u32, workspace: &Workspace) -> Result<Head> {
    let Some(bytes) = fold.get(partition, Space::Meta, &chain_key(workspace))? else {
        return Ok(Head::default());
    };
    let (number, hash) = bytes
        .split_first_chunk::<8>()
        .ok_or_else(|| Error::corrupt("end of the consent ledger", "shorter than a number"))?;
    let hash = String::from_utf8(hash.to_vec())
        .map_err(|why| Error::corrupt("end of the consent ledger", why))?;
    Ok(Head { number: u64::from_le_bytes(*number), hash })
}

fn chain_key(workspace: &Workspace) -> Vec<u8> {
    format!("{CHAIN_KEY}{workspace}").into_bytes()
}

/// What the fold must write for the end of a chain.
pub(super) fn write_head(workspace: &Workspace, head: &Head) -> Write {
    let mut bytes = head.number.to_le_bytes().to_vec();
    bytes.extend_from_slice(head.hash.as_bytes());
    Write::Put(Space::Meta, chain_key(workspace), bytes)
}

impl Batch<'_> {
    /// Hears what the event says, before anything else follows from it; what was meant to say something and
    /// cannot be read.
    pub(super) fn hear(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        id: PersonId,
    ) -> Result<Vec<Unclear>> {
        let catalog = self.catalog(workspace);
        let policy = catalog.consent.as_deref().unwrap_or(&SHIPPED);
        let found = signals(event, policy);
        let place = place(policy, event);
        if let Some(place) = place
            && let Some(node) = self.person_mut(id)?.and_then(|it| it.nodes.get_mut(&event.node))
            && node.place.as_ref().is_none_or(|(_, at)| *at <= event.occurred_at)
        {
            node.place = Some((place, event.occurred_at));
        }
        for (index, statement) in found.statements.into_iter().enumerate() {
            let entry_id = RecordId::of(&[
                b"consent",
                &record.partition.to_le_bytes(),
                &record.offset.to_le_bytes(),
                &(index as u64).to_le_bytes(),
            ]);
            self.state(workspace, record, event, id, policy, statement, entry_id)?;
        }
        Ok(found.unclear)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one entry")]
    fn state(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        id: PersonId,
        policy: &ConsentPolicy,
        statement: Statement,
        entry_id: RecordId,
    ) -> Result<()> {
        let Statement { topic, decision, expires_at, evidence, repeated } = statement;
        let Some(person) = self.person_mut(id)? else { return Ok(()) };
        let jurisdiction = policy.jurisdiction_of(person.place()).map(str::to_owned);
        let Some(node) = person.nodes.get_mut(&event.node) else { return Ok(()) };
        let (granted, at) = (decision.is_granted(), event.occurred_at);
        if repeated {
            let key = repeated_key(evidence.method.as_deref().unwrap_or_default(), &topic);
            let last = node.repeated.entry(key).or_insert((!granted, Timestamp(i64::MIN)));
            if last.0 == granted && last.1 <= at {
                return Ok(());
            }
            if last.1 <= at {
                *last = (granted, at);
            }
        }
        if let Some(entry) = self.standing_entry(record.offset, entry_id) {
            return self.stand_by(workspace, record, id, &entry);
        }
        let Some(node) = self.person_mut(id)?.and_then(|it| it.nodes.get_mut(&event.node)) else {
            return Ok(());
        };
        // A no after a yes is one taken back.
        let before = node.words.iter().find(|word| word.topic == topic);
        let decision = match decision {
            ConsentDecision::Denied if before.is_some_and(|word| word.decision.is_granted()) => {
                ConsentDecision::Withdrawn
            }
            other => other,
        };
        let lasts = policy.expires(jurisdiction.as_deref());
        let expires_at = expires_at.or_else(|| lasts.map(|span| at + span)).filter(|_| granted);
        node.keep(KeptWord { id: entry_id, topic: topic.clone(), decision, at, expires_at });
        let mut entry = Consent {
            v: body::VERSION,
            node: event.node,
            person: id,
            channel: topic.channel.clone(),
            granted,
            occurred_at: at,
            source: event.source.clone(),
            purpose: topic.purpose,
            decision: Some(decision),
            subject: Some(subject(event, &self.processor.shared.options.token_key)),
            evidence: Evidence {
                event: Some(event.message_id.clone()),
                jurisdiction: evidence.jurisdiction.or(jurisdiction),
                ..evidence
            },
            received_at: Some(event.received_at),
            expires_at,
            chain: None,
        };
        let standing = self.processor.standing.as_ref();
        if standing.is_some_and(|all| all.is_written(self.next_cause(record.offset))) {
            // The ledger was written up to here and does not have it, or not any more.
            self.pass_over(record.offset);
            self.contact_word(workspace, &entry);
            return Ok(());
        }
        self.chain(workspace)?.append(entry_id, &mut entry);
        if failpoint::mutant("ledger.edited_after_it_was_chained") {
            entry.granted = !entry.granted;
        }
        self.derive(workspace, record.offset, event.node.key(), &entry);
        self.contact_word(workspace, &entry);
        Ok(())
    }

    /// An entry that stands in the journal: it is what it is.
    fn stand_by(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        id: PersonId,
        entry: &Consent,
    ) -> Result<()> {
        self.chain(workspace)?;
        let node = self.person_mut(id)?.and_then(|person| person.nodes.get_mut(&entry.node));
        if let (Some(node), Some(word)) = (node, word_of(entry)) {
            node.keep(word);
        }
        self.derive(workspace, record.offset, entry.node.key(), entry);
        self.contact_word(workspace, entry);
        Ok(())
    }

    /// The end of a chain, this batch's entries included.
    fn chain(&mut self, workspace: &Workspace) -> Result<&mut Head> {
        let processor = self.processor;
        Ok(match self.chains.entry(workspace.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let folded = head(processor.shared.fold.as_ref(), processor.partition, workspace)?;
                let standing = processor.standing.as_ref();
                place.insert(standing.map_or(folded.clone(), |all| all.head(workspace, folded)))
            }
        })
    }

    fn contact_word(&mut self, workspace: &Workspace, entry: &Consent) {
        if entry.purpose.is_contact() {
            self.ops.push(Op::Consent(ConsentRow {
                workspace: workspace.clone(),
                node: entry.node,
                channel: entry.channel.clone(),
                granted: entry.granted,
                occurred_at: entry.occurred_at,
            }));
        }
    }

    /// Asks a gate about a person, and counts what it says.
    pub(super) fn ask(
        &mut self,
        workspace: &Workspace,
        gate: Gate,
        id: PersonId,
        at: Timestamp,
    ) -> Result<Option<Verdict>> {
        let catalog = self.catalog(workspace);
        if catalog.consent.is_none() {
            return Ok(None);
        }
        let Some(person) = self.person_mut(id)? else { return Ok(None) };
        let verdict = catalog.law(person).judge(gate, "", &person.words(), at);
        if let Some(verdict) = &verdict {
            self.processor.shared.gates.count(verdict);
        }
        Ok(verdict)
    }

    /// The nodes of the event that may become one person: all of them, unless somebody concerned does
    /// not consent to being profiled. Then the event's own node is left, with the address it gives if
    /// that is nobody else's: whoever may be written to can be.
    pub(super) fn linkable(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        nodes: Vec<NodeId>,
    ) -> Result<Vec<NodeId>> {
        let catalog = self.catalog(workspace);
        let Some(policy) = catalog.consent.as_deref() else { return Ok(nodes) };
        let mut people: Vec<PersonId> = Vec::new();
        let own = self.person_of(event.node)?;
        for &node in &nodes {
            let id = self.person_of(node)?.filter(|id| !people.contains(id));
            people.extend(id);
        }
        let joins = people.len() > 1 || people.is_empty() || own.is_none();
        if nodes.len() < 2
            || (!joins && self.all_known(&nodes)?)
            || failpoint::mutant("gate.identity")
        {
            return Ok(nodes);
        }
        // What the event itself says counts before anybody is known by it.
        let said = said(event, policy);
        let place = place(policy, event);
        let mut open = true;
        // Somebody not known yet is asked too.
        for id in people.iter().copied().map(Some).chain(own.is_none().then_some(None)) {
            let person = id.map(|id| self.person(id)).transpose()?.flatten();
            let mut words = person.as_ref().map(crate::person::Person::words).unwrap_or_default();
            if id == own {
                words.extend(said.iter().cloned());
            }
            let known = person.as_ref().and_then(crate::person::Person::place);
            let law = gyre_govern::Law { policy: Some(policy), place: place.as_deref().or(known) };
            if let Some(verdict) = law.judge(Gate::Identity, "", &words, record.at) {
                self.processor.shared.gates.count(&verdict);
                open &= verdict.allowed;
            }
        }
        if open {
            return Ok(nodes);
        }
        let mut left = Vec::new();
        for node in nodes {
            let holder = self.person_of(node)?;
            let address = node.kind() == NodeKind::Email && holder.is_none_or(|id| Some(id) == own);
            if node == event.node || address || (holder.is_some() && holder == own) {
                left.push(node);
            } else {
                self.leave_apart(workspace, record, event, node)?;
            }
        }
        Ok(left)
    }

    fn all_known(&self, nodes: &[NodeId]) -> Result<bool> {
        for node in nodes {
            if self.person_of(*node)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn leave_apart(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        node: NodeId,
    ) -> Result<()> {
        let person = self.person_of(node)?.unwrap_or(node.as_person());
        let refused = body::Identity {
            v: body::VERSION,
            node,
            with: event.node,
            person,
            previous: person,
            joined: false,
            reason: Some("no_consent".to_owned()),
            event_kind: Some(event.kind),
            message_id: event.message_id.clone(),
            at: record.at,
            id_type: Some(self.catalog(workspace).identity.type_name(node).to_owned()),
            trust: None,
            source: Some(event.source.clone()),
        };
        self.derive(workspace, record.offset, event.node.key(), &refused);
        Ok(())
    }
}

/// What an event says, as words of its own node.
pub(super) fn said(event: &Event, policy: &ConsentPolicy) -> Vec<Word> {
    let statements = signals(event, policy).statements;
    let word = |one: Statement| Word {
        id: RecordId::default(),
        node: event.node,
        joined: Timestamp(i64::MIN),
        topic: one.topic,
        decision: one.decision,
        at: event.occurred_at,
        expires_at: one.expires_at,
    };
    statements.into_iter().map(word).collect()
}

/// Where the event says the person is, as far as the policy asks.
pub(super) fn place(policy: &ConsentPolicy, event: &Event) -> Option<String> {
    policy.jurisdiction.from.iter().find_map(|path| {
        let mut keys = path.split('.');
        let root = match keys.next()? {
            "traits" => &event.traits,
            "context" => &event.context,
            _ => return None,
        };
        let mut value: &Value = root.get(keys.next()?)?;
        for key in keys {
            value = value.get(key)?;
        }
        let text = value.as_str()?.trim();
        (!text.is_empty()).then(|| text.chars().take(MAX_PLACE).collect())
    })
}
