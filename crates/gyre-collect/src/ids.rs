//! Which values identify somebody. What clients send for "nobody" must never become a person that
//! thousands share.

/// The longest id that identifies anybody, in characters.
pub const MAX_ID_CHARS: usize = 400;

/// What programs write when they have no id (the lists of Segment and PostHog together), in lower case.
const NOBODY: [&str; 17] = [
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

/// The id without the white space around it, or `None` where it identifies nobody: a placeholder such
/// as `null`, `undefined` or `0`, also in quotes, or longer than [`MAX_ID_CHARS`].
pub fn usable(value: &str) -> Option<&str> {
    let value = value.trim();
    let bare = value.trim_matches(|c| matches!(c, '"' | '\'')).trim();
    // Covers the empty text, `0`, `-` and the nil UUID.
    if bare.bytes().all(|byte| matches!(byte, b'0' | b'-')) {
        return None;
    }
    if bare.len() <= 17 && NOBODY.iter().any(|nobody| bare.eq_ignore_ascii_case(nobody)) {
        return None;
    }
    // Bytes bound characters, so most ids are never counted.
    let fits = value.len() <= MAX_ID_CHARS || value.chars().count() <= MAX_ID_CHARS;
    fits.then_some(value)
}

/// The address in lower case and without the white space around it, if it looks like one: one `@` with
/// something on both sides and no white space within.
pub fn email(value: &str) -> Option<String> {
    let value = usable(value)?;
    let (local, domain) = value.split_once('@')?;
    let whole = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    (whole && !value.contains(char::is_whitespace)).then(|| value.to_lowercase())
}
