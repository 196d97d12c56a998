//! Values in one form, so that one identifier is one node.

use gyre_config::kinds::Normaliser;
use std::borrow::Cow;

/// The longest identifier, in characters.
const LONGEST: usize = 400;
/// Digits of a number with its country code, by E.164; shorter ones are extensions and short codes.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// The value in its form; `None` where it has none.
pub(crate) fn normalise<'a>(
    value: &'a str,
    how: Normaliser,
    country: Option<&str>,
) -> Option<Cow<'a, str>> {
    let value = value.trim();
    if value.is_empty() || value.len() > LONGEST && value.chars().count() > LONGEST {
        return None;
    }
    match how {
        Normaliser::Trim => Some(Cow::Borrowed(value)),
        Normaliser::Lower => Some(lower(value)),
        Normaliser::Email => {
            let (local, domain) = value.split_once('@')?;
            let whole = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
            (whole && !value.contains(char::is_whitespace)).then(|| lower(value))
        }
        Normaliser::Phone => phone(value, country).map(Cow::Owned),
    }
}

fn lower(value: &str) -> Cow<'_, str> {
    if value.chars().any(char::is_uppercase) {
        return Cow::Owned(value.to_lowercase());
    }
    Cow::Borrowed(value)
}

/// A phone number as E.164 writes it. What is written with `+` or `00` has its country code; anything else
/// is taken for a national number of `country`, its leading nought dropped, and is none without one. The
/// digits are counted, not looked up: whether the number was ever given out nobody can tell from it.
pub fn phone(value: &str, country: Option<&str>) -> Option<String> {
    // `(0)` is the nought that is dialled at home only.
    let value = value.trim().replacen("(0)", "", 1);
    let value = value.strip_prefix("tel:").unwrap_or(&value);
    let (international, rest) = match value.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => value.strip_prefix("00").map_or((false, value), |rest| (true, rest)),
    };
    let mut digits = String::with_capacity(rest.len());
    for c in rest.chars() {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' => {}
            _ => return None,
        }
    }
    if !international {
        let national = digits.strip_prefix('0').unwrap_or(&digits);
        digits = format!("{}{national}", country?);
    }
    let repeated = digits.bytes().skip(2).all(|byte| Some(&byte) == digits.as_bytes().get(2));
    let fits = DIGITS.contains(&digits.len()) && !digits.starts_with('0') && !repeated;
    fits.then(|| format!("+{digits}"))
}
