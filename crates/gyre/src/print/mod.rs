//! What is shown in a terminal: aligned columns that read without colour, and numbers.

pub(crate) mod campaign;
pub(crate) mod consent;
pub(crate) mod decision;
pub(crate) mod graph;
pub(crate) mod metrics;
pub(crate) mod number;
pub(crate) mod person;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod turns;

use std::io::{self, Write as _};

/// Adds to a text, which cannot fail.
macro_rules! say {
    ($text:expr, $($said:tt)*) => {{
        use std::fmt::Write as _;
        $text.write_fmt(format_args!($($said)*)).unwrap_or_default();
    }};
}
pub(crate) use say;

/// Writes a text to standard output.
pub(crate) fn out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a line to standard error. What cannot be said there is not worth failing for.
pub(crate) fn note(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}
