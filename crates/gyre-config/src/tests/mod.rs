//! Diagnostics as snapshots, laws, and the examples.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes its snapshots so")]

mod boards;
mod consent;
mod diagnostics;
mod documents;
mod examples;
mod features;
mod identity;
mod laws;
mod notices;
mod plans;
mod pulls;
mod references;

use expect_test::Expect;

use crate::{Diagnostic, Parsed, RuleUse, check, parse};

/// Reads and checks files; every rule compiles.
fn read(files: &[(&str, &str)]) -> (Vec<Parsed>, Vec<Diagnostic>) {
    let mut set = Vec::new();
    let mut found = Vec::new();
    for (file, text) in files {
        let (parsed, diagnostics) = parse(file, text);
        set.extend(parsed);
        found.extend(diagnostics);
    }
    found.extend(check(&set, &[], &|_: RuleUse<'_>| Ok(())));
    (set, found)
}

/// All diagnostics as one text.
fn show(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(Diagnostic::to_string).map(|text| text + "\n").collect()
}

/// Holds what is said of one file against a snapshot.
fn says(text: &str, expected: &Expect) {
    let (_, found) = read(&[("x.yaml", text)]);
    expected.assert_eq(&show(&found));
}
