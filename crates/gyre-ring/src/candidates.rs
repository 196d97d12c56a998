//! What could be drawn for a person, and why not: the same for decisions in the app and queued ones.

use crate::catalog::{Catalog, CompiledCampaign, CompiledVariant};
use crate::context;
use crate::error::Result;
use crate::gates::GateCounts;
use crate::person::{HOLDOUT, Person};
use gyre_config::kinds::ContactPolicy;
use gyre_decide::{Arm, Choice, Draw, Request, decide};
use gyre_derive::Row;
use gyre_govern::{Claim, Contacted, Facts, Gate, Limit, Refusal, RefusalReason, Word};
use gyre_model::record::body::{self, Mode};
use gyre_model::{Decimal, DecisionId, Purpose, RecordId, SendId, Timestamp, Topic};
use gyre_ports::failpoint;
use gyre_ports::state::Spend;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The segment of people for whom no segment's rule holds.
pub(crate) const REST: &str = "rest";

/// The occasion on which something could be drawn.
#[derive(Debug, Clone)]
pub(crate) struct Occasion<'a> {
    /// When.
    pub at: Timestamp,
    /// How.
    pub mode: Mode,
    /// Over which channel.
    pub channel: &'a str,
    /// Where, in-app.
    pub placement: Option<&'a str>,
    /// What the request says of it.
    pub context: &'a Map<String, Value>,
    /// Whether the person has an address on the channel.
    pub has_address: bool,
    /// What the person's nodes said about consent.
    pub consent: &'a [Word],
    /// Where what gates say is counted.
    pub gates: &'a GateCounts,
    /// Contacts made, reserved or on their way.
    pub contacts: &'a [Contacted],
    /// How much of each counter was taken.
    pub spent: &'a BTreeMap<String, Decimal>,
    /// A number in [0, 1).
    pub uniform: f64,
    /// The how-manieth draw it is.
    pub ordinal: u64,
}

/// A draw with everything its record needs.
#[derive(Debug, Clone)]
pub(crate) struct Drawn<'a> {
    /// The record.
    pub record: body::Decision,
    /// The variant, if it sends or shows something on the channel.
    pub shown: Option<&'a CompiledVariant>,
    /// What it takes from limits.
    pub spends: Vec<Spend>,
}

/// Draws for a person of a campaign on an occasion.
pub(crate) fn draw<'a>(
    catalog: &Catalog,
    campaign: &'a CompiledCampaign,
    person: &Person,
    occasion: &Occasion<'_>,
    id: DecisionId,
) -> Result<Drawn<'a>> {
    let row = catalog.row(person, occasion.at);
    let (claim, consents) = judge_person(catalog, campaign, person, occasion);
    let in_audience = is_in_audience(catalog, campaign, person);
    let the_loop = catalog.loop_of(campaign);
    let arm_name = the_loop.and_then(|(name, _)| person.arm(name));
    let mut options = Vec::with_capacity(campaign.variants.len());
    for variant in &campaign.variants {
        let refusal = if campaign.spec.switched_off {
            Some(Refusal::because(RefusalReason::SwitchedOff))
        } else if !in_audience || (the_loop.is_some() && arm_name.is_none()) {
            Some(Refusal::because(RefusalReason::NotInAudience))
        } else {
            judge_variant(catalog, campaign, variant, person, &row, occasion, claim.as_ref())?
        };
        options.push(Choice { variant: &variant.name, refusal });
    }
    let segment = campaign
        .segments
        .iter()
        .find(|(_, key)| person.members.contains_key(key))
        .map_or(REST, |(name, _)| name.as_str());
    let arm = arm_name.map(|arm| {
        if arm == HOLDOUT {
            Arm::Holdout(the_loop.and_then(|(_, spec)| spec.holdout.receives.as_deref()))
        } else {
            Arm::Treated
        }
    });
    let drawn = decide(&Request {
        options,
        weights: campaign.managed.weights.get(segment),
        dropped: &campaign.managed.dropped,
        floor: campaign.policy.as_ref().map_or(0.0, |(policy, _)| policy.floor),
        arm,
        uniform: occasion.uniform,
    })?;
    let chosen = drawn.chosen().map(|candidate| candidate.variant.clone());
    let variant = chosen
        .as_deref()
        .and_then(|name| campaign.variants.iter().find(|variant| variant.name == name));
    let shown = variant.filter(|variant| variant.content.contains_key(occasion.channel));
    let send = shown.map(|_| SendId::of(&[b"decision", id.as_bytes()]));
    let offer = shown.and_then(|variant| variant.offer.as_ref());
    let record = record(campaign, person, occasion, &row, catalog, segment, arm_name, drawn, id);
    Ok(Drawn {
        record: body::Decision {
            send: if occasion.mode == Mode::InApp { send } else { None },
            cost: offer.map_or(Decimal::ZERO, |(_, offer)| offer.cost),
            consents,
            ..record
        },
        shown,
        spends: shown.map(|variant| variant.spends.clone()).unwrap_or_default(),
    })
}

#[expect(clippy::too_many_arguments, reason = "each is one part of the record")]
fn record(
    campaign: &CompiledCampaign,
    person: &Person,
    occasion: &Occasion<'_>,
    row: &Row,
    catalog: &Catalog,
    segment: &str,
    arm: Option<&str>,
    drawn: Draw,
    id: DecisionId,
) -> body::Decision {
    let chosen = drawn.chosen().cloned();
    body::Decision {
        v: body::VERSION,
        id,
        node: person.root(),
        person: person.id,
        at: occasion.at,
        mode: occasion.mode,
        channel: occasion.channel.to_owned(),
        placement: occasion.placement.map(str::to_owned),
        campaign: campaign.name.clone(),
        campaign_version: campaign.version,
        r#loop: campaign.r#loop.clone(),
        arm: arm.map(str::to_owned),
        policy_version: campaign.policy.as_ref().map_or(0, |(_, version)| *version),
        segment: segment.to_owned(),
        floor: drawn.floor,
        candidates: drawn.candidates,
        probability: chosen.as_ref().map_or(0.0, |one| one.probability),
        chosen: chosen.map(|one| one.variant),
        uniform: occasion.uniform,
        ordinal: occasion.ordinal,
        features: row.to_json(&catalog.definitions),
        send: None,
        cost: Decimal::ZERO,
        window: campaign.spec.window,
        consents: Vec::new(),
    }
}

/// The verdict on the person: the same for every variant that contacts; and the entries of the consent
/// ledger it rests on.
fn judge_person(
    catalog: &Catalog,
    campaign: &CompiledCampaign,
    person: &Person,
    occasion: &Occasion<'_>,
) -> (Option<Refusal>, Vec<RecordId>) {
    let law = catalog.law(person);
    let words = occasion.consent;
    let personalise = law.judge(Gate::Decision, "", words, occasion.at);
    let contact = law.judge(Gate::Delivery, occasion.channel, words, occasion.at);
    for verdict in personalise.iter().chain(&contact) {
        occasion.gates.count(verdict);
    }
    let strictest = ContactPolicy { consent: BTreeMap::new(), caps: Vec::new(), quiet_hours: None };
    let policy = campaign.contact_policy.as_ref().unwrap_or(&strictest);
    let topic = Topic::new(Purpose::Contact, occasion.channel);
    let facts = Facts {
        now: occasion.at,
        has_address: occasion.has_address,
        consent: words,
        needs_consent: !law.allows_silence(&topic),
        contacts: occasion.contacts,
    };
    let claim = Claim { channel: occasion.channel, policy };
    let mut ledger = claim.standing(&facts).ledger;
    ledger.extend(personalise.iter().flat_map(|verdict| verdict.ledger.iter().copied()));
    ledger.sort_unstable();
    ledger.dedup();
    let refusal = match personalise.filter(|verdict| !verdict.allowed) {
        Some(verdict) if !failpoint::mutant("gate.decision") => Some(Refusal {
            by: Some(verdict.topic.to_string()),
            ledger: verdict.ledger,
            ..Refusal::because(RefusalReason::NoConsent)
        }),
        _ => claim.judge(&facts).err(),
    };
    (refusal, ledger)
}

fn judge_variant(
    catalog: &Catalog,
    campaign: &CompiledCampaign,
    variant: &CompiledVariant,
    person: &Person,
    row: &Row,
    occasion: &Occasion<'_>,
    claim: Option<&Refusal>,
) -> Result<Option<Refusal>> {
    let failed = || Some(Refusal::because(RefusalReason::RuleFailed));
    if variant.person.is_some_and(|key| !person.members.contains_key(&key)) {
        return Ok(failed());
    }
    if let Some(rule) = &variant.rest {
        let batch = context::row(
            &catalog.definitions,
            row,
            rule.columns(),
            occasion.placement,
            occasion.channel,
            occasion.context,
        )?;
        let holds = rule.evaluate(&batch).map_err(|source| gyre_derive::Error::Rule {
            name: format!("{}/{}", campaign.name, variant.name),
            source,
        })?;
        if !holds.value(0) {
            return Ok(failed());
        }
    }
    if variant.content.is_empty() {
        // Doing nothing contacts nobody.
        return Ok(None);
    }
    if !variant.content.contains_key(occasion.channel) {
        return Ok(Some(Refusal::because(RefusalReason::WrongChannel)));
    }
    if let Some(refusal) = claim {
        return Ok(Some(refusal.clone()));
    }
    let limits: Vec<Limit> = variant
        .spends
        .iter()
        .map(|spend| Limit {
            reason: if spend.counter.ends_with(":stock") {
                RefusalReason::OutOfStock
            } else {
                RefusalReason::BudgetSpent
            },
            amount: spend.amount,
            spent: occasion.spent.get(&spend.counter).copied().unwrap_or_default(),
            limit: spend.limit,
            by: spend.counter.clone(),
        })
        .collect();
    Ok(Claim::judge_limits(&limits).err())
}

/// Whether the person is in the campaign's audience now.
pub(crate) fn is_in_audience(
    catalog: &Catalog,
    campaign: &CompiledCampaign,
    person: &Person,
) -> bool {
    campaign.spec.audience.as_deref().is_some_and(|audience| {
        catalog
            .audiences
            .index(audience, gyre_derive::Purpose::Declared)
            .and_then(|place| catalog.keys.get(place))
            .is_some_and(|key| person.members.contains_key(key))
    })
}

/// What templates may read. For a message, the features are those of its decision, so that another
/// attempt says the same.
pub(crate) fn template_values(
    campaign: &str,
    variant: &CompiledVariant,
    features: Map<String, Value>,
) -> Map<String, Value> {
    let offer = variant.offer.as_ref().map(
        |(name, offer)| serde_json::json!({"name": name, "code": offer.code, "cost": offer.cost}),
    );
    Map::from_iter([
        ("person".to_owned(), Value::Object(features)),
        ("offer".to_owned(), offer.unwrap_or_default()),
        ("campaign".to_owned(), serde_json::json!({"name": campaign, "variant": variant.name})),
    ])
}
