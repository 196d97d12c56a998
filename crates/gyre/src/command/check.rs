//! `gyre check`: resource files, without a server.

use crate::failure::Failure;
use crate::files::{self, File};
use crate::print::{note, out};
use crate::wiring;
use gyre_api::{RuleCompiler, lifted_features};
use gyre_config::{Diagnostic, Parsed, check, parse};
use std::path::PathBuf;

/// Prints what is wrong.
pub(crate) fn run(paths: &[PathBuf]) -> anyhow::Result<()> {
    let files = files::read(paths)?;
    let (set, found) = read(&files)?;
    if !found.is_empty() {
        out(&said(&found))?;
    }
    verdict(&files, &found)?;
    let resources = set.iter().filter(|parsed| parsed.resource().is_some()).count();
    let tests = set.len() - resources;
    for line in lifted_features(set.iter().filter_map(Parsed::resource)) {
        note(&format!("lifted: {line}"));
    }
    note(&format!("{resources} resources and {tests} tests in {} files are fine", files.len()));
    Ok(())
}

/// All documents of the files, and everything that is wrong with them.
pub(crate) fn read(files: &[File]) -> anyhow::Result<(Vec<Parsed>, Vec<Diagnostic>)> {
    let rules = wiring::rules()?;
    let mut set = Vec::new();
    let mut found = Vec::new();
    for file in files {
        let (mut parsed, mut wrong) = parse(&file.name(), &file.text);
        set.append(&mut parsed);
        found.append(&mut wrong);
    }
    let compiler = RuleCompiler::new(rules.as_ref(), set.iter().filter_map(Parsed::resource));
    found.extend(check(&set, &[], &|rule| compiler.check(rule)));
    Ok((set, found))
}

/// What is wrong, as it is printed.
pub(crate) fn said(found: &[Diagnostic]) -> String {
    found.iter().map(|one| format!("{one}\n\n")).collect::<Vec<_>>().concat()
}

/// Fails when something keeps the files from being applied.
pub(crate) fn verdict(files: &[File], found: &[Diagnostic]) -> Result<(), Failure> {
    let errors = found.iter().filter(|one| one.is_error()).count();
    if errors == 0 {
        return Ok(());
    }
    let (s, fs) = (if errors == 1 { "" } else { "s" }, if files.len() == 1 { "" } else { "s" });
    Err(Failure::new(format!("{errors} error{s} in {} file{fs}", files.len())))
}

#[cfg(test)]
mod tests {
    use super::{read, said, verdict};
    use crate::files::File;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: &Expect) {
        let files = [File { path: "shop.yaml".into(), text: text.to_owned() }];
        let (_, found) = read(&files).unwrap();
        let verdict = verdict(&files, &found).err().map(|failure| failure.to_string());
        expected.assert_eq(&format!("{}{}", said(&found), verdict.unwrap_or_default()));
    }

    #[test]
    fn a_rule_over_a_feature_there_is_not() {
        check(
            "apiVersion: gyre/v1\nkind: Feature\nmetadata: {name: orders}\nspec: {event: Order \
             Completed, aggregate: count}\n---\napiVersion: gyre/v1\nkind: Audience\nmetadata: \
             {name: buyers}\nspec:\n  rule: person.order > 0\n",
            &expect![[r"
                shop.yaml:10:9: there is no column person.order
                10 |   rule: person.order > 0
                   |         ^^^^^^^^^^^^
                hint: did you mean person.orders?

                1 error in 1 file"]],
        );
    }

    #[test]
    fn a_file_that_is_no_yaml_and_a_kind_there_is_not() {
        check(
            "kind: [",
            &expect![[r"
            shop.yaml:1:7: this is not YAML: unclosed bracket '['
            1 | kind: [
              |       ^
            hint: close every `[` with `]` and every `{` with `}`

            1 error in 1 file"]],
        );
        check(
            "apiVersion: gyre/v1\nkind: Audiense\n",
            &expect![[r"
            shop.yaml:2:7: there is no kind `Audiense`
            2 | kind: Audiense
              |       ^^^^^^^^
            hint: did you mean `Audience`?

            1 error in 1 file"]],
        );
    }

    #[test]
    fn now_is_not_a_rule() {
        check(
            "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: late}\nspec:\n  rule: at > \
             now()\n",
            &expect![[r"
                shop.yaml:5:14: now() reads the clock
                5 |   rule: at > now()
                  |              ^^^
                hint: write `at`: rules are evaluated for an instant that is given

                1 error in 1 file"]],
        );
    }
}
