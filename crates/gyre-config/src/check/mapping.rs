//! Checks of mappings.

use super::At;
use crate::kinds::{
    Campaign, Condition, Extract, Format, Mapping, Origin, RecordRow, SourceType, ValueType,
};
use crate::places::Part;
use crate::resource::Spec;
use gyre_model::Timestamp;
use gyre_model::resource::Kind;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn mapping(at: &mut At<'_, '_>, spec: &Mapping) {
    if let Some(Spec::Source(source)) = at.refer("spec.source", Kind::Source, &spec.source)
        && let Some((message, hint)) = misplaced(source.r#type, spec.format)
    {
        at.value("spec.source", message, hint);
    }
    csv(at, spec);
    if spec.rows.is_some() && spec.format != Format::Json {
        let hint = "leave `rows` out, or write `format: json`";
        at.key("spec.rows", "only a JSON body has rows within", hint);
    }
    conditions(at, "spec.when", &spec.when);
    for (index, reject) in spec.reject.iter().enumerate() {
        let path = format!("spec.reject[{index}]");
        at.name(&format!("{path}.code"), &reject.code);
        if reject.when.is_empty() {
            let hint = "add conditions: without one every row is rejected";
            at.value(&format!("{path}.when"), "this rejects every row", hint);
        }
        conditions(at, &format!("{path}.when"), &reject.when);
    }
    if let Some(row_id) = &spec.row_id {
        extract(at, "spec.row_id", row_id);
    }
    let ids = [
        ("user_id", &spec.person.user_id),
        ("anonymous_id", &spec.person.anonymous_id),
        ("email", &spec.person.email),
    ];
    let about_somebody = |record: &RecordRow| {
        matches!(record, RecordRow::Event(_) | RecordRow::Enrollment(_) | RecordRow::Response(_))
    };
    let needs = !spec.traits.is_empty() || spec.records.iter().any(about_somebody);
    if spec.person.is_nobody() && (needs || spec.records.is_empty()) {
        let hint = "add `user_id`, `anonymous_id` or `email`";
        at.key("spec.person", "a row must be about somebody", hint);
    }
    for (key, id) in ids {
        if let Some(id) = id {
            extract(at, &format!("spec.person.{key}"), id);
        }
    }
    time(at, "spec.at", &spec.at);
    extracts(at, "spec.traits", &spec.traits);
    for (index, record) in spec.records.iter().enumerate() {
        records(at, &format!("spec.records[{index}]"), record);
    }
}

fn csv(at: &mut At<'_, '_>, spec: &Mapping) {
    let Some(csv) = &spec.csv else { return };
    if spec.format != Format::Csv {
        let hint = "leave `csv` out, or write `format: csv`";
        at.key("spec.csv", "the file is not CSV", hint);
    }
    if csv.delimiter.len() != 1 || !csv.delimiter.is_ascii() {
        let hint = "for example \",\" or \";\" or \"\\t\"";
        at.value("spec.csv.delimiter", "the delimiter must be one ASCII character", hint);
    }
    if !csv.header && csv.columns.is_empty() {
        let hint = "add `columns: […]`, or `header: true`";
        at.key("spec.csv.columns", "without a header the columns need names", hint);
    }
    if csv.header && !csv.columns.is_empty() {
        let hint = "leave `columns` out, or write `header: false`";
        at.key("spec.csv.columns", "the header already names the columns", hint);
    }
    let names = csv.columns.iter().map(String::as_str);
    at.unique(names, |index| format!("spec.csv.columns[{index}]"));
}

fn records(at: &mut At<'_, '_>, path: &str, record: &RecordRow) {
    let family = match record {
        RecordRow::Event(_) => "event",
        RecordRow::Enrollment(_) => "enrollment",
        RecordRow::Response(_) => "response",
        RecordRow::Offline(_) => "offline",
        RecordRow::Content(_) => "content",
        RecordRow::Campaign(_) => "campaign",
    };
    let path = format!("{path}.{family}");
    conditions(at, &format!("{path}.when"), record.when());
    if let Some(own) = record.at() {
        time(at, &format!("{path}.at"), own);
    }
    match record {
        RecordRow::Event(row) => {
            extract(at, &format!("{path}.name"), &row.name);
            extracts(at, &format!("{path}.properties"), &row.properties);
        }
        RecordRow::Enrollment(row) => {
            let campaign = campaign(at, &format!("{path}.campaign"), Some(&row.campaign));
            variants(at, &format!("{path}.arm"), row.arm.as_ref(), campaign);
            extracts(at, &format!("{path}.segments"), &row.segments);
        }
        RecordRow::Response(row) => {
            extract(at, &format!("{path}.kind"), &row.kind);
            let campaign = campaign(at, &format!("{path}.campaign"), row.campaign.as_ref());
            variants(at, &format!("{path}.variant"), row.variant.as_ref(), campaign);
            if let Some(value) = &row.value {
                extract(at, &format!("{path}.value"), value);
            }
        }
        RecordRow::Offline(row) => {
            extract(at, &format!("{path}.kind"), &row.kind);
            extracts(at, &format!("{path}.properties"), &row.properties);
        }
        RecordRow::Content(row) => {
            extract(at, &format!("{path}.name"), &row.name);
            extracts(at, &format!("{path}.metadata"), &row.metadata);
        }
        RecordRow::Campaign(row) => {
            extract(at, &format!("{path}.name"), &row.name);
            let optional = [
                ("description", &row.description),
                ("variant", &row.variant),
                ("control", &row.control),
            ];
            for (key, value) in optional {
                if let Some(value) = value {
                    extract(at, &format!("{path}.{key}"), value);
                }
            }
            if row.variant.is_some() && row.variants.is_none() {
                let hint = "add `variants:` with the list they are in, or leave `variant` out";
                at.key(&format!("{path}.variant"), "there is no list of variants", hint);
            }
        }
    }
}

/// Why a source is not for a format.
fn misplaced(source: SourceType, format: Format) -> Option<(&'static str, &'static str)> {
    match (source, format) {
        (SourceType::Import, _) | (SourceType::Webhook | SourceType::Connector, Format::Json) => {
            None
        }
        (SourceType::Webhook | SourceType::Connector, _) => {
            Some(("this source is not for files", "name a source of `type: import`"))
        }
        (_, Format::Json) => Some((
            "this source takes no calls",
            "name a source of `type: webhook`, `connector` or `import`",
        )),
        _ => Some(("this source is not for files", "name a source of `type: import`")),
    }
}

/// The campaign, where it is the same for every row.
fn campaign<'w>(at: &mut At<'_, 'w>, path: &str, name: Option<&Extract>) -> Option<&'w Campaign> {
    let name = name?;
    extract(at, path, name);
    let Ok(Origin::Constant(Value::String(name))) = name.origin() else { return None };
    at.refer(&format!("{path}.value"), Kind::Campaign, name);
    match at.world.spec(Kind::Campaign, name) {
        Some(Spec::Campaign(campaign)) => Some(campaign),
        _ => None,
    }
}

/// Variants that are written out must be the campaign's.
fn variants(at: &mut At<'_, '_>, path: &str, arm: Option<&Extract>, campaign: Option<&Campaign>) {
    let Some(arm) = arm else { return };
    extract(at, path, arm);
    let Some(campaign) = campaign else { return };
    let names = campaign.variants.iter().map(|variant| variant.name.as_str());
    let written = arm
        .map
        .iter()
        .map(|(key, value)| (format!("{path}.map.{key}"), value))
        .chain(arm.otherwise.iter().map(|value| (format!("{path}.otherwise"), value)))
        .chain(arm.value.iter().map(|value| (format!("{path}.value"), value)));
    for (path, value) in written {
        if let Some(name) = value.as_str().filter(|name| !names.clone().any(|known| known == *name))
        {
            at.unknown(&path, Part::Value, "variant", name, names.clone());
        }
    }
}

fn conditions(at: &mut At<'_, '_>, path: &str, conditions: &[Condition]) {
    for (index, condition) in conditions.iter().enumerate() {
        if let Err(shape) = condition.test() {
            let hint = "for example {column: visit, equals: 1}";
            at.value(&format!("{path}[{index}]"), format!("a condition {shape}"), hint);
        }
    }
}

fn extracts(at: &mut At<'_, '_>, path: &str, values: &BTreeMap<String, Extract>) {
    for (key, value) in values {
        extract(at, &format!("{path}.{key}"), value);
    }
}

fn time(at: &mut At<'_, '_>, path: &str, value: &Extract) {
    let timed = Extract { r#type: Some(ValueType::Time), ..value.clone() };
    extract(at, path, &timed);
    if let Some(Value::String(text)) = &value.value
        && value.time_format.is_none()
        && Timestamp::parse(text).is_err()
    {
        let hint = "for example 2026-03-01T09:00:00Z, or name its `time_format`";
        at.value(&format!("{path}.value"), format!("`{text}` is not a time"), hint);
    }
}

fn extract(at: &mut At<'_, '_>, path: &str, value: &Extract) {
    match value.origin() {
        Err(shape) => {
            let hint = "for example {column: visit}, {value: email} or {template: \"x-{line}\"}";
            at.value(path, format!("a value {shape}"), hint);
        }
        Ok(Origin::Template(text)) if !balanced(text) => {
            let hint = "for example hillstrom-{line}";
            at.value(&format!("{path}.template"), "a brace is not closed or names nothing", hint);
        }
        Ok(_) => {}
    }
    if value.otherwise.is_some() && value.map.is_empty() {
        let hint = "add `map: {…}`, or leave `otherwise` out";
        at.key(&format!("{path}.otherwise"), "`otherwise` follows a map", hint);
    }
    if value.time_format.is_some() && value.r#type != Some(ValueType::Time) {
        let hint = "add `type: time`";
        at.key(&format!("{path}.time_format"), "this value is not a time", hint);
    }
}

/// Whether every `{` is closed by a `}` with a name between them.
fn balanced(template: &str) -> bool {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { return false };
        if before.contains('}') || name.is_empty() || name.contains('{') {
            return false;
        }
        rest = tail;
    }
    !rest.contains('}')
}
