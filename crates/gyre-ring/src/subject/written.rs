//! What may stand in a text in several ways: numbers, and signs that are escaped.

/// The fewest and the most digits of a number, with those of the ways to dial out.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=18;

/// What may be phone numbers in a text: digits with what people write between them.
pub(super) fn numbers(text: &[u8]) -> impl Iterator<Item = &str> {
    let part = |byte: &u8| byte.is_ascii_digit() || b"+ ()-/.".contains(byte);
    text.split(move |byte| !part(byte)).filter_map(|run| {
        let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
        let run = std::str::from_utf8(run).ok().filter(|_| DIGITS.contains(&digits))?;
        Some(run.trim_matches([' ', '-', '/', '.']))
    })
}

/// The text with escaped ASCII as itself, however often it was escaped.
pub(super) fn plain(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        let sign = rest.get(slashes..).filter(|_| slashes > 0).and_then(escaped);
        if let Some(sign) = sign {
            plain.push(sign);
            rest = rest.get(slashes + 5..).unwrap_or_default();
        } else {
            plain.push(first);
            rest = after;
        }
    }
    plain
}

/// The sign of `uXXXX` at the beginning, if it is ASCII.
fn escaped(text: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(text.strip_prefix(b"u")?.get(..4)?).ok()?;
    let code = u16::from_str_radix(digits, 16).ok()?;
    u8::try_from(code).ok().filter(u8::is_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_as_people_write_them() {
        let text = br#"{"a":"call +49 (0)151 234-567-89 or 0151/23456789.","n":7,"at":"12:30"}"#;
        let found: Vec<&str> = numbers(text).collect();
        assert_eq!(found, ["+49 (0)151 234-567-89", "0151/23456789"]);
    }

    #[test]
    fn escaped_signs_are_themselves() {
        let once = br"zelda\u0040x.org";
        let twice = br"zelda\\u0040x.org \u00e9 \\n";
        assert_eq!(plain(once), b"zelda@x.org");
        assert_eq!(plain(twice), br"zelda@x.org \u00e9 \\n");
    }
}
