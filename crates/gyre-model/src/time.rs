//! Time as microseconds since 1970 in UTC. Nothing here reads a clock.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Sub};

/// An instant, in microseconds since 1970-01-01T00:00:00Z. JSON: RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A length of time in microseconds. YAML and JSON: `90s`, `45m`, `12h`, `30d`, `2w`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub i64);

/// A text that is not a time or a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseTimeError {
    /// Not RFC 3339.
    #[error("a time is written as RFC 3339, for example 2026-03-01T09:00:00Z")]
    Timestamp,
    /// Not a number with a unit.
    #[error("a length of time is a whole number and s, m, h, d or w, for example 30d")]
    Span,
}

impl Timestamp {
    /// The earliest instant there is.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant there is.
    pub const MAX: Self = Self(i64::MAX);

    /// From whole milliseconds since 1970.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }
    /// Whole days since 1970 (UTC).
    pub fn day(self) -> i32 {
        self.0.div_euclid(Span::DAY.0) as i32
    }
    /// Whole hours since 1970 (UTC).
    pub fn hour(self) -> i32 {
        self.0.div_euclid(Span::HOUR.0) as i32
    }
    /// Reads RFC 3339, or a bare date as its midnight in UTC.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self(time.timestamp_micros()));
        }
        chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .and_then(|date| date.and_hms_opt(0, 0, 0))
            .map(|time| Self(time.and_utc().timestamp_micros()))
            .ok_or(ParseTimeError::Timestamp)
    }
}

impl Span {
    /// One second.
    pub const SECOND: Self = Self(1_000_000);
    /// One minute.
    pub const MINUTE: Self = Self(60_000_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000_000);
    /// One day of 24 hours.
    pub const DAY: Self = Self(86_400_000_000);

    /// `n` days.
    pub const fn days(n: i64) -> Self {
        Self(n * Self::DAY.0)
    }
    /// `n` hours.
    pub const fn hours(n: i64) -> Self {
        Self(n * Self::HOUR.0)
    }
    /// Reads `30d` and its like.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let unit = match text.chars().last() {
            Some('s') => Self::SECOND,
            Some('m') => Self::MINUTE,
            Some('h') => Self::HOUR,
            Some('d') => Self::DAY,
            Some('w') => Self::days(7),
            _ => return Err(ParseTimeError::Span),
        };
        let digits = text.get(..text.len() - 1).ok_or(ParseTimeError::Span)?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseTimeError::Span);
        }
        let number: i64 = digits.parse().map_err(|_| ParseTimeError::Span)?;
        number.checked_mul(unit.0).map(Self).ok_or(ParseTimeError::Span)
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}
impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}
impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, other: Self) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_micros(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{}us", self.0),
        }
    }
}
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in
            [(Self::DAY, "d"), (Self::HOUR, "h"), (Self::MINUTE, "m"), (Self::SECOND, "s")]
        {
            if self.0 % unit.0 == 0 {
                return write!(f, "{}{name}", self.0 / unit.0);
            }
        }
        write!(f, "{}us", self.0)
    }
}
impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! text_in_json {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    Self::parse(&text).map_err(serde::de::Error::custom)
                } else {
                    i64::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}
text_in_json!(Timestamp);
text_in_json!(Span);
