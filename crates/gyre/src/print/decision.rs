//! A decision, just taken or long ago: what could have been drawn, and why not the rest.

use super::number::percent;
use super::table::{Table, cell};
use crate::print::say;
use serde_json::Value;

/// An answer to a question as text.
pub(crate) fn answer(answer: &Value) -> String {
    let Some(decision) = answer["decision"].as_str() else {
        return "no campaign has this person in its audience here\n".to_owned();
    };
    let mut text = format!("decision {decision}\n");
    for (title, key) in [
        ("campaign", "campaign"),
        ("variant", "variant"),
        ("probability", "probability"),
        ("arm", "arm"),
        ("token", "token"),
    ] {
        let value = cell(&answer[key]);
        if !value.is_empty() {
            say!(text, "{title}: {value}\n");
        }
    }
    match answer["content"].as_object() {
        Some(content) => {
            text.push_str("content:\n");
            for (key, value) in content {
                say!(text, "  {key}: {}\n", cell(value));
            }
        }
        None => text.push_str("nothing is shown\n"),
    }
    say!(text, "\nwhy: gyre decisions explain {decision}\n");
    text
}

/// A decision with what led to it and came of it, as text.
pub(crate) fn explain(value: &Value) -> String {
    let decision = &value["decision"];
    let mut text = format!("decision {}\n", cell(&decision["decision"]));
    let keys = [
        "decided_at",
        "campaign",
        "campaign_version",
        "policy_version",
        "channel",
        "placement",
        "mode",
        "loop",
        "arm",
        "segment",
        "person",
    ];
    for key in keys {
        let value = cell(&decision[key]);
        if !value.is_empty() {
            say!(text, "{}: {value}\n", key.replace('_', " "));
        }
    }
    let chosen = decision["chosen"].as_str();
    if let Some(list) = decision["candidates"].as_array() {
        text.push('\n');
        text.push_str(&candidates(list, chosen));
    }
    if let Some(uniform) = decision["uniform"].as_f64() {
        say!(text, "drawn with the uniform number {uniform:.6}\n");
    }
    if let Some(features) = decision["features"].as_object().filter(|map| !map.is_empty()) {
        text.push_str("\nwhat was known\n");
        let mut table = Table::new(&["feature", "value"]);
        for (key, value) in features {
            table.row([key.clone(), cell(value)]);
        }
        text.push_str(&table.to_string());
    }
    for (title, list, keys) in [
        (
            "delivered",
            &value["deliveries"],
            ["occurred_at", "channel", "outcome", "attempt", "detail"].as_slice(),
        ),
        ("answered", &value["responses"], ["occurred_at", "kind", "value"].as_slice()),
    ] {
        let Some(rows) = list.as_array().filter(|rows| !rows.is_empty()) else { continue };
        let mut table = Table::new(keys);
        for row in rows {
            table.row(keys.iter().map(|key| cell(&row[*key])));
        }
        say!(text, "\n{title}\n{table}");
    }
    text
}

fn candidates(list: &[Value], chosen: Option<&str>) -> String {
    let mut table = Table::new(&["candidate", ">probability", "refused because", "until", ""]);
    for one in list {
        let refusal = &one["refusal"];
        // A reason may be alone, or with the rule and the time it names.
        let reason = match refusal["reason"].as_str().or(refusal.as_str()) {
            Some(reason) => match refusal["by"].as_str() {
                Some(by) => format!("{reason} ({by})"),
                None => reason.to_owned(),
            },
            None => String::new(),
        };
        let mark = if chosen.is_some() && one["variant"].as_str() == chosen { "drawn" } else { "" };
        table.row([
            cell(&one["variant"]),
            percent(one["probability"].as_f64().unwrap_or_default()),
            reason,
            cell(&refusal["until"]),
            mark.to_owned(),
        ]);
    }
    table.to_string()
}
