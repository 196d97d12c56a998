//! Topics: the metrics of a catalogue by what they count, for readers that want tables.

use crate::catalogue::{Catalogue, Entry, Status};
use crate::compile::sides;
use crate::plan::is_cohort;
use gyre_config::kinds::{MetricAnchor, MetricDimension, MetricFact};

/// Metrics that count the same thing; of a ratio, what stands below the line.
#[derive(Debug, Clone)]
pub struct Topic<'a> {
    /// What is counted.
    pub fact: MetricFact,
    /// Whether they have ages: a value for each age of a cohort.
    pub has_ages: bool,
    /// What they can be split by, all of them together; one metric may allow less.
    pub dimensions: Vec<MetricDimension>,
    /// Metrics that can be computed, by name.
    pub entries: Vec<&'a Entry>,
}

impl Topic<'_> {
    /// Its name as a table.
    pub fn name(&self) -> String {
        let fact = match self.fact {
            MetricFact::Send => "sends",
            MetricFact::Delivery => "deliveries",
            MetricFact::Response => "responses",
            MetricFact::Outcome => "outcomes",
            MetricFact::Order => "orders",
            MetricFact::Customer => "customers",
            MetricFact::Credit => "credits",
            MetricFact::Event => "events",
            MetricFact::Session => "sessions",
            MetricFact::Enrollment => "enrollments",
            MetricFact::Exposure => "exposures",
            MetricFact::Spend => "spend",
            MetricFact::Cost => "costs",
            MetricFact::Survey => "surveys",
            MetricFact::Violation => "violations",
            MetricFact::Change => "changes",
            MetricFact::Turn => "turns",
        };
        if self.has_ages { format!("{fact}_by_age") } else { fact.to_owned() }
    }
}

impl Catalogue {
    /// The topics that have metrics, in the order of facts. Metrics with ages are apart from the others:
    /// they have many values per row.
    pub fn topics(&self) -> Vec<Topic<'_>> {
        let facts = MetricFact::ALL.into_iter();
        let topics =
            facts.flat_map(|fact| [(fact, false), (fact, true)]).map(|(fact, has_ages)| {
                let of = |entry: &&Entry| {
                    is_cohort(entry.definition.r#type) == has_ages
                        && self.counts(&entry.name) == Some(fact)
                };
                let entries: Vec<&Entry> = self.entries().filter(of).collect();
                let has =
                    |one: &MetricDimension| entries.iter().any(|it| it.dimensions.contains(one));
                let dimensions = MetricDimension::ALL.into_iter().filter(has).collect();
                Topic { fact, has_ages, dimensions, entries }
            });
        topics.filter(|topic| !topic.entries.is_empty()).collect()
    }

    /// Whether a metric has one value for each day of a period.
    pub fn has_days(&self, name: &str) -> bool {
        let mut leaves = self.leaves(name).into_iter();
        leaves.all(|leaf| {
            self.get(&leaf).is_some_and(|one| {
                let definition = &one.definition;
                definition.anchor != MetricAnchor::PeriodStart && !is_cohort(definition.r#type)
            })
        })
    }

    fn counts(&self, name: &str) -> Option<MetricFact> {
        self.get(name).filter(|entry| entry.status == Status::Ready)?;
        let leaf = self.leaves(name).into_iter().next()?;
        sides(&self.definition(&leaf).ok()?).pop()
    }
}
