//! Repairs of values, one after another. What a repair cannot read it leaves as it is, so that a check
//! finds it.

mod date;
mod size;

use gyre_config::kinds::Repair;
use serde_json::{Number, Value};

/// Words for nothing, in small letters.
const NOTHING: [&str; 9] = ["", "-", "--", "n/a", "na", "nil", "none", "null", "undefined"];

/// The value after all repairs, where it is another one.
pub fn repaired(value: &Value, repairs: &[Repair]) -> Option<Value> {
    let mut now: Option<Value> = None;
    for repair in repairs {
        let before = now.as_ref().unwrap_or(value);
        if let Some(after) = one(*repair, before)
            && after != *before
        {
            now = Some(after);
        }
    }
    now.filter(|after| after != value)
}

/// What one repair makes of a value; `None` where it is about other values.
fn one(repair: Repair, value: &Value) -> Option<Value> {
    if let (Repair::Size, Value::Number(number)) = (repair, value) {
        return size::digits(&number.to_string()).map(Value::String);
    }
    let text = value.as_str()?;
    let text = match repair {
        Repair::Trim => text.trim().to_owned(),
        Repair::Spaces => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Repair::Lower => text.to_lowercase(),
        Repair::Upper => text.to_uppercase(),
        Repair::Name => name(text)?,
        Repair::Size => size::size(text)?,
        Repair::Date => date::date(text, None)?,
        Repair::DayFirst => date::date(text, Some(date::Order::DayFirst))?,
        Repair::MonthFirst => date::date(text, Some(date::Order::MonthFirst))?,
        Repair::Number => return number(text).map(Value::Number),
        Repair::Null => {
            let word = text.trim().to_lowercase();
            return NOTHING.contains(&word.as_str()).then_some(Value::Null);
        }
    };
    Some(Value::String(text))
}

/// The longest name of a resource.
const LONGEST_NAME: usize = 63;

/// The text as a name: small letters, digits and single `_`; letters that have no plain form go.
pub fn name(text: &str) -> Option<String> {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' => out.push('a'),
            'è' | 'é' | 'ê' | 'ë' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' => out.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ø' => out.push('o'),
            'ù' | 'ú' | 'û' => out.push('u'),
            'ç' => out.push('c'),
            'ñ' => out.push('n'),
            _ if !out.ends_with('_') && !out.is_empty() => out.push('_'),
            _ => {}
        }
    }
    out.truncate(LONGEST_NAME);
    let name = out.trim_end_matches('_');
    (!name.is_empty()).then(|| name.to_owned())
}

/// The number in a text: signs of money and percent go, the last of `.` and `,` divides the fraction
/// unless it stands before exactly three digits and no other sign stands there.
fn number(text: &str) -> Option<Number> {
    let bare: String = text
        .trim()
        .trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, '%' | '€' | '$' | '£') || c.is_ascii_alphabetic()
        })
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\'' | '_'))
        .collect();
    let fits = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+');
    if !bare.chars().any(|c| c.is_ascii_digit()) || !bare.chars().all(fits) {
        return None;
    }
    let plain = match (bare.rfind('.'), bare.rfind(',')) {
        (None, None) => bare,
        (Some(dot), Some(comma)) if dot > comma => bare.replace(',', ""),
        (Some(_), Some(_)) => bare.replace('.', "").replace(',', "."),
        (Some(_), None) if bare.matches('.').count() > 1 => bare.replace('.', ""),
        (Some(_), None) => bare,
        (None, Some(comma)) => {
            let thousands = bare.matches(',').count() > 1 || bare.len() - comma == 4;
            if thousands { bare.replace(',', "") } else { bare.replace(',', ".") }
        }
    };
    let number: f64 = plain.parse().ok().filter(|number: &f64| number.is_finite())?;
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}
