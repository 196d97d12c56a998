//! Days from dates as they are written.

/// Day from 1970-01-01 of `2026-01-31`, `20260131`, either with a time behind it, or of a plain number
/// of days.
pub(crate) fn day(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits =
        |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?;
    if let Some((date, _)) = text.split_once(['T', ' ']) {
        return day(date);
    }
    let mut parts = text.splitn(3, ['-', '/']);
    if let (Some(y), Some(m), Some(d)) = (parts.next(), parts.next(), parts.next())
        && y.len() == 4
    {
        return civil(digits(y)?, digits(m)?, digits(d)?);
    }
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return civil(digits(&text[..4])?, digits(&text[4..6])?, digits(&text[6..])?);
    }
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && number.abs() < 1e9).then(|| number.floor() as i64)
}

/// Days from 1970-01-01 in the Gregorian calendar (Hinnant 2013, `days_from_civil`).
fn civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn dates_are_read_as_they_are_written() {
        for (text, want) in [
            ("1970-01-01", Some(0)),
            ("19970101", Some(9862)),
            ("2000-02-29T23:59:59Z", Some(11_016)),
            ("2026/03/01 08:00", Some(20_513)),
            ("12.7", Some(12)),
            ("-3", Some(-3)),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("20261301", None),
            ("soon", None),
            ("", None),
            ("1e300", None),
            ("日本語テキ", None),
        ] {
            assert_eq!(day(text), want, "{text}");
        }
    }
}
