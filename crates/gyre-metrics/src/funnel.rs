//! Funnels: how many people took events one after another within a window, compiled like metrics and read
//! the same way.

use crate::answer::Period;
use crate::ast::{self, Bound};
use crate::base::{Condition, Keys, Rows};
use crate::compile::{Compiler, common, told};
use crate::coverage::Coverage;
use crate::error::{Error, Fault, Result};
use crate::estimate::share_interval;
use crate::facts::Facts;
use crate::plan::{Asked, View, ranges};
use crate::range::{self, Range};
use crate::rank::{FEW, word};
use arrow_array::RecordBatch;
use chrono_tz::Tz;
use gyre_config::Funnel;
use gyre_config::kinds::{
    MetricDimension, MetricFact, MetricMeasure, MetricPopulation, MetricUnit,
};
use gyre_config::nearest_hint;
use gyre_config::question::{Compare, Filter, FilterOperator};
use gyre_model::{Span, Timestamp};
use gyre_ports::lake::Parameter;
use serde::Serialize;
use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

const STEPS: std::ops::RangeInclusive<usize> = 2..=10;
const LONGEST: Span = Span::days(366);

/// A funnel that can be answered, and what to ask the lake for it.
#[derive(Debug, Clone)]
pub struct FunnelPlan {
    funnel: Funnel,
    ranges: Vec<(Option<Compare>, Range)>,
    zone: Tz,
    facts: Facts,
    asked: Vec<Asked>,
}

/// How many people came how far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunnelAnswer {
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// The same of other periods.
    pub compared: Vec<ComparedSteps>,
    /// Within which the first step was taken.
    pub period: Period,
    /// How long after it the others count.
    pub window: String,
    /// The time zone that days begin in.
    pub zone: String,
    /// Everything that happened up to here is counted.
    pub watermark: Timestamp,
    /// What the numbers rest on; nothing where nothing happened, or where it is not known yet.
    pub coverage: Option<Coverage>,
    /// People who did not come to the end, and still can: their window is open.
    pub immature: u64,
    /// When the last window closes, at the latest.
    pub mature_at: Option<Timestamp>,
    /// What a reader must know.
    pub notes: Vec<String>,
    /// The statement, parameters in place.
    pub sql: Vec<String>,
    /// Whether this was given before, and a newer one is being computed or is due.
    pub renewing: bool,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The event.
    pub event: String,
    /// What people call it.
    pub label: String,
    /// People who came at least so far; nothing where they are too few to be shown to this role.
    pub people: Option<u64>,
    /// Of those who began.
    pub of_first: Option<f64>,
    /// Lower end of its interval at 95 %.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Of those who came to the step before.
    pub of_previous: Option<f64>,
}

/// The steps of another period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedSteps {
    /// `previous_period` or `previous_year`.
    pub name: String,
    /// The period.
    pub period: Period,
    /// The steps.
    pub steps: Vec<Step>,
}

impl FunnelPlan {
    /// Checks a funnel and compiles it.
    pub fn new(funnel: Funnel, facts: Facts) -> Result<Self> {
        checked(&funnel)?;
        let zone = range::zone(funnel.time.zone.as_deref())?;
        let ranges = ranges(&funnel.time, facts.watermark, zone)?;
        let filters = funnel.filters.iter().enumerate();
        let conditions = filters.map(condition).collect::<Result<Vec<_>, Fault>>()?;
        let mut plan = Self { funnel, ranges, zone, facts, asked: Vec::new() };
        let asked = plan.ranges.iter().enumerate();
        let asked = asked.map(|(index, (_, range))| plan.compile(index, *range, &conditions));
        plan.asked = asked.collect::<Result<_>>()?;
        Ok(plan)
    }

    /// What to ask the lake, in order; [`FunnelPlan::read`] takes the answers in the same order.
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

    fn compile(&self, index: usize, range: Range, conditions: &[Condition]) -> Result<Asked> {
        let Funnel { steps, window, population, .. } = &self.funnel;
        let human = population.unwrap_or_default() == MetricPopulation::Human;
        let mut bound = common(&self.facts, &self.facts.withheld, human, range.from, *window);
        bound.set("watermark", Parameter::Time(self.facts.watermark));
        bound.set("window_seconds", Parameter::Integer(window.0 / 1_000_000));
        bound.set("until", Parameter::Time(range.to));
        let first = steps.first().map(|step| step.event.clone()).unwrap_or_default();
        bound.set("first", Parameter::Text(first));
        let shape = shape(steps.iter().map(|step| step.event.as_str()), &mut bound)?;
        let named = steps.iter().map(|step| step.event.clone()).collect();
        let measure = MetricMeasure {
            fact: MetricFact::Event,
            unit: Some(MetricUnit::Person),
            r#where: BTreeMap::from([("event".to_owned(), named)]),
            value: None,
        };
        // Who began in the period may come to the end after it.
        let rows = Rows { to: Some(range.to + *window), ..Rows::within(&measure, range) };
        let keys =
            Keys { unit: None, zone: self.zone, dimensions: &[MetricDimension::Event], conditions };
        let mut compiler = Compiler::new(bound, human);
        compiler.base("base", rows, Some(&keys))?;
        let (statement, parameters) = compiler.finish(shape, &self.facts)?;
        let sql = told(&statement, &parameters, &self.facts.withheld);
        Ok(Asked { leaf: 0, view: View::Total, range: index, statement, parameters, sql })
    }

    /// Makes the answer of what the lake gave back, one list of batches per statement of
    /// [`FunnelPlan::asked`].
    pub fn read(&self, answers: &[Vec<RecordBatch>]) -> Result<FunnelAnswer> {
        let periods: Vec<Reached> = answers
            .iter()
            .map(|batches| reached(batches, self.funnel.steps.len()))
            .collect::<Result<_>>()?;
        let of = |index: usize| periods.get(index).cloned().unwrap_or_default();
        let period = |range: Range| Period {
            from: range::shown(range.from, self.zone),
            to: range::shown(range.to, self.zone),
            from_at: range.from,
            to_at: range.to,
        };
        let compared = self.ranges.iter().enumerate().filter_map(|(index, (with, range))| {
            let name = word((*with)?).to_owned();
            Some(ComparedSteps { name, period: period(*range), steps: self.steps(&of(index)) })
        });
        let now = of(0);
        let whole =
            self.ranges.first().map_or(Range { from: Timestamp(0), to: Timestamp(0) }, |one| one.1);
        let steps = self.steps(&now);
        let mut notes = vec![
            "a step counts people once; of several beginnings the one that leads furthest"
                .to_owned(),
        ];
        if now.immature > 0 {
            notes.push(
                "people whose window is still open count with what they did so far".to_owned(),
            );
        }
        if steps.iter().any(|step| step.people.is_none()) {
            notes.push(format!("steps of fewer than {FEW} people are not shown to this role"));
        }
        let last = whole.to.min(self.facts.watermark) + self.funnel.window;
        Ok(FunnelAnswer {
            steps,
            compared: compared.collect(),
            period: period(whole),
            window: self.funnel.window.to_string(),
            zone: self.zone.name().to_owned(),
            watermark: self.facts.watermark,
            coverage: self.facts.coverage,
            immature: now.immature,
            mature_at: (now.immature > 0).then_some(last),
            notes,
            sql: self.asked.iter().take(1).map(|one| one.sql.clone()).collect(),
            renewing: false,
        })
    }

    fn steps(&self, reached: &Reached) -> Vec<Step> {
        let count = |index: usize| reached.people.get(index).copied().unwrap_or_default();
        let seen = |people: u64| self.facts.may_see_people || people == 0 || people >= FEW;
        let steps = self.funnel.steps.iter().enumerate().map(|(index, step)| {
            let (people, first) = (count(index), count(0));
            let before = if index == 0 { people } else { count(index - 1) };
            let label = step.label.clone().unwrap_or_else(|| step.event.clone());
            let event = step.event.clone();
            if !seen(people) {
                return Step {
                    event,
                    label,
                    people: None,
                    of_first: None,
                    low: None,
                    high: None,
                    of_previous: None,
                };
            }
            let share = |of: u64| (of > 0).then(|| people as f64 / of as f64);
            let interval = share_interval(Some(people as f64), Some(first as f64));
            Step {
                event,
                label,
                people: Some(people),
                of_first: share(first),
                low: interval.map(|(low, _)| low),
                high: interval.map(|(_, high)| high),
                of_previous: share(before).filter(|_| seen(before)),
            }
        });
        steps.collect()
    }
}

/// How many came at least so far, step by step.
#[derive(Debug, Clone, Default)]
struct Reached {
    people: Vec<u64>,
    immature: u64,
}

fn reached(batches: &[RecordBatch], steps: usize) -> Result<Reached> {
    let mut all = Reached { people: vec![0; steps], immature: 0 };
    for batch in batches {
        let columns = crate::numbers::Columns(batch);
        let (levels, n) = (columns.integers("level")?, columns.integers("n")?);
        let immature = columns.integers("immature")?;
        for row in 0..batch.num_rows() {
            let of = |column: &crate::numbers::Integers| {
                column.get(row).and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
            };
            let level = of(&levels) as usize;
            for people in all.people.iter_mut().take(level) {
                *people += of(&n);
            }
            if level < steps {
                all.immature += of(&immature);
            }
        }
    }
    Ok(all)
}

fn checked(funnel: &Funnel) -> Result<(), Fault> {
    if !STEPS.contains(&funnel.steps.len()) {
        let hint = format!("{} to {}", STEPS.start(), STEPS.end());
        return Err(Fault::new("steps", "a funnel has too few steps, or too many", hint));
    }
    if let Some(index) = funnel.steps.iter().position(|step| step.event.trim().is_empty()) {
        let place = format!("steps[{index}].event");
        return Err(Fault::new(place, "the step names no event", "for example Order Completed"));
    }
    if funnel.window < Span::SECOND || funnel.window > LONGEST {
        let hint = "1s to 366d, for example 7d";
        return Err(Fault::new("window", "the window is out of range", hint));
    }
    Ok(())
}

fn condition((index, filter): (usize, &Filter)) -> Result<Condition, Fault> {
    let known = MetricFact::Event.dimensions();
    let found = MetricDimension::parse(&filter.field).filter(|one| known.contains(one));
    let Some(dimension) = found else {
        let words = known.iter().map(|one| one.as_str());
        let hint = nearest_hint(&filter.field, words.clone())
            .unwrap_or_else(|| format!("events have: {}", words.collect::<Vec<_>>().join(", ")));
        let message = format!("events cannot be filtered by {}", filter.field);
        return Err(Fault::new(format!("filters[{index}].field"), message, hint));
    };
    let takes = !matches!(filter.op, FilterOperator::IsNull | FilterOperator::NotNull);
    if takes == filter.values.is_empty() {
        let message =
            if takes { "the filter has no values" } else { "this filter takes no values" };
        return Err(Fault::new(format!("filters[{index}].values"), message, "for example [web]"));
    }
    Ok(Condition { dimension, op: filter.op, values: filter.values.clone() })
}

/// The shape with one condition per step; the first counts only within the period.
fn shape<'a>(events: impl Iterator<Item = &'a str>, bound: &mut Bound) -> Result<Query> {
    let mut conditions = Vec::new();
    for event in events {
        let event = bound.text(event)?;
        let mut is = ast::expression("b.k0 = x")?;
        ast::put(&mut is, "x", &event);
        if conditions.is_empty() {
            is = ast::binary(is, BinaryOperator::And, ast::expression("b.at < $until")?);
        }
        conditions.push(is);
    }
    let mut query = ast::query("funnel", include_str!("shapes/funnel.sql"))?;
    let mut put = false;
    let _: ControlFlow<()> = sqlparser::ast::visit_expressions_mut(&mut query, |one| {
        if let Expr::Function(function) = one
            && let FunctionArguments::List(list) = &mut function.args
            && !put
            && function.name.to_string() == "window_funnel"
        {
            put = true;
            list.args.pop();
            let all =
                conditions.drain(..).map(|is| FunctionArg::Unnamed(FunctionArgExpr::Expr(is)));
            list.args.extend(all);
        }
        ControlFlow::Continue(())
    });
    if put { Ok(query) } else { Err(Error::Tree { name: "funnel" }) }
}
