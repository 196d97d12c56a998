//! When reports are due and alerts are looked at, and which period each is about. Periods are fixed at
//! the instant that is due, so that a mail that is late says what it would have said in time.

use crate::error::Fault;
use crate::range::{self, Range};
use chrono::{Duration, NaiveDateTime};
use chrono_tz::Tz;
use gyre_config::kinds::{Alert, Report};
use gyre_config::question::{RangeAsked, RangeType, TimeUnit};
use gyre_model::{Span, Timestamp};

/// The first instant after `after` at which a report is due.
///
/// On the day when clocks go forward past its hour, it is due at the first instant that there is.
pub fn report_due_after(report: &Report, after: Timestamp) -> Result<Timestamp, Fault> {
    let zone = range::zone(report.zone.as_deref())?;
    let unit = report.every.unit();
    let mut day = range::floor(range::local(after, zone)?, unit);
    loop {
        let due = at_hour(day, report.hour, zone);
        if due > after {
            return Ok(due);
        }
        day = range::shifted(day, unit, 1);
    }
}

/// The last instant at or before `now` at which a report was due.
pub fn report_due_by(report: &Report, now: Timestamp) -> Result<Timestamp, Fault> {
    let zone = range::zone(report.zone.as_deref())?;
    let unit = report.every.unit();
    let mut day = range::floor(range::local(now, zone)?, unit);
    loop {
        let due = at_hour(day, report.hour, zone);
        if due <= now {
            return Ok(due);
        }
        day = range::shifted(day, unit, -1);
    }
}

fn at_hour(day: NaiveDateTime, hour: u32, zone: Tz) -> Timestamp {
    range::instant(day + Duration::hours(i64::from(hour.min(23))), zone)
}

/// The period that a report is about: its own, or the day, week or month that ended last.
pub fn report_range(report: &Report) -> RangeAsked {
    report.range.clone().unwrap_or_else(|| RangeAsked {
        r#type: RangeType::Previous,
        unit: Some(report.every.unit()),
        ..RangeAsked::default()
    })
}

/// The period that an alert looks at: its own, or the last 24 hours.
pub fn alert_range(alert: &Alert) -> RangeAsked {
    alert.range.clone().unwrap_or_else(|| RangeAsked {
        n: Some(24),
        unit: Some(TimeUnit::Hour),
        ..RangeAsked::default()
    })
}

/// The instants at which an alert is looked at are multiples of its span, counted from 1970: the last at
/// or before `now`.
pub fn alert_look_by(every: Span, now: Timestamp) -> Timestamp {
    let every = every.0.max(1);
    Timestamp(now.0.div_euclid(every) * every)
}

/// The first after `after`.
pub fn alert_look_after(every: Span, after: Timestamp) -> Timestamp {
    alert_look_by(every, after) + Span(every.0.max(1))
}

/// The same period from one instant to another, as it is at `at`; all time stays all time.
pub fn fixed(asked: &RangeAsked, at: Timestamp, zone: Option<&str>) -> Result<RangeAsked, Fault> {
    if asked.r#type == RangeType::All {
        return Ok(asked.clone());
    }
    let Range { from, to } = range::range(asked, at, range::zone(zone)?)?;
    if from >= to {
        let hint = "take a later hour, or a period that is over";
        return Err(Fault::new("time.range", "the period has only begun", hint));
    }
    Ok(RangeAsked {
        r#type: RangeType::Between,
        from: Some(from.to_string()),
        to: Some(to.to_string()),
        ..RangeAsked::default()
    })
}

/// The instant at which a fixed period is over; `at` where it has no end.
pub fn end(asked: &RangeAsked, at: Timestamp, zone: Option<&str>) -> Result<Timestamp, Fault> {
    Ok(range::range(asked, at, range::zone(zone)?)?.to)
}

/// An instant as people read it: the day, and the time where it is no midnight.
pub fn shown(at: Timestamp, zone: Option<&str>) -> String {
    range::zone(zone).map_or_else(|_| at.to_string(), |zone| range::shown(at, zone))
}

#[cfg(test)]
mod tests {
    use super::{
        alert_look_after, alert_look_by, fixed, report_due_after, report_due_by, report_range,
    };
    use expect_test::{Expect, expect};
    use gyre_config::kinds::Report;
    use gyre_config::question::RangeAsked;
    use gyre_model::{Span, Timestamp};
    use std::fmt::Write as _;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// Three mails from an instant on, and the period of each.
    fn check(report: &str, from: &str, expected: &Expect) {
        let report: Report = serde_json::from_str(report).unwrap();
        let mut told = String::new();
        let mut now = at(from);
        for _ in 0..3 {
            now = report_due_after(&report, now).unwrap();
            assert_eq!(report_due_by(&report, now).unwrap(), now);
            assert_eq!(report_due_by(&report, now + Span::MINUTE).unwrap(), now);
            let period = fixed(&report_range(&report), now, report.zone.as_deref()).unwrap();
            let (from, to) = (period.from.unwrap(), period.to.unwrap());
            writeln!(told, "{now}: {from} to {to}").unwrap();
        }
        expected.assert_eq(&told);
    }

    #[test]
    fn a_report_is_due_at_its_hour_and_is_about_what_ended_before() {
        check(
            r#"{"board": "b", "every": "daily", "hour": 0, "to": []}"#,
            "2026-02-27T00:00:00Z",
            &expect![[r#"
                2026-02-28T00:00:00Z: 2026-02-27T00:00:00Z to 2026-02-28T00:00:00Z
                2026-03-01T00:00:00Z: 2026-02-28T00:00:00Z to 2026-03-01T00:00:00Z
                2026-03-02T00:00:00Z: 2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z
            "#]],
        );
        check(
            r#"{"board": "b", "every": "weekly", "to": []}"#,
            "2026-01-01T00:00:00Z",
            &expect![[r#"
                2026-01-05T07:00:00Z: 2025-12-29T00:00:00Z to 2026-01-05T00:00:00Z
                2026-01-12T07:00:00Z: 2026-01-05T00:00:00Z to 2026-01-12T00:00:00Z
                2026-01-19T07:00:00Z: 2026-01-12T00:00:00Z to 2026-01-19T00:00:00Z
            "#]],
        );
        check(
            r#"{"board": "b", "every": "monthly", "hour": 6, "zone": "Europe/Berlin", "to": []}"#,
            "2026-02-01T05:00:00Z",
            &expect![[r#"
                2026-03-01T05:00:00Z: 2026-01-31T23:00:00Z to 2026-02-28T23:00:00Z
                2026-04-01T04:00:00Z: 2026-02-28T23:00:00Z to 2026-03-31T22:00:00Z
                2026-05-01T04:00:00Z: 2026-03-31T22:00:00Z to 2026-04-30T22:00:00Z
            "#]],
        );
        check(
            r#"{"board": "b", "every": "weekly", "hour": 9, "zone": "America/New_York", "to": [], "range": {"n": 28, "unit": "day"}}"#,
            "2026-03-02T14:00:00Z",
            &expect![[r#"
                2026-03-09T13:00:00Z: 2026-02-09T14:00:00Z to 2026-03-09T13:00:00Z
                2026-03-16T13:00:00Z: 2026-02-16T14:00:00Z to 2026-03-16T13:00:00Z
                2026-03-23T13:00:00Z: 2026-02-23T14:00:00Z to 2026-03-23T13:00:00Z
            "#]],
        );
    }

    #[test]
    fn an_hour_that_is_left_out_is_not_left_out() {
        // Clocks in Berlin go from two to three on the 29th.
        check(
            r#"{"board": "b", "every": "daily", "hour": 2, "zone": "Europe/Berlin", "to": []}"#,
            "2026-03-28T00:00:00Z",
            &expect![[r#"
                2026-03-28T01:00:00Z: 2026-03-26T23:00:00Z to 2026-03-27T23:00:00Z
                2026-03-29T01:00:00Z: 2026-03-27T23:00:00Z to 2026-03-28T23:00:00Z
                2026-03-30T00:00:00Z: 2026-03-28T23:00:00Z to 2026-03-29T22:00:00Z
            "#]],
        );
    }

    #[test]
    fn a_period_that_has_only_begun_is_refused() {
        let month: RangeAsked =
            serde_json::from_str(r#"{"type": "to_date", "unit": "month"}"#).unwrap();
        let told = fixed(&month, at("2026-03-01T00:00:00Z"), None).unwrap_err();
        assert_eq!(told.to_string(), "time.range: the period has only begun");
        assert!(fixed(&month, at("2026-03-01T01:00:00Z"), None).is_ok());
        let nowhere = fixed(&month, at("2026-03-01T01:00:00Z"), Some("Mars")).unwrap_err();
        assert_eq!(nowhere.to_string(), "time.zone: there is no time zone `Mars`");
    }

    #[test]
    fn alerts_are_looked_at_on_the_hour() {
        let (hour, now) = (Span::HOUR, at("2026-03-01T10:20:00Z"));
        assert_eq!(alert_look_by(hour, now), at("2026-03-01T10:00:00Z"));
        assert_eq!(alert_look_after(hour, now), at("2026-03-01T11:00:00Z"));
        assert_eq!(alert_look_after(hour, at("2026-03-01T11:00:00Z")), at("2026-03-01T12:00:00Z"));
    }
}
