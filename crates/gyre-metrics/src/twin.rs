//! Answers as tables of texts: what a chart says, for whoever reads it in a mail.
//!
//! Where there is no number it is said why, and a number of few units is called one.

use crate::answer::{Answer, Row, Shown, State, Value};
use crate::funnel::{FunnelAnswer, Step};
use crate::watch::why;
use serde::Serialize;
use std::collections::BTreeMap;

/// More rows than anybody reads in a mail.
const MOST_ROWS: usize = 50;

/// A number of a board, and what it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Headline {
    /// What people call it.
    pub label: String,
    /// The number, or why there is none.
    pub value: String,
    /// The number of the period before; empty where it is not compared.
    pub before: String,
    /// By how much it differs; empty where that is not known.
    pub change: String,
    /// What a reader must know; empty where it is nothing.
    pub note: String,
}

/// A chart as a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Table {
    /// The heads of the columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// How many more rows there are.
    pub more: usize,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// Whether it holds numbers.
    pub number: bool,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// What stands in it.
    pub text: String,
    /// Whether it holds a number.
    pub number: bool,
}

/// The numbers of the whole, one for each metric.
pub fn headlines(answer: &Answer) -> Vec<Headline> {
    let all = answer.metrics.iter().map(|metric| {
        let shown = answer.total.get(&metric.name);
        let now = shown.map(|shown| shown.now.clone()).unwrap_or_default();
        let before = shown.and_then(|shown| shown.compared.values().next());
        let small = now.value.is_some() && now.state == State::BelowMinimum;
        let mut notes = Vec::new();
        if small {
            notes.push(format!("small sample: {} of at least {}", now.n, metric.minimum));
        }
        if now.immature > 0 {
            notes.push(format!("{} still within their window", now.immature));
        }
        notes.extend(now.note.clone());
        Headline {
            label: metric.label.clone(),
            value: written(&now, &metric.format),
            before: before.map(|value| written(value, &metric.format)).unwrap_or_default(),
            change: before.map(change).unwrap_or_default(),
            note: notes.join("; "),
        }
    });
    all.collect()
}

/// The rows of an answer, and the whole below them.
pub fn table(answer: &Answer) -> Table {
    let timed = answer.grain != "none";
    let aged = answer.rows.iter().any(|row| row.age.is_some());
    let head = |title: &str, number| Column { title: title.to_owned(), number };
    let mut columns = Vec::new();
    columns.extend(timed.then(|| head(&answer.grain, false)));
    columns.extend(answer.dimensions.iter().map(|name| head(&name.replace('_', " "), false)));
    columns.extend(aged.then(|| head("age", true)));
    let keys = columns.len();
    for metric in &answer.metrics {
        columns.push(head(&metric.label, true));
        columns.push(head("n", true));
        for other in &answer.compared {
            columns.push(head(&other.name.replace('_', " "), true));
            columns.push(head("change", true));
        }
    }
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for row in answer.rows.iter().take(MOST_ROWS) {
        let mut cells = key_cells(answer, row, timed, aged);
        cells.extend(values(answer, &row.metrics));
        rows.push(cells);
    }
    if keys > 0 && !answer.total.is_empty() {
        let mut cells = vec![text(""); keys];
        if let Some(first) = cells.first_mut() {
            *first = text("total");
        }
        cells.extend(values(answer, &answer.total));
        rows.push(cells);
    }
    let mut notes = answer.notes.clone();
    let every =
        || answer.rows.iter().flat_map(|row| row.metrics.values()).chain(answer.total.values());
    if every().any(|shown| shown.now.state == State::BelowMinimum && shown.now.value.is_some()) {
        notes.push(
            "numbers marked small sample are of fewer units than a ranking asks for".to_owned(),
        );
    }
    if answer.truncated {
        notes.push("there are more rows than the tile asks for".to_owned());
    }
    Table { columns, rows, more: answer.rows.len().saturating_sub(MOST_ROWS), notes }
}

/// The steps of a funnel.
pub fn funnel(answer: &FunnelAnswer) -> Table {
    let before = answer.compared.first();
    let head = |title: &str, number| Column { title: title.to_owned(), number };
    let mut columns = vec![
        head("step", false),
        head("people", true),
        head("of those who began", true),
        head("of the step before", true),
    ];
    columns.extend(before.map(|other| head(&other.name.replace('_', " "), true)));
    let people = |step: &Step| {
        step.people.map_or_else(|| why(State::Hidden).to_owned(), |people| people.to_string())
    };
    let share = |share: Option<f64>| share.map_or_else(|| "—".to_owned(), percent);
    let rows = answer.steps.iter().enumerate().map(|(index, step)| {
        let mut cells = vec![
            text(&step.label),
            number(people(step)),
            number(share(step.of_first)),
            number(share(step.of_previous)),
        ];
        let then = before.map(|other| other.steps.get(index).map(people).unwrap_or_default());
        cells.extend(then.map(number));
        cells
    });
    let mut notes = answer.notes.clone();
    if answer.immature > 0 {
        notes.push(format!("{} did not come to the end and still can", answer.immature));
    }
    Table { columns, rows: rows.collect(), more: 0, notes }
}

fn key_cells(answer: &Answer, row: &Row, timed: bool, aged: bool) -> Vec<Cell> {
    let mut cells = Vec::new();
    cells.extend(timed.then(|| text(row.time.as_deref().unwrap_or("—"))));
    for index in 0..answer.dimensions.len() {
        let value = row.dimensions.get(index).and_then(Option::as_deref);
        cells.push(text(value.unwrap_or("not known")));
    }
    cells.extend(aged.then(|| number(row.age.map(|age| age.to_string()).unwrap_or_default())));
    cells
}

fn values(answer: &Answer, metrics: &BTreeMap<String, Shown>) -> Vec<Cell> {
    let mut cells = Vec::new();
    for metric in &answer.metrics {
        let shown = metrics.get(&metric.name);
        let now = shown.map(|shown| shown.now.clone()).unwrap_or_default();
        let mut value = written(&now, &metric.format);
        if now.value.is_some() && now.state == State::BelowMinimum {
            value.push_str(" (small sample)");
        }
        cells.push(number(value));
        let hidden = now.state == State::Hidden;
        cells.push(number(if hidden { String::new() } else { now.n.to_string() }));
        for other in &answer.compared {
            let then = shown.and_then(|shown| shown.compared.get(&other.name));
            let value = then.map(|value| written(value, &metric.format));
            cells.push(number(value.unwrap_or_default()));
            cells.push(number(then.map(change).unwrap_or_default()));
        }
    }
    cells
}

fn text(text: &str) -> Cell {
    Cell { text: text.to_owned(), number: false }
}

fn number(text: String) -> Cell {
    Cell { text, number: true }
}

/// A value as its metric is written, or why there is none.
pub fn written(value: &Value, format: &str) -> String {
    match value.value {
        Some(number) => figure(number, format),
        None => why(value.state).to_owned(),
    }
}

/// By how much the value now differs from one of another period; empty where that is not known.
pub fn change(before: &Value) -> String {
    before.relative_change.map(|change| format!("{:+.1} %", 100.0 * change)).unwrap_or_default()
}

/// A number as its metric is written.
pub fn figure(number: f64, format: &str) -> String {
    match format {
        "percent" => percent(number),
        "points" => format!("{:.1}", 100.0 * number),
        "duration" => format!("{number:.1} d"),
        "money" => format!("{number:.2}"),
        _ if number.fract() == 0.0 => format!("{number:.0}"),
        _ => format!("{number:.2}"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::{figure, headlines, table};
    use crate::answer::{Answer, AnsweredMetric, ComparedRange, Period, Row, Shown, State, Value};
    use crate::catalogue::Evidence;
    use expect_test::{Expect, expect};
    use gyre_model::Timestamp;
    use std::collections::BTreeMap;

    fn value(value: Option<f64>, n: u64, state: State) -> Value {
        Value { value, n, state, ..Value::default() }
    }

    fn shown(now: Value, before: Option<Value>) -> BTreeMap<String, Shown> {
        let compared = before.map(|before| ("previous_period".to_owned(), before));
        let shown = Shown { now, compared: compared.into_iter().collect() };
        BTreeMap::from([("ctr".to_owned(), shown)])
    }

    fn answer(rows: Vec<Row>, total: BTreeMap<String, Shown>) -> Answer {
        let period = Period {
            from: "2026-03-02".to_owned(),
            to: "2026-03-09".to_owned(),
            from_at: Timestamp(0),
            to_at: Timestamp(0),
        };
        let metric = AnsweredMetric {
            name: "ctr".to_owned(),
            label: "Click-through rate".to_owned(),
            r#type: "conversion".to_owned(),
            format: "percent".to_owned(),
            evidence: Evidence::Observed,
            version: 1,
            additive: false,
            window: None,
            attribution: None,
            minimum: 30,
            sql: Vec::new(),
            pitfalls: Vec::new(),
        };
        Answer {
            metrics: vec![metric],
            dimensions: vec!["channel".to_owned()],
            compared: vec![ComparedRange {
                name: "previous_period".to_owned(),
                period: period.clone(),
            }],
            period,
            grain: "none".to_owned(),
            zone: "UTC".to_owned(),
            watermark: Timestamp(0),
            coverage: None,
            population: "default".to_owned(),
            rows,
            groups: Vec::new(),
            total,
            notes: Vec::new(),
            truncated: false,
            renewing: false,
        }
    }

    fn check(answer: &Answer, expected: &Expect) {
        let table = table(answer);
        let mut told: Vec<String> = headlines(answer)
            .iter()
            .map(|one| [&*one.label, &one.value, &one.before, &one.change, &one.note].join(" | "))
            .collect();
        told.push(table.columns.iter().map(|one| &*one.title).collect::<Vec<_>>().join(" | "));
        for row in &table.rows {
            let cells: Vec<&str> = row.iter().map(|cell| &*cell.text).collect();
            told.push(cells.join(" | ").trim_end().to_owned());
        }
        told.push(format!("{} more, {:?}", table.more, table.notes));
        expected.assert_eq(&(told.join("\n") + "\n"));
    }

    #[test]
    fn few_and_none_are_said_as_such() {
        let row = |channel: &str, now, before| Row {
            time: None,
            age: None,
            dimensions: vec![Some(channel.to_owned()).filter(|name| !name.is_empty())],
            metrics: shown(now, before),
        };
        let before = Value { relative_change: Some(-0.5), ..value(Some(0.25), 400, State::Ok) };
        let rows = vec![
            row("email", value(Some(0.125), 400, State::Ok), Some(before.clone())),
            row("in_app", value(Some(0.5), 12, State::BelowMinimum), None),
            row("", value(None, 0, State::Hidden), Some(value(None, 0, State::Hidden))),
            row("push", value(None, 0, State::Immature), Some(value(None, 0, State::Empty))),
        ];
        let total =
            shown(Value { immature: 3, ..value(Some(0.2), 20, State::BelowMinimum) }, Some(before));
        check(
            &answer(rows, total),
            &expect![[r#"
            Click-through rate | 20.0 % | 25.0 % | -50.0 % | small sample: 20 of at least 30; 3 still within their window
            channel | Click-through rate | n | previous period | change
            email | 12.5 % | 400 | 25.0 % | -50.0 %
            in_app | 50.0 % (small sample) | 12 |  |
            not known | too few people to be shown |  | too few people to be shown |
            push | all that counts is still within its window | 0 | nothing happened that counts |
            total | 20.0 % (small sample) | 20 | 25.0 % | -50.0 %
            0 more, ["numbers marked small sample are of fewer units than a ranking asks for"]
        "#]],
        );
    }

    #[test]
    fn rows_without_end_are_cut() {
        let row = |number: u32| Row {
            time: None,
            age: None,
            dimensions: vec![Some(number.to_string())],
            metrics: shown(value(Some(0.5), 50, State::Ok), None),
        };
        let table = table(&answer((0..60).map(row).collect(), BTreeMap::new()));
        assert_eq!((table.rows.len(), table.more), (50, 10));
    }

    #[test]
    fn a_number_is_written_as_its_metric_says() {
        let all = ["number", "percent", "money", "duration", "points"];
        let told = all.map(|format| format!("{} {}", figure(0.126, format), figure(3.0, format)));
        expect!["0.13 3, 12.6 % 300.0 %, 0.13 3.00, 0.1 d 3.0 d, 12.6 300.0"]
            .assert_eq(&told.join(", "));
    }
}
