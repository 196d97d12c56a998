//! Links from one document to another file lead somewhere.

use super::files::tracked;
use std::path::Path;

/// Links that lead nowhere.
pub(super) fn faults(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for path in
        tracked(root)?.iter().filter(|path| Path::new(path).extension().is_some_and(|e| e == "md"))
    {
        let file = root.join(path);
        let folder = file.parent().unwrap_or(root);
        let text = std::fs::read_to_string(&file)?;
        for (target, line) in targets(&text) {
            let bare = target.split_once('#').map_or(target, |(bare, _)| bare);
            if bare.starts_with('/') || !folder.join(bare).exists() {
                found.push(format!("{path}: line {line}: `{target}` leads nowhere"));
            }
        }
    }
    Ok(found)
}

/// The targets of a text's links that are files, with their lines. Code is not looked at.
fn targets(text: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (line, number) in text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every second part stands between backquotes.
        for part in line.split('`').step_by(2) {
            for rest in part.split("](").skip(1) {
                let target = rest.split([')', ' ']).next().unwrap_or_default();
                let elsewhere = target.contains("://") || target.starts_with("mailto:");
                if !elsewhere && !target.starts_with('#') && !target.is_empty() {
                    found.push((target, number));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_are_found_and_code_is_not() {
        let text = "see [a](a.md#part) and [b](https://example.com), [`c`](../c/)\n\
                    ```\n[d](d.md)\n```\n`[e](e.md)` [f](#f) ![g](g.png \"title\")\n";
        assert_eq!(targets(text), [("a.md#part", 1), ("../c/", 1), ("g.png", 5)]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("a.md"), "[b](b.md) [c](c.md) [d](/a.md)\n").unwrap();
        std::fs::write(root.join("b.md"), "[a](a.md#x)\n").unwrap();
        for arguments in [vec!["init", "--quiet"], vec!["add", "."]] {
            let mut git = std::process::Command::new("git");
            assert!(git.current_dir(root).args(arguments).status().unwrap().success());
        }
        let found = faults(root).unwrap();
        assert_eq!(
            found,
            ["a.md: line 1: `c.md` leads nowhere", "a.md: line 1: `/a.md` leads nowhere"]
        );
    }
}
