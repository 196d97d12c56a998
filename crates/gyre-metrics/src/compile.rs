//! From a metric, its keys and a period to one statement with bound parameters.

use crate::ast::{self, Bound};
use crate::base::{Keys, Rows, base, reads};
use crate::error::{Error, Result};
use crate::facts::{Facts, PARTS, needed};
use crate::range::Range;
use gyre_config::kinds::{
    Metric, MetricAnchor, MetricFact, MetricMeasure, MetricPopulation, MetricType, MetricUnit,
    SurveyScale,
};
use gyre_config::question::{AttributionModel, Cohort};
use gyre_model::Span;
use gyre_ports::failpoint;
use gyre_ports::lake::Parameter;
use sqlparser::ast::{Expr, Query, SetExpr, Statement, Value};

/// What a question says of all its metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) population: Option<MetricPopulation>,
    pub(crate) model: AttributionModel,
    pub(crate) lookback_days: u32,
    pub(crate) cohort: Cohort,
    pub(crate) include_immature: bool,
}

/// A metric with the metrics a ratio is made of.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) metric: Metric,
    /// Of a ratio, what stands above and below the line.
    pub(crate) above: Option<(MetricType, MetricMeasure)>,
    pub(crate) below: Option<(MetricType, MetricMeasure)>,
}

macro_rules! shape {
    ($name:literal) => {
        ast::query($name, include_str!(concat!("shapes/", $name, ".sql")))
    };
}

/// The statement of a metric over a period, and its parameters.
pub(crate) fn compile(
    definition: &Definition,
    keys: &Keys<'_>,
    range: Range,
    terms: &Terms,
    facts: &Facts,
) -> Result<(Statement, Vec<Parameter>)> {
    let metric = &definition.metric;
    let human = terms.population.unwrap_or(metric.population) == MetricPopulation::Human;
    let mut compiler = Compiler::new(bound(metric, range, human, terms, facts), human);
    let last = compiler.shape(definition, keys, range)?;
    compiler.finish(last, facts)
}

/// A statement in the making: its parts, and what they read.
pub(crate) struct Compiler {
    bound: Bound,
    /// Facts that are read.
    reads: Vec<&'static str>,
    /// What the question adds.
    parts: Vec<(&'static str, Query)>,
    human: bool,
}

impl Compiler {
    pub(crate) fn new(bound: Bound, human: bool) -> Self {
        Self { bound, reads: Vec::new(), parts: Vec::new(), human }
    }

    fn shape(&mut self, definition: &Definition, keys: &Keys<'_>, range: Range) -> Result<Query> {
        let metric = &definition.metric;
        let of = || metric.of.as_ref().ok_or(Error::Tree { name: "a metric without `of`" });
        match metric.r#type {
            MetricType::Count => {
                self.base("base", Rows::within(of()?, range), Some(keys))?;
                shape!("count")
            }
            MetricType::CountDistinct => {
                self.base("base", Rows::within(of()?, range), Some(keys))?;
                shape!("distinct")
            }
            MetricType::Sum => {
                self.base("base", Rows::within(of()?, range), Some(keys))?;
                shape!("sum")
            }
            MetricType::Ratio => self.ratio(definition, keys, range),
            MetricType::Conversion => {
                self.anchored(metric, of()?, keys, range)?;
                shape!("conversion")
            }
            MetricType::DurationQuantile if metric.goal.is_none() => {
                self.base("base", Rows::within(of()?, range), Some(keys))?;
                shape!("spread")
            }
            MetricType::DurationQuantile => {
                self.anchored(metric, of()?, keys, range)?;
                shape!("duration")
            }
            MetricType::Survey => {
                self.base("base", people(of()?, range), Some(keys))?;
                shape!("survey")
            }
            MetricType::Incremental => {
                let of = of()?;
                self.base("base", people(of, range), Some(keys))?;
                self.goal(metric, of, range)?;
                shape!("incremental")
            }
            MetricType::Retention | MetricType::CohortCumulative => {
                let of = of()?;
                self.base("base", people(of, range), Some(keys))?;
                self.goal(metric, of, range)?;
                self.parts.push(("cohort", shape!("cohort")?));
                self.parts.push(("lived", shape!("lived")?));
                if metric.r#type == MetricType::Retention {
                    shape!("retention")
                } else {
                    shape!("cumulative")
                }
            }
            MetricType::Derived => Err(Error::Tree { name: "a derived metric" }),
        }
    }

    /// Both sides are summed on their own before they meet, so that rows of one side cannot multiply
    /// rows of the other.
    fn ratio(&mut self, definition: &Definition, keys: &Keys<'_>, range: Range) -> Result<Query> {
        let sides = [("goal", "above", &definition.above), ("base", "below", &definition.below)];
        for (rows, name, side) in sides {
            let (kind, measure) =
                side.as_ref().ok_or(Error::Tree { name: "a ratio without sides" })?;
            self.base(rows, Rows::within(measure, range), Some(keys))?;
            let mut amount = match kind {
                MetricType::Count => shape!("amount_count")?,
                MetricType::CountDistinct => shape!("amount_distinct")?,
                _ => shape!("amount_sum")?,
            };
            ast::rename(&mut amount, "source", rows);
            self.parts.push((name, amount));
        }
        shape!("ratio")
    }

    fn anchored(
        &mut self,
        metric: &Metric,
        of: &MetricMeasure,
        keys: &Keys<'_>,
        range: Range,
    ) -> Result<()> {
        let window = metric.window.unwrap_or(Span(0));
        let mut rows = people(of, range);
        if metric.anchor == MetricAnchor::PeriodStart {
            rows.from = range.from - window;
            rows.to = Some(range.from);
            rows.anchor = Some(range.from);
        }
        self.base("base", rows, Some(keys))?;
        self.goal(metric, of, range)?;
        self.parts.push(("anchored", shape!("anchored")?));
        Ok(())
    }

    /// What follows, of the same unit, from the beginning of the period on.
    fn goal(&mut self, metric: &Metric, of: &MetricMeasure, range: Range) -> Result<()> {
        let goal = metric.goal.as_ref().ok_or(Error::Tree { name: "a metric without `goal`" })?;
        let unit = of.unit.unwrap_or(MetricUnit::Person);
        let rows =
            Rows { unit: Some(unit), to: None, excluding: false, ..Rows::within(goal, range) };
        self.base("goal", rows, None)
    }

    /// Reads a fact beside those of its rows.
    pub(crate) fn read(&mut self, fact: &'static str) {
        self.reads.push(fact);
    }

    pub(crate) fn base(
        &mut self,
        name: &'static str,
        mut rows: Rows<'_>,
        keys: Option<&Keys<'_>>,
    ) -> Result<()> {
        rows.human = self.human;
        self.reads.extend(reads(&rows, keys));
        let query = base(&rows, keys, &mut self.bound)?;
        self.parts.push((name, query));
        Ok(())
    }

    pub(crate) fn finish(
        mut self,
        mut last: Query,
        facts: &Facts,
    ) -> Result<(Statement, Vec<Parameter>)> {
        if failpoint::mutant("metrics.fan_out") {
            // Without the grouping by unit a second goal counts again.
            fan_out(&mut self.parts, &mut last)?;
        }
        let mut all = Vec::new();
        for name in needed(&self.reads) {
            let query = match name {
                "creatives" => creatives(facts, &mut self.bound)?,
                "loops" => loops(facts, &mut self.bound)?,
                _ => {
                    let part = PARTS.iter().find(|part| part.name == name);
                    let part = part.ok_or(Error::Tree { name: "an unknown part" })?;
                    ast::query(part.name, part.text)?
                }
            };
            all.push((name, query));
        }
        all.extend(self.parts);
        let mut statement = ast::with(all, last)?;
        let parameters = self.bound.number(&mut statement)?;
        Ok((statement, parameters))
    }
}

/// Rows whose units are people, unless they say otherwise.
fn people(of: &MetricMeasure, range: Range) -> Rows<'_> {
    let unit = Some(of.unit.unwrap_or(MetricUnit::Person));
    Rows { unit, ..Rows::within(of, range) }
}

/// The values that the texts of facts name.
pub(crate) fn common(
    facts: &Facts,
    withheld: &str,
    human: bool,
    from: gyre_model::Timestamp,
    window: Span,
) -> Bound {
    let text = |value: &str| Parameter::Text(value.to_owned());
    let mut bound = Bound::default();
    bound.set("workspace", text(facts.workspace.as_str()));
    bound.set("withheld", text(withheld));
    bound.set("human", Parameter::Boolean(human));
    let since = gyre_model::Timestamp((from - window - Span::days(2)).0.max(0));
    bound.set("since", text(&since.to_string()[..10]));
    bound.set("window", span(window));
    bound
}

fn span(span: Span) -> Parameter {
    Parameter::Text(format!("{} microseconds", span.0))
}

/// The values that texts name.
fn bound(metric: &Metric, range: Range, human: bool, terms: &Terms, facts: &Facts) -> Bound {
    let text = |value: &str| Parameter::Text(value.to_owned());
    let withheld = if metric.operational { "" } else { &facts.withheld };
    let window = metric.window.unwrap_or(Span(0));
    // A click on a message may come at its very instant, where time moves in steps.
    let together = metric.goal.as_ref().is_some_and(|goal| goal.fact.has_message())
        || metric.anchor == MetricAnchor::PeriodStart;
    let mut bound = common(facts, withheld, human, range.from, window);
    bound.set("gap", span(Span(i64::from(!together))));
    bound.set("next_day", Parameter::Boolean(metric.next_day));
    bound.set("last", Parameter::Boolean(metric.anchor == MetricAnchor::Last));
    bound.set("complement", Parameter::Boolean(metric.complement));
    bound.set("include_immature", Parameter::Boolean(terms.include_immature));
    bound.set("watermark", Parameter::Time(facts.watermark));
    bound.set("watermark_epoch", Parameter::Number(facts.watermark.0 as f64 / 1e6));
    bound.set("model", text(terms.model.as_str()));
    bound.set("lookback", span(Span::days(i64::from(terms.lookback_days))));
    bound.set("age_seconds", Parameter::Number(terms.cohort.age_unit.seconds() as f64));
    bound.set("ages", Parameter::Integer(i64::from(terms.cohort.max_age) + 1));
    let binary = metric.goal.as_ref().is_some_and(|goal| goal.value.is_none());
    bound.set("binary", Parameter::Boolean(binary));
    let [least, low, top, most] = match metric.scale {
        Some(SurveyScale::Nps) => [0.0, 6.0, 9.0, 10.0],
        _ => [1.0, 3.0, 4.0, 5.0],
    };
    for (name, value) in [("least", least), ("low", low), ("top", top), ("most", most)] {
        bound.set(name, Parameter::Number(value));
    }
    bound
}

fn creatives(facts: &Facts, bound: &mut Bound) -> Result<Query> {
    let rows = facts.creatives.iter().map(|one| {
        let mut row =
            vec![bound.text(&one.campaign)?, bound.text(&one.variant)?, bound.text(&one.channel)?];
        for known in [&one.content, &one.offer] {
            row.push(match known {
                Some(known) => bound.text(known)?,
                None => ast::expression("CAST(NULL AS VARCHAR)")?,
            });
        }
        Ok(row)
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    if rows.is_empty() {
        return ast::query(
            "creatives",
            "SELECT CAST(NULL AS VARCHAR) AS campaign, CAST(NULL AS VARCHAR) AS variant,
                    CAST(NULL AS VARCHAR) AS channel, CAST(NULL AS VARCHAR) AS content,
                    CAST(NULL AS VARCHAR) AS offer
             WHERE false",
        );
    }
    let query = ast::query(
        "creatives",
        "SELECT column1 AS campaign, column2 AS variant, column3 AS channel, column4 AS content,
                column5 AS offer
         FROM (VALUES (1)) AS v",
    )?;
    values(query, rows)
}

fn loops(facts: &Facts, bound: &mut Bound) -> Result<Query> {
    let rows =
        facts.loops.iter().map(|one| Ok(vec![bound.text(&one.name)?, bound.text(&one.campaign)?]));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    if rows.is_empty() {
        return ast::query(
            "loops",
            "SELECT CAST(NULL AS VARCHAR) AS \"loop\", CAST(NULL AS VARCHAR) AS campaign WHERE false",
        );
    }
    let query = ast::query(
        "loops",
        "SELECT column1 AS \"loop\", column2 AS campaign FROM (VALUES (1)) AS v",
    )?;
    values(query, rows)
}

/// Puts rows in place of those of the `VALUES` in a query.
fn values(mut query: Query, rows: Vec<Vec<Expr>>) -> Result<Query> {
    use sqlparser::ast::TableFactor;
    let wrong = || Error::Tree { name: "values" };
    let SetExpr::Select(select) = query.body.as_mut() else { return Err(wrong()) };
    let from = select.from.first_mut().ok_or_else(wrong)?;
    let TableFactor::Derived { subquery, .. } = &mut from.relation else { return Err(wrong()) };
    let SetExpr::Values(values) = subquery.body.as_mut() else { return Err(wrong()) };
    let model = values.rows.first().cloned().ok_or_else(wrong)?;
    values.rows = rows
        .into_iter()
        .map(|row| {
            let mut one = model.clone();
            one.content = row;
            one
        })
        .collect();
    Ok(query)
}

/// The mutant: a conversion counted after a plain join, and a ratio whose sides meet before they are
/// summed.
fn fan_out(parts: &mut [(&'static str, Query)], last: &mut Query) -> Result<()> {
    let joined = parts.iter().any(|(name, _)| *name == "anchored");
    if joined {
        *last = ast::query(
            "conversion",
            "SELECT a.t, a.k0, a.k1, a.k2, CAST(count(g.at) AS DOUBLE) AS numerator,
                    CAST(count(*) AS DOUBLE) AS denominator, count(*) AS n,
                    CAST(0 AS BIGINT) AS immature, CAST(NULL AS TIMESTAMP) AS mature_at,
                    count(*) AS people
             FROM anchored AS a
             LEFT JOIN goal AS g ON g.unit = a.unit AND g.at >= a.since AND g.at <= a.until
             GROUP BY a.t, a.k0, a.k1, a.k2",
        )?;
    }
    if parts.iter().any(|(name, _)| *name == "above") {
        *last = ast::query(
            "ratio",
            "SELECT b.t, b.k0, b.k1, b.k2, CAST(sum(g.value) AS DOUBLE) AS numerator,
                    CAST(count(*) AS DOUBLE) AS denominator, count(*) AS n, count(*) AS people,
                    CAST(0 AS DOUBLE) AS xx, CAST(0 AS DOUBLE) AS xy, CAST(0 AS DOUBLE) AS yy,
                    CAST(0 AS BIGINT) AS currencies
             FROM base AS b JOIN goal AS g ON g.person = b.person
             GROUP BY b.t, b.k0, b.k1, b.k2",
        )?;
    }
    Ok(())
}

/// Whether units above the line are among those below it, so that the ratio is a share.
pub(crate) fn is_share(definition: &Definition) -> bool {
    let (Some((above, one)), Some((below, other))) = (&definition.above, &definition.below) else {
        return false;
    };
    above == below
        && *above != MetricType::Sum
        && one.fact == other.fact
        && one.unit == other.unit
        && other.r#where.iter().all(|(key, values)| one.r#where.get(key) == Some(values))
}

/// The facts a metric reads itself, for what it can be split by.
pub(crate) fn sides(definition: &Definition) -> Vec<MetricFact> {
    let of = definition.metric.of.as_ref().map(|of| of.fact);
    let above = definition.above.as_ref().map(|(_, one)| one.fact);
    let below = definition.below.as_ref().map(|(_, one)| one.fact);
    of.into_iter().chain(above).chain(below).collect()
}

/// The text of a statement with its parameters in place, for people to read and run. Who is withheld is
/// not told.
pub(crate) fn told(statement: &Statement, parameters: &[Parameter], withheld: &str) -> String {
    let mut told = statement.clone();
    let _: std::ops::ControlFlow<()> = sqlparser::ast::visit_expressions_mut(&mut told, |one| {
        if let Expr::Value(value) = one
            && let Value::Placeholder(name) = &value.value
            && let Some(parameter) = name
                .strip_prefix('$')
                .and_then(|number| number.parse::<usize>().ok())
                .and_then(|number| parameters.get(number.checked_sub(1)?))
        {
            *one = Expr::Value(written(parameter, withheld).into());
        }
        std::ops::ControlFlow::Continue(())
    });
    format!("{told:#}")
}

fn written(parameter: &Parameter, withheld: &str) -> Value {
    match parameter {
        Parameter::Text(text) if !text.is_empty() && text == withheld => {
            Value::SingleQuotedString("(withheld)".to_owned())
        }
        Parameter::Text(text) => Value::SingleQuotedString(text.clone()),
        Parameter::Integer(number) => Value::Number(number.to_string(), false),
        Parameter::Number(number) => Value::Number(number.to_string(), false),
        Parameter::Decimal(amount) => Value::Number(amount.to_f64().to_string(), false),
        Parameter::Time(at) => Value::SingleQuotedString(at.to_string()),
        Parameter::Boolean(truth) => Value::Boolean(*truth),
    }
}
