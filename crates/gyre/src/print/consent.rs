//! Where somebody stands, what a walk over the ledger found, and what the gates said.

use super::table::{Table, cell};
use crate::print::say;
use serde_json::Value;

/// Where somebody stands as text.
pub(crate) fn stands(view: &Value) -> String {
    let text = |key: &str| view[key].as_str().unwrap_or_default();
    let mut page = format!("person {} as of {}\n", text("person"), text("as_of"));
    if let Some(jurisdiction) = view["jurisdiction"].as_str() {
        say!(page, "jurisdiction {jurisdiction}\n");
    }
    let keys = ["purpose", "channel", "allowed", "decision", "because", "since", "until"];
    let mut table = Table::new(&keys);
    for topic in view["topics"].as_array().into_iter().flatten() {
        table.row(keys.map(|key| cell(&topic[key])));
    }
    if !table.is_empty() {
        page.push('\n');
        page.push_str(&table.to_string());
    }
    page
}

/// What a walk over the ledger found as text.
pub(crate) fn ledger(report: &Value) -> String {
    let number = |key: &str| report[key].as_u64().unwrap_or_default();
    let mut page = format!("{} entries held against their hashes\n", number("entries"));
    if number("unchained") > 0 {
        say!(page, "{} entries were written before the ledger was chained\n", number("unchained"));
    }
    for (key, why) in [
        ("erased", "were erased with their people; their places are kept, each signed"),
        ("removed", "were removed because of their age; up to where is signed"),
    ] {
        if number(key) > 0 {
            say!(page, "{} entries {why}\n", number(key));
        }
    }
    for fault in report["faults"].as_array().into_iter().flatten() {
        say!(page, "{}\n", fault.as_str().unwrap_or_default());
    }
    if report["whole"] == true {
        say!(
            page,
            "the ledger is whole; its last hash is {}\n",
            report["head"].as_str().unwrap_or("-")
        );
    }
    page
}

/// What the gates said as text.
pub(crate) fn gates(answer: &Value) -> String {
    let keys = ["gate", "purpose", "allowed", "because", "count"];
    let mut table = Table::new(&keys);
    for gate in answer["gates"].as_array().into_iter().flatten() {
        table.row(keys.map(|key| cell(&gate[key])));
    }
    if table.is_empty() {
        return "no gate was asked: there is no consent policy".to_owned();
    }
    table.to_string()
}
