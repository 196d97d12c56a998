//! The sender: intents whose time has come are drawn, claimed, permitted and sent, in one step each.
//!
//! The draw, its record, the reservation and the row's phase are one write; only then does anything
//! leave. What is found half-way at start is uncertain and stays so: on a channel that does not know a
//! send id again it is never sent a second time.

use crate::barrier::Barrier;
use crate::candidates::{self, Drawn, Occasion};
use crate::catalog::{Catalog, CompiledCampaign, CompiledVariant};
use crate::error::{Error, Result};
use crate::gates::GateCounts;
use crate::links::{self, Links};
use crate::person::Person;
use crate::shared::Shared;
use gyre_collect::Token;
use gyre_deliver::next_attempt;
use gyre_govern::{Contacted, Refusal, RefusalReason};
use gyre_model::record::body::{Body, Decision, Delivery, Mode, Outcome, VERSION};
use gyre_model::{Decimal, DecisionId, NodeId, PersonId, Timestamp, Workspace};
use gyre_ports::state::{Op, OutboxRow, Reservation};
use gyre_ports::{Message, Permit, Sent, failpoint, redeem};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Intents taken at once: few enough that their permits do not grow old.
const BATCH: usize = 64;

/// The sender.
#[derive(Debug)]
pub(crate) struct Sender {
    shared: Arc<Shared>,
    barrier: Barrier,
}

/// One send under way.
struct Outgoing {
    reservation: Reservation,
    message: Message,
    decision: Decision,
    row: OutboxRow,
}

/// What becomes of one row: it goes out, or it is over.
enum Fate {
    Send(Box<Outgoing>, Vec<Op>),
    Over(Vec<Op>),
}

impl Sender {
    /// Opens the sender: what was under way when the process died is settled as uncertain.
    pub(crate) async fn open(shared: Arc<Shared>) -> Result<Self> {
        let sender = Self { shared, barrier: Barrier::default() };
        sender.settle_uncertain().await?;
        Ok(sender)
    }

    async fn settle_uncertain(&self) -> Result<()> {
        let rows = self.shared.state.sending().await?;
        let mut ops = Vec::new();
        for row in rows {
            let idempotent = self
                .shared
                .channel(&row.intent.channel)
                .is_ok_and(|channel| channel.is_idempotent());
            let now = self.shared.clock.now();
            if idempotent || failpoint::mutant("sender.resend_uncertain") {
                ops.push(Op::Retry { send: row.intent.send, next_at: now });
                continue;
            }
            ops.push(Op::Finish { send: row.intent.send, release: false });
            let detail = Some("the process ended while it was being sent".to_owned());
            ops.push(delivery(&row, decided(&row).as_ref(), Outcome::Uncertain, detail, now));
        }
        if !ops.is_empty() {
            self.shared.state.commit(self.shared.epoch, None, ops).await?;
        }
        Ok(())
    }

    /// Sends one batch of what is due; `false` when nothing is.
    pub(crate) async fn step(&mut self) -> Result<bool> {
        let now = self.shared.clock.now();
        let rows = self.shared.state.due(now, BATCH).await?;
        if rows.is_empty() || !self.barrier.is_passed(&self.shared) {
            return Ok(false);
        }
        let mut outgoing = Vec::new();
        let mut ops = Vec::new();
        // Contacts of this batch that the state does not know yet.
        let mut fresh: BTreeMap<PersonId, Vec<Contacted>> = BTreeMap::new();
        let mut taken: BTreeMap<String, Decimal> = BTreeMap::new();
        for row in rows {
            match self.fate(row, now, &mut fresh, &mut taken).await? {
                Fate::Send(one, more) => {
                    outgoing.push(*one);
                    ops.extend(more);
                }
                Fate::Over(more) => ops.extend(more),
            }
        }
        let reservations = outgoing.iter().map(|one| one.reservation.clone()).collect();
        let permits =
            redeem(self.shared.state.as_ref(), self.shared.epoch, None, reservations, ops).await?;
        self.remember(&outgoing, now);
        self.carry_out(outgoing, permits).await?;
        Ok(true)
    }

    /// Whether something is due that waits for the fold.
    pub(crate) fn waits(&self) -> bool {
        self.barrier.waits()
    }

    async fn fate(
        &self,
        row: OutboxRow,
        now: Timestamp,
        fresh: &mut BTreeMap<PersonId, Vec<Contacted>>,
        taken: &mut BTreeMap<String, Decimal>,
    ) -> Result<Fate> {
        let workspace = row.intent.workspace.clone();
        let catalog = self.shared.catalog(&workspace);
        let campaign = catalog.campaigns.get(&row.intent.campaign);
        let people = self.shared.people_of(row.intent.node.key());
        let (Some(campaign), Some(person)) = (campaign, people.by_node(row.intent.node)?) else {
            return Ok(Fate::Over(refuse(&row, None, RefusalReason::SwitchedOff, now)));
        };
        let earlier = decided(&row);
        if self.shared.rights.read().is_restricted(&person) {
            let reason = RefusalReason::Restricted;
            return Ok(Fate::Over(refuse(&row, earlier.as_ref(), reason, now)));
        }
        if now > row.intent.expires {
            return Ok(Fate::Over(refuse(&row, earlier.as_ref(), RefusalReason::Expired, now)));
        }
        let contacts = self.contacts(&workspace, &catalog, &person, &row, now, fresh).await?;
        let drawn = match &earlier {
            // A retry takes a new permit, never a new draw.
            Some(decision) => {
                let gates = &self.shared.gates;
                again(&catalog, campaign, &person, decision, &row, now, &contacts, gates)?
            }
            None => {
                let spent = self.spent(campaign, taken).await?;
                self.draw(&catalog, campaign, &person, &row, now, &contacts, &spent)?
            }
        };
        let Drawn { record: decision, shown, spends } = match drawn {
            Ok(drawn) => drawn,
            Err(refusal) => {
                return Ok(Fate::Over(refuse(&row, earlier.as_ref(), refusal.reason, now)));
            }
        };
        let first = earlier.is_none();
        let decided = || Op::Decided(entry(&workspace, decision.node, &decision));
        let mut ops: Vec<Op> = first.then(decided).into_iter().collect();
        let (Some(variant), Some(address)) = (shown, person.email()) else {
            let (outcome, detail) = nothing(&decision);
            ops.push(Op::Finish { send: row.intent.send, release: false });
            ops.push(delivery(&row, Some(&decision), outcome, detail, now));
            return Ok(Fate::Over(ops));
        };
        let message = match self.message(&workspace, campaign, variant, &decision, address) {
            Ok(message) => message,
            Err(why) => {
                ops.push(Op::Finish { send: row.intent.send, release: false });
                let detail = Some(why.to_string());
                ops.push(delivery(&row, Some(&decision), Outcome::Failed, detail, now));
                return Ok(Fate::Over(ops));
            }
        };
        let contact = Contacted { channel: row.intent.channel.clone(), at: now };
        fresh.entry(person.id).or_default().push(contact);
        for spend in &spends {
            let sum = taken.entry(spend.counter.clone()).or_default();
            *sum = *sum + spend.amount;
        }
        let reservation = Reservation {
            send: row.intent.send,
            attempt: row.attempt + 1,
            workspace,
            node: row.intent.node,
            channel: row.intent.channel.clone(),
            at: now,
            spends: if first { spends } else { Vec::new() },
            decision: decision.encode(),
        };
        Ok(Fate::Send(Box::new(Outgoing { reservation, message, decision, row }), ops))
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one draw")]
    fn draw<'a>(
        &self,
        catalog: &Catalog,
        campaign: &'a CompiledCampaign,
        person: &Person,
        row: &OutboxRow,
        now: Timestamp,
        contacts: &[Contacted],
        spent: &BTreeMap<String, Decimal>,
    ) -> Result<Result<Drawn<'a>, Refusal>> {
        let send = row.intent.send;
        let consent = person.words();
        let context = serde_json::Map::new();
        let occasion = Occasion {
            at: now,
            mode: Mode::Queued,
            channel: &row.intent.channel,
            placement: None,
            context: &context,
            has_address: person.email().is_some(),
            consent: &consent,
            gates: &self.shared.gates,
            contacts,
            spent,
            uniform: self.shared.options.dice.uniform(&send.0, "draw", 0),
            ordinal: 0,
        };
        let id = DecisionId::of(&[b"send", send.as_bytes()]);
        let mut drawn = candidates::draw(catalog, campaign, person, &occasion, id)?;
        drawn.record.send = Some(send);
        Ok(Ok(drawn))
    }

    async fn contacts(
        &self,
        workspace: &Workspace,
        catalog: &Catalog,
        person: &Person,
        row: &OutboxRow,
        now: Timestamp,
        fresh: &BTreeMap<PersonId, Vec<Contacted>>,
    ) -> Result<Vec<Contacted>> {
        let nodes: Vec<NodeId> = person.nodes.keys().copied().collect();
        let since = now - catalog.longest_cap;
        let reserved = self.shared.state.contacts(workspace, &nodes, since).await?;
        let mut contacts = person.contacts();
        contacts.extend(self.shared.pending.contacts(person.id));
        contacts.extend(
            reserved
                .into_iter()
                .map(|contact| Contacted { channel: contact.channel, at: contact.at }),
        );
        contacts.extend(fresh.get(&person.id).into_iter().flatten().cloned());
        if row.attempt > 0
            && let Some(own) = contacts.iter().position(|one| one.channel == row.intent.channel)
        {
            // The earlier attempts of this very send are one contact, and it is this one.
            contacts.remove(own);
        }
        Ok(contacts)
    }

    async fn spent(
        &self,
        campaign: &CompiledCampaign,
        taken: &BTreeMap<String, Decimal>,
    ) -> Result<BTreeMap<String, Decimal>> {
        let mut spent = BTreeMap::new();
        for variant in &campaign.variants {
            for spend in &variant.spends {
                if let Entry::Vacant(place) = spent.entry(spend.counter.clone()) {
                    let known = self.shared.state.spent(place.key()).await?;
                    let more = taken.get(place.key()).copied().unwrap_or_default();
                    place.insert(known + more);
                }
            }
        }
        Ok(spent)
    }

    fn message(
        &self,
        workspace: &Workspace,
        campaign: &CompiledCampaign,
        variant: &CompiledVariant,
        decision: &Decision,
        address: &str,
    ) -> Result<Message> {
        let content = variant
            .content
            .get(&decision.channel)
            .ok_or_else(|| Error::NotFound { what: "content", name: variant.name.clone() })?;
        let features = decision.features.clone();
        let mut values = candidates::template_values(&campaign.name, variant, features);
        let token = Token {
            decision: decision.id,
            campaign: campaign.name.clone(),
            variant: variant.name.clone(),
            node: decision.node,
        }
        .seal(&self.shared.options.token_key);
        let links = Links::of(&self.shared, workspace, decision, &token);
        if let Some(links) = &links {
            links.add_to(&mut values);
        }
        let mail = content.mail(&values).map_err(|why| Error::invalid(why.to_string()))?;
        let send = decision.send.unwrap_or_default();
        let headers = links::headers(&campaign.name, &variant.name, token, links.as_ref());
        Ok(Message {
            send,
            to: address.to_owned(),
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
            headers,
        })
    }

    fn remember(&self, outgoing: &[Outgoing], now: Timestamp) {
        for one in outgoing {
            let workspace = &one.reservation.workspace;
            let horizon = now - self.shared.catalog(workspace).longest_cap;
            let contact = Contacted { channel: one.reservation.channel.clone(), at: now };
            self.shared.reserved.add(workspace, one.reservation.node, contact, horizon);
        }
    }

    /// Hands the messages to their channels and records what came of it.
    async fn carry_out(&self, outgoing: Vec<Outgoing>, permits: Vec<Permit>) -> Result<()> {
        let mut by_channel: BTreeMap<String, Vec<(Permit, Outgoing)>> = BTreeMap::new();
        for (one, permit) in outgoing.into_iter().zip(permits) {
            by_channel.entry(one.reservation.channel.clone()).or_default().push((permit, one));
        }
        for (name, batch) in by_channel {
            let (messages, sent): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|(permit, one)| ((permit, one.message.clone()), one)).unzip();
            let outcomes = match self.shared.channel(&name) {
                Ok(channel) => channel.send(messages).await,
                Err(why) => vec![Sent::Deferred { why: why.to_string() }; sent.len()],
            };
            failpoint::reach("sender.after_send");
            let mut ops = Vec::new();
            for (one, outcome) in sent.iter().zip(outcomes) {
                ops.extend(self.outcome(one, outcome));
            }
            self.shared.state.commit(self.shared.epoch, None, ops).await?;
            failpoint::reach("sender.after_outcome");
        }
        Ok(())
    }

    fn outcome(&self, one: &Outgoing, sent: Sent) -> Vec<Op> {
        let now = self.shared.clock.now();
        let send = one.reservation.send;
        let mut row = one.row.clone();
        row.attempt = one.reservation.attempt;
        let record = |outcome, detail| delivery(&row, Some(&one.decision), outcome, detail, now);
        let release = || {
            let reservation = &one.reservation;
            self.shared.reserved.release(&reservation.workspace, reservation.node, reservation.at);
        };
        match sent {
            Sent::Accepted => {
                vec![Op::Finish { send, release: false }, record(Outcome::Sent, None)]
            }
            Sent::Uncertain { why } => {
                vec![Op::Finish { send, release: false }, record(Outcome::Uncertain, Some(why))]
            }
            Sent::Failed { why } => {
                release();
                vec![Op::Finish { send, release: true }, record(Outcome::Failed, Some(why))]
            }
            Sent::Deferred { why } => match next_attempt(row.attempt, now, row.intent.expires) {
                Some(next_at) => {
                    release();
                    vec![Op::Retry { send, next_at }, record(Outcome::Deferred, Some(why))]
                }
                None => {
                    release();
                    let detail = Some(format!("no more attempts: {why}"));
                    vec![Op::Finish { send, release: true }, record(Outcome::Failed, detail)]
                }
            },
        }
    }
}

/// A retry: the same decision, judged again on today's facts.
#[expect(clippy::too_many_arguments, reason = "the facts of one attempt")]
fn again<'a>(
    catalog: &Catalog,
    campaign: &'a CompiledCampaign,
    person: &Person,
    decision: &Decision,
    row: &OutboxRow,
    now: Timestamp,
    contacts: &[Contacted],
    gates: &GateCounts,
) -> Result<Result<Drawn<'a>, Refusal>> {
    let consent = person.words();
    let context = serde_json::Map::new();
    let spent = BTreeMap::new();
    let occasion = Occasion {
        at: now,
        mode: Mode::Queued,
        channel: &row.intent.channel,
        placement: None,
        context: &context,
        has_address: person.email().is_some(),
        consent: &consent,
        gates,
        contacts,
        spent: &spent,
        uniform: 0.0,
        ordinal: 0,
    };
    let judged = candidates::draw(catalog, campaign, person, &occasion, decision.id)?;
    let still = judged
        .record
        .candidates
        .iter()
        .find(|candidate| Some(&candidate.variant) == decision.chosen.as_ref());
    if let Some(refusal) = still.and_then(|candidate| candidate.refusal.clone())
        && refusal.reason != RefusalReason::NotInAudience
    {
        return Ok(Err(refusal));
    }
    let shown = decision
        .chosen
        .as_deref()
        .and_then(|name| campaign.variants.iter().find(|variant| variant.name == name));
    Ok(match shown {
        Some(variant) => {
            Ok(Drawn { record: decision.clone(), shown: Some(variant), spends: Vec::new() })
        }
        None => Err(Refusal::because(RefusalReason::SwitchedOff)),
    })
}

/// The decision a row was drawn with, if it was.
fn decided(row: &OutboxRow) -> Option<Decision> {
    row.decision.as_deref().and_then(|bytes| Decision::decode(bytes).ok())
}

/// Why a decision sends nothing: it drew a variant that does not, or everything was refused.
fn nothing(decision: &Decision) -> (Outcome, Option<String>) {
    if decision.chosen.is_some() {
        return (Outcome::Nothing, None);
    }
    let reasons: Vec<&str> = decision
        .candidates
        .iter()
        .filter_map(|candidate| candidate.refusal.as_ref())
        .filter(|refusal| refusal.reason != RefusalReason::Holdout)
        .map(|refusal| refusal.reason.as_str())
        .collect();
    (Outcome::Refused, reasons.first().map(|&reason| reason.to_owned()))
}

fn refuse(
    row: &OutboxRow,
    decision: Option<&Decision>,
    reason: RefusalReason,
    now: Timestamp,
) -> Vec<Op> {
    let detail = Some(reason.as_str().to_owned());
    vec![
        Op::Finish { send: row.intent.send, release: row.attempt > 0 },
        delivery(row, decision, Outcome::Refused, detail, now),
    ]
}

fn delivery(
    row: &OutboxRow,
    decision: Option<&Decision>,
    outcome: Outcome,
    detail: Option<String>,
    at: Timestamp,
) -> Op {
    let intent = &row.intent;
    let body = Delivery {
        v: VERSION,
        send: intent.send,
        decision: decision.map(|decision| decision.id),
        node: intent.node,
        person: decision.map_or(intent.node.as_person(), |decision| decision.person),
        campaign: intent.campaign.clone(),
        variant: decision.and_then(|decision| decision.chosen.clone()),
        channel: intent.channel.clone(),
        outcome,
        detail,
        attempt: row.attempt,
        at,
    };
    Op::Decided(entry(&intent.workspace, intent.node, &body))
}

/// A decided record on its way to the journal.
pub(crate) fn entry<B: Body>(workspace: &Workspace, node: NodeId, body: &B) -> gyre_model::Entry {
    gyre_model::Entry {
        workspace: workspace.clone(),
        family: B::FAMILY,
        key: node.key(),
        cause: None,
        payload: body.encode(),
    }
}
