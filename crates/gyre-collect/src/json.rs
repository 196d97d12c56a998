//! JSON as clients write it: how deep it is, and what a full parse will stumble over.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// What a scan of valid JSON tells without parsing it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// How many objects and arrays are open at the deepest place.
    pub(crate) depth: usize,
    /// Whether it has something that skipping accepts and parsing may not: a surrogate written as an
    /// escape, or a number that may be out of range.
    pub(crate) odd: bool,
}

/// Digits in a row from which on a number may be too large for a float.
const LONG_NUMBER: u32 = 300;

/// Scans valid JSON once.
pub(crate) fn shape(text: &str) -> Shape {
    let bytes = text.as_bytes();
    let mut shape = Shape::default();
    let (mut at, mut depth, mut digits) = (0, 0_usize, 0_u32);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => at = after_string(bytes, at, &mut shape.odd),
            b'{' | b'[' => {
                depth += 1;
                shape.depth = shape.depth.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'0'..=b'9' => {
                digits += 1;
                shape.odd |= digits > LONG_NUMBER;
                continue;
            }
            b'e' | b'E' => shape.odd |= digits > 0,
            _ => {}
        }
        digits = 0;
    }
    shape
}

/// The index after the string whose opening quote is just before `at`.
fn after_string(bytes: &[u8], mut at: usize, odd: &mut bool) -> usize {
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => break,
            b'\\' => {
                *odd |= surrogate(bytes, at - 1).is_some();
                at += 1;
            }
            _ => {}
        }
    }
    at
}

/// The code unit of the escape at `at`, if it is half of a surrogate pair.
fn surrogate(bytes: &[u8], at: usize) -> Option<u32> {
    let escape = bytes.get(at..at + 6)?;
    if escape[0] != b'\\' || escape[1] != b'u' {
        return None;
    }
    let digits = std::str::from_utf8(&escape[2..]).ok()?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    (0xD800..0xE000).contains(&unit).then_some(unit)
}

/// The text with halves of surrogate pairs replaced by U+FFFD. JavaScript cuts strings between the
/// halves and writes the rest as it is; an event is not thrown away for that.
pub(crate) fn mend(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        if byte != b'\\' {
            at += 1;
            continue;
        }
        match (surrogate(bytes, at), surrogate(bytes, at + 6)) {
            (None, _) => at += 2,
            (Some(..0xDC00), Some(0xDC00..)) => at += 12,
            (Some(_), _) => {
                out.extend_from_slice(&bytes[copied..at]);
                out.extend_from_slice(b"\\ufffd");
                at += 6;
                copied = at;
            }
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(&bytes[copied..]);
    // Only whole ASCII escapes were replaced, so this is UTF-8.
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Parses an object in full; `None` if it is not one or cannot be parsed even when mended.
pub(crate) fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&mend(text))).ok()
}

/// Appends the text as a JSON string.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        // Writing a text into memory cannot fail.
        out.extend(serde_json::to_vec(text).unwrap_or_else(|_| b"\"\"".to_vec()));
    } else {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}
