//! What is expected, held against what came.

use gyre_config::case::{Expect, ExpectDecision};
use gyre_model::record::body::Decision;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What came.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Whether anything is known of the person.
    pub(super) known: bool,
    /// The audiences the person is in.
    pub(super) audiences: BTreeSet<String>,
    /// The values of features.
    pub(super) features: Map<String, Value>,
    /// The decision, if one was asked for and taken.
    pub(super) decision: Option<Decision>,
    /// Campaigns for which a send was queued.
    pub(super) queued: BTreeSet<String>,
}

/// How many expectations there are, and what came instead of those that do not hold.
pub(super) fn compare(expect: &Expect, seen: &Seen) -> (usize, Vec<String>) {
    let mut held = Held::default();
    for (name, wanted) in &expect.audiences {
        let is_in = seen.audiences.contains(name);
        held.see(&format!("audience {name}"), is_in == *wanted, membership(*wanted), || {
            if seen.known { membership(is_in).to_owned() } else { "nobody of that id".to_owned() }
        });
    }
    for (name, wanted) in &expect.features {
        let value = seen.features.get(name).unwrap_or(&Value::Null);
        held.see(&format!("feature {name}"), same(value, wanted), &wanted.to_string(), || {
            value.to_string()
        });
    }
    if let Some(wanted) = &expect.decision {
        decision(&mut held, wanted, seen.decision.as_ref());
    }
    if let Some(wanted) = &expect.queued {
        let wanted: BTreeSet<String> = wanted.iter().cloned().collect();
        held.see("queued", wanted == seen.queued, &names(&wanted), || names(&seen.queued));
    }
    (held.expectations, held.faults)
}

#[derive(Default)]
struct Held {
    expectations: usize,
    faults: Vec<String>,
}

impl Held {
    fn see(&mut self, what: &str, holds: bool, wanted: &str, came: impl FnOnce() -> String) {
        self.expectations += 1;
        if !holds {
            self.faults.push(format!("{what}: expected {wanted}, came {}", came()));
        }
    }
}

fn membership(is_in: bool) -> &'static str {
    if is_in { "in it" } else { "not in it" }
}

fn names(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// `1` and `1.0` are the same number.
fn same(value: &Value, wanted: &Value) -> bool {
    match (value.as_f64(), wanted.as_f64()) {
        (Some(value), Some(wanted)) => (value - wanted).abs() < 1e-9,
        _ => value == wanted,
    }
}

fn decision(held: &mut Held, wanted: &ExpectDecision, came: Option<&Decision>) {
    let candidates = came.map(|decision| decision.candidates.as_slice()).unwrap_or_default();
    let none = || "no campaign decides here".to_owned();
    if let Some(eligible) = &wanted.eligible {
        let eligible: BTreeSet<String> = eligible.iter().cloned().collect();
        let free: BTreeSet<String> = candidates
            .iter()
            .filter(|one| one.refusal.is_none())
            .map(|one| one.variant.clone())
            .collect();
        held.see("eligible", came.is_some() && eligible == free, &names(&eligible), || {
            if came.is_some() { names(&free) } else { none() }
        });
    }
    let reasons: BTreeMap<&str, Option<&str>> = candidates
        .iter()
        .map(|one| {
            (one.variant.as_str(), one.refusal.as_ref().map(|refusal| refusal.reason.as_str()))
        })
        .collect();
    for (variant, wanted) in &wanted.refused {
        let reason = reasons.get(variant.as_str());
        let holds = reason == Some(&Some(wanted.as_str()));
        held.see(&format!("refused {variant}"), holds, wanted.as_str(), || match reason {
            Some(Some(reason)) => (*reason).to_owned(),
            Some(None) => "it could be drawn".to_owned(),
            None if came.is_some() => "it is no candidate".to_owned(),
            None => none(),
        });
    }
    if !wanted.chosen_one_of.is_empty() {
        let chosen = came.and_then(|decision| decision.chosen.as_ref());
        let holds = chosen.is_some_and(|chosen| wanted.chosen_one_of.contains(chosen));
        held.see("chosen", holds, &wanted.chosen_one_of.join(" or "), || match chosen {
            Some(chosen) => chosen.clone(),
            None if came.is_some() => "nothing".to_owned(),
            None => none(),
        });
    }
}
