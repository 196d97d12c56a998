//! What is proposed, how it is settled, and whole loops of turns with known means.

mod laws;
mod propose;
mod settle;

use crate::Situation;
use gyre_config::kinds::{Campaign, DecisionPolicy, Loop, Managed};
use gyre_model::record::body::{ArmSums, Change, Proposal, VariantEvidence};
use gyre_model::{RecordId, Timestamp};
use serde_json::{Value, json};

/// A loop with everything a test may want to change.
#[derive(Debug, Clone)]
struct World {
    spec: Loop,
    campaign: Campaign,
    policy: DecisionPolicy,
    managed: Managed,
    base_version: u64,
    turn: u64,
    people: (u64, u64),
    evidence: Vec<VariantEvidence>,
}

fn world(variants: &[&str], spec: Value) -> World {
    let mut whole = json!({
        "campaign": "second-order", "population": "p", "goal": {"event": "order"},
        "reward": {"event": "order", "value": "margin", "window": "14d"},
        "holdout": {"share": 0.1, "receives": "a"}, "cadence": "7d", "autonomy": {"mode": "auto"},
    });
    if let (Value::Object(into), Value::Object(from)) = (&mut whole, spec) {
        into.extend(from);
    }
    let variants: Vec<Value> = variants.iter().map(|name| json!({"name": name})).collect();
    World {
        spec: serde_json::from_value(whole).unwrap(),
        campaign: serde_json::from_value(json!({"variants": variants})).unwrap(),
        policy: serde_json::from_value(json!({"method": "thompson"})).unwrap(),
        managed: Managed::default(),
        base_version: 4,
        turn: 3,
        people: (5000, 500),
        evidence: Vec::new(),
    }
}

impl World {
    /// Adds evidence: segment, variant, closed decisions, mean reward, probability of being best, weight.
    /// The spread is 1.
    fn with(mut self, rows: &[(&str, &str, u64, f64, f64, f64)]) -> Self {
        for &(segment, variant, n, mean, best_probability, weight) in rows {
            let count = n as f64;
            self.evidence.push(VariantEvidence {
                segment: segment.to_owned(),
                variant: variant.to_owned(),
                n,
                sum: mean * count,
                sum_squares: mean * mean * count + (count - 1.0).max(0.0),
                best_probability,
                weight,
            });
        }
        self
    }

    fn propose(&self) -> Option<Proposal> {
        let arm = |people| ArmSums { people, ..ArmSums::default() };
        crate::propose(&Situation {
            name: "repeat",
            spec: &self.spec,
            campaign: &self.campaign,
            policy: &self.policy,
            managed: &self.managed,
            base_version: self.base_version,
            turn: self.turn,
            treated: &arm(self.people.0),
            holdout: &arm(self.people.1),
            evidence: &self.evidence,
            id: RecordId([7; 16]),
            at: Timestamp(0),
        })
    }
}

/// A proposal in a few lines.
fn told(proposal: Option<&Proposal>) -> String {
    let Some(proposal) = proposal else { return "nothing".to_owned() };
    let mut lines = vec![format!(
        "{:?} by {} on {} as {:?}, expects {:+.4} [{:+.4}, {:+.4}]",
        proposal.state,
        proposal.by,
        proposal.base_version,
        proposal.applied_version,
        proposal.expected.value,
        proposal.expected.low,
        proposal.expected.high,
    )];
    lines.extend(proposal.changes.iter().map(|change| match change {
        Change::Reweight { segment, weights } => {
            let weights: Vec<String> =
                weights.iter().map(|(name, weight)| format!("{name} {weight:.4}")).collect();
            format!("{segment}: {}", weights.join(", "))
        }
        Change::Drop { variant, because } => format!("drop {variant}: {because}"),
    }));
    lines.join("\n")
}
