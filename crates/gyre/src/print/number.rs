//! Numbers as people read them.

/// A share as per cent with two places.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// A difference of shares in points.
pub(crate) fn points(difference: f64) -> String {
    format!("{:+.2}", 100.0 * difference)
}

/// A relative difference as per cent with one place.
pub(crate) fn relative(difference: Option<f64>) -> String {
    difference.map_or_else(String::new, |difference| format!("{:+.1} %", 100.0 * difference))
}

/// An amount with four places.
pub(crate) fn amount(value: f64) -> String {
    format!("{value:.4}")
}

/// A p value; small ones are not written as nought.
pub(crate) fn p(value: f64) -> String {
    if value < 0.0001 { "<0.0001".to_owned() } else { format!("{value:.4}") }
}

/// A count with a thin mark every three digits.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the largest unit that leaves a number of at least one.
pub(crate) fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return format!("{value:.1} {unit}");
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, p, percent, points, relative};

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(percent(0.106_176), "10.62 %");
        assert_eq!(points(-0.0766), "-7.66");
        assert_eq!(relative(Some(0.7216)), "+72.2 %");
        assert_eq!(relative(None), "");
        assert_eq!(p(0.000_01), "<0.0001");
        assert_eq!(p(0.031_25), "0.0312");
        assert_eq!(
            [count(0), count(999), count(64_000), count(1_234_567)],
            ["0", "999", "64,000", "1,234,567"]
        );
        assert_eq!(bytes(512), "512.0 B");
        assert_eq!(bytes(3 << 29), "1.5 GiB");
    }
}
