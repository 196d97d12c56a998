//! Metrics and their answers as people read them.

use super::number::{amount, percent};
use super::say;
use super::table::{Table, cell, plain};
use serde_json::Value;

/// A metric: what it is, how it is defined, its SQL.
pub(crate) fn show(metric: &Value) -> String {
    let mut text = String::new();
    say!(
        text,
        "{} ({}), version {}\n",
        cell(&metric["label"]),
        cell(&metric["name"]),
        metric["version"]
    );
    say!(text, "{}\n\n", cell(&metric["description"]));
    let lines = [
        ("type", cell(&metric["type"])),
        ("evidence", cell(&metric["evidence"])),
        ("additive", cell(&metric["additive"])),
        ("owner", cell(&metric["definition"]["owner"])),
        ("split by", words(&metric["dimensions"])),
        ("used by", words(&metric["used_by"])),
        ("needs", cell(&metric["needs"])),
    ];
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        say!(text, "{name:<10}{value}\n");
    }
    for pitfall in metric["definition"]["pitfalls"].as_array().into_iter().flatten() {
        say!(text, "mind      {}\n", cell(pitfall));
    }
    for sql in metric["sql"].as_array().into_iter().flatten() {
        say!(text, "\n{}\n", sql.as_str().unwrap_or_default());
    }
    text
}

fn words(list: &Value) -> String {
    let words = list.as_array().into_iter().flatten().map(cell);
    words.collect::<Vec<_>>().join(", ")
}

/// An answer as a table, with the total as its last row.
pub(crate) fn answer(answer: &Value) -> String {
    let metrics = answer["metrics"].as_array().map(Vec::as_slice).unwrap_or_default();
    let dimensions = answer["dimensions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let others: Vec<String> =
        answer["compared"].as_array().into_iter().flatten().map(|one| cell(&one["name"])).collect();
    let rows = answer["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let timed = answer["grain"] != "none";
    let aged = rows.iter().any(|row| !row["age"].is_null());
    let mut titles: Vec<String> = Vec::new();
    titles.extend(timed.then(|| cell(&answer["grain"])));
    titles.extend(dimensions.iter().map(cell));
    titles.extend(aged.then(|| ">age".to_owned()));
    for metric in metrics {
        titles.push(format!(">{}", cell(&metric["name"])));
        titles.push(">n".to_owned());
        titles.push("95 %".to_owned());
        for other in &others {
            titles.push(format!(">{}", other.replace('_', " ")));
            titles.push(">change".to_owned());
        }
    }
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut table = Table::new(&titles);
    let values = |shown: &dyn Fn(&str) -> Value| {
        let mut cells = Vec::new();
        for metric in metrics {
            let format = metric["format"].as_str().unwrap_or_default();
            let shown = shown(metric["name"].as_str().unwrap_or_default());
            let now = &shown["now"];
            cells.push(value(now, format));
            cells.push(cell(&now["n"]));
            cells.push(interval(now, format));
            for other in &others {
                let then = &shown["compared"][other];
                cells.push(value(then, format));
                let change = then["relative_change"].as_f64();
                cells.push(
                    change.map_or_else(String::new, |change| format!("{:+.1} %", 100.0 * change)),
                );
            }
        }
        cells
    };
    for row in rows {
        let mut cells: Vec<String> = Vec::new();
        cells.extend(timed.then(|| cell(&row["time"])));
        cells.extend(row["dimensions"].as_array().into_iter().flatten().map(|one| match one {
            Value::Null => "—".to_owned(),
            other => cell(other),
        }));
        cells.extend(aged.then(|| cell(&row["age"])));
        cells.extend(values(&|name| row["metrics"][name].clone()));
        table.row(cells);
    }
    let total = answer["total"].as_object().is_some_and(|total| !total.is_empty());
    if total && (timed || !dimensions.is_empty()) {
        let keys = usize::from(timed) + dimensions.len() + usize::from(aged);
        let mut cells = vec![String::new(); keys];
        if let Some(first) = cells.first_mut() {
            "total".clone_into(first);
        }
        cells.extend(values(&|name| answer["total"][name].clone()));
        table.row(cells);
    }
    let mut text = table.to_string();
    let period = &answer["period"];
    say!(
        text,
        "\n{} to {} ({}), complete up to {}\n",
        cell(&period["from"]),
        cell(&period["to"]),
        cell(&answer["zone"]),
        cell(&answer["watermark"])
    );
    text.push_str(&coverage(&answer["coverage"]));
    for metric in metrics {
        let window =
            metric["window"].as_str().map(|window| format!(", {window}")).unwrap_or_default();
        let attribution =
            metric["attribution"].as_str().map(|one| format!(", {one}")).unwrap_or_default();
        say!(
            text,
            "{}: {}, version {}, {}{window}{attribution}\n",
            cell(&metric["name"]),
            cell(&metric["label"]),
            metric["version"],
            cell(&metric["evidence"])
        );
    }
    text
}

/// What the numbers rest on, if it is known.
fn coverage(coverage: &Value) -> String {
    let share = |name: &str| coverage[name].as_f64().map(percent);
    let mut says = Vec::new();
    if let (Some(people), Some(events)) = (share("people"), share("events")) {
        says.push(format!("covers {people} of people and {events} of events"));
    }
    says.extend(share("late").map(|late| format!("{late} of events came late")));
    if says.is_empty() {
        return String::new();
    }
    format!("last {} days: {}\n", coverage["days"], says.join("; "))
}

fn value(value: &Value, format: &str) -> String {
    let state = value["state"].as_str().unwrap_or_default();
    match value["value"].as_f64() {
        Some(number) if state == "below_minimum" => format!("({})", written(number, format)),
        Some(number) => written(number, format),
        None => match state {
            "immature" => "maturing".to_owned(),
            "hidden" => "too few".to_owned(),
            "mixed_currencies" => "currencies".to_owned(),
            _ => plain("—"),
        },
    }
}

fn interval(value: &Value, format: &str) -> String {
    match (value["low"].as_f64(), value["high"].as_f64()) {
        (Some(low), Some(high)) => format!("{} to {}", written(low, format), written(high, format)),
        _ => String::new(),
    }
}

fn written(number: f64, format: &str) -> String {
    match format {
        "percent" => percent(number),
        "points" => format!("{:.1}", 100.0 * number),
        "duration" => format!("{number:.1} d"),
        "money" => format!("{number:.2}"),
        _ if number.fract() == 0.0 => format!("{number:.0}"),
        _ => amount(number),
    }
}

#[cfg(test)]
mod tests {
    use super::coverage;
    use serde_json::{Value, json};

    #[test]
    fn what_numbers_rest_on_is_one_line() {
        let whole = json!({"days": 28, "people": 0.97, "events": 0.95, "late": 0.004});
        assert_eq!(
            coverage(&whole),
            "last 28 days: covers 97.00 % of people and 95.00 % of events; 0.40 % of events came late\n"
        );
        let everybody = json!({"days": 28, "people": null, "events": null, "late": 0.004});
        assert_eq!(coverage(&everybody), "last 28 days: 0.40 % of events came late\n");
        assert_eq!(coverage(&Value::Null), "");
    }
}
