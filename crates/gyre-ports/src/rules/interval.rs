//! Constant lengths of time and instants, as they are written in rules.

use super::RuleError;
use super::words::error;
use gyre_model::{Span, Timestamp};

const DAYS: &str = "write days: months and years vary in length, for example interval '30 days'";
const FORM: &str = "write whole numbers with units, for example interval '30 days'";

/// Reads `30 days`, `1 day 2 hours` or `-90 minutes`.
pub(super) fn span(text: &str) -> Result<Span, RuleError> {
    let wrong = |hint: &str| error(format!("'{text}' is not a length of time"), text, hint);
    let mut total = 0i64;
    let mut parts = text.split_whitespace().peekable();
    if parts.peek().is_none() {
        return Err(wrong(FORM));
    }
    while let Some(number) = parts.next() {
        let number: i64 = number.parse().map_err(|_| wrong(FORM))?;
        let name = parts.next().ok_or_else(|| wrong(FORM))?;
        let unit = unit(name).ok_or_else(|| wrong(if varies(name) { DAYS } else { FORM }))?;
        total = number
            .checked_mul(unit.0)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| wrong("write a shorter time"))?;
    }
    Ok(Span(total))
}

/// The length of a unit.
fn unit(name: &str) -> Option<Span> {
    let name = name.to_lowercase();
    Some(match name.strip_suffix('s').unwrap_or(&name) {
        "week" => Span::days(7),
        "day" => Span::DAY,
        "hour" => Span::HOUR,
        "minute" | "min" => Span::MINUTE,
        "second" | "sec" => Span::SECOND,
        "millisecond" => Span(1_000),
        "microsecond" => Span(1),
        _ => return None,
    })
}

/// Whether a unit has no length of its own.
fn varies(name: &str) -> bool {
    ["mon", "quarter", "year", "decade", "centur"]
        .iter()
        .any(|unit| name.to_lowercase().starts_with(unit))
}

/// Reads RFC 3339, a date, or `2026-03-01 09:00:00`, which is taken as UTC.
pub(super) fn time(text: &str) -> Result<Timestamp, RuleError> {
    let sql = text.replacen(' ', "T", 1);
    Timestamp::parse(text)
        .or_else(|_| Timestamp::parse(&sql))
        .or_else(|_| Timestamp::parse(&format!("{sql}Z")))
        .map_err(|_| {
            error(
                format!("'{text}' is not a time"),
                text,
                "write '2026-03-01' or '2026-03-01T09:00:00Z'",
            )
        })
}
