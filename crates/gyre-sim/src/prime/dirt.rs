//! Dirt: the same values as somebody else would have written them. Each form is one that a cleaning rule
//! of `examples/prime-day/plan.yaml` mends.

use crate::time::Time;
use chrono::{DateTime, Utc};

/// A name as people type it: `loyal_members` becomes `Loyal Members`.
pub(super) fn name(clean: &str, form: f64) -> String {
    let title: Vec<String> = clean.split('_').map(capital).collect();
    match pick(form, 3) {
        0 => title.join(" "),
        1 => clean.to_uppercase().replace('_', "-"),
        _ => format!(" {} ", title.join(" ")),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A day as the rest of the world writes it: `2025-07-08` becomes `08.07.2025`.
pub(super) fn day(day: Time, form: f64) -> String {
    let format = ["%d.%m.%Y", "%d/%m/%Y", "%d %b %Y"][pick(form, 3)];
    written(day, format)
}

/// The same with the time of day.
pub(super) fn time(time: Time, form: f64) -> String {
    let format = ["%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d %b %Y %H:%M:%S"][pick(form, 3)];
    written(time, format)
}

/// A day as it should be written.
pub(super) fn clean_day(day: Time) -> String {
    written(day, "%Y-%m-%d")
}

fn written(time: Time, format: &str) -> String {
    DateTime::<Utc>::from_timestamp_micros(time.0)
        .map(|time| time.format(format).to_string())
        .unwrap_or_default()
}

/// The size of a banner whose sign was lost: `600×300` becomes `600300`.
pub(super) fn size(clean: &str, form: f64) -> String {
    clean.replace('×', ["", " x ", "*"][pick(form, 3)])
}

/// An amount as it should be written.
pub(super) fn plain(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// An amount as an office writes it: 123450 cents become `1.234,50 €`.
pub(super) fn amount(cents: i64) -> String {
    let (euros, rest) = (cents / 100, cents % 100);
    match euros {
        0..1000 => format!("{euros},{rest:02} €"),
        _ => format!("{}.{:03},{rest:02} €", euros / 1000, euros % 1000),
    }
}

/// A word for nothing.
pub(super) fn nothing(form: f64) -> &'static str {
    ["n/a", "none", "-"][pick(form, 3)]
}

/// One of so many, by a uniform number.
pub(super) fn pick(uniform: f64, of: usize) -> usize {
    ((uniform * of as f64) as usize).min(of - 1)
}
