//! The rows of a fact that count, with what they are grouped by: the one part of a query that depends on
//! what is asked.

use crate::ast::{self, Bound};
use crate::error::Result;
use crate::facts::part;
use crate::range::Range;
use chrono_tz::Tz;
use gyre_config::kinds::{MetricDimension, MetricFact, MetricMeasure, MetricUnit};
use gyre_config::question::{FilterOperator, TimeUnit};
use gyre_model::Timestamp;
use gyre_ports::failpoint;
use gyre_ports::lake::Parameter;
use sqlparser::ast::{Expr, Query};

/// A condition on a dimension, checked.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) dimension: MetricDimension,
    pub(crate) op: FilterOperator,
    pub(crate) values: Vec<String>,
}

/// By what rows are grouped, and which of them count.
#[derive(Debug, Clone)]
pub(crate) struct Keys<'a> {
    pub(crate) unit: Option<TimeUnit>,
    pub(crate) zone: Tz,
    pub(crate) dimensions: &'a [MetricDimension],
    pub(crate) conditions: &'a [Condition],
}

/// Which rows count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) measure: &'a MetricMeasure,
    /// What counts once.
    pub(crate) unit: Option<MetricUnit>,
    /// From when, and until when if it ends.
    pub(crate) from: Timestamp,
    pub(crate) to: Option<Timestamp>,
    /// Their date, where it is not their own.
    pub(crate) anchor: Option<Timestamp>,
    /// Machines are left out.
    pub(crate) human: bool,
    /// People who must not be measured are left out.
    pub(crate) excluding: bool,
}

impl<'a> Rows<'a> {
    /// Rows of a measure within a period.
    pub(crate) fn within(measure: &'a MetricMeasure, range: Range) -> Self {
        Self {
            measure,
            unit: measure.unit,
            from: range.from,
            to: Some(range.to),
            anchor: None,
            human: true,
            excluding: true,
        }
    }
}

/// The parts that a base reads.
pub(crate) fn reads(rows: &Rows<'_>, keys: Option<&Keys<'_>>) -> Vec<&'static str> {
    let audience = |keys: &Keys<'_>| {
        keys.dimensions.contains(&MetricDimension::Audience)
            || keys.conditions.iter().any(|one| one.dimension == MetricDimension::Audience)
    };
    let own = rows.measure.r#where.contains_key("audience");
    let mut parts = vec![part(rows.measure.fact)];
    if own || keys.is_some_and(audience) {
        parts.push("memberships");
    }
    if rows.excluding && rows.measure.fact.has_person() {
        parts.push("excluded");
    }
    parts
}

/// The base as a query with the columns `unit`, `person`, `at`, `t`, `k0`, `k1`, `k2`, `value`,
/// `currency` and `arm`; without keys only with `unit`, `at`, `value` and `currency`.
pub(crate) fn base(rows: &Rows<'_>, keys: Option<&Keys<'_>>, bound: &mut Bound) -> Result<Query> {
    let fact = rows.measure.fact;
    let excluding = rows.excluding && fact.has_person();
    let by_audience = keys.is_some_and(|keys| keys.dimensions.contains(&MetricDimension::Audience));
    let text = match (by_audience, excluding) {
        (false, false) => "SELECT 1 FROM source AS f",
        (false, true) => {
            "SELECT 1 FROM source AS f LEFT JOIN excluded AS e ON e.person = f.person
             WHERE e.person IS NULL"
        }
        (true, false) => {
            "SELECT 1 FROM source AS f JOIN memberships AS m
             ON m.person = f.person AND f.at >= m.from_at AND f.at < m.until_at"
        }
        (true, true) => {
            "SELECT 1 FROM source AS f JOIN memberships AS m
             ON m.person = f.person AND f.at >= m.from_at AND f.at < m.until_at
             LEFT JOIN excluded AS e ON e.person = f.person WHERE e.person IS NULL"
        }
    };
    let mut query = ast::query("base", text)?;
    ast::rename(&mut query, "source", part(fact));

    let at = match rows.anchor {
        None => ast::column("f", "at"),
        Some(anchor) => {
            let mut cast = ast::expression("CAST(x AS TIMESTAMP)")?;
            let anchor = bound.bind(Parameter::Time(anchor));
            ast::put(&mut cast, "x", &anchor);
            cast
        }
    };
    let mut items = vec![
        ast::named(unit(rows)?, "unit"),
        ast::named(at.clone(), "at"),
        ast::named(value(rows.measure, bound)?, "value"),
        ast::named(optional(fact, MetricDimension::Currency)?, "currency"),
    ];
    if let Some(keys) = keys {
        let person = if fact.has_person() { ast::column("f", "person") } else { none()? };
        items.push(ast::named(person, "person"));
        items.push(ast::named(optional(fact, MetricDimension::Arm)?, "arm"));
        items.push(ast::named(bucket(keys, &at)?, "t"));
        for (index, name) in ["k0", "k1", "k2"].into_iter().enumerate() {
            let key = match keys.dimensions.get(index) {
                Some(dimension) => self::dimension(*dimension, keys.zone)?,
                None => none()?,
            };
            items.push(ast::named(key, name));
        }
    }
    let conditions = conditions(rows, keys, by_audience, bound)?;
    ast::fill(&mut query, items, conditions)?;
    Ok(query)
}

fn none() -> Result<Expr> {
    ast::expression("CAST(NULL AS VARCHAR)")
}

fn unit(rows: &Rows<'_>) -> Result<Expr> {
    Ok(match rows.unit {
        Some(MetricUnit::Person) => ast::column("f", "person"),
        Some(MetricUnit::Message) => ast::column("f", "message"),
        Some(MetricUnit::EventName) => ast::column("f", "event"),
        None => none()?,
    })
}

fn value(measure: &MetricMeasure, bound: &mut Bound) -> Result<Expr> {
    let Some(value) = measure.value.as_deref() else {
        return ast::expression("CAST(NULL AS DOUBLE)");
    };
    let Some(key) = value.strip_prefix("properties.") else {
        return Ok(ast::column("f", value));
    };
    let mut read = ast::expression("json_number(f.properties, x)")?;
    let key = bound.text(key)?;
    ast::put(&mut read, "x", &key);
    Ok(read)
}

/// A column that some facts have.
fn optional(fact: MetricFact, dimension: MetricDimension) -> Result<Expr> {
    if fact.dimensions().contains(&dimension) {
        Ok(ast::column("f", dimension.as_str()))
    } else {
        none()
    }
}

/// The local time of an instant, as the zone has it.
fn local(at: &Expr, zone: Tz) -> Expr {
    if zone == Tz::UTC {
        return at.clone();
    }
    Expr::AtTimeZone {
        timestamp: Box::new(at.clone()),
        time_zone: Box::new(ast::literal(zone.name())),
    }
}

fn bucket(keys: &Keys<'_>, at: &Expr) -> Result<Expr> {
    let text = match keys.unit {
        None => return none(),
        Some(TimeUnit::Hour) => "date_trunc('hour', x)",
        Some(TimeUnit::Day) => "date_trunc('day', x)",
        Some(TimeUnit::Week) => "date_trunc('week', x)",
        Some(TimeUnit::Month) => "date_trunc('month', x)",
        Some(TimeUnit::Quarter) => "date_trunc('quarter', x)",
        Some(TimeUnit::Year) => "date_trunc('year', x)",
    };
    let mut bucket = ast::expression(text)?;
    ast::put(&mut bucket, "x", &local(at, keys.zone));
    Ok(bucket)
}

fn dimension(dimension: MetricDimension, zone: Tz) -> Result<Expr> {
    let text = match dimension {
        MetricDimension::Audience => return Ok(ast::column("m", "audience")),
        MetricDimension::HourOfDay => "CAST(CAST(date_part('hour', x) AS BIGINT) AS VARCHAR)",
        MetricDimension::Weekday => {
            "CAST((CAST(date_part('dow', x) AS BIGINT) + 6) % 7 + 1 AS VARCHAR)"
        }
        other => return Ok(ast::column("f", other.as_str())),
    };
    let mut part = ast::expression(text)?;
    ast::put(&mut part, "x", &local(&ast::column("f", "at"), zone));
    Ok(part)
}

fn conditions(
    rows: &Rows<'_>,
    keys: Option<&Keys<'_>>,
    by_audience: bool,
    bound: &mut Bound,
) -> Result<Vec<Expr>> {
    let mut all = Vec::new();
    let mut when = |text, at| -> Result<()> {
        let mut one = ast::expression(text)?;
        let at = bound.bind(Parameter::Time(at));
        ast::put(&mut one, "x", &at);
        all.push(one);
        Ok(())
    };
    when("f.at >= x", rows.from)?;
    if let Some(to) = rows.to {
        when("f.at < x", to)?;
    }
    if rows.measure.fact == MetricFact::Response
        && rows.human
        && !failpoint::mutant("metrics.human")
    {
        all.push(ast::expression("NOT f.machine")?);
    }
    let zone = keys.map_or(Tz::UTC, |keys| keys.zone);
    for (key, values) in &rows.measure.r#where {
        if let Some(dimension) = MetricDimension::parse(key) {
            let one = Condition { dimension, op: FilterOperator::In, values: values.clone() };
            all.push(condition(&one, zone, false, bound)?);
        } else if let Some(key) = key.strip_prefix("properties.") {
            let mut read = ast::expression("json_text(f.properties, x)")?;
            let key = bound.text(key)?;
            ast::put(&mut read, "x", &key);
            all.push(compared(&read, FilterOperator::In, values, bound)?);
        }
    }
    for one in keys.into_iter().flat_map(|keys| keys.conditions) {
        all.push(condition(one, zone, by_audience, bound)?);
    }
    Ok(all)
}

/// A condition. On audiences the rows are not joined for it: a person in two of them counts once.
fn condition(one: &Condition, zone: Tz, joined: bool, bound: &mut Bound) -> Result<Expr> {
    let column = dimension(one.dimension, zone)?;
    if one.dimension != MetricDimension::Audience || joined {
        return compared(&column, one.op, &one.values, bound);
    }
    let (text, op) = match one.op {
        FilterOperator::NotIn => (NOT_IN_AUDIENCE, FilterOperator::In),
        FilterOperator::IsNull => (NOT_IN_AUDIENCE, FilterOperator::NotNull),
        other => (IN_AUDIENCE, other),
    };
    let mut exists = ast::expression(text)?;
    let inner = compared(&column, op, &one.values, bound)?;
    ast::put(&mut exists, "x", &inner);
    Ok(exists)
}

const IN_AUDIENCE: &str = "EXISTS (SELECT 1 FROM memberships AS m WHERE m.person = f.person
    AND f.at >= m.from_at AND f.at < m.until_at AND x)";
const NOT_IN_AUDIENCE: &str = "NOT EXISTS (SELECT 1 FROM memberships AS m WHERE m.person = f.person
    AND f.at >= m.from_at AND f.at < m.until_at AND x)";

fn compared(
    column: &Expr,
    op: FilterOperator,
    values: &[String],
    bound: &mut Bound,
) -> Result<Expr> {
    let each = |text: &'static str, bound: &mut Bound| -> Result<Vec<Expr>> {
        let one = |value: &String| {
            let mut one = ast::expression(text)?;
            let value = bound.text(value)?;
            ast::put(&mut one, "x", column);
            ast::put(&mut one, "y", &value);
            Ok(one)
        };
        values.iter().map(one).collect()
    };
    let list = |negated, bound: &mut Bound| -> Result<Expr> {
        let list = values.iter().map(|value| bound.text(value)).collect::<Result<_>>()?;
        Ok(Expr::InList { expr: Box::new(column.clone()), list, negated })
    };
    let none = || ast::expression("false");
    Ok(match op {
        FilterOperator::In => list(false, bound)?,
        FilterOperator::NotIn => {
            let unknown = Expr::IsNull(Box::new(column.clone()));
            ast::one_of(vec![unknown, list(true, bound)?]).map_or_else(none, Ok)?
        }
        FilterOperator::Contains => {
            ast::one_of(each("strpos(x, y) > 0", bound)?).map_or_else(none, Ok)?
        }
        FilterOperator::StartsWith => {
            ast::one_of(each("starts_with(x, y)", bound)?).map_or_else(none, Ok)?
        }
        FilterOperator::IsNull => Expr::IsNull(Box::new(column.clone())),
        FilterOperator::NotNull => Expr::IsNotNull(Box::new(column.clone())),
    })
}
