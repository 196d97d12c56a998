//! A campaign and how it fares.

use super::number::{amount, count, p, percent, points, relative};
use super::table::Table;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A campaign as the server tells it; what is not shown is left aside.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Campaign {
    name: String,
    version: u64,
    by: String,
    at: String,
    spec: Value,
    report: Report,
    performance: Option<Vec<Performance>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Report {
    control: Option<String>,
    alpha: f64,
    variants: Vec<Variant>,
    measures: Vec<Measure>,
    comparisons: u64,
    warnings: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Variant {
    variant: String,
    people: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Measure {
    kind: String,
    overall: Vec<Row>,
    cuts: Vec<Cut>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cut {
    key: String,
    value: String,
    rows: Vec<Row>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    variant: String,
    people: u64,
    responders: u64,
    rate: Option<f64>,
    mean: Option<f64>,
    rate_lift: Option<Comparison>,
    mean_lift: Option<Comparison>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Comparison {
    value: f64,
    relative: Option<f64>,
    fixed: Range,
    always_valid: Range,
    p: f64,
    p_adjusted: Option<f64>,
    alpha: f64,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Range {
    low: f64,
    high: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Performance {
    variant: String,
    channel: Option<String>,
    decisions: u64,
    sent: u64,
    rendered: u64,
    refused: u64,
    other_outcomes: BTreeMap<String, u64>,
    opens: u64,
    clicks: u64,
    other_responses: BTreeMap<String, u64>,
    closed: u64,
    reward: f64,
}

/// The campaign as text.
pub(crate) fn show(value: &Value) -> serde_json::Result<String> {
    let campaign = Campaign::deserialize(value)?;
    let mut text = String::new();
    let external = if campaign.spec["external"] == true { ", run by another system" } else { "" };
    line(
        &mut text,
        &format!(
            "campaign {}, version {} by {} at {}{external}",
            campaign.name, campaign.version, campaign.by, campaign.at
        ),
    );
    for warning in &campaign.report.warnings {
        line(&mut text, &format!("warning: {warning}"));
    }
    if let Some(rows) = campaign.performance.filter(|rows| !rows.is_empty()) {
        text.push_str("\nwhat was decided and came of it (counts, not effects)\n");
        text.push_str(&performance(&rows));
    }
    report(&mut text, &campaign.report);
    Ok(text)
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn performance(rows: &[Performance]) -> String {
    let mut table = Table::new(&[
        "variant",
        "channel",
        ">decided",
        ">sent",
        ">shown",
        ">refused",
        ">opened",
        ">clicked",
        ">closed",
        ">reward each",
        "other",
    ]);
    for row in rows {
        let others = row.other_outcomes.iter().chain(&row.other_responses);
        let others: Vec<String> = others.map(|(name, n)| format!("{name} {n}")).collect();
        let each =
            if row.closed == 0 { String::new() } else { amount(row.reward / row.closed as f64) };
        let variant = if row.variant.is_empty() { "(none drawn)" } else { &row.variant };
        table.row([
            variant.to_owned(),
            row.channel.clone().unwrap_or_default(),
            count(row.decisions),
            count(row.sent),
            count(row.rendered),
            count(row.refused),
            count(row.opens),
            count(row.clicks),
            count(row.closed),
            each,
            others.join(", "),
        ]);
    }
    table.to_string()
}

fn report(text: &mut String, report: &Report) {
    if report.variants.iter().all(|variant| variant.people == 0) {
        text.push_str("\nnobody was put into a variant by another system\n");
        return;
    }
    text.push_str("\npeople enrolled\n");
    let mut table = Table::new(&["variant", ">people", ""]);
    for variant in &report.variants {
        let is_control = report.control.as_ref() == Some(&variant.variant);
        let mark = if is_control { "control" } else { "" };
        table.row([variant.variant.clone(), count(variant.people), mark.to_owned()]);
    }
    text.push_str(&table.to_string());
    let level = percent(1.0 - report.alpha);
    for measure in &report.measures {
        line(text, &format!("\n{}: intervals of {level}", measure.kind));
        let rows = measure.overall.iter().map(|row| (String::new(), row));
        rows_of(text, rows.collect());
        let mut keys: Vec<&str> = measure.cuts.iter().map(|cut| cut.key.as_str()).collect();
        keys.dedup();
        for key in keys {
            let of_key = measure.cuts.iter().filter(|cut| cut.key == key);
            let rows: Vec<(String, &Row)> = of_key
                .flat_map(|cut| cut.rows.iter().map(|row| (cut.value.clone(), row)))
                .collect();
            let single = rows.iter().find_map(|(_, row)| {
                row.rate_lift.as_ref().or(row.mean_lift.as_ref()).map(|lift| lift.alpha)
            });
            let each = single.map_or_else(String::new, |alpha| {
                format!(" (each interval alone: {:.3} %)", 100.0 * (1.0 - alpha))
            });
            line(
                text,
                &format!(
                    "\n{} by {key}: intervals and p hold for all {} comparisons together{each}",
                    measure.kind, report.comparisons
                ),
            );
            rows_of(text, rows);
        }
    }
}

/// The rates of rows and, where responses have values, their means, each compared with the control.
fn rows_of(text: &mut String, rows: Vec<(String, &Row)>) {
    let cut = rows.iter().any(|(value, _)| !value.is_empty());
    let valued = rows.iter().any(|(_, row)| row.mean.is_some());
    let compared = |title, lift| {
        let mut titles = if cut { vec!["value", "variant"] } else { vec!["variant"] };
        titles.extend([">people", ">responders", title]);
        titles.extend([lift, ">interval", ">valid at every look", ">relative", ">p"]);
        Table::new(&titles)
    };
    let (mut rates, mut means) = (compared(">rate", ">lift, points"), compared(">mean", ">lift"));
    for (value, row) in rows {
        let mut head = if cut { vec![value] } else { Vec::new() };
        head.extend([row.variant.clone(), count(row.people), count(row.responders)]);
        let mut rate = head.clone();
        rate.push(row.rate.map_or_else(String::new, percent));
        rate.extend(comparison(row.rate_lift.as_ref(), points));
        rates.row(rate);
        head.push(row.mean.map_or_else(String::new, amount));
        head.extend(comparison(row.mean_lift.as_ref(), |value| format!("{value:+.4}")));
        means.row(head);
    }
    text.push_str(&rates.to_string());
    if valued {
        line(text, "\nvalue per person");
        text.push_str(&means.to_string());
    }
}

fn comparison(lift: Option<&Comparison>, show: fn(f64) -> String) -> Vec<String> {
    let Some(lift) = lift else { return Vec::new() };
    let range = |range: Range| format!("[{}, {}]", show(range.low), show(range.high));
    vec![
        show(lift.value),
        range(lift.fixed),
        range(lift.always_valid),
        relative(lift.relative),
        p(lift.p_adjusted.unwrap_or(lift.p)),
    ]
}
