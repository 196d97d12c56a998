//! What an unquoted word means: the YAML 1.2 core schema.

use super::Data;

/// The value of an unquoted word.
pub(super) fn plain(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Data::Text(text.to_owned()), Data::Number)
}

/// The number a word is. Those JSON cannot hold (`.inf`, `.nan`, more than 64 bits) are not numbers.
fn number(text: &str) -> Option<serde_json::Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16)
            .ok()
            .filter(|_| !digits.starts_with('+'))
            .map(Into::into);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8)
            .ok()
            .filter(|_| !digits.starts_with('+'))
            .map(Into::into);
    }
    let bytes = unsigned.as_bytes();
    if bytes.is_empty() {
        return None;
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        let text = text.strip_prefix('+').unwrap_or(text);
        if let Ok(number) = text.parse::<i64>() {
            return Some(number.into());
        }
        return text.parse::<u64>().ok().map(Into::into);
    }
    // A dot and an exponent only where YAML has them: Rust also reads `inf`, `nan` and `infinity`.
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let shaped = digits(whole)
        && digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|text| {
            let text = text.strip_prefix(['+', '-']).unwrap_or(text);
            !text.is_empty() && digits(text)
        });
    if !shaped {
        return None;
    }
    text.parse::<f64>().ok().and_then(serde_json::Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::{Data, plain};

    #[test]
    fn words_are_what_yaml_1_2_says() {
        for (text, kind) in [
            ("12", "number"),
            ("-1.5e3", "number"),
            (".5", "number"),
            ("0x1f", "number"),
            ("yes", "text"),
            ("2026-03-01", "text"),
            (".inf", "text"),
            ("nan", "text"),
            ("1_000", "text"),
            ("1.2.3", "text"),
            ("~", "null"),
            ("True", "bool"),
        ] {
            let found = match plain(text) {
                Data::Number(_) => "number",
                Data::Text(_) => "text",
                Data::Null => "null",
                Data::Bool(_) => "bool",
                _ => "other",
            };
            assert_eq!(found, kind, "{text}");
        }
    }
}
