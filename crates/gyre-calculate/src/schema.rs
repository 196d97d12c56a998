//! What can be asked, as JSON Schema: one family or all of them, keys in order.

use crate::request::{attribution, bandit, clv, drift, experiment, ope, power, uplift};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The families of requests, as their subcommands are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Family {
    /// Lifts, sequential estimates, balance, many tests, decisions.
    Experiment,
    /// Power before and during an experiment.
    Power,
    /// Probabilities of arms, rules of exploration, delays, budgets.
    Bandit,
    /// Off-policy evaluation.
    Ope,
    /// Lifetime value.
    Clv,
    /// Credits of channels.
    Attribution,
    /// Measures of uplift.
    Uplift,
    /// Drift, survival, intervals of rates.
    Drift,
}

impl Family {
    /// All of them, in the order of the reference.
    pub const ALL: [Self; 8] = [
        Self::Experiment,
        Self::Power,
        Self::Bandit,
        Self::Ope,
        Self::Clv,
        Self::Attribution,
        Self::Uplift,
        Self::Drift,
    ];

    /// Its subcommand.
    pub fn name(self) -> &'static str {
        match self {
            Self::Experiment => "experiment",
            Self::Power => "power",
            Self::Bandit => "bandit",
            Self::Ope => "ope",
            Self::Clv => "clv",
            Self::Attribution => "attribution",
            Self::Uplift => "uplift",
            Self::Drift => "drift",
        }
    }

    fn generate(self) -> Value {
        match self {
            Self::Experiment => requests::<experiment::Request>(),
            Self::Power => requests::<power::Request>(),
            Self::Bandit => requests::<bandit::Request>(),
            Self::Ope => requests::<ope::Request>(),
            Self::Clv => requests::<clv::Request>(),
            Self::Attribution => requests::<attribution::Request>(),
            Self::Uplift => requests::<uplift::Request>(),
            Self::Drift => requests::<drift::Request>(),
        }
    }
}

fn requests<T: JsonSchema>() -> Value {
    let generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// The schema of what `gyre math FAMILY --input` takes: a request, or a list of them.
pub fn of(family: Family) -> Value {
    let mut one = family.generate();
    let mut definitions = json!({});
    if let Some(map) = one.as_object_mut() {
        map.remove("$schema");
        map.remove("title");
        if let Some(found) = map.remove("$defs") {
            definitions = found;
        }
    }
    if let Some(all) = definitions.as_object_mut() {
        all.insert("Request".to_owned(), one);
    }
    let request = json!({ "$ref": "#/$defs/Request" });
    sorted(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("gyre math {} --input", family.name()),
        "anyOf": [request, { "type": "array", "items": request }],
        "$defs": definitions,
    }))
}

/// All families: `{"experiment": {…}, …}`.
pub fn all() -> Value {
    let each = Family::ALL.iter().map(|family| (family.name().to_owned(), of(*family)));
    Value::Object(each.collect())
}

/// With keys in order, whatever order maps keep.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let sorted: Map<String, Value> =
                entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(sorted)
        }
        Value::Array(all) => Value::Array(all.into_iter().map(sorted).collect()),
        other => other,
    }
}
