//! Which candidates are losers.

use crate::expect::EXPECTED_DECISIONS;
use crate::propose::Situation;
use gyre_math::interval::Side;
use gyre_math::lift::{Arms, Scale};
use gyre_math::moments::{Mean, Metric, Sample};
use gyre_math::sequential::Mixing;
use gyre_model::record::body::VariantEvidence;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Candidates that always remain.
const REMAIN: usize = 2;

/// The losers, each with the reason, worst first.
///
/// A loser is below the loop's bound on the probability of being best in every segment where all
/// candidates have enough closed decisions, and in at least one such segment the leader beats it at every
/// look. The second is needed because a drop is for ever and the loop looks every turn: the bound alone
/// drops one of three equal variants within eight turns in three loops of ten. The variant that the
/// holdout receives may be one: the holdout goes on receiving it, only the treated no longer do.
pub(crate) fn losers(situation: &Situation<'_>, candidates: &[String]) -> Vec<(String, String)> {
    let rule = &situation.spec.drop;
    if situation.turn < rule.after_turns {
        return Vec::new();
    }
    let segments = judged(situation, candidates);
    if segments.is_empty() {
        return Vec::new();
    }
    let mut losers: Vec<(f64, &String)> = Vec::new();
    for candidate in candidates.iter().filter(|name| !rule.keep.contains(name)) {
        let chances = segments
            .values()
            .map(|rows| rows.get(candidate.as_str()).map_or(1.0, |row| row.best_probability));
        let highest = chances.fold(0.0, f64::max);
        let beaten =
            || segments.values().any(|rows| is_beaten(rows, candidate, situation.spec.alpha));
        if highest < rule.best_probability_below && beaten() {
            losers.push((highest, candidate));
        }
    }
    losers.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    losers.truncate(candidates.len().saturating_sub(REMAIN));
    let told = |(_, name): (f64, &String)| (name.clone(), because(situation, &segments, name));
    losers.into_iter().map(told).collect()
}

type Rows<'a> = BTreeMap<&'a str, &'a VariantEvidence>;
type Judged<'a> = BTreeMap<&'a str, Rows<'a>>;

/// Whether the leader of a segment earns more than a candidate, by the always-valid one-sided bound at
/// `alpha` over the number of candidates it was picked from.
fn is_beaten(rows: &Rows<'_>, candidate: &str, alpha: f64) -> bool {
    let leader = rows.values().max_by(|a, b| a.best_probability.total_cmp(&b.best_probability));
    let (Some(leader), Some(own)) = (leader, rows.get(candidate)) else { return false };
    let others = rows.len().saturating_sub(1).max(1) as f64;
    let (Some(treated), Some(mut control)) = (sample(leader), sample(own)) else { return false };
    // One that never earned anything shows no spread; it is believed to have the leader's.
    if control.variance <= 0.0 {
        control.variance = treated.variance;
    }
    let mixing = Mixing::Tuned { expected_units: EXPECTED_DECISIONS };
    let lift = Arms { treated, control }.lift(Scale::Absolute);
    lift.and_then(|lift| lift.always_valid_one_sided(alpha / others, mixing, Side::Greater))
        .is_ok_and(|estimate| estimate.interval.low > 0.0)
}

fn sample(row: &VariantEvidence) -> Option<Sample> {
    Mean { n: row.n, sum: row.sum, sum_squares: row.sum_squares }.sample().ok()
}

/// The segments where every candidate has enough closed decisions.
fn judged<'a>(situation: &Situation<'a>, candidates: &[String]) -> Judged<'a> {
    let mut segments = Judged::new();
    for row in situation.evidence {
        segments.entry(&row.segment).or_default().insert(&row.variant, row);
    }
    let need = situation.policy.minimum_per_variant;
    segments.retain(|_, rows| {
        let enough = |name: &String| rows.get(name.as_str()).is_some_and(|row| row.n >= need);
        candidates.iter().all(enough)
    });
    segments
}

fn because(situation: &Situation<'_>, segments: &Judged<'_>, name: &str) -> String {
    let mut told = format!(
        "its probability of being best is below {} in every segment with enough data",
        situation.spec.drop.best_probability_below
    );
    let mut mark = ':';
    for (segment, rows) in segments {
        if let Some(row) = rows.get(name) {
            let (best, n) = (row.best_probability, row.n);
            // Writing to a text cannot fail.
            let _ = write!(told, "{mark} {segment} {best:.4} of {n} decisions");
            mark = ',';
        }
    }
    told
}
