//! What came, with values replaced.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The text that is collected again, or why it cannot be mended.
pub(super) fn mended(
    raw: &str,
    whole: Option<&Value>,
    set: &BTreeMap<String, Value>,
) -> Result<String, String> {
    if let Some(whole) = whole {
        return Ok(whole.to_string());
    }
    if set.is_empty() {
        return Ok(raw.to_owned());
    }
    let mut value: Value =
        serde_json::from_str(raw).map_err(|_| "what came is not json; mend it whole".to_owned())?;
    for (path, wanted) in set {
        put(&mut value, path, wanted.clone())
            .ok_or_else(|| format!("there is no place {path} in what came"))?;
    }
    Ok(value.to_string())
}

/// Puts a value at a path; objects that are missing are made.
fn put(value: &mut Value, path: &str, wanted: Value) -> Option<()> {
    let mut place = value;
    for part in path.split('.') {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = match place {
            Value::Object(object) => object.entry(part.to_owned()).or_insert(Value::Null),
            Value::Array(list) => list.get_mut(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    *place = wanted;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_put_where_they_belong() {
        let raw = json!({"a": {"b": [1, {"c": 2}]}, "n": null, "t": "x"}).to_string();
        let with = |path: &str| {
            let set = BTreeMap::from([(path.to_owned(), json!(9))]);
            mended(&raw, None, &set).map(|text| serde_json::from_str::<Value>(&text).unwrap())
        };
        assert_eq!(with("a.b.1.c").unwrap()["a"]["b"][1]["c"], 9);
        assert_eq!(with("n.new.one").unwrap()["n"]["new"]["one"], 9);
        assert!(with("t.x").is_err() && with("a.b.7").is_err());
    }
}
