//! What programs write when they have no id.

/// The lists of Segment and PostHog together, in lower case.
const PLACEHOLDERS: [&str; 17] = [
    "-1",
    "[object object]",
    "anonymous",
    "distinct_id",
    "distinctid",
    "email",
    "false",
    "guest",
    "id",
    "invalid",
    "nan",
    "nil",
    "none",
    "not_authenticated",
    "null",
    "true",
    "undefined",
];

/// Whether a text is what programs write when they have no id: nothing, nought, `-`, the nil UUID, or a
/// word such as `null`, also in quotes and whatever its case. Such a text must never become a person
/// that thousands share.
pub fn is_placeholder(value: &str) -> bool {
    let bare = value.trim().trim_matches(|c| matches!(c, '"' | '\'')).trim();
    bare.bytes().all(|byte| matches!(byte, b'0' | b'-'))
        || bare.len() <= 17 && PLACEHOLDERS.iter().any(|word| bare.eq_ignore_ascii_case(word))
}
