//! Lengths of time as they are typed: `500ms`, `10s`, `10m`.

use std::str::FromStr;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (count, unit) = text.split_at(at);
        let count: u64 = count.parse().map_err(|_| format!("`{text}` has no number"))?;
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(format!("`{text}` does not end in ms, s, m or h")),
        };
        Ok(Self(Duration::from_millis(count.saturating_mul(millis))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        assert_eq!("500ms".parse(), Ok(Span(Duration::from_millis(500))));
        assert_eq!("10m".parse(), Ok(Span(Duration::from_secs(600))));
        "10".parse::<Span>().unwrap_err();
        "s".parse::<Span>().unwrap_err();
    }
}
