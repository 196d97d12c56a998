//! What a turn proposes.

use crate::weight::{Weights, current, distance, towards, without};
use crate::{drop, expect};
use gyre_config::kinds::{AutonomyMode, Campaign, DecisionPolicy, Field, Loop, Managed};
use gyre_model::record::body::{
    ArmSums, Change, Proposal, ProposalState, VERSION, VariantEvidence,
};
use gyre_model::{RecordId, Timestamp};
use std::collections::BTreeMap;

/// A segment whose weights all move by less than this is left as it is: a version is not worth it.
pub const MATERIAL: f64 = 0.005;

/// All that a proposal is made from.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The loop's name.
    pub name: &'a str,
    /// The loop as written.
    pub spec: &'a Loop,
    /// The campaign as written.
    pub campaign: &'a Campaign,
    /// The campaign's decision policy.
    pub policy: &'a DecisionPolicy,
    /// What the loop manages of the campaign now.
    pub managed: &'a Managed,
    /// The campaign's version now.
    pub base_version: u64,
    /// The turn's number, from 1.
    pub turn: u64,
    /// The treated arm.
    pub treated: &'a ArmSums,
    /// The holdout.
    pub holdout: &'a ArmSums,
    /// What was learnt in this turn.
    pub evidence: &'a [VariantEvidence],
    /// The proposal's id.
    pub id: RecordId,
    /// When the turn was taken.
    pub at: Timestamp,
}

/// Proposes what follows from a turn; `None` if nothing is to change or an arm has too few people (an
/// arm whose declared share is zero needs none).
///
/// A segment's weights move along the line towards those learnt, as far as `max_weight_step` lets them.
/// Dropping a variant is no move of weights: what it had goes to the others in proportion, whatever the
/// step. The state follows from autonomy: `propose` is written only, `approve` is held, `auto` is applied
/// as the next version.
pub fn propose(situation: &Situation<'_>) -> Option<Proposal> {
    let Situation { spec, campaign, managed, evidence, .. } = *situation;
    if !enough_people(situation) {
        return None;
    }
    let names = campaign.variants.iter().map(|variant| &variant.name);
    let candidates: Vec<String> =
        names.filter(|name| !managed.dropped.contains(name)).cloned().collect();
    if candidates.is_empty() {
        return None;
    }
    let may = |field| spec.autonomy.may_change.contains(&field);
    let losers =
        if may(Field::Variants) { drop::losers(situation, &candidates) } else { Vec::new() };
    let dropped: Vec<String> = losers.iter().map(|(name, _)| name.clone()).collect();

    let mut changes = Vec::new();
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    for (segment, learnt) in by_segment(evidence, &candidates) {
        let now = current(managed.weights.get(&segment), &candidates);
        let goal = if may(Field::Weights) && distance(&now, &learnt) >= MATERIAL {
            towards(&now, &learnt, spec.guardrails.max_weight_step)
        } else {
            now.clone()
        };
        let then = without(&goal, &dropped);
        if goal != now {
            changes.push(Change::Reweight { segment: segment.clone(), weights: then.clone() });
        }
        old.insert(segment.clone(), now);
        new.insert(segment, then);
    }
    changes.extend(losers.into_iter().map(|(variant, because)| Change::Drop { variant, because }));
    if changes.is_empty() {
        return None;
    }
    let (state, applied_version) = match spec.autonomy.mode {
        AutonomyMode::Propose => (ProposalState::Proposed, None),
        AutonomyMode::Approve => (ProposalState::Held, None),
        AutonomyMode::Auto => (ProposalState::Applied, Some(situation.base_version + 1)),
    };
    Some(Proposal {
        v: VERSION,
        id: situation.id,
        r#loop: situation.name.to_owned(),
        turn: situation.turn,
        campaign: spec.campaign.clone(),
        base_version: situation.base_version,
        applied_version,
        changes,
        expected: expect::change(evidence, &old, &new, spec.alpha),
        state,
        by: format!("loop:{}", situation.name),
        reason: None,
        at: situation.at,
    })
}

fn enough_people(Situation { spec, treated, holdout, .. }: &Situation<'_>) -> bool {
    let (need, share) = (spec.guardrails.min_people, spec.holdout.share);
    (share >= 1.0 || treated.people >= need) && (share <= 0.0 || holdout.people >= need)
}

/// The learnt weights of candidates, by segment; segments that do not name every candidate are no basis
/// for a change.
fn by_segment(evidence: &[VariantEvidence], candidates: &[String]) -> BTreeMap<String, Weights> {
    let mut segments = BTreeMap::<String, Weights>::new();
    for row in evidence.iter().filter(|row| candidates.contains(&row.variant)) {
        segments.entry(row.segment.clone()).or_default().insert(row.variant.clone(), row.weight);
    }
    segments.retain(|_, weights| weights.len() == candidates.len());
    segments
}
