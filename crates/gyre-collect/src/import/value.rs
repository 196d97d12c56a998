//! Values of a row: taken, mapped, converted.

use super::{Importer, Row, RowReject};
use crate::letter;
use crate::repair::repaired;
use crate::when;
use gyre_config::kinds::{Extract, Format, Mapping, Origin, TimeFormat, ValueType};
use gyre_model::Timestamp;
use serde_json::{Number, Value};

/// How much of a value a message tells, in bytes.
const TOLD_BYTES: usize = 80;

/// The value in a column; `None` when there is no such column. `a.b` is a column of that name, or `b`
/// in the object `a`, or the element `b` of the list `a`. `each`, `body` and `headers` name what the
/// row has beside its own columns.
pub(super) fn cell<'a>(row: &Row<'a>, column: &str) -> Option<&'a Value> {
    if let Some(value) = row.values.get(column) {
        return Some(value);
    }
    let (first, rest) = column.split_once('.').map_or((column, None), |(a, b)| (a, Some(b)));
    let scope = &row.scope;
    match (first, rest) {
        ("each", _) if scope.each.is_some() => walk(scope.each?, rest),
        ("body", _) if scope.body.is_some() => walk(scope.body?, rest),
        ("headers", Some(name)) if scope.headers.is_some() => scope.headers?.get(name),
        _ => walk(row.values.get(first)?, rest),
    }
}

/// The value at a path within another.
pub(super) fn walk<'a>(value: &'a Value, path: Option<&str>) -> Option<&'a Value> {
    let Some(path) = path else { return Some(value) };
    path.split('.').try_fold(value, |value, part| match value {
        Value::Object(object) => object.get(part),
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Whether it stands for no value.
pub(super) fn is_nothing(mapping: &Mapping, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) if mapping.format == Format::Csv => match &mapping.csv {
            Some(options) => options.null_values.contains(text),
            None => text.is_empty(),
        },
        _ => false,
    }
}

/// The text by which maps and templates know a value.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64().and_then(whole) {
            Some(whole) if !number.is_u64() => whole.to_string(),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// The number a value is, or is the text of.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Bool(yes) => Some(f64::from(u8::from(*yes))),
        _ => None,
    }
}

/// The boolean a value is, or is the text or number of.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::Number(_) | Value::String(_) => match text(value).trim() {
            "1" => Some(true),
            "0" => Some(false),
            word if word.eq_ignore_ascii_case("true") => Some(true),
            word if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The whole number a float is, where it is one exactly.
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

/// The column with its value, for a message; a value that identifies the person is not told.
pub(super) fn tell(mapping: &Mapping, row: &Row<'_>, column: &str) -> String {
    let person = &mapping.person;
    let personal = [&person.user_id, &person.anonymous_id, &person.email]
        .into_iter()
        .flatten()
        .any(|extract| extract.column.as_deref() == Some(column));
    match cell(row, column).filter(|value| !is_nothing(mapping, value)) {
        None => format!("no value in `{column}`"),
        Some(_) if personal => format!("this value in `{column}`"),
        Some(value) => format!("\"{}\" in `{column}`", clip(&text(value))),
    }
}

fn clip(text: &str) -> &str {
    letter::cut_at(text, TOLD_BYTES)
}

fn time(value: &Value, format: TimeFormat) -> Option<Timestamp> {
    match format {
        TimeFormat::Rfc3339 => when::parse_strict(value.as_str()?.trim()),
        TimeFormat::DateTime => when::parse_date_time(value.as_str()?.trim()),
        TimeFormat::UnixSeconds => when::from_units(number(value)?, 1e6),
        TimeFormat::UnixMillis => when::from_units(number(value)?, 1e3),
    }
}

/// Where a value comes from, for a message.
fn place(extract: &Extract) -> String {
    match extract.origin() {
        Ok(Origin::Column(column)) => format!("the column `{column}`"),
        Ok(Origin::Template(template)) => format!("the template `{template}`"),
        Ok(Origin::Constant(_)) | Err(_) => "a constant of the mapping".to_owned(),
    }
}

fn misfit(code: &str, extract: &Extract, value: &Value, wanted: &str) -> RowReject {
    let told = text(value);
    let message = format!("{} has \"{}\", which is not {wanted}", place(extract), clip(&told));
    RowReject::new(code, message)
}

impl Importer<'_> {
    /// The value, converted; `None` where the row has none.
    pub(super) fn value(
        &self,
        row: &Row<'_>,
        extract: &Extract,
    ) -> Result<Option<Value>, RowReject> {
        let Some(value) = self.mapped(row, extract)? else { return Ok(None) };
        let converted =
            match extract.r#type {
                None => value,
                Some(ValueType::Text) => Value::String(text(&value)),
                Some(ValueType::Number) => Value::Number(to_number(extract, &value)?),
                Some(ValueType::Boolean) => Value::Bool(boolean(&value).ok_or_else(|| {
                    misfit("not_a_boolean", extract, &value, "true, false, 1 or 0")
                })?),
                Some(ValueType::Time) => Value::String(to_time(extract, &value)?.to_string()),
            };
        Ok(Some(converted))
    }

    /// The value as text, which must not be empty.
    pub(super) fn text(
        &self,
        row: &Row<'_>,
        extract: &Extract,
    ) -> Result<Option<String>, RowReject> {
        let text = self.value(row, extract)?.map(|value| text(&value));
        Ok(text.filter(|text| !text.trim().is_empty()))
    }

    /// The same where the record cannot do without it.
    pub(super) fn needed(&self, row: &Row<'_>, extract: &Extract) -> Result<String, RowReject> {
        self.text(row, extract)?.ok_or_else(|| missing(extract))
    }

    /// The value as a number.
    pub(super) fn number(
        &self,
        row: &Row<'_>,
        extract: &Extract,
    ) -> Result<Option<f64>, RowReject> {
        let Some(value) = self.mapped(row, extract)? else { return Ok(None) };
        Ok(to_number(extract, &value)?.as_f64())
    }

    /// The value as a time, which must be there.
    pub(super) fn time(&self, row: &Row<'_>, extract: &Extract) -> Result<Timestamp, RowReject> {
        let value = self.mapped(row, extract)?.ok_or_else(|| missing(extract))?;
        to_time(extract, &value)
    }

    /// The value before it is converted.
    fn mapped(&self, row: &Row<'_>, extract: &Extract) -> Result<Option<Value>, RowReject> {
        let taken = match extract.origin() {
            Ok(Origin::Column(column)) => {
                cell(row, column).filter(|value| !is_nothing(self.mapping, value)).cloned()
            }
            Ok(Origin::Constant(value)) => Some(value.clone()),
            Ok(Origin::Template(template)) => self.filled(row, template).map(Value::String),
            Err(shape) => return Err(RowReject::new("malformed_mapping", shape.to_string())),
        };
        let Some(mut value) = taken else { return Ok(None) };
        if let Some(mended) = repaired(&value, &extract.repair) {
            if mended.is_null() {
                return Ok(None);
            }
            value = mended;
        }
        if extract.map.is_empty() {
            return Ok(Some(value));
        }
        match extract.map.get(&text(&value)).or(extract.otherwise.as_ref()) {
            Some(value) => Ok(Some(value.clone())),
            None => Err(misfit("unmapped_value", extract, &value, "in the map")
                .hint("add it to `map`, or say what others become with `otherwise`")),
        }
    }

    /// The template with the columns' values; `None` when one has none.
    fn filled(&self, row: &Row<'_>, template: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((column, after)) = after.split_once('}') else { break };
            out.push_str(before);
            if column == "line" {
                out.push_str(&row.line.to_string());
            } else {
                let value = cell(row, column).filter(|value| !is_nothing(self.mapping, value))?;
                out.push_str(&text(value));
            }
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }
}

fn missing(extract: &Extract) -> RowReject {
    RowReject::new("missing_value", format!("{} has no value", place(extract)))
}

fn to_number(extract: &Extract, value: &Value) -> Result<Number, RowReject> {
    number(value)
        .and_then(|number| whole(number).map(Number::from).or_else(|| Number::from_f64(number)))
        .ok_or_else(|| misfit("not_a_number", extract, value, "a number"))
}

fn to_time(extract: &Extract, value: &Value) -> Result<Timestamp, RowReject> {
    let format = extract.time_format.unwrap_or(TimeFormat::Rfc3339);
    time(value, format).ok_or_else(|| {
        let (wanted, hint) = match format {
            TimeFormat::Rfc3339 => ("a time such as 2026-03-01T09:00:00Z", "set `time_format`"),
            TimeFormat::DateTime => ("a time such as 2026-03-01 09:00:00", "check `time_format`"),
            TimeFormat::UnixSeconds => ("seconds since 1970", "check `time_format`"),
            TimeFormat::UnixMillis => ("milliseconds since 1970", "check `time_format`"),
        };
        misfit("not_a_time", extract, value, wanted).hint(hint)
    })
}
