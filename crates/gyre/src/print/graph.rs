//! Why identifiers are one person.

use super::table::{Table, cell};
use crate::print::say;
use serde_json::Value;
use std::collections::BTreeMap;

/// The graph as text: identifiers, links that hold, links that do not.
pub(crate) fn show(graph: &Value) -> String {
    let person = graph["person"].as_str().unwrap_or_default();
    let mut text = format!("person {person}\n\n");
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    let mut own = Table::new(&["known as", "identifier", "first seen", "last seen"]);
    for node in graph["nodes"].as_array().into_iter().flatten() {
        let identifier = format!("{} {}", cell(&node["id_type"]), cell(&node["identifier"]));
        names.insert(node["node"].as_str().unwrap_or_default(), identifier);
        if node["person"].as_str() == Some(person) {
            own.row(
                ["id_type", "identifier", "first_seen", "last_seen"].map(|key| cell(&node[key])),
            );
        }
    }
    text.push_str(&own.to_string());
    let name = |value: &Value| {
        let id = value.as_str().unwrap_or_default();
        names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    };
    let titles = ["one", "other", "trust", "source", "call", "message", "since", "last"];
    let mut holding = Table::new(&titles);
    let mut dropped =
        Table::new(&["one", "other", "why not", "trust", "source", "message", "since"]);
    for edge in graph["edges"].as_array().into_iter().flatten() {
        let (one, other) = (name(&edge["from"]), name(&edge["to"]));
        let of = |key: &str| cell(&edge[key]);
        if edge["holds"] == true {
            holding.row([
                one,
                other,
                of("trust"),
                of("source"),
                of("event_kind"),
                of("message_id"),
                of("first_heard"),
                of("last_heard"),
            ]);
        } else {
            let why = of("reason");
            let of = ["trust", "source", "message_id", "first_heard"].map(of);
            let [trust, source, message, since] = of;
            dropped.row([one, other, why, trust, source, message, since]);
        }
    }
    for (title, table) in [("linked by", holding), ("links that do not hold", dropped)] {
        if !table.is_empty() {
            say!(text, "\n{title}\n{table}");
        }
    }
    let mut apart = Table::new(&["one", "other"]);
    for pair in graph["separations"].as_array().into_iter().flatten() {
        apart.row([name(&pair[0]), name(&pair[1])]);
    }
    if !apart.is_empty() {
        say!(text, "\nsaid not to be one person\n{apart}");
    }
    if graph["truncated"] == true {
        say!(text, "\nthere are more links with others than are shown\n");
    }
    text
}
