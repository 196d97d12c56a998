//! Checks that the documents say what the program does: the schema, the reference, and every example.

use crate::command::{Command, run};
use crate::{reference, schema};
use clap::Parser;
use expect_test::expect_file;
use std::fmt::Write as _;
use std::path::Path;

#[derive(Debug, Parser)]
#[command(name = "gyre math")]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[test]
fn the_schema_is_current() {
    let text = serde_json::to_string_pretty(&schema::all()).unwrap() + "\n";
    expect_file!["../../../docs/reference/math.schema.json"].assert_eq(&text);
}

#[test]
fn the_reference_is_current() {
    expect_file!["../../../docs/reference/math-requests.md"].assert_eq(&reference::markdown());
}

/// Every block of `sh` in the guide is run, and the block of `text` behind it is what came of it.
#[test]
fn examples_give_what_the_guide_says() {
    let root = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..");
    let guide = std::fs::read_to_string(root.join("docs/reference/math.md")).unwrap();
    let mut rewritten = String::new();
    let mut rest = guide.as_str();
    let mut count = 0;
    while let Some((before, after)) = rest.split_once("```sh\n") {
        let (script, behind) = after.split_once("```\n").unwrap();
        write!(rewritten, "{before}```sh\n{script}```\n").unwrap();
        let Some(said) = behind.strip_prefix("\n```text\n") else {
            rest = behind;
            continue;
        };
        let (_, behind) = said.split_once("```\n").unwrap();
        write!(rewritten, "\n```text\n{}```\n", shell(script, &root)).unwrap();
        count += 1;
        rest = behind;
    }
    rewritten += rest;
    assert!(count >= 8, "only {count} examples");
    expect_file!["../../../docs/reference/math.md"].assert_eq(&rewritten);
}

/// What one command of the guide prints: `gyre math …`, or `echo '…' | gyre math …`, lines joined by `\`.
fn shell(script: &str, root: &Path) -> String {
    let script = script.trim().replace("\\\n", " ");
    let (input, line) = match script.strip_prefix("echo '") {
        Some(rest) => rest.split_once("' |").unwrap(),
        None => ("", script.as_str()),
    };
    let words: Vec<String> = line
        .split_whitespace()
        .skip(1)
        .map(|word| match word.strip_prefix("examples/") {
            Some(_) => root.join(word).display().to_string(),
            None => word.trim_matches('\'').to_owned(),
        })
        .collect();
    let parsed = Line::try_parse_from(words).unwrap();
    let mut out = Vec::new();
    if let Err(failure) = run(parsed.command, &mut input.as_bytes(), &mut out) {
        // A file is named as it was typed, wherever the checkout is.
        let place = format!("{}/", root.display());
        let hint = failure.advice().map(|hint| format!("\n\nhint: {hint}")).unwrap_or_default();
        return format!("error: {failure}{hint}\n").replace(&place, "");
    }
    String::from_utf8(out).unwrap()
}
