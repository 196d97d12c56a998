//! The reference page of the configuration, from the types' own comments.

use crate::schema::{self, DocumentKind};
use crate::shape::words;
use serde_json::Value;
use std::fmt::Write;

/// The page as Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         <!-- Written by the tests of gyre-config from the types' comments: change them there. -->\n\n\
         Every document has `apiVersion: gyre/v1`, a `kind`, `metadata` and a `spec`; a campaign may \
         have `managed`, which belongs to its loop: `gyre pull` writes it, `gyre apply` leaves what \
         runs alone. A file may hold several documents, with `---` between them. Unknown keys, keys \
         that stand twice, anchors and tags are errors. A length of time is a whole number and `s`, \
         `m`, `h`, `d` or `w`.\n\n",
    );
    for kind in DocumentKind::ALL {
        let _ = writeln!(page, "- [{0}](#{1})", kind.as_str(), kind.as_str().to_lowercase());
    }
    page.push_str("- [metadata](#metadata)\n- [managed](#managed)\n\n");
    for kind in DocumentKind::ALL {
        section(&mut page, kind.as_str(), &schema::of(kind)["properties"]["spec"]);
    }
    let campaign = schema::of(DocumentKind::Resource(gyre_model::resource::Kind::Campaign));
    section(&mut page, "metadata", &campaign["properties"]["metadata"]);
    section(&mut page, "managed", &campaign["properties"]["managed"]);
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// A type and the types it names, each once, in the order in which they are met.
fn section(page: &mut String, title: &str, schema: &Value) {
    let mut waiting = vec![(title.to_owned(), schema)];
    let mut done: Vec<String> = Vec::new();
    let mut index = 0;
    while let Some((name, schema)) = waiting.get(index).cloned() {
        let body = follow(schema);
        let level = if index == 0 { "##" } else { "###" };
        let heading = if index == 0 { name.clone() } else { format!("{title}: {name}") };
        let _ = write!(page, "{level} {heading}\n\n{}\n\n", prose(&body["description"]));
        if let Some(choices) = body["oneOf"].as_array() {
            page.push_str("| one key of | what it is |\n| --- | --- |\n");
            for choice in choices {
                let Some((key, value)) =
                    choice["properties"].as_object().and_then(|keys| keys.iter().next())
                else {
                    continue;
                };
                let about = prose(&choice["description"]);
                let kind = kind(value, &mut waiting, &mut done);
                let _ = writeln!(page, "| `{key}`: {kind} | {} |", cell(&about));
            }
            page.push('\n');
        } else {
            table(page, body, &mut waiting, &mut done);
        }
        index += 1;
    }
}

fn table<'a>(
    page: &mut String,
    body: &'a Value,
    waiting: &mut Vec<(String, &'a Value)>,
    done: &mut Vec<String>,
) {
    let Some(properties) = body["properties"].as_object() else { return };
    if properties.is_empty() {
        return;
    }
    let required = body["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    page.push_str("| key | type | default | what it is |\n| --- | --- | --- | --- |\n");
    for (key, value) in properties {
        let default = match (&value["default"], required.iter().any(|name| name == key)) {
            (_, true) => "needed".to_owned(),
            (Value::Null, false) => "none".to_owned(),
            (default, false) => format!("`{default}`"),
        };
        let mut about = prose(&value["description"]);
        if about.is_empty() {
            about = prose(&follow(value)["description"]);
        }
        if let Some(meanings) = meanings(follow(value)) {
            let _ = write!(about, " {meanings}");
        }
        let kind = kind(value, waiting, done);
        let _ = writeln!(page, "| `{key}` | {kind} | {} | {} |", cell(&default), cell(&about));
    }
    page.push('\n');
}

/// What each word of an enumeration means, where it says so.
fn meanings(schema: &Value) -> Option<String> {
    let choices = schema["oneOf"].as_array()?;
    let each: Vec<String> = choices
        .iter()
        .filter_map(|choice| Some((choice["const"].as_str()?, choice["description"].as_str()?)))
        .map(|(word, about)| format!("`{word}`: {}", about.replace('\n', " ")))
        .collect();
    (!each.is_empty()).then(|| each.join(" "))
}

/// The type of a value; types with keys of their own get a section.
fn kind<'a>(
    value: &'a Value,
    waiting: &mut Vec<(String, &'a Value)>,
    done: &mut Vec<String>,
) -> String {
    let body = follow(value);
    if let Some(words) = words(body) {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(name) = name(value) {
        if !done.contains(&name) {
            done.push(name.clone());
            waiting.push((name.clone(), value));
        }
        return name;
    }
    match (body["format"].as_str(), type_name(body)) {
        (Some("span"), _) => "length of time".to_owned(),
        (Some("instant"), _) => "time".to_owned(),
        (_, Some("array")) => format!("list of {}", kind(&body["items"], waiting, done)),
        (_, Some("object")) if body["additionalProperties"].is_object() => {
            format!("name: {}", kind(&body["additionalProperties"], waiting, done))
        }
        (_, Some("string")) if body["type"].as_array().is_some_and(|types| types.len() > 2) => {
            "text, number or boolean".to_owned()
        }
        (_, Some("string")) => "text".to_owned(),
        (_, Some("integer")) => "whole number".to_owned(),
        (_, Some(name)) => name.to_owned(),
        (_, None) => "any value".to_owned(),
    }
}

fn type_name(schema: &Value) -> Option<&str> {
    schema["type"].as_str().or_else(|| schema["type"][0].as_str())
}

/// The name of the type a value refers to, looking through "or null".
fn name(value: &Value) -> Option<String> {
    let target = match value["anyOf"].as_array() {
        Some(choices) => choices.iter().find(|choice| choice["type"] != "null")?,
        None => value,
    };
    let name = target["$ref"].as_str()?.rsplit('/').next()?;
    Some(name.to_owned())
}

/// The type a value refers to.
fn follow(value: &Value) -> &Value {
    name(value).map_or(value, |name| &schema::schema()["$defs"][name])
}

fn prose(text: &Value) -> String {
    text.as_str().unwrap_or_default().to_owned()
}

/// Text inside a table cell.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
