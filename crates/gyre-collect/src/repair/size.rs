//! Sizes of pictures and banners.

/// Sizes that are in use where the digits alone do not say where the width ends.
const KNOWN: [(&str, &str); 14] = [
    ("728", "90"),
    ("970", "90"),
    ("970", "250"),
    ("320", "50"),
    ("320", "100"),
    ("468", "60"),
    ("88", "31"),
    ("1200", "628"),
    ("1200", "627"),
    ("1080", "566"),
    ("1920", "600"),
    ("1200", "300"),
    ("1280", "720"),
    ("1920", "1080"),
];

/// The size a text names as width × height.
pub(super) fn size(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches("px").trim_end();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text);
    }
    let (width, height) = text.split_once(['x', 'X', '×', '*'])?;
    let number = |part: &str| {
        let part = part.trim().trim_end_matches("px").trim();
        let fits = !part.is_empty() && part.len() <= 5 && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| part.to_owned())
    };
    Some(format!("{}×{}", number(width)?, number(height)?))
}

/// The size whose sign was lost: `600300`.
pub(super) fn digits(text: &str) -> Option<String> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let known =
        KNOWN.iter().find(|(width, height)| text.strip_prefix(width).is_some_and(|r| r == *height));
    if let Some((width, height)) = known {
        return Some(format!("{width}×{height}"));
    }
    // Both halves are as long, and neither begins with 0.
    let (width, height) = match text.len() {
        6 => text.split_at(3),
        8 => text.split_at(4),
        _ => return None,
    };
    (!width.starts_with('0') && !height.starts_with('0')).then(|| format!("{width}×{height}"))
}
