//! Whether the rules of resources compile, against the features there would be.

use arrow_schema::{DataType, Field, Schema};
use gyre_config::{Resource, RuleFault, RuleUse, Scope, Spec};
use gyre_derive::{Definition, Definitions};
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
    person: Schema,
}

impl<'a> Compiler<'a> {
    /// A compiler for what runs with what is written; of two with one name the later counts.
    pub fn new<'r>(rules: &'a dyn Rules, resources: impl Iterator<Item = &'r Resource>) -> Self {
        let mut features = BTreeMap::new();
        for resource in resources {
            if let Spec::Feature(feature) = &resource.spec {
                features.insert(resource.metadata.name.as_str(), feature);
            }
        }
        // One that does not compile is reported where it stands, not at every rule that reads it.
        let definitions = features
            .into_iter()
            .filter_map(|(name, feature)| Definition::compile(name, feature).ok())
            .collect();
        Self { rules, person: gyre_derive::schema(&Definitions::new(definitions)) }
    }

    /// Compiles one rule, whole and in the parts it will be split into.
    pub fn check(&self, rule: RuleUse<'_>) -> Result<(), RuleFault> {
        let done = match rule.scope {
            Scope::Person => self.rules.compile(rule.expression, &self.person).map(drop),
            Scope::PersonAndContext => self.occasion(rule.expression),
        };
        done.map_err(|error| RuleFault {
            message: error.message,
            words: error.words,
            hint: error.hint,
        })
    }

    fn occasion(&self, expression: &str) -> Result<(), RuleError> {
        let schema = with_context(&self.person, expression);
        self.rules.compile(expression, &schema)?;
        let split = self.rules.split(expression)?;
        if let Some(person) = &split.person {
            self.rules.compile(person, &self.person)?;
        }
        if let Some(rest) = &split.rest {
            self.rules.compile(rest, &schema)?;
        }
        Ok(())
    }
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
