//! `gyre test`: the tests in resource files, each on a ring of its own, in memory and on a clock of
//! its own. What is expected is held against what came.

mod expect;
mod ring;
#[cfg(test)]
mod tests;

use crate::command::check;
use crate::failure::Failure;
use crate::files::{self, File};
use crate::print::out;
use crate::print::say;
use gyre_config::{Parsed, Resource};
use std::path::PathBuf;

/// What came of one test.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its name.
    name: String,
    /// What came instead of what was expected; empty when it passed.
    faults: Vec<String>,
    /// How many expectations there were.
    expectations: usize,
}

/// Runs the tests of files and prints what came.
pub(crate) fn run(paths: &[PathBuf], only: Option<&str>) -> anyhow::Result<()> {
    let files = files::read(paths)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcomes = runtime.block_on(all(&files, only))?;
    if outcomes.is_empty() {
        return Err(Failure::new("there is no test to run")
            .hint("write a document of `kind: Test`; see docs/reference/config.md")
            .into());
    }
    out(&shown(&outcomes))?;
    let failed = outcomes.iter().filter(|outcome| !outcome.faults.is_empty()).count();
    if failed > 0 {
        return Err(Failure::new(format!("{failed} of {} tests failed", outcomes.len())).into());
    }
    Ok(())
}

async fn all(files: &[File], only: Option<&str>) -> anyhow::Result<Vec<Outcome>> {
    let (set, found) = check::read(files)?;
    if check::verdict(files, &found).is_err() {
        let said = check::said(&found);
        return Err(Failure::new(format!("the files cannot be applied\n\n{}", said.trim())).into());
    }
    let resources: Vec<Resource> = set.iter().filter_map(Parsed::resource).cloned().collect();
    let mut outcomes = Vec::new();
    for test in set.iter().filter_map(Parsed::test) {
        let name = &test.metadata.name;
        if only.is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let seen = ring::run(&resources, name, &test.case).await?;
        let (expectations, faults) = expect::compare(&test.case.expect, &seen);
        outcomes.push(Outcome { name: name.clone(), faults, expectations });
    }
    Ok(outcomes)
}

fn shown(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let word = if outcome.faults.is_empty() { "pass" } else { "FAIL" };
        say!(
            text,
            "{word}  {} ({} held)\n",
            outcome.name,
            outcome.expectations - outcome.faults.len()
        );
        for fault in &outcome.faults {
            say!(text, "      {fault}\n");
        }
    }
    let passed = outcomes.iter().filter(|outcome| outcome.faults.is_empty()).count();
    say!(text, "{passed} of {} tests passed\n", outcomes.len());
    text
}
