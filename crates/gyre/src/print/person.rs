//! A person as known now.

use super::table::{Table, cell, plain};
use crate::print::say;
use serde_json::Value;

/// The person as text.
pub(crate) fn show(person: &Value) -> String {
    let mut text = format!("person {}\n", person["person"].as_str().unwrap_or_default());
    if let Some(next) = person["next_change_at"].as_str() {
        say!(text, "time alone changes something at {next}\n");
    }
    let mut nodes = Table::new(&["known as", "identifier", "first seen", "last seen"]);
    for node in person["nodes"].as_array().into_iter().flatten() {
        nodes.row(["kind", "identifier", "first_seen", "last_seen"].map(|key| cell(&node[key])));
    }
    section(&mut text, "", &nodes);
    section(&mut text, "features", &pairs(&person["features"], ["feature", "value"]));
    section(&mut text, "audiences", &pairs(&person["audiences"], ["audience", "since"]));
    section(&mut text, "arms", &pairs(&person["arms"], ["loop", "arm"]));
    section(&mut text, "consent", &pairs(&person["consent"], ["channel", "given"]));
    let keys = [
        "decision",
        "decided_at",
        "campaign",
        "channel",
        "segment",
        "arm",
        "chosen",
        "probability",
    ];
    let mut decisions = Table::new(&keys);
    for decision in person["decisions"].as_array().into_iter().flatten() {
        decisions.row(keys.map(|key| cell(&decision[key])));
    }
    section(&mut text, "latest decisions", &decisions);
    text
}

fn pairs(map: &Value, titles: [&str; 2]) -> Table {
    let mut table = Table::new(&titles);
    for (key, value) in map.as_object().into_iter().flatten() {
        table.row([plain(key), cell(value)]);
    }
    table
}

fn section(text: &mut String, title: &str, table: &Table) {
    if table.is_empty() {
        return;
    }
    text.push('\n');
    if !title.is_empty() {
        say!(text, "{title}\n");
    }
    text.push_str(&table.to_string());
}
