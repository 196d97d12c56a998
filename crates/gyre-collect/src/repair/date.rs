//! Dates and times as people write them.

use crate::when;
use chrono::{NaiveDate, NaiveDateTime};
use gyre_model::Timestamp;

/// What stands first where day and month are both numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

const YEAR_FIRST: [&str; 3] = ["%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"];
const IN_WORDS: [&str; 6] =
    ["%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%a %b %d %Y"];
const DAY_FIRST: [&str; 3] = ["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"];
const MONTH_FIRST: [&str; 3] = ["%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y"];
const TIMES: [&str; 3] = [" %H:%M:%S", " %H:%M", "T%H:%M:%S"];

/// The date or time in RFC 3339; a date stays one: `2026-12-31`.
pub(super) fn date(text: &str, order: Option<Order>) -> Option<String> {
    let text = text.trim().replace(',', "");
    let year = text.get(..4)?;
    if year.bytes().all(|byte| byte.is_ascii_digit()) {
        if let Ok(date) = NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
            return Some(date.format("%Y-%m-%d").to_string());
        }
        if let Some(time) = when::parse_text(&text) {
            return Some(time.to_string());
        }
    }
    let own: &[&str] = match order {
        None => &[],
        Some(Order::DayFirst) => &DAY_FIRST,
        Some(Order::MonthFirst) => &MONTH_FIRST,
    };
    YEAR_FIRST.iter().chain(&IN_WORDS).chain(own).find_map(|format| read(&text, format))
}

fn read(text: &str, format: &str) -> Option<String> {
    if let Ok(date) = NaiveDate::parse_from_str(text, format) {
        let year = date.format("%Y").to_string();
        // A year of two digits is read as one of the first century.
        return (year.len() == 4 && !year.starts_with('0'))
            .then(|| date.format("%Y-%m-%d").to_string());
    }
    TIMES.iter().find_map(|time| {
        let read = NaiveDateTime::parse_from_str(text, &format!("{format}{time}")).ok()?;
        let micros = read.and_utc().timestamp_micros();
        (micros > 0).then(|| Timestamp(micros).to_string())
    })
}
