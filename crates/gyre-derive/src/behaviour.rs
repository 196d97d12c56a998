//! Behaviour in rules becomes features without a name of their own.
//!
//! They are declared through the same type as the features that people write, so whatever serves those
//! serves these: tiles, history, erasure, consent.

use crate::definition::Definition;
use crate::error::{Error, Result};
use gyre_config::Spec;
use gyre_config::kinds::Feature;
use gyre_model::id::hash64;
use gyre_ports::rules::{Behaviour, EventTest, RuleError, lift};
use serde_json::json;
use std::collections::BTreeMap;

/// What the names of lifted features begin with.
const PREFIX: &str = "_lifted_";

/// Whether a feature was lifted out of a rule.
pub fn is_lifted(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Rules without behaviour, and the features that hold it.
#[derive(Debug, Clone, Default)]
pub struct Lifts {
    features: BTreeMap<String, Feature>,
}

impl Lifts {
    /// A rule as adapters know it. A rule without behaviour stays as it is.
    pub fn lift(&mut self, expression: &str) -> Result<String, RuleError> {
        let lifted = lift(expression, &mut |behaviour| {
            let feature = feature(behaviour)?;
            let definition = serde_json::to_vec(&feature).unwrap_or_default();
            let name = format!("{PREFIX}{:016x}", hash64(&[&definition]));
            let column = format!("person.{name}");
            self.features.insert(name, feature);
            Ok(column)
        })?;
        Ok(lifted.unwrap_or_else(|| expression.to_owned()))
    }

    /// Lifts what all rules of a resource say.
    pub fn lift_all(&mut self, name: &str, spec: &Spec) -> Result<()> {
        for (path, rule) in rules(spec) {
            let name = || format!("{name} ({path})");
            self.lift(rule).map_err(|source| Error::Rule { name: name(), source })?;
        }
        Ok(())
    }

    /// The features, by name.
    pub fn features(&self) -> &BTreeMap<String, Feature> {
        &self.features
    }

    /// The features, compiled.
    pub fn definitions(&self) -> Result<Vec<Definition>> {
        self.features.iter().map(|(name, feature)| Definition::compile(name, feature)).collect()
    }
}

/// A rule as adapters know it; what cannot be lifted stays as it is, and does not compile.
pub fn lifted(expression: &str) -> String {
    Lifts::default().lift(expression).unwrap_or_else(|_| expression.to_owned())
}

/// All rules of a resource that may speak of people, and where they stand.
pub fn rules(spec: &Spec) -> Vec<(String, &str)> {
    match spec {
        Spec::Audience(spec) => vec![("rule".to_owned(), spec.rule.as_str())],
        Spec::DecisionPolicy(spec) => (spec.segments.iter())
            .map(|segment| (format!("segments[{}].rule", segment.name), segment.rule.as_str()))
            .collect(),
        Spec::Campaign(spec) => {
            let rules = spec.variants.iter().filter_map(|variant| {
                Some((format!("variants[{}].when", variant.name), variant.when.as_deref()?))
            });
            rules.collect()
        }
        Spec::Lifecycle(spec) => {
            let rules = spec.stages.iter().flat_map(|stage| {
                let leave = stage.leave.as_deref();
                let leave = leave.map(|rule| (format!("stages[{}].leave", stage.name), rule));
                let rule = (format!("stages[{}].rule", stage.name), stage.rule.as_str());
                std::iter::once(rule).chain(leave)
            });
            rules.collect()
        }
        _ => Vec::new(),
    }
}

/// The feature that holds a behaviour, as it would be written.
fn feature(behaviour: Behaviour) -> Result<Feature, RuleError> {
    let written = match behaviour {
        Behaviour::Latest { event, nth, filter } => {
            let mut written = match nth {
                1 => json!({"event": event, "aggregate": "last", "of": "at"}),
                nth => json!({"event": event, "aggregate": "nth_latest", "nth": nth}),
            };
            if !filter.is_empty() {
                let test = |one: &EventTest| json!({"of": one.of, one.test: one.value});
                written["filter"] = filter.iter().map(test).collect();
            }
            written
        }
        Behaviour::Sequence { steps, within } => {
            let mut written = json!({"aggregate": "sequence", "steps": steps});
            if let Some(within) = within {
                written["within"] = json!(within);
            }
            written
        }
    };
    serde_json::from_value(written).map_err(|why| RuleError {
        message: format!("no feature can hold this: {why}"),
        words: None,
        hint: Some("write a feature, and compare that".to_owned()),
    })
}
