//! Periods: from what is said to instants, in a time zone. `from` belongs to a period, `to` does not.

use crate::error::Fault;
use chrono::{
    DateTime, Datelike, Duration, Months, NaiveDate, NaiveDateTime, TimeZone, Timelike, Weekday,
};
use chrono_tz::Tz;
use gyre_config::question::{Compare, RangeAsked, RangeType, TimeUnit};
use gyre_model::Timestamp;

/// The most units a period may be said in.
const MOST_UNITS: u32 = 10_000;

/// A period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// A time zone by name.
pub(crate) fn zone(name: Option<&str>) -> Result<Tz, Fault> {
    let Some(name) = name else { return Ok(Tz::UTC) };
    name.parse().map_err(|_| {
        let message = format!("there is no time zone `{name}`");
        Fault::new("time.zone", message, "a name of the IANA database, for example Europe/Berlin")
    })
}

/// The period that is meant. What ends now ends at the watermark.
pub(crate) fn range(asked: &RangeAsked, watermark: Timestamp, zone: Tz) -> Result<Range, Fault> {
    let now = local(watermark, zone)?;
    let n = asked.n;
    if n.is_some_and(|n| n == 0 || n > MOST_UNITS) {
        let hint = format!("1 to {MOST_UNITS}");
        return Err(Fault::new("time.range.n", "a period has at least one unit", hint));
    }
    useless(asked)?;
    let (from, to) = match asked.r#type {
        RangeType::Rolling => {
            let unit = asked.unit.unwrap_or(TimeUnit::Day);
            let from = shifted(
                now,
                unit,
                -i64::from(n.unwrap_or(if asked.unit.is_some() { 1 } else { 30 })),
            );
            return Ok(Range { from: instant(from, zone), to: watermark });
        }
        RangeType::Previous => {
            let unit = asked.unit.unwrap_or(TimeUnit::Day);
            let to = floor(now, unit);
            (shifted(to, unit, -i64::from(n.unwrap_or(1))), to)
        }
        RangeType::ToDate => {
            let from = floor(now, asked.unit.unwrap_or(TimeUnit::Month));
            return Ok(Range { from: instant(from, zone), to: watermark });
        }
        RangeType::Period => {
            let text = asked.period.as_deref().unwrap_or_default();
            let Some((from, unit, n)) = period(text) else {
                let message = format!("`{text}` is no period");
                let hint = "2025, 2025-H1, 2025-Q2, 2025-05, 2025-W21 or 2025-05-17";
                return Err(Fault::new("time.range.period", message, hint));
            };
            (from, shifted(from, unit, n))
        }
        RangeType::Between => {
            let from = day_or_instant("from", asked.from.as_deref(), zone)?;
            let to = day_or_instant("to", asked.to.as_deref(), zone)?;
            if from >= to {
                let hint = "`to` is the first day that no longer belongs to the period";
                return Err(Fault::new("time.range.to", "the period ends before it begins", hint));
            }
            return Ok(Range { from, to });
        }
        RangeType::All => return Ok(Range { from: Timestamp(0), to: watermark }),
    };
    Ok(Range { from: instant(from, zone), to: instant(to, zone) })
}

/// Keys that the type of a period does not read are slips, and would give another number than meant.
fn useless(asked: &RangeAsked) -> Result<(), Fault> {
    use RangeType as T;
    let kind = asked.r#type;
    let reads = [
        ("n", asked.n.is_some(), matches!(kind, T::Rolling | T::Previous)),
        ("unit", asked.unit.is_some(), matches!(kind, T::Rolling | T::Previous | T::ToDate)),
        ("period", asked.period.is_some(), kind == T::Period),
        ("from", asked.from.is_some(), kind == T::Between),
        ("to", asked.to.is_some(), kind == T::Between),
    ];
    match reads.iter().find(|(_, given, read)| *given && !*read) {
        Some((key, ..)) => Err(Fault::new(
            format!("time.range.{key}"),
            "this type of period does not read it",
            "rolling and previous take n and unit, to_date unit, period period, between from and to",
        )),
        None => Ok(()),
    }
}

/// The period that another is compared with.
pub(crate) fn compared(range: Range, with: Compare, zone: Tz) -> Result<Range, Fault> {
    match with {
        Compare::PreviousPeriod => {
            let (from, to) = (local(range.from, zone)?, local(range.to, zone)?);
            let day = |at: NaiveDateTime| at.time() == chrono::NaiveTime::MIN;
            // Whole months go back by months: February is compared with January.
            if day(from) && day(to) && from.day() == 1 && to.day() == 1 {
                let months =
                    (to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32;
                let back = shifted(from, TimeUnit::Month, -i64::from(months));
                return Ok(Range { from: instant(back, zone), to: range.from });
            }
            let back = from - (to - from);
            Ok(Range { from: instant(back, zone), to: range.from })
        }
        Compare::PreviousYear => {
            let back = |at| -> Result<Timestamp, Fault> {
                Ok(instant(shifted(local(at, zone)?, TimeUnit::Year, -1), zone))
            };
            Ok(Range { from: back(range.from)?, to: back(range.to)? })
        }
    }
}

/// The beginnings of the units that a period touches.
pub(crate) fn buckets(range: Range, unit: TimeUnit, zone: Tz) -> Result<Vec<Timestamp>, Fault> {
    const MOST: usize = 5_000;
    let mut at = floor(local(range.from, zone)?, unit);
    let mut all = Vec::new();
    loop {
        let start = instant(at, zone);
        if start >= range.to {
            return Ok(all);
        }
        if all.len() == MOST {
            let hint =
                format!("at most {MOST} rows of time; take a larger grain or a shorter period");
            return Err(Fault::new("time.grain", "the grain is too small for the period", hint));
        }
        all.push(start);
        at = shifted(at, unit, 1);
    }
}

/// The day an instant is on, or the instant where it is no midnight.
pub(crate) fn shown(at: Timestamp, zone: Tz) -> String {
    match local(at, zone) {
        Ok(local) if local.time() == chrono::NaiveTime::MIN => local.date().to_string(),
        Ok(local) => local.format("%Y-%m-%dT%H:%M:%S").to_string(),
        Err(_) => at.to_string(),
    }
}

pub(crate) fn local(at: Timestamp, zone: Tz) -> Result<NaiveDateTime, Fault> {
    DateTime::from_timestamp_micros(at.0)
        .map(|utc| utc.with_timezone(&zone).naive_local())
        .ok_or_else(|| {
            Fault::new("time.range", "the period is out of reach", "use dates from 1970 on")
        })
}

/// The instant of a local time; where clocks were put forward, the first that there is.
pub(crate) fn instant(at: NaiveDateTime, zone: Tz) -> Timestamp {
    let found = zone.from_local_datetime(&at).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&(at + Duration::hours(1))).earliest());
    Timestamp(found.map_or_else(|| at.and_utc().timestamp_micros(), |at| at.timestamp_micros()))
}

fn midnight(date: NaiveDate) -> NaiveDateTime {
    date.and_time(chrono::NaiveTime::MIN)
}

pub(crate) fn floor(at: NaiveDateTime, unit: TimeUnit) -> NaiveDateTime {
    let date = at.date();
    let first = |month| NaiveDate::from_ymd_opt(date.year(), month, 1).unwrap_or(date);
    match unit {
        TimeUnit::Hour => date.and_hms_opt(at.hour(), 0, 0).unwrap_or(at),
        TimeUnit::Day => midnight(date),
        TimeUnit::Week => midnight(date.week(Weekday::Mon).first_day()),
        TimeUnit::Month => midnight(first(date.month())),
        TimeUnit::Quarter => midnight(first(date.month0() / 3 * 3 + 1)),
        TimeUnit::Year => midnight(first(1)),
    }
}

pub(crate) fn shifted(at: NaiveDateTime, unit: TimeUnit, by: i64) -> NaiveDateTime {
    let months = |months: i64| {
        let count = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(u32::MAX));
        let moved =
            if months < 0 { at.checked_sub_months(count) } else { at.checked_add_months(count) };
        moved.unwrap_or(at)
    };
    let moved = |length: Duration| at.checked_add_signed(length).unwrap_or(at);
    match unit {
        TimeUnit::Hour => moved(Duration::hours(by)),
        TimeUnit::Day => moved(Duration::days(by)),
        TimeUnit::Week => moved(Duration::weeks(by)),
        TimeUnit::Month => months(by),
        TimeUnit::Quarter => months(3 * by),
        TimeUnit::Year => months(12 * by),
    }
}

/// A calendar period by name: its beginning, and how many units it has.
fn period(text: &str) -> Option<(NaiveDateTime, TimeUnit, i64)> {
    let (year, rest) = match text.split_once('-') {
        Some((year, rest)) => (year, rest),
        None => (text, ""),
    };
    let year: i32 = year.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let first = |month| NaiveDate::from_ymd_opt(year, month, 1).map(midnight);
    let number = |text: &str| text.parse::<u32>().ok();
    if rest.is_empty() {
        return Some((first(1)?, TimeUnit::Year, 1));
    }
    if let Some(half) = rest.strip_prefix('H') {
        let half = number(half).filter(|half| (1..=2).contains(half))?;
        return Some((first(half * 6 - 5)?, TimeUnit::Month, 6));
    }
    if let Some(quarter) = rest.strip_prefix('Q') {
        let quarter = number(quarter).filter(|quarter| (1..=4).contains(quarter))?;
        return Some((first(quarter * 3 - 2)?, TimeUnit::Quarter, 1));
    }
    if let Some(week) = rest.strip_prefix('W') {
        let monday = NaiveDate::from_isoywd_opt(year, number(week)?, Weekday::Mon)?;
        return Some((midnight(monday), TimeUnit::Week, 1));
    }
    if rest.len() == 2 {
        return Some((first(number(rest)?)?, TimeUnit::Month, 1));
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some((midnight(day), TimeUnit::Day, 1))
}

fn day_or_instant(key: &str, text: Option<&str>, zone: Tz) -> Result<Timestamp, Fault> {
    let text = text.unwrap_or_default();
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(instant(midnight(day), zone));
    }
    Timestamp::parse(text).map_err(|_| {
        let message = format!("`{text}` is no day and no instant");
        Fault::new(format!("time.range.{key}"), message, "2026-03-01 or 2026-03-01T09:00:00Z")
    })
}

#[cfg(test)]
mod tests {
    use super::{buckets, compared, range, shown, zone};
    use gyre_config::question::{Compare, RangeAsked, TimeUnit};
    use gyre_model::Timestamp;

    fn check(asked: &str, zone_name: &str, expected: &str) {
        let asked: RangeAsked = serde_json::from_str(asked).unwrap();
        let watermark = Timestamp::parse("2026-03-11T15:30:00Z").unwrap();
        let zone = zone(Some(zone_name)).unwrap();
        let told = match range(&asked, watermark, zone) {
            Ok(range) => {
                let of = |range: super::Range| {
                    format!("{} to {}", shown(range.from, zone), shown(range.to, zone))
                };
                let before = compared(range, Compare::PreviousPeriod, zone).unwrap();
                format!("{}, before: {}", of(range), of(before))
            }
            Err(fault) => fault.to_string(),
        };
        assert_eq!(told, expected, "{asked:?}");
    }

    #[test]
    fn periods_are_half_open_and_begin_at_local_midnight() {
        check(
            r#"{"type": "period", "period": "2026-Q1"}"#,
            "UTC",
            "2026-01-01 to 2026-04-01, before: 2025-10-01 to 2026-01-01",
        );
        check(
            r#"{"type": "period", "period": "2026-W11"}"#,
            "UTC",
            "2026-03-09 to 2026-03-16, before: 2026-03-02 to 2026-03-09",
        );
        check(
            r#"{"type": "period", "period": "2026-02"}"#,
            "Europe/Berlin",
            "2026-02-01 to 2026-03-01, before: 2026-01-01 to 2026-02-01",
        );
        check(
            r#"{"type": "previous", "unit": "month"}"#,
            "UTC",
            "2026-02-01 to 2026-03-01, before: 2026-01-01 to 2026-02-01",
        );
        check(
            r#"{"type": "previous", "n": 2, "unit": "week"}"#,
            "UTC",
            "2026-02-23 to 2026-03-09, before: 2026-02-09 to 2026-02-23",
        );
        check(
            r#"{"type": "to_date", "unit": "month"}"#,
            "Europe/Berlin",
            "2026-03-01 to 2026-03-11T16:30:00, before: 2026-02-18T07:30:00 to 2026-03-01",
        );
        check(
            r#"{"type": "between", "from": "2026-01-05", "to": "2026-01-12"}"#,
            "UTC",
            "2026-01-05 to 2026-01-12, before: 2025-12-29 to 2026-01-05",
        );
        check(
            r#"{"unit": "day", "n": 7}"#,
            "UTC",
            "2026-03-04T15:30:00 to 2026-03-11T15:30:00, before: 2026-02-25T15:30:00 to 2026-03-04T15:30:00",
        );
    }

    #[test]
    fn what_is_no_period_is_said_where_it_stands() {
        check(
            r#"{"type": "period", "period": "2026-Q5"}"#,
            "UTC",
            "time.range.period: `2026-Q5` is no period",
        );
        check(
            r#"{"type": "between", "from": "2026-02-01", "to": "2026-01-01"}"#,
            "UTC",
            "time.range.to: the period ends before it begins",
        );
        check(
            r#"{"type": "period", "period": "2026", "n": 3}"#,
            "UTC",
            "time.range.n: this type of period does not read it",
        );
        check(r#"{"n": 0}"#, "UTC", "time.range.n: a period has at least one unit");
    }

    #[test]
    fn a_day_with_23_hours_is_one_day() {
        let berlin = zone(Some("Europe/Berlin")).unwrap();
        let asked: RangeAsked = serde_json::from_str(
            r#"{"type": "between", "from": "2026-03-28", "to": "2026-03-31"}"#,
        )
        .unwrap();
        let range = range(&asked, Timestamp(0), berlin).unwrap();
        let days = buckets(range, TimeUnit::Day, berlin).unwrap();
        let hours: Vec<i64> =
            days.windows(2).map(|two| (two[1].0 - two[0].0) / 3_600_000_000).collect();
        assert_eq!(hours, [24, 23]);
    }
}
