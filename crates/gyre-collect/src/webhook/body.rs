//! The body of a call: JSON or a form, and the rows within.

use serde_json::{Map, Value};

/// A body that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

/// Reads a body. A form gives an object of texts; a name that comes several times, a list; a form whose
/// one value is called `payload` and is a JSON object, that object.
///
/// # Errors
/// Says where it stops being JSON, without anything from it.
pub fn parse(content_type: &str, body: &[u8]) -> Result<Value, Malformed> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    // Some clients call everything a form: what begins as JSON is JSON.
    let json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") && !json {
        return Ok(form(body));
    }
    let text = String::from_utf8_lossy(body);
    let text = crate::json::mend(text.trim_start_matches('\u{feff}').trim()).into_owned();
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Malformed(format!("the body is not json: line {line}, column {column}"))
    })
}

fn form(body: &[u8]) -> Value {
    let mut values: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        let value = Value::String(value.into_owned());
        match values.get_mut(name.as_ref()) {
            None => drop(values.insert(name.into_owned(), value)),
            Some(Value::Array(list)) => list.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    if values.len() == 1
        && let Some(Value::String(text)) = values.get("payload")
        && let Some(object) = crate::json::object(text)
    {
        return Value::Object(object);
    }
    Value::Object(values)
}

/// The rows of a body: the elements of the list at the path, or, without a path, those of the body
/// where it is a list, or the body itself.
pub(super) fn rows<'a>(body: &'a Value, path: Option<&str>) -> Result<Vec<&'a Value>, String> {
    let Some(path) = path else {
        return Ok(match body {
            Value::Array(list) => list.iter().collect(),
            other => vec![other],
        });
    };
    let found = path.split('.').try_fold(body, |value, part| match value {
        Value::Object(object) => object.get(part),
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        _ => None,
    });
    match found {
        Some(Value::Array(list)) => Ok(list.iter().collect()),
        Some(_) => Err(format!("`{path}` in the body is not a list")),
        None => Err(format!("the body has no `{path}`")),
    }
}

/// The body with one row alone.
pub(super) fn only(body: &Value, path: Option<&str>, row: &Value) -> Value {
    let Some(path) = path else { return row.clone() };
    let mut whole = body.clone();
    let mut place = &mut whole;
    for part in path.split('.') {
        let next = match place {
            Value::Object(object) => object.get_mut(part),
            Value::Array(list) => part.parse::<usize>().ok().and_then(|at| list.get_mut(at)),
            _ => None,
        };
        match next {
            Some(next) => place = next,
            None => return row.clone(),
        }
    }
    *place = Value::Array(vec![row.clone()]);
    whole
}
