//! The reference of requests, written from their schema.

use crate::schema::{Family, of};
use serde_json::Value;
use std::fmt::Write as _;

/// All requests of all families with their arguments, as Markdown.
pub(crate) fn markdown() -> String {
    let mut text = String::from(
        "# Requests of gyre math\n\n<!-- Written by the tests of the crate gyre-calculate from its \
         types: change them there. -->\n\nA request names one estimator: `{\"lift\": {…}}`; a list of \
         requests is answered with a list. What has no default must be given. The same as JSON \
         Schema, for editors and programs: [math.schema.json](math.schema.json), or `gyre math \
         schema`. Examples are in [math.md](math.md).\n",
    );
    for family in Family::ALL {
        section(&mut text, family);
    }
    text
}

/// Adds to a text as `format!` has it.
macro_rules! say {
    ($text:expr, $($what:tt)*) => { $text.write_fmt(format_args!($($what)*)).unwrap_or_default() };
}

fn section(text: &mut String, family: Family) {
    let name = family.name();
    say!(text, "\n## {name}\n\n`gyre math {name} --input FILE`\n");
    let schema = of(family);
    let definitions = &schema["$defs"];
    for one in list(&definitions["Request"]["oneOf"]) {
        let Some((estimator, arguments)) = entry(&one["properties"]) else { continue };
        let about = said(one, arguments);
        say!(text, "\n### {name} {estimator}\n\n{about}\n");
        table(text, name, arguments);
    }
    let shared: Vec<(&String, &Value)> =
        definitions.as_object().into_iter().flatten().filter(|(n, _)| *n != "Request").collect();
    for (kind, definition) in shared {
        say!(text, "\n### {name}: {kind}\n\n{}\n", words(definition));
        if let Some(variants) = definition["oneOf"].as_array() {
            say!(text, "\nOne of:\n\n");
            variants.iter().for_each(|one| variant(text, name, one));
        } else if let Some(variants) = definition["anyOf"].as_array() {
            say!(text, "\nOne of:\n\n");
            for one in variants {
                say!(text, "- {}: {}\n", kind_of(name, one), words(one));
            }
        } else {
            table(text, name, definition);
        }
    }
}

/// One way to write a value of several kinds.
fn variant(text: &mut String, family: &str, one: &Value) {
    if let Some(word) = one["const"].as_str() {
        say!(text, "- `\"{word}\"`: {}\n", words(one));
        return;
    }
    let Some((name, inner)) = entry(&one["properties"]) else { return };
    let about = said(one, inner);
    if inner["properties"].is_object() {
        let fields: Vec<String> = fields(inner)
            .map(|(field, value, needed)| {
                let mark = if needed { "" } else { "?" };
                format!("`{field}`{mark} {}", kind_of(family, value))
            })
            .collect();
        say!(text, "- `{{\"{name}\": {{…}}}}`: {about} Fields: {}.\n", fields.join(", "));
    } else {
        say!(text, "- `{{\"{name}\": …}}` with {}: {about}\n", kind_of(family, inner));
    }
}

fn table(text: &mut String, family: &str, object: &Value) {
    if !object["properties"].is_object() {
        return;
    }
    say!(text, "\n| field | kind | default | what it is |\n| --- | --- | --- | --- |\n");
    for (field, value, needed) in fields(object) {
        let default = match &value["default"] {
            _ if needed => "needed".to_owned(),
            Value::Null => String::new(),
            given => format!("`{given}`"),
        };
        let kind = kind_of(family, value).replace('|', "\\|");
        say!(text, "| `{field}` | {kind} | {default} | {} |\n", words(value).replace('|', "\\|"));
    }
}

/// Fields of an object with whether they are needed, the needed first.
fn fields(object: &Value) -> impl Iterator<Item = (&String, &Value, bool)> {
    let is_needed =
        |name: &str| list(&object["required"]).iter().any(|one| one.as_str() == Some(name));
    let mut all: Vec<(&String, &Value, bool)> = object["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name, value, is_needed(name)))
        .collect();
    all.sort_by_key(|(_, _, needed)| !needed);
    all.into_iter()
}

/// What a value is, in a word or two, with a link where it is described.
fn kind_of(family: &str, value: &Value) -> String {
    if let Some(name) = value["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return format!("[{name}](#{family}-{})", name.to_lowercase());
    }
    if let Some(several) = value["anyOf"].as_array() {
        let kinds: Vec<String> = several
            .iter()
            .filter(|one| one["type"] != "null")
            .map(|one| kind_of(family, one))
            .collect();
        return kinds.join(" or ");
    }
    if value["prefixItems"].is_array() {
        let kinds: Vec<String> =
            list(&value["prefixItems"]).iter().map(|one| kind_of(family, one)).collect();
        return format!("[{}]", kinds.join(", "));
    }
    let kinds = match &value["type"] {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => Vec::new(),
    };
    match kinds.into_iter().find(|kind| *kind != "null") {
        Some("array")
            if value["minItems"].is_number() && value["minItems"] == value["maxItems"] =>
        {
            format!("{} × {}", value["minItems"], kind_of(family, &value["items"]))
        }
        Some("array") => format!("list of {}", kind_of(family, &value["items"])),
        Some("boolean") => "yes or no".to_owned(),
        Some("integer") => "count".to_owned(),
        Some("string") => "text".to_owned(),
        Some(other) => other.to_owned(),
        None => String::new(),
    }
}

/// What a variant is about, wherever it is said.
fn said(outer: &Value, inner: &Value) -> String {
    let text = words(outer);
    if text.is_empty() { words(inner) } else { text }
}

fn words(value: &Value) -> String {
    value["description"].as_str().unwrap_or_default().replace('\n', " ")
}

fn entry(properties: &Value) -> Option<(&String, &Value)> {
    properties.as_object()?.iter().next()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
