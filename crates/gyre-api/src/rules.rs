//! Whether the rules of resources compile, against the features there would be.

use arrow_schema::{DataType, Field, Schema};
use gyre_config::{Resource, RuleFault, RuleUse, Scope, Spec};
use gyre_derive::{Definition, Definitions, Lifts};
use gyre_model::resource::Kind;
use gyre_ports::Rules;
use gyre_ports::rules::RuleError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Text that every occasion has.
const TEXT: [&str; 2] = ["context.placement", "context.channel"];
/// Whole numbers that every occasion has.
const NUMBERS: [&str; 2] = ["context.hour", "context.weekday"];

/// Compiles rules as the ring will.
#[derive(Debug)]
pub struct Compiler<'a> {
    rules: &'a dyn Rules,
    features: Vec<Definition>,
    lifecycles: Vec<String>,
}

impl<'a> Compiler<'a> {
    /// A compiler for what runs with what is written; of two with one name the later counts.
    pub fn new<'r>(rules: &'a dyn Rules, resources: impl Iterator<Item = &'r Resource>) -> Self {
        let mut features = BTreeMap::new();
        let mut lifecycles = BTreeSet::new();
        for resource in resources {
            match &resource.spec {
                Spec::Feature(feature) => {
                    features.insert(resource.metadata.name.as_str(), feature);
                }
                Spec::Lifecycle(_) => {
                    lifecycles.insert(resource.metadata.name.clone());
                }
                _ => {}
            }
        }
        // One that does not compile is reported where it stands, not at every rule that reads it.
        let features = features
            .into_iter()
            .filter_map(|(name, feature)| Definition::compile(name, feature).ok())
            .collect();
        Self { rules, features, lifecycles: lifecycles.into_iter().collect() }
    }

    /// Compiles one rule, whole and in the parts it will be split into.
    pub fn check(&self, rule: RuleUse<'_>) -> Result<(), RuleFault> {
        self.compile(rule).map_err(|error| RuleFault {
            message: error.message,
            words: error.words,
            hint: error.hint,
        })
    }

    fn compile(&self, rule: RuleUse<'_>) -> Result<(), RuleError> {
        let mut lifts = Lifts::default();
        let expression = lifts.lift(rule.expression)?;
        // What is lifted out of a rule compiles: it was made here.
        let lifted = lifts.definitions().unwrap_or_default();
        let features = self.features.iter().cloned().chain(lifted).collect();
        // Stages are not told from stages.
        let lifecycles = match rule.kind {
            Kind::Lifecycle => Vec::new(),
            _ => self.lifecycles.clone(),
        };
        let definitions = Definitions::new(features).with_lifecycles(lifecycles);
        let person = gyre_derive::schema(&definitions);
        match rule.scope {
            Scope::Person => self.rules.compile(&expression, &person).map(drop),
            Scope::PersonAndContext => self.occasion(&expression, &person),
        }
    }

    fn occasion(&self, expression: &str, person: &Schema) -> Result<(), RuleError> {
        let schema = with_context(person, expression);
        self.rules.compile(expression, &schema)?;
        let split = self.rules.split(expression)?;
        if let Some(part) = &split.person {
            self.rules.compile(part, person)?;
        }
        if let Some(rest) = &split.rest {
            self.rules.compile(rest, &schema)?;
        }
        Ok(())
    }
}

/// What resources say of behaviour, and the features that hold it: a line for each rule and feature.
pub fn lifted<'r>(resources: impl Iterator<Item = &'r Resource>) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in resources {
        for (path, rule) in gyre_derive::rules(&resource.spec) {
            let mut lifts = Lifts::default();
            if lifts.lift(rule).is_err() {
                continue;
            }
            for (name, feature) in lifts.features() {
                let feature = serde_json::to_string(feature).unwrap_or_default();
                let kind = resource.kind();
                let of = &resource.metadata.name;
                lines.push(format!("{kind} {of} ({path}): person.{name} is {feature}"));
            }
        }
    }
    lines
}

/// The columns of an occasion: those it always has, and as text whatever else a rule names.
fn with_context(person: &Schema, expression: &str) -> Schema {
    let mut fields: Vec<Arc<Field>> = person.fields().iter().map(Arc::clone).collect();
    let mut add = |name: &str, kind| fields.push(Arc::new(Field::new(name, kind, true)));
    for name in TEXT {
        add(name, DataType::Utf8);
    }
    for name in NUMBERS {
        add(name, DataType::Int64);
    }
    let named: BTreeSet<&str> = expression
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '.'))
        .filter(|word| word.strip_prefix("context.").is_some_and(|rest| !rest.is_empty()))
        .filter(|word| !TEXT.contains(word) && !NUMBERS.contains(word))
        .collect();
    for name in named {
        add(name, DataType::Utf8);
    }
    Schema::new(fields)
}
