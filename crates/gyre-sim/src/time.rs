//! Instants in microseconds, and the calendar of the simulated shop.

use chrono::{DateTime, SecondsFormat, Utc};

/// An instant, in microseconds since 1970 (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Time(pub(crate) i64);

/// One day in microseconds.
pub(crate) const DAY: i64 = 86_400_000_000;
/// One minute in microseconds.
pub(crate) const MINUTE: i64 = 60_000_000;
/// How many instants a simulated day has.
pub(crate) const SLOTS_PER_DAY: i32 = 2;
/// How many days a turn of the loop has.
pub(crate) const TURN_DAYS: i32 = 28;
/// How many days of purchases the server is told of at the start.
pub(crate) const HISTORY_DAYS: i32 = 120;

impl Time {
    /// Reads RFC 3339.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|time| Self(time.timestamp_micros()))
    }
    /// As RFC 3339 in UTC.
    pub(crate) fn text(self) -> String {
        DateTime::<Utc>::from_timestamp_micros(self.0)
            .map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            .unwrap_or_default()
    }
    /// So many microseconds later.
    pub(crate) fn plus(self, micros: i64) -> Self {
        Self(self.0 + micros)
    }
    /// Days from an earlier instant to this one.
    pub(crate) fn days_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / DAY as f64
    }
}

/// When things happen: two instants a day, numbered from 0 at the start; history has negative numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    /// Where the server's clock stood at the start.
    pub(crate) start: Time,
}

impl Calendar {
    /// The time of an instant: 10 or 18 hours into its day, counted from the start.
    ///
    /// It moves by a minute a day, so that no two instants are 14, 21 or 28 days apart and no window
    /// or cap has an event exactly on its edge: the shadow needs no guess about open and closed ends.
    pub(crate) fn time(self, slot: i32) -> Time {
        let day = i64::from(slot.div_euclid(SLOTS_PER_DAY));
        let hour = if slot.rem_euclid(SLOTS_PER_DAY) == 0 { 10 } else { 18 };
        self.start.plus(day * DAY + (hour * 60 + day.rem_euclid(29)) * MINUTE)
    }
    /// The end of a turn's window, from 1.
    pub(crate) fn turn_end(self, turn: i32) -> Time {
        self.start.plus(i64::from(turn * TURN_DAYS) * DAY)
    }
}
