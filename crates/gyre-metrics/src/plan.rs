//! A question checked against the catalogue, and what has to be asked of the lake for it.

use crate::base::{Condition, Keys};
use crate::catalogue::{Catalogue, Entry, Evidence, Status, population_word};
use crate::compile::{Definition, Terms, compile, told};
use crate::coverage::Coverage;
use crate::error::{Fault, Result};
use crate::facts::Facts;
use crate::range::{self, Range};
use chrono_tz::Tz;
use gyre_config::kinds::{MetricAnchor, MetricDimension, MetricPopulation, MetricType};
use gyre_config::nearest_hint;
use gyre_config::question::{Compare, FilterOperator, Grain, Question, RangeType, TimeAsked};
use gyre_model::Timestamp;
use gyre_ports::lake::{Parameter, Query, Sql};
use sqlparser::ast::Statement;
use std::time::Duration;

const MOST_METRICS: usize = 6;
const MOST_DIMENSIONS: usize = 3;
const MOST_ROWS: usize = 10_000;
const MOST_VALUES: usize = 1_000;
const MOST_AGES: u32 = 120;

/// A question that can be answered, and what to ask the lake for it.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) question: Question,
    pub(crate) entries: Vec<Entry>,
    /// What is computed: metrics asked for, and those that derived ones are made of.
    pub(crate) leaves: Vec<(String, Definition)>,
    /// The period, then those it is compared with.
    pub(crate) ranges: Vec<(Option<Compare>, Range)>,
    /// The beginnings of the units of time of each.
    pub(crate) buckets: Vec<Vec<Timestamp>>,
    pub(crate) dimensions: Vec<MetricDimension>,
    pub(crate) zone: Tz,
    pub(crate) facts: Facts,
    pub(crate) terms: Terms,
    pub(crate) notes: Vec<String>,
    pub(crate) asked: Vec<Asked>,
}

/// One statement of a plan.
#[derive(Debug, Clone)]
pub struct Asked {
    pub(crate) leaf: usize,
    pub(crate) view: View,
    pub(crate) range: usize,
    /// Its tree; `$1`, `$2`, … stand for the parameters.
    pub statement: Statement,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
    /// Its text with the parameters in place, for people to read.
    pub sql: String,
}

impl Asked {
    /// As the lake takes it.
    pub fn query(&self, max_rows: usize, timeout: Duration) -> Query {
        let sql = Sql::Tree(Box::new(self.statement.clone()));
        Query { sql, parameters: self.parameters.clone(), max_rows, timeout }
    }
}

/// How finely something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum View {
    /// By time and dimensions.
    Rows,
    /// By dimensions alone, where rows are by time too.
    Groups,
    /// The whole.
    Total,
}

impl Plan {
    /// What to ask the lake, in order; [`Plan::read`] takes the answers in the same order.
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// What it was compiled against.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Says what the numbers rest on, which is known only later.
    pub fn cover(&mut self, coverage: Option<Coverage>) {
        self.facts.coverage = coverage;
    }
}

impl Catalogue {
    /// Checks a question and compiles it.
    pub fn plan(&self, question: Question, facts: Facts) -> Result<Plan> {
        let entries = self.named(&question)?;
        let leaves = entries.iter().flat_map(|entry| self.leaves(&entry.name));
        let mut names: Vec<String> = Vec::new();
        for name in leaves {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let leaves = names
            .into_iter()
            .map(|name| self.definition(&name).map(|definition| (name, definition)))
            .collect::<Result<Vec<_>>>()?;
        let dimensions = dimensions(&question, &entries)?;
        let conditions = conditions(&question, &entries)?;
        let terms = terms(&question, &entries)?;
        let zone = range::zone(question.time.zone.as_deref())?;
        let ranges = ranges(&question.time, facts.watermark, zone)?;
        let unit = question.time.grain.unit();
        let buckets = ranges.iter().map(|(_, range)| match unit {
            Some(unit) if question.time.range.r#type != RangeType::All => {
                range::buckets(*range, unit, zone)
            }
            _ => Ok(Vec::new()),
        });
        let buckets = buckets.collect::<Result<_, Fault>>()?;
        together(&question, &leaves, &dimensions, &conditions, &facts)?;
        let notes = notes(&question, &leaves, &dimensions, &facts);
        let mut plan = Plan {
            question,
            entries,
            leaves,
            ranges,
            buckets,
            dimensions,
            zone,
            facts,
            terms,
            notes,
            asked: Vec::new(),
        };
        plan.compile(&conditions)?;
        Ok(plan)
    }

    /// The metrics that a question names.
    fn named(&self, question: &Question) -> Result<Vec<Entry>, Fault> {
        if question.metrics.is_empty() || question.metrics.len() > MOST_METRICS {
            let hint = format!("one to {MOST_METRICS}; `gyre metrics list` shows them");
            return Err(Fault::new("metrics", "the question names no metric, or too many", hint));
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (index, name) in question.metrics.iter().enumerate() {
            let place = format!("metrics[{index}]");
            let Some(entry) = self.get(name) else {
                let words = self.entries().flat_map(|one| {
                    let synonyms = one.definition.synonyms.iter().map(String::as_str);
                    std::iter::once(one.name.as_str()).chain(synonyms)
                });
                let synonym = self.entries().find(|one| one.definition.synonyms.contains(name));
                let hint = match synonym {
                    Some(one) => format!("did you mean `{}`?", one.name),
                    None => nearest_hint(name, words)
                        .unwrap_or_else(|| "`gyre metrics list` shows them".to_owned()),
                };
                return Err(Fault::new(place, format!("there is no metric `{name}`"), hint));
            };
            if let Status::Needs(needs) = &entry.status {
                let message = format!("`{name}` cannot be computed: it needs {needs}");
                let hint = match entry.definition.companions.first() {
                    Some(other) => format!("`{other}` is near to it"),
                    None => "`gyre metrics list` shows what can be".to_owned(),
                };
                return Err(Fault::new(place, message, hint));
            }
            if entries.iter().any(|one| one.name == *name) {
                let message = format!("`{name}` stands here twice");
                return Err(Fault::new(place, message, "name each once"));
            }
            entries.push(entry.clone());
        }
        Ok(entries)
    }
}

impl Plan {
    fn compile(&mut self, conditions: &[Condition]) -> Result<()> {
        let split = !self.dimensions.is_empty();
        let timed = self.question.time.grain != Grain::None;
        let mut views = vec![View::Total];
        if split || timed {
            views.push(View::Rows);
        }
        if split && timed {
            views.push(View::Groups);
        }
        let mut asked = Vec::new();
        for (leaf, (_, definition)) in self.leaves.iter().enumerate() {
            for view in &views {
                for (range, (_, period)) in self.ranges.iter().enumerate() {
                    let keys = Keys {
                        unit: self.question.time.grain.unit().filter(|_| *view == View::Rows),
                        zone: self.zone,
                        dimensions: if *view == View::Total { &[] } else { &self.dimensions },
                        conditions,
                    };
                    let (statement, parameters) =
                        compile(definition, &keys, *period, &self.terms, &self.facts)?;
                    let sql = told(&statement, &parameters, &self.facts.withheld);
                    asked.push(Asked { leaf, view: *view, range, statement, parameters, sql });
                }
            }
        }
        self.asked = asked;
        Ok(())
    }
}

fn dimensions(question: &Question, entries: &[Entry]) -> Result<Vec<MetricDimension>, Fault> {
    if question.dimensions.len() > MOST_DIMENSIONS {
        let hint = format!("at most {MOST_DIMENSIONS}");
        return Err(Fault::new("dimensions", "the question splits by too much", hint));
    }
    let mut all = Vec::new();
    for (index, name) in question.dimensions.iter().enumerate() {
        let place = format!("dimensions[{index}]");
        let dimension = reached(&place, name, entries)?;
        if all.contains(&dimension) {
            return Err(Fault::new(place, format!("`{name}` stands here twice"), "name it once"));
        }
        all.push(dimension);
    }
    Ok(all)
}

/// A dimension that every metric of the question reaches.
fn reached(place: &str, name: &str, entries: &[Entry]) -> Result<MetricDimension, Fault> {
    let words = MetricDimension::ALL.into_iter().map(MetricDimension::as_str);
    let Some(dimension) = MetricDimension::parse(name) else {
        let hint = nearest_hint(name, words).unwrap_or_else(|| {
            let known = entries.iter().flat_map(|one| &one.dimensions).map(|one| one.as_str());
            let known: std::collections::BTreeSet<&str> = known.collect();
            format!("the metrics have: {}", known.into_iter().collect::<Vec<_>>().join(", "))
        });
        return Err(Fault::new(place, format!("there is no dimension `{name}`"), hint));
    };
    for entry in entries {
        if !entry.dimensions.contains(&dimension) {
            let has: Vec<&str> = entry.dimensions.iter().map(|one| one.as_str()).collect();
            let message = format!("`{}` cannot be split or filtered by {name}", entry.name);
            return Err(Fault::new(place, message, format!("it has: {}", has.join(", "))));
        }
    }
    Ok(dimension)
}

fn conditions(question: &Question, entries: &[Entry]) -> Result<Vec<Condition>, Fault> {
    let each = question.filters.iter().enumerate().map(|(index, filter)| {
        let dimension = reached(&format!("filters[{index}].field"), &filter.field, entries)?;
        let place = format!("filters[{index}].values");
        let takes = !matches!(filter.op, FilterOperator::IsNull | FilterOperator::NotNull);
        if takes && (filter.values.is_empty() || filter.values.len() > MOST_VALUES) {
            let hint = format!("one to {MOST_VALUES}");
            return Err(Fault::new(place, "the filter has no values, or too many", hint));
        }
        if !takes && !filter.values.is_empty() {
            return Err(Fault::new(place, "this filter takes no values", "leave them out"));
        }
        Ok(Condition { dimension, op: filter.op, values: filter.values.clone() })
    });
    each.collect()
}

fn terms(question: &Question, entries: &[Entry]) -> Result<Terms, Fault> {
    if question.limit == 0 || question.limit > MOST_ROWS {
        return Err(Fault::new("limit", "the limit is out of range", format!("1 to {MOST_ROWS}")));
    }
    if let Some(word) = question.time.dimension.as_deref().filter(|word| *word != "default") {
        let message = format!("metrics have a date of their own; `{word}` cannot be taken instead");
        return Err(Fault::new("time.dimension", message, "write default, or leave it out"));
    }
    let least = match question.evidence.as_deref().unwrap_or("default") {
        "default" | "observed" => Evidence::Observed,
        "attributed" => Evidence::Attributed,
        "experiment" => Evidence::Experiment,
        other => {
            let message = format!("there is no evidence `{other}`");
            let hint = "default, observed, attributed or experiment";
            return Err(Fault::new("evidence", message, hint));
        }
    };
    if let Some(entry) = entries.iter().find(|one| one.evidence < least) {
        let message = format!("`{}` is {}", entry.name, entry.evidence.as_str());
        let hint = "uplift and incremental_revenue come from experiments; or leave evidence out";
        return Err(Fault::new("evidence", message, hint));
    }
    let attributed = entries.iter().any(|one| one.evidence == Evidence::Attributed);
    if question.attribution.is_some() && !attributed {
        let hint = "leave it out, or ask for attributed_revenue";
        return Err(Fault::new("attribution", "no metric of the question is attributed", hint));
    }
    let attribution = question.attribution.unwrap_or_default();
    if attribution.window_days == 0 || attribution.window_days > 365 {
        let hint = "1 to 365";
        return Err(Fault::new("attribution.window_days", "the window is out of range", hint));
    }
    let cohorts = |one: &Entry| is_cohort(one.definition.r#type);
    if question.cohort.is_some() && !entries.iter().any(cohorts) {
        let hint = "leave it out, or ask for retention_rate or cohort_ltv";
        return Err(Fault::new("cohort", "no metric of the question has ages", hint));
    }
    if entries.iter().any(cohorts) && !entries.iter().all(cohorts) {
        let hint = "ask for metrics with ages on their own";
        return Err(Fault::new("metrics", "some of the metrics have ages and some have not", hint));
    }
    let cohort = question.cohort.unwrap_or_default();
    if cohort.max_age > MOST_AGES {
        return Err(Fault::new("cohort.max_age", "too many ages", format!("at most {MOST_AGES}")));
    }
    for (place, name) in question
        .having
        .iter()
        .enumerate()
        .map(|(index, one)| (format!("having[{index}].metric"), &one.metric))
    {
        if !question.metrics.contains(name) {
            let message = format!("`{name}` is no metric of the question");
            return Err(Fault::new(place, message, "name it among the metrics too"));
        }
    }
    for (index, order) in question.order_by.iter().enumerate() {
        let known = order.by == "time"
            || question.metrics.contains(&order.by)
            || question.dimensions.contains(&order.by);
        if !known {
            let message = format!("`{}` is no metric and no dimension of the question", order.by);
            let hint = "a metric or dimension of the question, or time";
            return Err(Fault::new(format!("order_by[{index}].by"), message, hint));
        }
    }
    Ok(Terms {
        population: question.population,
        model: attribution.model,
        lookback_days: attribution.window_days,
        cohort,
        include_immature: question.include_immature,
    })
}

pub(crate) fn is_cohort(kind: MetricType) -> bool {
    matches!(kind, MetricType::Retention | MetricType::CohortCumulative)
}

pub(crate) fn ranges(
    time: &TimeAsked,
    watermark: Timestamp,
    zone: Tz,
) -> Result<Vec<(Option<Compare>, Range)>, Fault> {
    let asked = &time.range;
    let range = range::range(asked, watermark, zone)?;
    let mut all = vec![(None, range)];
    for (index, with) in time.compare.iter().enumerate() {
        let place = format!("time.compare[{index}]");
        if asked.r#type == RangeType::All {
            let hint = "name a period, for example the last 30 days";
            return Err(Fault::new(place, "everything has nothing before it", hint));
        }
        if all.iter().any(|(other, _)| *other == Some(*with)) {
            return Err(Fault::new(place, "this comparison stands here twice", "name it once"));
        }
        all.push((Some(*with), range::compared(range, *with, zone)?));
    }
    if asked.r#type == RangeType::All && time.grain != Grain::None {
        let hint = "name a period, for example the last 12 months";
        return Err(Fault::new("time.grain", "everything cannot be cut into units of time", hint));
    }
    Ok(all)
}

/// What must not stand together.
fn together(
    question: &Question,
    leaves: &[(String, Definition)],
    dimensions: &[MetricDimension],
    conditions: &[Condition],
    facts: &Facts,
) -> Result<(), Fault> {
    for (name, definition) in leaves {
        let metric = &definition.metric;
        if metric.anchor == MetricAnchor::PeriodStart && question.time.grain != Grain::None {
            let message = format!("`{name}` is counted from the beginning of the period");
            let hint = "leave the grain out, or ask for one period after another";
            return Err(Fault::new("time.grain", message, hint));
        }
        let one = [MetricDimension::Loop, MetricDimension::Campaign];
        let split = dimensions.iter().any(|dimension| one.contains(dimension));
        let filtered = conditions.iter().any(|condition| {
            one.contains(&condition.dimension)
                && condition.op == FilterOperator::In
                && condition.values.len() == 1
        });
        let several = metric.r#type == MetricType::Incremental && facts.loops.len() > 1;
        if several && !split && !filtered {
            let message = format!("`{name}` of several loops together is no effect of anything");
            let hint = "split by loop, or filter by one";
            return Err(Fault::new("dimensions", message, hint));
        }
    }
    Ok(())
}

fn notes(
    question: &Question,
    leaves: &[(String, Definition)],
    dimensions: &[MetricDimension],
    facts: &Facts,
) -> Vec<String> {
    let mut notes = Vec::new();
    let range = &question.time.range;
    if range.r#type == RangeType::Rolling && range.n.is_none() && range.unit.is_none() {
        notes.push("no period was named: the last 30 days".to_owned());
    }
    if dimensions.contains(&MetricDimension::Audience) {
        let note =
            "people in several audiences count in each, so rows add up to more than the total";
        notes.push(note.to_owned());
    }
    let by_hour = [MetricDimension::HourOfDay, MetricDimension::Weekday];
    if dimensions.iter().any(|one| by_hour.contains(one)) {
        let note = "hours and weekdays are those of the question's time zone, not of each person";
        notes.push(note.to_owned());
    }
    let today = [MetricDimension::Content, MetricDimension::Offer];
    if dimensions.iter().any(|one| today.contains(one)) {
        let note = "contents and offers are those that the variants have today";
        notes.push(note.to_owned());
    }
    let withheld = facts.withheld.split(',').filter(|id| !id.is_empty()).count();
    if withheld > 0 && leaves.iter().any(|(_, one)| !one.metric.operational) {
        notes.push(format!("{withheld} people who must not be measured are left out"));
    }
    if question.include_immature {
        notes.push("units whose window is still open count with what they did so far".to_owned());
    }
    if let Some(population) = question.population.filter(|one| *one == MetricPopulation::All) {
        notes.push(format!("population: {}, with machines and tests", population_word(population)));
    }
    let rows = dimensions.len() + usize::from(question.time.grain != Grain::None);
    let adds = leaves.iter().all(|(_, one)| one.metric.r#type.is_additive());
    if rows > 0 && !adds {
        notes.push("rows of rates and of different people do not add up to the total".to_owned());
    }
    notes
}
