//! The catalogue: the metrics built in, and those that people applied.

use crate::compile::{Definition, sides};
use crate::error::{Error, Result};
use gyre_config::kinds::{
    Metric, MetricDimension, MetricFact, MetricMeasure, MetricPopulation, MetricType,
};
use gyre_config::{Expression, Spec};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// All metrics of a workspace, by name.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

/// A metric of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is, in a sentence.
    pub description: Option<String>,
    /// Its definition's version, shown with every value.
    pub version: u64,
    /// Whether it is built in; else somebody applied it.
    pub built_in: bool,
    /// Whether it can be computed.
    pub status: Status,
    /// What kind of evidence it gives.
    pub evidence: Evidence,
    /// What it can be split and filtered by.
    pub dimensions: Vec<MetricDimension>,
    /// Metrics that are made of it or name it as companion.
    pub used_by: Vec<String>,
    /// Its definition.
    pub definition: Metric,
}

/// Whether a metric can be computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", content = "needs", rename_all = "snake_case")]
pub enum Status {
    /// It can.
    Ready,
    /// It needs what is not collected yet.
    Needs(String),
}

/// What a number shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// It was counted.
    Observed,
    /// It was shared out by a rule.
    Attributed,
    /// It was compared with a holdout drawn by chance.
    Experiment,
}

impl Evidence {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Attributed => "attributed",
            Self::Experiment => "experiment",
        }
    }
}

impl Catalogue {
    /// The built-in metrics, and those applied (name, description, version, specification) in place of
    /// the ones of their names.
    pub fn new<'a>(
        applied: impl IntoIterator<Item = (&'a str, Option<String>, u64, Metric)>,
    ) -> Self {
        let mut entries = BTreeMap::new();
        for resource in gyre_config::metrics().iter().filter_map(gyre_config::Parsed::resource) {
            let Spec::Metric(metric) = &resource.spec else { continue };
            let name = &resource.metadata.name;
            let description = resource.metadata.description.clone();
            let version = metric.version.unwrap_or(1);
            entries.insert(name.clone(), entry(name, description, version, true, metric.clone()));
        }
        for (name, description, version, metric) in applied {
            let version = metric.version.unwrap_or(version);
            entries.insert(name.to_owned(), entry(name, description, version, false, metric));
        }
        let mut catalogue = Self { entries };
        catalogue.relate();
        catalogue
    }

    /// All metrics, by name.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> + Clone {
        self.entries.values()
    }

    /// A metric.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// Fills in what follows from metrics that are made of others.
    fn relate(&mut self) {
        let names: Vec<String> = self.entries.keys().cloned().collect();
        let mut found = Vec::new();
        for name in &names {
            let leaves = self.leaves(name);
            let evidence =
                leaves.iter().filter_map(|leaf| self.get(leaf)).map(|one| one.evidence).max();
            let needs = leaves.iter().find_map(|leaf| match &self.get(leaf)?.status {
                Status::Needs(needs) => Some(needs.clone()),
                Status::Ready => None,
            });
            found.push((name.clone(), evidence, needs, self.reachable(name)));
        }
        let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for entry in self.entries.values() {
            for other in
                parts(&entry.definition).into_iter().chain(entry.definition.companions.clone())
            {
                used.entry(other).or_default().insert(entry.name.clone());
            }
        }
        for (name, evidence, needs, dimensions) in found {
            let Some(entry) = self.entries.get_mut(&name) else { continue };
            entry.evidence = evidence.unwrap_or(entry.evidence);
            entry.dimensions = dimensions;
            if let (Status::Ready, Some(needs)) = (&entry.status, needs) {
                entry.status = Status::Needs(needs);
            }
            entry.used_by = used.remove(&name).unwrap_or_default().into_iter().collect();
        }
    }

    /// The metrics that are computed for a metric: itself, or what a derived one names.
    pub(crate) fn leaves(&self, name: &str) -> Vec<String> {
        let mut all = Vec::new();
        self.add_leaves(name, &mut all, 0);
        all
    }

    fn add_leaves(&self, name: &str, into: &mut Vec<String>, depth: usize) {
        let Some(entry) = self.get(name) else { return };
        let derived = entry.definition.r#type == MetricType::Derived;
        if depth > 16 || into.iter().any(|one| one == name) {
            return;
        }
        match entry.definition.expression.as_deref().map(Expression::parse) {
            Some(Ok(expression)) if derived => {
                for name in expression.names() {
                    self.add_leaves(name, into, depth + 1);
                }
            }
            _ => into.push(name.to_owned()),
        }
    }

    /// What every fact that a metric reads can be split by, as far as the metric allows.
    fn reachable(&self, name: &str) -> Vec<MetricDimension> {
        let Some(entry) = self.get(name) else { return Vec::new() };
        let mut all: Vec<MetricDimension> = MetricDimension::ALL.to_vec();
        for leaf in self.leaves(name) {
            let Ok(definition) = self.definition(&leaf) else { continue };
            for fact in sides(&definition) {
                all.retain(|one| fact.dimensions().contains(one));
            }
            let allowed = &definition.metric.dimensions;
            all.retain(|one| allowed.is_empty() || allowed.contains(one));
        }
        let allowed = &entry.definition.dimensions;
        all.retain(|one| allowed.is_empty() || allowed.contains(one));
        if matches!(entry.status, Status::Needs(_)) {
            all.clear();
        }
        all
    }

    /// A metric with what a ratio is made of.
    pub(crate) fn definition(&self, name: &str) -> Result<Definition> {
        let wrong = |why: &str| Error::Definition { name: name.to_owned(), why: why.to_owned() };
        let metric = self.get(name).ok_or_else(|| wrong("it does not exist"))?.definition.clone();
        let side = |named: &Option<String>| -> Result<Option<(MetricType, MetricMeasure)>> {
            let Some(named) = named else { return Ok(None) };
            let entry =
                self.get(named).ok_or_else(|| wrong("what it is made of does not exist"))?;
            let of = entry.definition.of.clone();
            let of = of.ok_or_else(|| wrong("what it is made of is no count or sum"))?;
            Ok(Some((entry.definition.r#type, of)))
        };
        let (above, below) = (side(&metric.numerator)?, side(&metric.denominator)?);
        Ok(Definition { metric, above, below })
    }
}

fn entry(
    name: &str,
    description: Option<String>,
    version: u64,
    built_in: bool,
    definition: Metric,
) -> Entry {
    let credited = [&definition.of, &definition.goal]
        .into_iter()
        .flatten()
        .any(|one| one.fact == MetricFact::Credit);
    let evidence = match definition.r#type {
        MetricType::Incremental => Evidence::Experiment,
        _ if credited => Evidence::Attributed,
        _ => Evidence::Observed,
    };
    let status = match &definition.needs {
        Some(needs) => Status::Needs(needs.clone()),
        None => Status::Ready,
    };
    Entry {
        name: name.to_owned(),
        description,
        version,
        built_in,
        status,
        evidence,
        dimensions: Vec::new(),
        used_by: Vec::new(),
        definition,
    }
}

/// The metrics that a metric is made of.
fn parts(metric: &Metric) -> Vec<String> {
    let expression = metric.expression.as_deref().and_then(|text| Expression::parse(text).ok());
    let names = expression.iter().flat_map(Expression::names).map(str::to_owned);
    names.chain(metric.numerator.clone()).chain(metric.denominator.clone()).collect()
}

/// The population in words.
pub(crate) fn population_word(population: MetricPopulation) -> &'static str {
    match population {
        MetricPopulation::Human => "human",
        MetricPopulation::All => "all",
    }
}
