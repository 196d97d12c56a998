//! Holds a tree against a schema and says everything that does not fit, each at its place.
//!
//! It knows the part of JSON Schema that the kinds use. What it lets through the concrete types take;
//! a law among the tests holds it to that.

use crate::diagnostic::Diagnostic;
use crate::nearest;
use crate::places::Source;
use crate::schema;
use crate::yaml::{Data, Map, Node, join};
use gyre_model::{Span, Timestamp};
use serde_json::Value;
use std::ops::Range;

/// Everything in `node` that does not fit `schema`.
pub(crate) fn check(source: &Source, path: &str, node: &Node, schema: &Value) -> Vec<Diagnostic> {
    let mut walk = Walk { source, found: Vec::new() };
    walk.node(path, &node.range, node, schema);
    walk.found
}

struct Walk<'a> {
    source: &'a Source,
    found: Vec<Diagnostic>,
}

/// Follows references and looks through "or null".
fn resolve(mut schema: &Value) -> &Value {
    for _ in 0..8 {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            schema = &schema::schema()["$defs"][name];
        } else if let Some(choices) = schema["anyOf"].as_array() {
            let value = choices.iter().find(|choice| choice["type"] != "null");
            schema = value.unwrap_or(&Value::Null);
        } else {
            break;
        }
    }
    schema
}

/// Whether nothing may stand where a value could.
fn takes_null(schema: &Value) -> bool {
    let null = |value: &Value| value["type"] == "null";
    schema["anyOf"].as_array().is_some_and(|choices| choices.iter().any(null))
        || schema["type"].as_array().is_some_and(|types| types.iter().any(|name| name == "null"))
}

/// The words an enumeration knows.
pub(crate) fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema["enum"].as_array() {
        return Some(words.iter().filter_map(Value::as_str).collect());
    }
    let mut words = Vec::new();
    for choice in schema["oneOf"].as_array()? {
        match (choice["const"].as_str(), choice["enum"].as_array()) {
            (Some(word), _) => words.push(word),
            (None, Some(more)) => words.extend(more.iter().filter_map(Value::as_str)),
            (None, None) => return None,
        }
    }
    Some(words)
}

/// The alternatives of which exactly one key is written (`- response: {…}`).
fn alternatives(schema: &Value) -> Option<Vec<(&str, &Value)>> {
    schema["oneOf"]
        .as_array()?
        .iter()
        .map(|choice| {
            let (name, value) = choice["properties"].as_object()?.iter().next()?;
            Some((name.as_str(), value))
        })
        .collect()
}

/// What should stand there, and an example.
fn expected(schema: &Value) -> (String, Option<String>) {
    let examples: Vec<String> = schema["examples"]
        .as_array()
        .map(|examples| examples.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let example = (!examples.is_empty()).then(|| format!("for example {}", examples.join(" or ")));
    let name = match schema["format"].as_str() {
        Some("span") => return ("a length of time".to_owned(), example),
        Some("instant") => return ("a time".to_owned(), example),
        _ => schema["type"].as_str().or_else(|| schema["type"][0].as_str()),
    };
    if schema["type"].as_array().is_some_and(|types| types.len() > 2) {
        return ("text, a number or true or false".to_owned(), example);
    }
    let (name, hint) = match name {
        Some("string") => ("text", "put it in quotation marks"),
        Some("integer") => ("a whole number", "for example 3"),
        Some("number") => ("a number", "for example 0.25"),
        Some("boolean") => ("true or false", "write true or false"),
        Some("array") => ("a list", "write one `- …` line for each, or [a, b]"),
        Some("object") => ("keys and values", "write `key: value` lines, indented by two spaces"),
        _ => ("a value", "write a value"),
    };
    (name.to_owned(), example.or(Some(hint.to_owned())))
}

/// What stands there, in words.
fn found(data: &Data) -> &'static str {
    match data {
        Data::Broken | Data::Null => "nothing",
        Data::Bool(_) => "true or false",
        Data::Number(number) if number.is_f64() => "a number with a fraction",
        Data::Number(_) => "a number",
        Data::Text(_) => "text",
        Data::List(_) => "a list",
        Data::Map(_) => "keys and values",
    }
}

/// The last key of a path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

impl Walk<'_> {
    fn say(&mut self, range: &Range<usize>, message: String, hint: Option<String>) {
        self.found.push(self.source.error(range.clone(), message, hint));
    }

    fn wrong(&mut self, path: &str, place: &Range<usize>, node: &Node, schema: &Value) {
        let (wanted, mut hint) = expected(schema);
        let plain = matches!(node.data, Data::Number(_) | Data::Bool(_));
        if plain && wanted == "text" {
            let words = self.source.slice(node.range.clone());
            hint = Some(format!("put it in quotation marks: \"{words}\""));
        }
        let range = if node.range.is_empty() { place } else { &node.range };
        let message = format!("`{}` should be {wanted}, not {}", last(path), found(&node.data));
        self.say(range, message, hint);
    }

    /// `place` is where to point when the value itself is not written.
    fn node(&mut self, path: &str, place: &Range<usize>, node: &Node, schema: &Value) {
        if matches!(node.data, Data::Broken) || schema.as_bool() == Some(true) {
            return;
        }
        if matches!(node.data, Data::Null) && takes_null(schema) {
            return;
        }
        let schema = resolve(schema);
        if let Some(words) = words(schema) {
            return self.word(path, place, node, &words);
        }
        if let Some(alternatives) = alternatives(schema) {
            return self.alternative(path, place, node, &alternatives);
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(name) => vec![name],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        let fits = |name: &&str| match (*name, &node.data) {
            ("string", Data::Text(_)) | ("boolean", Data::Bool(_)) => true,
            ("number", Data::Number(_)) | ("array", Data::List(_)) => true,
            ("integer", Data::Number(number)) => number.is_i64() || number.is_u64(),
            ("object", Data::Map(_)) | ("null", Data::Null) => true,
            _ => false,
        };
        if !types.iter().any(fits) {
            return self.wrong(path, place, node, schema);
        }
        match &node.data {
            Data::Text(text) => self.text(path, node, text, schema),
            Data::Number(number) => self.number(path, node, number, schema),
            Data::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.node(&format!("{path}[{index}]"), &item.range, item, &schema["items"]);
                }
            }
            Data::Map(map) => self.map(path, place, map, schema),
            _ => {}
        }
    }

    fn word(&mut self, path: &str, place: &Range<usize>, node: &Node, words: &[&str]) {
        let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let range = if node.range.is_empty() { place } else { &node.range };
        match node.text() {
            Some(text) if words.contains(&text) => {}
            Some(text) => {
                let hint = nearest::nearest(text, words.iter().copied()).map_or_else(
                    || format!("one of {list}"),
                    |word| format!("did you mean `{word}`?"),
                );
                self.say(range, format!("`{}` cannot be `{text}`", last(path)), Some(hint));
            }
            None => {
                let message =
                    format!("`{}` should be a word, not {}", last(path), found(&node.data));
                self.say(range, message, Some(format!("one of {list}")));
            }
        }
    }

    fn alternative(
        &mut self,
        path: &str,
        place: &Range<usize>,
        node: &Node,
        alternatives: &[(&str, &Value)],
    ) {
        let names: Vec<&str> = alternatives.iter().map(|(name, _)| *name).collect();
        let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let entries = match &node.data {
            Data::Map(map) => map.entries.as_slice(),
            _ => &[],
        };
        let [(key, value)] = entries else {
            let range = if node.range.is_empty() { place } else { &node.range };
            let hint = Some(format!("write one key with its values; it is one of {list}"));
            return self.say(range, format!("`{}` needs exactly one of {list}", last(path)), hint);
        };
        if let Some((name, schema)) = alternatives.iter().find(|(name, _)| *name == key.text) {
            return self.node(&join(path, name), &key.range, value, schema);
        }
        let hint = nearest::hint(&key.text, names.iter().copied());
        self.say(&key.range, format!("`{}` is not one of {list}", key.text), hint);
    }

    fn text(&mut self, path: &str, node: &Node, text: &str, schema: &Value) {
        let fits = match schema["format"].as_str() {
            Some("span") => Span::parse(text).is_ok(),
            Some("instant") => Timestamp::parse(text).is_ok(),
            _ => true,
        };
        if !fits {
            let (wanted, hint) = expected(schema);
            self.say(
                &node.range,
                format!("`{}` should be {wanted}: `{text}` is none", last(path)),
                hint,
            );
        }
    }

    fn number(&mut self, path: &str, node: &Node, number: &serde_json::Number, schema: &Value) {
        let (low, high) = match schema["format"].as_str() {
            Some("uint32") => (0, i128::from(u32::MAX)),
            Some("uint64" | "uint") => (0, i128::from(u64::MAX)),
            Some("int32") => (i128::from(i32::MIN), i128::from(i32::MAX)),
            Some("int64") => (i128::from(i64::MIN), i128::from(i64::MAX)),
            _ => return,
        };
        let value = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        if value.is_some_and(|value| value < low || value > high) {
            let hint = Some(format!("between {low} and {high}"));
            self.say(&node.range, format!("`{}` is out of range", last(path)), hint);
        }
    }

    fn map(&mut self, path: &str, place: &Range<usize>, map: &Map, schema: &Value) {
        let none = serde_json::Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        for (key, value) in &map.entries {
            let path = join(path, &key.text);
            match (properties.get(&key.text), &schema["additionalProperties"]) {
                (Some(schema), _) => self.node(&path, &key.range, value, schema),
                (None, Value::Bool(false)) => {
                    let hint = nearest::hint(&key.text, properties.keys().map(String::as_str));
                    self.say(&key.range, format!("unknown key `{}`", key.text), hint);
                }
                (None, Value::Object(_)) => {
                    self.node(&path, &key.range, value, &schema["additionalProperties"]);
                }
                (None, _) => {}
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if map.get(name).is_some() {
                continue;
            }
            let property = &properties.get(name).map_or(&Value::Null, |schema| schema);
            let about = property["description"]
                .as_str()
                .or_else(|| resolve(property)["description"].as_str())
                .and_then(|text| text.split(". ").next())
                .map(|text| text.replace('\n', " "));
            let hint = match about {
                Some(text) => format!("add `{name}: …`: {}", lower(text.trim_end_matches('.'))),
                None => format!("add `{name}: …`"),
            };
            let place = map.entries.first().map_or(place, |(key, _)| &key.range);
            let whole = if path.is_empty() { "the document" } else { last(path) };
            self.say(place, format!("`{name}` is missing in `{whole}`"), Some(hint));
        }
    }
}

/// With a small first letter, unless the first word is written in capitals.
fn lower(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}
