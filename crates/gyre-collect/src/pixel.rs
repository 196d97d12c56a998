//! A call in the query string of an image, for pages and mails that run no script.
//!
//! Two forms: RudderStack's, where each parameter is a key of the event and a dot goes deeper
//! (`properties.path=/home`), and Segment's, where `data` is the event as JSON in Base64.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// How deep dots go; what is deeper stays one key.
const MAX_DOTS: usize = 8;

const PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDING);

/// The event in the parameters of a query, decoded; the write key is none of it. `data` that is no
/// JSON object is kept as it is, so that somebody can see what was sent.
pub fn pixel<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut event = Map::new();
    for (name, value) in parameters {
        match name {
            "writeKey" => {}
            "data" => match data(value) {
                Some(object) => event.extend(object),
                None => drop(event.insert(name.to_owned(), value.into())),
            },
            // An object may also be written as one.
            "properties" | "traits" | "context" => match serde_json::from_str(value) {
                Ok(Value::Object(object)) => put(&mut event, name, Value::Object(object)),
                _ => put(&mut event, name, value.into()),
            },
            _ => put(&mut event, name, value.into()),
        }
    }
    Value::Object(event).to_string()
}

fn data(value: &str) -> Option<Map<String, Value>> {
    // A query that was not escaped had its `+` read as spaces.
    let text = value.trim().replace(' ', "+");
    let bytes = STANDARD.decode(&text).or_else(|_| URL_SAFE.decode(&text)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Puts a value where its dots lead. Where a value is in the way that is no object, it goes.
fn put(event: &mut Map<String, Value>, path: &str, value: Value) {
    let mut parts = path.splitn(MAX_DOTS, '.').peekable();
    let mut at = event;
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            at.insert(part.to_owned(), value);
            return;
        }
        let below = at.entry(part).or_insert_with(|| Value::Object(Map::new()));
        if !below.is_object() {
            *below = Value::Object(Map::new());
        }
        let Value::Object(below) = below else { return };
        at = below;
    }
}
