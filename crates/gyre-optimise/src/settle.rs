//! What becomes of a proposal: applied, approved, turned down, rebased.

use crate::weight::without;
use gyre_config::kinds::{Campaign, Managed};
use gyre_model::Timestamp;
use gyre_model::record::body::{Change, Proposal, ProposalState};

/// What somebody says to a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Apply it.
    Approve,
    /// Turn it down.
    Reject,
}

/// Why a verdict or a rebase does not stand. A value for the one who asked, not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It was applied or turned down before.
    #[error("the proposal is already {}", told(*.state))]
    Settled {
        /// Where it stands.
        state: ProposalState,
    },
    /// It was made for another version than the one in effect.
    #[error("the proposal was made for version {base}, in effect is {current}; rebase it first")]
    Stale {
        /// The version it was made for.
        base: u64,
        /// The version in effect.
        current: u64,
    },
    /// Its changes make no sense for what is in effect now.
    #[error("the proposal no longer fits: {what}")]
    NoLongerFits {
        /// What does not fit.
        what: String,
    },
}

fn told(state: ProposalState) -> &'static str {
    match state {
        ProposalState::Proposed => "proposed",
        ProposalState::Held => "held",
        ProposalState::Applied => "applied",
        ProposalState::Rejected => "rejected",
    }
}

/// What the loop manages once the proposal's changes are made. Whether it may be applied is for the
/// caller to know ([`ProposalState::Applied`]). Dropped variants leave the weights of every segment.
#[must_use]
pub fn apply(managed: &Managed, proposal: &Proposal) -> Managed {
    let mut next = Managed { turn: Some(proposal.turn), ..managed.clone() };
    for change in &proposal.changes {
        match change {
            Change::Reweight { segment, weights } => {
                next.weights.insert(segment.clone(), weights.clone());
            }
            Change::Drop { variant, .. } if !next.dropped.contains(variant) => {
                next.dropped.push(variant.clone());
            }
            Change::Drop { .. } => {}
        }
    }
    for weights in next.weights.values_mut() {
        if weights.keys().any(|name| next.dropped.contains(name)) {
            *weights = without(weights, &next.dropped);
        }
    }
    next.weights.retain(|_, weights| !weights.is_empty());
    next
}

/// The proposal after somebody's verdict. What waits (held) and what was only written (proposed) can be
/// approved; an approved one is applied as the version after `current_version`.
///
/// Refused if it was settled before, or approved for another version than the one in effect. Turning a
/// stale one down is fine.
pub fn decide_proposal(
    proposal: &Proposal,
    verdict: Verdict,
    by: &str,
    reason: Option<&str>,
    current_version: u64,
    at: Timestamp,
) -> Result<Proposal, Refused> {
    pending(proposal)?;
    let (state, applied_version) = match verdict {
        Verdict::Reject => (ProposalState::Rejected, None),
        Verdict::Approve if proposal.base_version != current_version => {
            return Err(Refused::Stale { base: proposal.base_version, current: current_version });
        }
        Verdict::Approve => (ProposalState::Applied, Some(current_version + 1)),
    };
    Ok(Proposal {
        state,
        applied_version,
        by: by.to_owned(),
        reason: reason.map(str::to_owned),
        at,
        ..proposal.clone()
    })
}

/// The same proposal made for the version in effect, where its changes still make sense there: every
/// variant it names is still a candidate, every reweighted segment names all that will remain, and at
/// least two remain. The expected effect stays that of when it was made.
pub fn rebase(
    proposal: &Proposal,
    campaign: &Campaign,
    managed: &Managed,
    current_version: u64,
) -> Result<Proposal, Refused> {
    pending(proposal)?;
    let fits = |holds: bool, what: String| {
        if holds { Ok(()) } else { Err(Refused::NoLongerFits { what }) }
    };
    let names = campaign.variants.iter().map(|variant| &variant.name);
    let mut remain: Vec<&String> = names.filter(|name| !managed.dropped.contains(name)).collect();
    let mut drops = 0;
    for change in &proposal.changes {
        if let Change::Drop { variant, .. } = change {
            fits(remain.contains(&variant), format!("{variant} is no candidate any more"))?;
            remain.retain(|name| *name != variant);
            drops += 1;
        }
    }
    fits(drops == 0 || remain.len() >= 2, "fewer than two candidates would remain".to_owned())?;
    for change in &proposal.changes {
        if let Change::Reweight { segment, weights } = change {
            let same =
                weights.len() == remain.len() && remain.iter().all(|n| weights.contains_key(*n));
            fits(same, format!("the candidates of segment {segment} are others now"))?;
        }
    }
    Ok(Proposal { base_version: current_version, ..proposal.clone() })
}

fn pending(proposal: &Proposal) -> Result<(), Refused> {
    match proposal.state {
        ProposalState::Proposed | ProposalState::Held => Ok(()),
        state => Err(Refused::Settled { state }),
    }
}
