//! The metrics of this server, as SQL clients ask for them.

use arrow_array::RecordBatch;
use async_trait::async_trait;
use gyre_config::question::{
    AgeUnit, Cohort, Filter, FilterOperator, Grain, Question, RangeAsked, RangeType, TimeAsked,
};
use gyre_metrics::Catalogue;
use gyre_model::{Span, Timestamp, Workspace};
use gyre_ports::{Error, ErrorKind, Result};
use gyre_ring::Engine;
use gyre_sql::{Ages, Asked, Condition, ConditionOperator, Measure, Measures, Topic, Topics};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The most rows of an answer; more is an error.
const MOST: usize = 10_000;

/// The catalogue, and the function behind every door.
#[derive(Debug)]
pub(super) struct Metrics {
    engine: Arc<Engine>,
    /// By workspace, the topics and the catalogue that they are of.
    kept: Mutex<BTreeMap<String, (Arc<Catalogue>, Topics)>>,
}

impl Metrics {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine, kept: Mutex::default() }
    }
}

#[async_trait]
impl Measures for Metrics {
    async fn topics(&self, workspace: &str) -> Result<Topics> {
        let catalogue = self.engine.metric_catalogue(&Workspace::new(workspace)).await;
        let catalogue = catalogue.map_err(told)?;
        let mut kept = self.kept.lock().await;
        if let Some((of, topics)) = kept.get(workspace)
            && Arc::ptr_eq(of, &catalogue)
        {
            return Ok(Arc::clone(topics));
        }
        let topics = topics(&catalogue);
        kept.insert(workspace.to_owned(), (catalogue, Arc::clone(&topics)));
        Ok(topics)
    }

    async fn ask(&self, workspace: &str, asked: Asked) -> Result<RecordBatch> {
        let may = asked.may_see_people;
        let question = question(asked, self.engine.shared.clock.now())?;
        let workspace = Workspace::new(workspace);
        let answer = Box::pin(self.engine.ask_metrics(&workspace, question, may, Span(0))).await;
        let answer = answer.map_err(told)?;
        if answer.truncated {
            let what =
                format!("the answer has more than {MOST} rows; add conditions, or group by less");
            return Err(Error::new(ErrorKind::Invalid, what));
        }
        gyre_metrics::values(&answer).map_err(|why| {
            Error::new(ErrorKind::Corrupt, "an answer cannot be made a table").with(why)
        })
    }
}

fn topics(catalogue: &Catalogue) -> Topics {
    let topics = catalogue.topics().into_iter().map(|topic| Topic {
        name: topic.name(),
        about: topic.fact.about().to_owned(),
        dimensions: topic
            .dimensions
            .iter()
            .map(|one| (one.as_str().to_owned(), one.about().to_owned()))
            .collect(),
        has_ages: topic.has_ages,
        measures: topic
            .entries
            .iter()
            .map(|entry| Measure {
                name: entry.name.clone(),
                about: format!(
                    "{} ({}, version {})",
                    entry.description.as_deref().unwrap_or(&entry.definition.label),
                    entry.evidence.as_str(),
                    entry.version
                ),
                is_additive: entry.definition.r#type.is_additive(),
                is_daily: catalogue.has_days(&entry.name),
            })
            .collect(),
    });
    topics.map(Arc::new).collect()
}

/// `now` ends what has no end: days that have not come have no rows.
fn question(asked: Asked, now: Timestamp) -> Result<Question> {
    let grain = match asked.grain.as_deref() {
        None => Grain::None,
        Some("hour") => Grain::Hour,
        Some("day") => Grain::Day,
        Some("week") => Grain::Week,
        Some("month") => Grain::Month,
        Some("quarter") => Grain::Quarter,
        Some("year") => Grain::Year,
        Some(_) => return Err(Error::new(ErrorKind::Invalid, "there is no such unit of time")),
    };
    let range = match (asked.from, asked.to) {
        (None, None) => RangeAsked { r#type: RangeType::All, ..RangeAsked::default() },
        (from, to) => RangeAsked {
            r#type: RangeType::Between,
            from: Some(from.unwrap_or(Timestamp(0)).to_string()),
            to: Some(to.map_or(now, |to| to.min(now)).to_string()),
            ..RangeAsked::default()
        },
    };
    Ok(Question {
        time: TimeAsked { range, grain, ..TimeAsked::default() },
        filters: asked.conditions.into_iter().map(filter).collect(),
        cohort: asked.ages.map(cohort).transpose()?,
        limit: MOST,
        ..Question::of(asked.measures, asked.dimensions)
    })
}

fn cohort(ages: Ages) -> Result<Cohort> {
    let age_unit = match ages.unit.as_str() {
        "day" => AgeUnit::Day,
        "week" => AgeUnit::Week,
        "month" => AgeUnit::Month,
        _ => return Err(Error::new(ErrorKind::Invalid, "there is no such unit of age")),
    };
    let max_age = ages.to.unwrap_or(ages.from.saturating_add(Cohort::default().max_age));
    Ok(Cohort { age_unit, max_age })
}

fn filter(condition: Condition) -> Filter {
    let op = match condition.operator {
        ConditionOperator::In => FilterOperator::In,
        ConditionOperator::NotIn => FilterOperator::NotIn,
        ConditionOperator::Contains => FilterOperator::Contains,
        ConditionOperator::StartsWith => FilterOperator::StartsWith,
        ConditionOperator::IsNull => FilterOperator::IsNull,
        ConditionOperator::NotNull => FilterOperator::NotNull,
    };
    Filter { field: condition.dimension, op, values: condition.values }
}

/// What the client is told.
fn told(error: gyre_ring::Error) -> Error {
    match error {
        gyre_ring::Error::Invalid { message, hint } => {
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            Error::new(ErrorKind::Invalid, format!("{message}{hint}"))
        }
        gyre_ring::Error::Port(error) => error,
        other => Error::new(ErrorKind::Unavailable, "metrics cannot be computed").with(other),
    }
}
