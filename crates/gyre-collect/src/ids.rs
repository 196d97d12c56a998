//! Which values identify somebody. What clients send for "nobody" must never become a person that
//! thousands share.

use gyre_model::is_placeholder;

/// The longest id that identifies anybody, in characters.
pub const MAX_ID_CHARS: usize = 400;

/// The id without the white space around it, or `None` where it identifies nobody: a placeholder such
/// as `null`, `undefined` or `0`, also in quotes, or longer than [`MAX_ID_CHARS`].
pub fn usable(value: &str) -> Option<&str> {
    let value = value.trim();
    if is_placeholder(value) {
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
