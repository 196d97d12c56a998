//! A mapping suggested from a file's columns and its first rows. It is a beginning for people to read
//! and change, never applied by itself.

use crate::{ids, when};
use gyre_config::kinds::{
    EventRow, Extract, Format, Mapping, PersonIds, RecordRow, Repair, TimeFormat, ValueType,
};
use gyre_model::event::EventKind;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A column as the first rows show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it was taken for, in words for people.
    pub taken: String,
}

const USER: [&str; 8] = [
    "user_id",
    "userid",
    "customer_id",
    "customerid",
    "client_id",
    "member_id",
    "contact_id",
    "account_id",
];
const EMAIL: [&str; 5] = ["email", "e_mail", "mail", "email_address", "emailaddress"];
const ORDER: [&str; 7] = [
    "order_id",
    "orderid",
    "invoice_id",
    "invoice",
    "transaction_id",
    "receipt_id",
    "order_number",
];
const TIME: [&str; 10] =
    ["at", "ts", "date", "time", "timestamp", "datetime", "day", "created", "occurred", "ordered"];

/// The mapping, and what each column was taken for. `csv` says that every value is a text.
pub fn suggest(
    name: &str,
    source: &str,
    format: Format,
    columns: &[String],
    rows: &[Map<String, Value>],
) -> (Mapping, Vec<Column>) {
    let mut taken: Vec<Column> = Vec::new();
    let mut tell = |name: &str, what: &str| {
        taken.push(Column { name: name.to_owned(), taken: what.to_owned() });
    };
    let find = |known: &[&str]| {
        columns.iter().find(|column| known.contains(&plain(column).as_str())).cloned()
    };
    let email = find(&EMAIL).or_else(|| columns.iter().find(|c| is_email(rows, c)).cloned());
    let user = find(&USER);
    let order = find(&ORDER);
    let time = columns.iter().find_map(|column| {
        let words = plain(column);
        let named = words.split('_').any(|word| TIME.contains(&word));
        let read = time_of(rows, column)?;
        (named || matches!(read.0, Reading::Text)).then(|| (column.clone(), read.1))
    });
    let mut person = PersonIds::default();
    if let Some(column) = &user {
        person.user_id = Some(Extract::column(column));
        tell(column, "the user id");
    }
    if let Some(column) = &email {
        person.email = Some(Extract::column(column));
        tell(column, "the e-mail address");
    }
    if person.is_nobody() {
        let guess = columns.iter().find(|column| plain(column) == "id").or(columns.first());
        if let Some(column) = guess {
            person.user_id = Some(Extract::column(column));
            tell(column, "the user id, which is a guess: does it name a person?");
        }
    }
    let at = match &time {
        Some((column, extract)) => {
            tell(column, "when it happened");
            extract.clone()
        }
        None => Extract::constant("2026-01-01T00:00:00Z"),
    };
    let used: Vec<&String> = [&user, &email, &order]
        .into_iter()
        .flatten()
        .chain(time.iter().map(|(column, _)| column))
        .chain(person.user_id.iter().filter_map(|extract| extract.column.as_ref()))
        .collect();
    let mut values = BTreeMap::new();
    for column in columns.iter().filter(|column| !used.contains(column)) {
        let (extract, what) = value_of(rows, column);
        let place = if order.is_some() { "a property of the order" } else { "a trait" };
        tell(column, &format!("{place}, {what}"));
        values.insert(plain(column), extract);
    }
    let mut mapping = Mapping {
        source: source.to_owned(),
        format,
        csv: None,
        rows: None,
        when: Vec::new(),
        required: Vec::new(),
        reject: Vec::new(),
        row_id: None,
        person,
        at,
        traits: BTreeMap::new(),
        records: Vec::new(),
    };
    match &order {
        Some(column) => {
            tell(column, "what makes an order the same order");
            mapping.row_id = Some(Extract::column(column));
            values.insert("order_id".to_owned(), Extract::column(column));
            mapping.records.push(RecordRow::Event(EventRow {
                each: None,
                when: Vec::new(),
                at: None,
                call: EventKind::Track,
                name: Extract::constant("Order Completed"),
                properties: values,
            }));
        }
        None => mapping.traits = values,
    }
    if time.is_none() {
        let what = format!("no column of {name} says when; `at` is a constant that you must set");
        tell("at", &what);
    }
    (mapping, taken)
}

/// The column's name in small letters, words joined by `_`.
fn plain(column: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in column.trim().chars() {
        if c.is_uppercase() && before.is_lowercase() {
            out.push('_');
        }
        before = c;
        out.extend(c.to_lowercase());
    }
    crate::repair::name(&out).unwrap_or(out)
}

/// The values of a column that are there.
fn there<'a>(
    rows: &'a [Map<String, Value>],
    column: &'a str,
) -> impl Iterator<Item = &'a Value> + 'a {
    rows.iter().filter_map(move |row| row.get(column)).filter(|value| match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    })
}

fn all<'a>(rows: &'a [Map<String, Value>], column: &'a str, fits: impl Fn(&Value) -> bool) -> bool {
    there(rows, column).next().is_some() && there(rows, column).all(fits)
}

fn is_email(rows: &[Map<String, Value>], column: &str) -> bool {
    all(rows, column, |value| value.as_str().is_some_and(|text| ids::email(text).is_some()))
}

fn is_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    }
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Text,
    Number,
}

/// How the times of a column are read, if they are times.
fn time_of(rows: &[Map<String, Value>], column: &str) -> Option<(Reading, Extract)> {
    let of = |format: Option<TimeFormat>, repair: Option<Repair>| Extract {
        time_format: format,
        repair: repair.into_iter().collect(),
        r#type: format.map(|_| ValueType::Time),
        ..Extract::column(column)
    };
    let text = |read: &dyn Fn(&str) -> bool| all(rows, column, |v| v.as_str().is_some_and(read));
    if text(&|text| when::parse_strict(text.trim()).is_some()) {
        return Some((Reading::Text, of(None, None)));
    }
    if text(&|text| when::parse_date_time(text.trim()).is_some()) {
        return Some((Reading::Text, of(Some(TimeFormat::DateTime), None)));
    }
    for repair in [Repair::Date, Repair::MonthFirst, Repair::DayFirst] {
        let mends = |text: &str| {
            let value = Value::String(text.to_owned());
            crate::repair::repaired(&value, &[repair])
                .and_then(|value| value.as_str().map(str::to_owned))
                .is_some_and(|text| when::parse_strict(&text).is_some())
        };
        if text(&mends) && !all(rows, column, is_number) {
            return Some((Reading::Text, of(None, Some(repair))));
        }
    }
    let between = |low: f64, high: f64| {
        all(rows, column, |value| {
            super::value::number(value).is_some_and(|number| (low..high).contains(&number))
        })
    };
    if between(5e8, 5e9) {
        return Some((Reading::Number, of(Some(TimeFormat::UnixSeconds), None)));
    }
    if between(5e11, 5e12) {
        return Some((Reading::Number, of(Some(TimeFormat::UnixMillis), None)));
    }
    None
}

fn value_of(rows: &[Map<String, Value>], column: &str) -> (Extract, &'static str) {
    let typed = |kind| Extract { r#type: Some(kind), ..Extract::column(column) };
    let word = |value: &Value| match value {
        Value::Bool(_) => true,
        Value::String(text) => matches!(text.trim().to_lowercase().as_str(), "true" | "false"),
        _ => false,
    };
    if all(rows, column, word) {
        return (typed(ValueType::Boolean), "true or false");
    }
    // What begins with 0 is a code and no number: a postcode.
    let code = |value: &Value| {
        value.as_str().is_some_and(|text| {
            let text = text.trim();
            text.len() > 1 && text.starts_with('0') && !text.contains('.')
        })
    };
    if all(rows, column, is_number) && !there(rows, column).any(code) {
        return (typed(ValueType::Number), "a number");
    }
    if let Some((Reading::Text, extract)) = time_of(rows, column) {
        return (Extract { r#type: Some(ValueType::Time), ..extract }, "a time");
    }
    (Extract::column(column), "text")
}
