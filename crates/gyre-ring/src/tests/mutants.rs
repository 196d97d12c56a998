//! Mutants: a safety that is switched off must be noticed by the test that names it. A mutant is chosen by the
//! environment, so the test runs in a process of its own.

use std::process::Command;

/// Fails unless a test passes as it is and fails with the mutant.
pub(super) fn is_noticed(module: &str, test: &str, mutant: &str) {
    assert!(passes(module, test, None), "{test} fails as it is");
    assert!(!passes(module, test, Some(mutant)), "{test} does not notice {mutant}");
}

fn passes(module: &str, test: &str, mutant: Option<&str>) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("tests::{module}::{test}")]).env_remove("GYRE_MUTANT");
    if let Some(mutant) = mutant {
        command.env("GYRE_MUTANT", mutant);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("running 1 test"), "{test} is not there: {said}");
    output.status.success()
}
