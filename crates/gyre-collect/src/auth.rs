//! The write key in an `Authorization` header.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The user name of a `Basic` header: everything before the first colon, or everything when there is
/// none. `None` for other schemes (a `Bearer` token is no write key), for what is not Base64 of UTF-8
/// and for an empty name.
pub fn basic_key(header: &str) -> Option<String> {
    let text = credentials(header)?;
    let key = text.split_once(':').map_or(text.as_str(), |(key, _)| key).trim();
    (!key.is_empty()).then(|| key.to_owned())
}

/// User and password of a `Basic` header.
pub(crate) fn basic(header: &str) -> Option<(String, String)> {
    let text = credentials(header)?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn credentials(header: &str) -> Option<String> {
    let (scheme, encoded) = header.trim().split_once(char::is_whitespace)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()
}
