//! Labels of a training set, read from a file: the columns `user_id` and `at`.

use crate::failure::Failure;
use crate::import::Rows;
use gyre_config::kinds::Format;
use serde_json::{Value, json};
use std::path::Path;

/// The labels of a CSV or Parquet file, as the server takes them.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Value>> {
    let is_parquet = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
    let format = if is_parquet { Format::Parquet } else { Format::Csv };
    let mut labels = Vec::new();
    for row in Rows::open_as(path, format)? {
        let row = row?;
        let wrong = |why: &str| {
            let place = format!("{}, row {}", path.display(), row.line);
            Failure::usage(format!("{place}: {why}"))
                .hint("a header `user_id,at` and rows like `ada,2026-03-01T09:00:00Z`")
        };
        let values = row.values.as_ref().map_err(|why| wrong(why))?;
        let (Some(user), Some(at)) = (values.get("user_id"), values.get("at")) else {
            return Err(wrong("it has no column user_id, or no column at").into());
        };
        let user = match user {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(wrong("user_id is empty").into()),
        };
        let at = at.as_str().filter(|text| !text.is_empty());
        // Parquet's instants without a zone are UTC.
        let at = at.map(|text| {
            if is_parquet && !has_zone(text) { format!("{text}Z") } else { text.to_owned() }
        });
        labels.push(json!({"user_id": user, "at": at.ok_or_else(|| wrong("at is empty"))?}));
    }
    if labels.is_empty() {
        return Err(Failure::usage("the file has no labels").into());
    }
    Ok(labels)
}

fn has_zone(text: &str) -> bool {
    text.ends_with('Z')
        || text.get(10..).is_none_or(|time| time.is_empty() || time.contains(['+', '-']))
}
