//! Checks of boards: that every tile asks what can be answered, and can be shown as it says.

use super::{At, metric};
use crate::funnel::Funnel;
use crate::kinds::{
    Board, BoardDisplay, BoardTarget, BoardTile, Metric, MetricDimension, MetricFact,
};
use crate::places::Part;
use crate::question::{Filter, FilterOperator, Grain, Question};
use std::collections::BTreeSet;

/// More tiles than anybody reads, and than a server should be asked for at once.
const MOST_TILES: usize = 60;
/// Steps of a funnel.
const STEPS: std::ops::RangeInclusive<usize> = 2..=10;

pub(super) fn board(at: &mut At<'_, '_>, spec: &Board) {
    if spec.title.trim().is_empty() {
        at.value("spec.title", "the board has no title", "for example Campaign performance");
    }
    let tiles: usize = spec.sections.iter().map(|section| section.tiles.len()).sum();
    if tiles > MOST_TILES {
        let hint = format!("at most {MOST_TILES}; make two boards of it");
        at.key("spec.sections", "the board has too many tiles", hint);
    }
    for (number, section) in spec.sections.iter().enumerate() {
        for (index, one) in section.tiles.iter().enumerate() {
            tile(at, &format!("spec.sections[{number}].tiles[{index}]"), one);
        }
    }
}

fn tile(at: &mut At<'_, '_>, path: &str, tile: &BoardTile) {
    let is_funnel = tile.display == BoardDisplay::Funnel;
    match (&tile.query, &tile.funnel) {
        (Some(query), None) if !is_funnel => question(at, path, tile, query),
        (None, Some(funnel)) if is_funnel => steps(at, path, funnel),
        _ if is_funnel => {
            at.key(path, "a funnel has `funnel` and no `query`", "add `funnel: {steps: […]}`");
        }
        _ => at.key(path, "a tile has a `query` and no `funnel`", "add `query: {metrics: […]}`"),
    }
    if is_funnel && tile.opens != BoardTarget::Explore {
        at.value(&format!("{path}.opens"), "steps of a funnel lead nowhere", "leave it out");
    }
}

fn question(at: &mut At<'_, '_>, path: &str, tile: &BoardTile, query: &Question) {
    let metrics: Vec<Metric> = query
        .metrics
        .iter()
        .enumerate()
        .filter_map(|(index, name)| {
            metric::refer(at, &format!("{path}.query.metrics[{index}]"), name)
        })
        .collect();
    if query.metrics.is_empty() || query.metrics.len() > 6 {
        let place = format!("{path}.query.metrics");
        at.value(&place, "the question names no metric, or too many", "one to six");
    }
    for one in &metrics {
        if let Some(needs) = &one.needs {
            let place = format!("{path}.query.metrics");
            let message = format!("`{}` cannot be computed: it needs {needs}", one.label);
            at.value(&place, message, "`gyre metrics list` shows what can be");
        }
    }
    if metrics.len() < query.metrics.len() {
        return;
    }
    let reached: Vec<BTreeSet<MetricDimension>> =
        metrics.iter().map(|one| reachable(at, one)).collect();
    for (index, name) in query.dimensions.iter().enumerate() {
        dimension(at, &format!("{path}.query.dimensions[{index}]"), name, &metrics, &reached);
    }
    for (index, filter) in query.filters.iter().enumerate() {
        let path = format!("{path}.query.filters[{index}]");
        dimension(at, &format!("{path}.field"), &filter.field, &metrics, &reached);
        values(at, &path, filter);
    }
    for (index, order) in query.order_by.iter().enumerate() {
        let known = order.by == "time"
            || query.metrics.contains(&order.by)
            || query.dimensions.contains(&order.by);
        if !known {
            let message = format!("`{}` is no metric and no dimension of the question", order.by);
            let hint = "a metric or dimension of the question, or time";
            at.value(&format!("{path}.query.order_by[{index}].by"), message, hint);
        }
    }
    shown(at, path, tile, query);
}

/// A display needs keys, and a target rows of what it opens.
fn shown(at: &mut At<'_, '_>, path: &str, tile: &BoardTile, query: &Question) {
    let timed = usize::from(query.time.grain != Grain::None);
    let aged = usize::from(query.cohort.is_some());
    let split = query.dimensions.len();
    let place = format!("{path}.display");
    match tile.display {
        BoardDisplay::Heatmap if split + timed + aged != 2 => {
            let hint = "two dimensions; or one and a grain; or a grain and a cohort";
            at.value(&place, "a heatmap has two keys", hint);
        }
        BoardDisplay::Bar | BoardDisplay::Interval if split == 0 => {
            at.value(&place, "bars and intervals are of rows", "add `dimensions: […]`");
        }
        BoardDisplay::Number if split + aged > 0 => {
            at.value(&place, "a number is of the whole", "leave dimensions and cohort out");
        }
        _ => {}
    }
    if let Some(wanted) = tile.opens.dimension()
        && !query.dimensions.iter().any(|name| name == wanted.as_str())
    {
        let message = format!("the rows are not of one {}", wanted.as_str());
        let hint = format!("add `{}` to the dimensions, or leave it out", wanted.as_str());
        at.value(&format!("{path}.opens"), message, hint);
    }
}

pub(super) fn dimension(
    at: &mut At<'_, '_>,
    path: &str,
    name: &str,
    metrics: &[Metric],
    reached: &[BTreeSet<MetricDimension>],
) {
    let Some(dimension) = MetricDimension::parse(name) else {
        let known = MetricDimension::ALL.into_iter().map(MetricDimension::as_str);
        return at.unknown(path, Part::Value, "dimension", name, known);
    };
    for (metric, reached) in metrics.iter().zip(reached) {
        if !reached.contains(&dimension) {
            let known: Vec<&str> = reached.iter().map(|one| one.as_str()).collect();
            let message = format!("`{}` cannot be split or filtered by {name}", metric.label);
            at.value(path, message, format!("it has: {}", known.join(", ")));
        }
    }
}

pub(super) fn values(at: &mut At<'_, '_>, path: &str, filter: &Filter) {
    let takes = !matches!(filter.op, FilterOperator::IsNull | FilterOperator::NotNull);
    if takes == filter.values.is_empty() {
        let message = if takes { "the filter has no values" } else { "it takes no values" };
        at.value(&format!("{path}.values"), message, "for example [email]");
    }
}

fn steps(at: &mut At<'_, '_>, path: &str, funnel: &Funnel) {
    if !STEPS.contains(&funnel.steps.len()) {
        let hint = format!("{} to {}", STEPS.start(), STEPS.end());
        at.value(&format!("{path}.funnel.steps"), "a funnel has too few steps, or too many", hint);
    }
    at.positive(&format!("{path}.funnel.window"), funnel.window);
    let known = MetricFact::Event.dimensions();
    for (index, filter) in funnel.filters.iter().enumerate() {
        let path = format!("{path}.funnel.filters[{index}]");
        if !known.iter().any(|one| one.as_str() == filter.field) {
            let known = known.iter().map(|one| one.as_str());
            at.unknown(
                &format!("{path}.field"),
                Part::Value,
                "dimension of event",
                &filter.field,
                known,
            );
        }
        values(at, &path, filter);
    }
}

/// What a metric can be split by: what every fact it reads has, as far as it allows.
pub(super) fn reachable(at: &At<'_, '_>, metric: &Metric) -> BTreeSet<MetricDimension> {
    let mut all = BTreeSet::from(MetricDimension::ALL);
    metric::leaves(at, metric, &mut |leaf, own| {
        if let Some(of) = &leaf.of {
            all.retain(|one| of.fact.dimensions().contains(one));
        }
        if own && !leaf.dimensions.is_empty() {
            all.retain(|one| leaf.dimensions.contains(one));
        }
    });
    all
}
