//! Checks of metrics: what each type needs, and that everything named exists and can be reached.

use super::At;
use crate::expression::Expression;
use crate::kinds::{Metric, MetricDimension, MetricFact, MetricMeasure, MetricType};
use crate::metrics;
use crate::parse::Parsed;
use crate::places::Part;
use crate::resource::Spec;
use gyre_model::resource::Kind;
use std::collections::BTreeSet;

/// How deep metrics may be made of metrics.
const DEEPEST: usize = 8;

pub(super) fn metric(at: &mut At<'_, '_>, spec: &Metric) {
    needed(at, spec);
    if let Some(of) = &spec.of {
        measure(at, "spec.of", of, spec.r#type == MetricType::Sum);
    }
    if let Some(goal) = &spec.goal {
        let summed = match spec.r#type {
            MetricType::CohortCumulative => true,
            MetricType::Incremental => goal.value.is_some(),
            _ => false,
        };
        measure(at, "spec.goal", goal, summed);
        joined(at, spec, goal);
    }
    if spec.window.is_some_and(|window| window.0 <= 0) {
        at.value("spec.window", "the window must be above zero", "for example 7d");
    }
    if spec.quantile.is_some_and(|share| !(share > 0.0 && share < 1.0)) {
        at.value("spec.quantile", "a quantile is between 0 and 1", "0.5 is the median");
    }
    for (path, name) in
        [("spec.numerator", &spec.numerator), ("spec.denominator", &spec.denominator)]
    {
        let Some(other) = name.as_deref().and_then(|name| refer(at, path, name)) else { continue };
        if !matches!(other.r#type, MetricType::Count | MetricType::CountDistinct | MetricType::Sum)
        {
            let hint = "name a metric of type count, count_distinct or sum; or use type derived";
            at.value(path, "a ratio is made of counts and sums", hint);
        }
    }
    if let Some(text) = &spec.expression {
        match Expression::parse(text) {
            Ok(expression) => {
                for name in expression.names() {
                    refer(at, "spec.expression", name);
                }
            }
            Err(why) => at.value("spec.expression", why, "for example (margin - cost) / cost"),
        }
    }
    for (index, name) in spec.companions.iter().enumerate() {
        refer(at, &format!("spec.companions[{index}]"), name);
    }
    reachable(at, spec);
    if deep(at, spec, &mut BTreeSet::new(), 0) {
        let hint = "metrics may be made of metrics, but not of themselves";
        at.key("spec", "the metric is made of itself, or of too many others", hint);
    }
}

/// What a type needs, and what it has no use for.
fn needed(at: &mut At<'_, '_>, spec: &Metric) {
    use MetricType as T;
    let kind = spec.r#type;
    if spec.needs.is_some() {
        return;
    }
    let follows = matches!(
        kind,
        T::Conversion | T::Retention | T::CohortCumulative | T::DurationQuantile | T::Incremental
    );
    let timed = matches!(kind, T::Conversion | T::Incremental);
    let has = [
        ("of", spec.of.is_some(), !matches!(kind, T::Ratio | T::Derived), true),
        ("goal", spec.goal.is_some(), follows && kind != T::DurationQuantile, follows),
        ("window", spec.window.is_some(), timed, timed),
        ("numerator", spec.numerator.is_some(), kind == T::Ratio, kind == T::Ratio),
        ("denominator", spec.denominator.is_some(), kind == T::Ratio, kind == T::Ratio),
        ("expression", spec.expression.is_some(), kind == T::Derived, kind == T::Derived),
        ("scale", spec.scale.is_some(), kind == T::Survey, kind == T::Survey),
        ("quantile", spec.quantile.is_some(), false, kind == T::DurationQuantile),
        ("estimate", spec.estimate.is_some(), kind == T::Incremental, kind == T::Incremental),
    ];
    for (key, has, needs, takes) in has {
        let (path, kind) = (format!("spec.{key}"), kind.as_str());
        if needs && !has {
            at.key("spec", format!("type {kind} needs `{key}`"), format!("add `{key}: …`"));
        } else if has && !takes {
            at.key(&path, format!("type {kind} has no use for `{key}`"), "leave it out");
        }
    }
    let facts = [&spec.of, &spec.goal].into_iter().flatten();
    let people = spec.goal.is_some() || matches!(kind, T::Survey);
    if people && facts.clone().any(|one| !one.fact.has_person()) {
        let hint = "for example delivery, order or event";
        at.value("spec.of.fact", "this type needs facts of people", hint);
    }
    if kind == T::Incremental && spec.of.as_ref().is_some_and(|of| of.fact != MetricFact::Exposure)
    {
        let hint = "write `of: {fact: exposure}`";
        at.value("spec.of.fact", "only people with an arm can be compared", hint);
    }
    if kind == T::Survey && spec.of.as_ref().is_some_and(|of| of.fact != MetricFact::Survey) {
        at.value("spec.of.fact", "only answers are a survey", "write `fact: survey`");
    }
    if kind == T::CountDistinct && spec.of.as_ref().is_some_and(|of| of.unit.is_none()) {
        at.key("spec.of", "what is counted once is missing", "add `unit: person`");
    }
}

fn measure(at: &mut At<'_, '_>, path: &str, one: &MetricMeasure, summed: bool) {
    let values = one.fact.values();
    let is_property = |key: &str| {
        one.fact == MetricFact::Event
            && key.strip_prefix("properties.").is_some_and(|key| !key.is_empty())
    };
    match &one.value {
        Some(value) if !values.contains(&value.as_str()) && !is_property(value) => at.unknown(
            &format!("{path}.value"),
            Part::Value,
            &format!("value of {}", one.fact.as_str()),
            value,
            values.iter().copied(),
        ),
        None if summed => at.key(path, "what is summed is missing", "add `value: revenue`"),
        _ => {}
    }
    for (key, wanted) in &one.r#where {
        let path = format!("{path}.where.{key}");
        let known = one.fact.dimensions().iter().map(|dimension| dimension.as_str());
        if !is_property(key) && !known.clone().any(|name| name == key) {
            at.unknown(
                &path,
                Part::Key,
                &format!("dimension of {}", one.fact.as_str()),
                key,
                known,
            );
        }
        if wanted.is_empty() {
            at.value(&path, "no value is named", "for example [click]");
        }
    }
    let message = one.unit == Some(crate::kinds::MetricUnit::Message);
    if message && !one.fact.has_message() {
        let hint = "use send, delivery or response, or another unit";
        at.value(&format!("{path}.unit"), "this fact is not of messages", hint);
    }
    let name = one.unit == Some(crate::kinds::MetricUnit::EventName);
    if name && one.fact != MetricFact::Event {
        at.value(&format!("{path}.unit"), "only events have names", "use the fact event");
    }
}

/// Messages are followed by what is said of that message, people by what they do.
fn joined(at: &mut At<'_, '_>, spec: &Metric, goal: &MetricMeasure) {
    let message =
        spec.of.as_ref().and_then(|of| of.unit) == Some(crate::kinds::MetricUnit::Message);
    if message && !goal.fact.has_message() {
        let hint = "count people (`unit: person`), or name a goal of messages, such as response";
        at.value("spec.goal.fact", "what follows a message must be of messages", hint);
    }
}

/// Dimensions that are named must be reachable from what is counted.
fn reachable(at: &mut At<'_, '_>, spec: &Metric) {
    let Some(of) = &spec.of else { return };
    for (index, dimension) in spec.dimensions.iter().enumerate() {
        if of.fact.dimensions().contains(dimension) {
            continue;
        }
        let path = format!("spec.dimensions[{index}]");
        let known = of.fact.dimensions().iter().copied().map(MetricDimension::as_str);
        at.unknown(
            &path,
            Part::Value,
            &format!("dimension of {}", of.fact.as_str()),
            dimension.as_str(),
            known,
        );
    }
}

/// A metric of the set, of what runs, or of those built in.
fn find<'a>(at: &'a At<'_, '_>, name: &str) -> Option<&'a Metric> {
    let applied = at.world.spec(Kind::Metric, name);
    let spec = applied.or_else(|| {
        let all = metrics().iter().filter_map(Parsed::resource);
        all.into_iter().find(|one| one.metadata.name == name).map(|one| &one.spec)
    });
    match spec {
        Some(Spec::Metric(metric)) => Some(metric),
        _ => None,
    }
}

pub(super) fn refer(at: &mut At<'_, '_>, path: &str, name: &str) -> Option<Metric> {
    if let Some(found) = find(at, name) {
        return Some(found.clone());
    }
    let built_in = metrics().iter().filter_map(Parsed::resource);
    let names: Vec<String> = built_in
        .map(|one| one.metadata.name.clone())
        .chain(at.world.names(Kind::Metric).map(str::to_owned))
        .collect();
    at.unknown(path, Part::Value, "Metric", name, names.iter().map(String::as_str));
    None
}

/// Whether a metric is made of itself, or goes deeper than anybody reads.
fn deep(at: &At<'_, '_>, spec: &Metric, above: &mut BTreeSet<String>, depth: usize) -> bool {
    if depth > DEEPEST {
        return true;
    }
    let expression = spec.expression.as_deref().and_then(|text| Expression::parse(text).ok());
    let names = expression.iter().flat_map(Expression::names).map(str::to_owned);
    let names = names.chain(spec.numerator.clone()).chain(spec.denominator.clone());
    names.into_iter().collect::<Vec<_>>().into_iter().any(|name| {
        if !above.insert(name.clone()) {
            return true;
        }
        let found = find(at, &name).is_some_and(|other| deep(at, other, above, depth + 1));
        above.remove(&name);
        found
    })
}

/// Visits what a metric is made of, itself first; of a ratio's sides only the facts count, not what they
/// allow to be split by.
pub(super) fn leaves(at: &At<'_, '_>, spec: &Metric, visit: &mut dyn FnMut(&Metric, bool)) {
    visit_leaves(at, spec, true, 0, visit);
}

fn visit_leaves(
    at: &At<'_, '_>,
    spec: &Metric,
    own: bool,
    depth: usize,
    visit: &mut dyn FnMut(&Metric, bool),
) {
    visit(spec, own);
    if depth > DEEPEST {
        return;
    }
    let expression = spec.expression.as_deref().and_then(|text| Expression::parse(text).ok());
    let derived = expression.iter().flat_map(Expression::names).map(|name| (name.to_owned(), own));
    let sides = spec.numerator.iter().chain(&spec.denominator).map(|name| (name.clone(), false));
    for (name, own) in derived.chain(sides) {
        if let Some(other) = find(at, &name) {
            visit_leaves(at, other, own, depth + 1, visit);
        }
    }
}
