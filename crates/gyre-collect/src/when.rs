//! Times as clients write them, and the correction for their clocks.

use chrono::{DateTime, NaiveDateTime};
use gyre_model::Timestamp;
use serde_json::Value;

/// 1990-01-01: what is said to have happened before it comes from a clock that was never set.
const EARLIEST: Timestamp = Timestamp(631_152_000_000_000);
/// 9999-12-31T23:59:59Z: the last second that RFC 3339 can write.
const LATEST: Timestamp = Timestamp(253_402_300_799_000_000);
/// 0001-01-01T00:00:00Z.
const FIRST: Timestamp = Timestamp(-62_135_596_800_000_000);

/// The time in a text: RFC 3339, the same without a zone (then UTC) or with `+0100`, or a bare date.
pub(crate) fn parse_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let zoned = |format| {
        let time = DateTime::parse_from_str(text, format).ok()?;
        Some(Timestamp(time.timestamp_micros()))
    };
    parse_strict(text)
        .or_else(|| naive(text, "%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|| parse_date_time(text))
        .or_else(|| zoned("%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|| zoned("%Y-%m-%d %H:%M:%S%.f%z"))
        .filter(|&time| in_range(time))
}

/// The time in RFC 3339, or a bare date as its midnight in UTC.
pub(crate) fn parse_strict(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok().filter(|&time| in_range(time))
}

/// The time in `2026-03-01 09:00:00`, read as UTC.
pub(crate) fn parse_date_time(text: &str) -> Option<Timestamp> {
    naive(text, "%Y-%m-%d %H:%M:%S%.f")
}

fn naive(text: &str, format: &str) -> Option<Timestamp> {
    let time = NaiveDateTime::parse_from_str(text, format).ok()?;
    Some(Timestamp(time.and_utc().timestamp_micros())).filter(|&time| in_range(time))
}

/// The time of a number: milliseconds since 1970, or seconds when it is below 10¹¹ (milliseconds of
/// before 1973).
pub(crate) fn parse_number(number: f64) -> Option<Timestamp> {
    from_units(number, if number.abs() < 1e11 { 1e6 } else { 1e3 })
}

/// So many units since 1970, a unit being so many microseconds.
pub(crate) fn from_units(number: f64, unit: f64) -> Option<Timestamp> {
    let micros = number * unit;
    micros.is_finite().then_some(Timestamp(micros as i64)).filter(|&time| in_range(time))
}

/// The time in a JSON value; `None` for what is not one.
pub(crate) fn parse(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => parse_text(text),
        Value::Number(number) => parse_number(number.as_f64()?),
        _ => None,
    }
}

fn in_range(time: Timestamp) -> bool {
    (FIRST..=LATEST).contains(&time)
}

/// When it happened by the server's clock, and by how many microseconds that differs from what the
/// client said (0 when it said nothing).
///
/// The client's clock is wrong by `received − sent`; what it cannot know is how long the request took,
/// which is counted as part of that. Without `sent` the client is believed. Nothing happened after it
/// was received, nor before 1990: both are taken to have happened when received.
pub(crate) fn correct(
    original: Option<Timestamp>,
    sent: Option<Timestamp>,
    received: Timestamp,
) -> (Timestamp, i64) {
    let Some(original) = original else { return (received, 0) };
    let corrected = sent.map_or(original, |sent| received - (sent - original));
    let occurred = if corrected > received || corrected < EARLIEST { received } else { corrected };
    (occurred, (occurred - original).0)
}
