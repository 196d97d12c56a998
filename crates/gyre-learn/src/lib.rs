//! Rewards of closed decisions become evidence and weights.
//!
//! What enters: a decision policy, the candidates, what they earned per segment, and the weights of
//! before. What leaves: for each segment and candidate the probability that it is the best and its weight
//! from now on. No randomness: the probabilities of being best are integrals, not draws.
//!
//! Laws: weights of a segment sum to one and none is below the floor (K candidates whose floors do not
//! fit share alike); renaming candidates renames weights; the same amount more for each decision of a
//! candidate never lowers its weight; a segment where some candidate has too few closed decisions keeps
//! its weights.
//!
//! The estimates are of decisions drawn by earlier weights. That leaves means unbiased only as long as
//! rewards do not drift while weights move; the treated arm's lift over the holdout does not rest on them.
#![warn(missing_docs)]

mod posterior;
mod weight;

use gyre_config::kinds::{Campaign, DecisionPolicy, Managed, Method};
use gyre_math::moments::Mean;
use gyre_math::thompson::{best_arm_probabilities, with_floor};
use gyre_model::record::body::VariantEvidence;
use std::collections::BTreeMap;

pub use posterior::PRIOR_DEGREES;

/// The segment of people for whom no rule of the policy holds.
pub const REST: &str = "rest";

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why nothing could be learnt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The sums of a segment are impossible.
    #[error("nothing can be learnt in segment {segment}")]
    Segment {
        /// The segment.
        segment: String,
        /// Why.
        #[source]
        source: gyre_math::Error,
    },
}

/// The variants that can be chosen, in the campaign's order: those not dropped.
pub fn candidates(campaign: &Campaign, managed: &Managed) -> Vec<String> {
    let names = campaign.variants.iter().map(|variant| &variant.name);
    names.filter(|name| !managed.dropped.contains(name)).cloned().collect()
}

/// Learns from rewards: one row per segment of the policy ([`REST`] last) and candidate, in order.
///
/// `rewards` holds, by segment and variant, the sums over closed decisions; variants that are no
/// candidates and segments the policy does not have are ignored. `old` holds the weights in effect.
pub fn learn(
    policy: &DecisionPolicy,
    candidates: &[String],
    rewards: &BTreeMap<String, BTreeMap<String, Mean>>,
    old: &BTreeMap<String, BTreeMap<String, f64>>,
) -> Result<Vec<VariantEvidence>> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let mut evidence = Vec::new();
    let named = policy.segments.iter().map(|segment| segment.name.as_str());
    for segment in named.chain([REST]) {
        let earned = rewards.get(segment);
        let of = |variant: &String| earned.and_then(|all| all.get(variant)).copied();
        let arms: Vec<Mean> = candidates.iter().map(|one| of(one).unwrap_or_default()).collect();
        let wrong = |source| Error::Segment { segment: segment.to_owned(), source };

        let posteriors = posterior::of(&arms).map_err(wrong)?;
        let best = match &posteriors {
            Some(posteriors) => best_arm_probabilities(posteriors).map_err(wrong)?,
            None => weight::equal(candidates.len()),
        };
        let enough = arms.iter().all(|arm| arm.n >= policy.minimum_per_variant);
        let weights = match policy.method {
            Method::Uniform => weight::equal(candidates.len()),
            Method::Thompson if enough && posteriors.is_some() => {
                with_floor(&best, policy.floor).map_err(wrong)?
            }
            Method::Thompson => weight::kept(candidates, old.get(segment), policy.floor),
        };
        let rows = candidates.iter().zip(arms).zip(best.into_iter().zip(weights));
        evidence.extend(rows.map(|((variant, arm), (best_probability, weight))| VariantEvidence {
            segment: segment.to_owned(),
            variant: variant.clone(),
            n: arm.n,
            sum: arm.sum,
            sum_squares: arm.sum_squares,
            best_probability,
            weight,
        }));
    }
    Ok(evidence)
}

#[cfg(test)]
mod tests;
