//! Checks of reports and alerts: that what they speak of is there, and that a mail can reach somebody.

use super::{At, board, metric};
use crate::boards;
use crate::kinds::{Alert, AlertWhen, MetricDimension, Report};
use crate::parse::Parsed;
use crate::places::Part;
use crate::question::RangeAsked;
use gyre_model::Span;
use gyre_model::resource::Kind;

/// The most addresses: all their mails leave within the life of a permit.
const MOST_ADDRESSES: usize = 20;
/// Looking more often costs more than it tells.
const LEAST_EVERY: Span = Span::MINUTE;

pub(super) fn report(at: &mut At<'_, '_>, spec: &Report) {
    let shipped = boards().iter().filter_map(Parsed::resource);
    let names: Vec<String> = shipped
        .map(|one| one.metadata.name.clone())
        .chain(at.world.names(Kind::Board).map(str::to_owned))
        .collect();
    if !names.contains(&spec.board) {
        let names = names.iter().map(String::as_str);
        at.unknown("spec.board", Part::Value, "Board", &spec.board, names);
    }
    if spec.hour > 23 {
        at.value("spec.hour", "a day has no such hour", "0 to 23");
    }
    for (index, filter) in spec.r#where.iter().enumerate() {
        let path = format!("spec.where[{index}]");
        if MetricDimension::parse(&filter.field).is_none() {
            let known = MetricDimension::ALL.into_iter().map(MetricDimension::as_str);
            at.unknown(&format!("{path}.field"), Part::Value, "dimension", &filter.field, known);
        }
        board::values(at, &path, filter);
    }
    common(at, spec.title.as_deref(), spec.zone.as_deref(), spec.range.as_ref(), &spec.to);
}

pub(super) fn alert(at: &mut At<'_, '_>, spec: &Alert) {
    if let Some(found) = metric::refer(at, "spec.metric", &spec.metric) {
        if let Some(needs) = &found.needs {
            let message = format!("`{}` cannot be computed: it needs {needs}", found.label);
            at.value("spec.metric", message, "`gyre metrics list` shows what can be");
        }
        let reached = [board::reachable(at, &found)];
        let metrics = [found];
        for (index, filter) in spec.r#where.iter().enumerate() {
            let path = format!("spec.where[{index}]");
            board::dimension(at, &format!("{path}.field"), &filter.field, &metrics, &reached);
            board::values(at, &path, filter);
        }
    }
    if let AlertWhen::ChangesBy(percent) = spec.when
        && percent <= 0.0
    {
        at.value("spec.when.changes_by", "every number is off by as much", "for example 20");
    }
    if spec.every < LEAST_EVERY {
        at.value("spec.every", "it is looked at too often", "1m or longer, for example 1h");
    }
    if let Some(quiet) = spec.quiet {
        at.positive("spec.quiet", quiet);
    }
    common(at, spec.title.as_deref(), spec.zone.as_deref(), spec.range.as_ref(), &spec.to);
}

fn common(
    at: &mut At<'_, '_>,
    title: Option<&str>,
    zone: Option<&str>,
    range: Option<&RangeAsked>,
    to: &[String],
) {
    if title.is_some_and(|title| title.trim().is_empty()) {
        at.value("spec.title", "the title is empty", "leave it out, or say what it is");
    }
    if let Some(zone) = zone
        && zone.parse::<chrono_tz::Tz>().is_err()
    {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|one| one.name());
        at.unknown("spec.zone", Part::Value, "time zone", zone, known);
    }
    if range.is_some_and(|range| range.n == Some(0)) {
        at.value("spec.range.n", "a period has at least one unit", "for example 7");
    }
    if to.is_empty() || to.len() > MOST_ADDRESSES {
        let hint = format!("1 to {MOST_ADDRESSES}, for example [team@example.com]");
        at.value("spec.to", "it goes to nobody, or to too many", hint);
    }
    for (index, address) in to.iter().enumerate() {
        if !is_address(address) {
            let path = format!("spec.to[{index}]");
            at.value(&path, format!("`{address}` is no address"), "for example team@example.com");
        }
    }
    at.unique(to.iter().map(String::as_str), |index| format!("spec.to[{index}]"));
}

/// Whether a mail server could be asked about it; which addresses there are, only they know.
fn is_address(text: &str) -> bool {
    let strange =
        |letter: char| letter.is_whitespace() || letter.is_control() || "<>,;".contains(letter);
    match text.split_once('@') {
        Some((name, domain)) => {
            !name.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(strange)
        }
        None => false,
    }
}
