//! Rules for files: what each must have and what none may hold.

use crate::exec;
use anyhow::Context;
use std::path::Path;
use std::process::Command;

/// The most lines of a Rust file.
const LINES: usize = 500;
/// The most bytes of a file in git.
const BYTES: u64 = 1_000_000;

/// What is not left in code; the last is the path of the checkout that was built, which another one
/// that shares the build would read (ask at run time). In two parts, so that this file does not hold it.
const DEBRIS: [&str; 4] = [
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("db", "g!("),
    concat!("env!(\"CARGO_MANIF", "EST_DIR\""),
];

/// Where a file of somebody's machine, or the address of a registry, would show.
const FOREIGN: [&str; 8] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("pypi", ".org"),
    concat!("files.python", "hosted.org"),
    concat!("registry.npm", "js.org"),
    concat!("deb.deb", "ian.org"),
];

/// The paths of all files in git that are there.
pub(super) fn tracked(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut git = Command::new("git");
    let listed = exec::read(git.current_dir(root).args(["ls-files", "-z"]))?;
    let listed = String::from_utf8(listed).context("a file's name is not text")?;
    let paths = listed.split('\0').filter(|path| !path.is_empty());
    Ok(paths.filter(|path| root.join(path).is_file()).map(str::to_owned).collect())
}

/// What breaks the rules in the checkout.
pub(super) fn faults(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut foreign: Vec<String> = FOREIGN.map(str::to_owned).to_vec();
    foreign.push(root.display().to_string());
    if let Some(home) = std::env::var_os("HOME").filter(|home| home.len() > 1) {
        foreign.push(format!("{}/", Path::new(&home).display()));
    }
    let mut found = Vec::new();
    for path in tracked(root)? {
        let file = root.join(&path);
        if file.metadata()?.len() > BYTES {
            found.push(format!("{path}: larger than {BYTES} bytes"));
            continue;
        }
        // What is not text is only weighed.
        if let Ok(text) = String::from_utf8(std::fs::read(&file)?) {
            found.extend(judge(&path, &text, &foreign));
        }
    }
    Ok(found)
}

/// What breaks the rules in one text.
fn judge(path: &str, text: &str, foreign: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |what: String| found.push(format!("{path}: {what}"));
    let extension = Path::new(path).extension().unwrap_or_default();
    if extension == "rs" {
        if !text.starts_with("//!") {
            say("does not begin with `//!`, saying what it is for".to_owned());
        }
        let lines = text.lines().count();
        if lines > LINES {
            say(format!("has {lines} lines, more than {LINES}"));
        }
        for debris in DEBRIS.iter().filter(|debris| text.contains(**debris)) {
            say(format!("holds `{debris}…)`"));
        }
    }
    // The lock file names the registry for cargo's sake.
    if path != "Cargo.lock" {
        for (line, number) in text.lines().zip(1..) {
            for word in foreign.iter().filter(|word| line.contains(word.as_str())) {
                say(format!("line {number}: `{word}` is a place on one machine or a registry"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(path: &str, text: &str, expected: &Expect) {
        let foreign: Vec<String> = FOREIGN.map(str::to_owned).to_vec();
        expected.assert_eq(&judge(path, text, &foreign).join("\n"));
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        check("a.rs", "//! For this.\nfn a() {}\n", &expect![""]);
        let fault = expect!["a.rs: does not begin with `//!`, saying what it is for"];
        check("a.rs", "use b;\n//! For this.\n", &fault);
        check("a.py", "import b\n", &expect![""]);
    }

    #[test]
    fn a_file_is_short() {
        check("a.rs", &"//!\n".repeat(500), &expect![""]);
        check("a.rs", &"//!\n".repeat(501), &expect!["a.rs: has 501 lines, more than 500"]);
    }

    #[test]
    fn nothing_is_left_lying_about() {
        for debris in DEBRIS {
            assert_eq!(judge("a.rs", &format!("//!\n{debris})"), &[]).len(), 1, "{debris}");
        }
    }

    #[test]
    fn no_machine_and_no_registry_is_named() {
        for word in FOREIGN {
            let foreign = [word.to_owned()];
            assert_eq!(judge("a.md", &format!("see {word}x"), &foreign).len(), 1, "{word}");
            assert!(judge("Cargo.lock", word, &foreign).is_empty());
        }
    }
}
