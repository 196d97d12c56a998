//! The crates of this workspace and what they use, as cargo tells it.

use crate::exec;
use anyhow::Context;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One crate of the workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct Member {
    pub(super) name: String,
    /// What its manifest names, for whatever kind of use.
    pub(super) uses: BTreeSet<String>,
    /// Every package that a build of it without its tests compiles, as `name version`, itself among
    /// them. An upper bound: features are those of the whole workspace.
    pub(super) reaches: BTreeSet<String>,
    /// Whether its lints are those of the workspace.
    pub(super) has_lints: bool,
}

/// The crates of the workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    pub(super) members: Vec<Member>,
}

impl Graph {
    /// Asks cargo.
    pub(super) fn read() -> anyhow::Result<Self> {
        let host = String::from_utf8(exec::read(exec::cargo()?.args(["-vV"]))?)?;
        let host = host.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.context("cargo does not say for what it builds")?;
        let mut cargo = exec::cargo()?;
        cargo.args(["metadata", "--format-version", "1", "--filter-platform", host]);
        let metadata: Value = serde_json::from_slice(&exec::read(&mut cargo)?)?;
        Self::of(&metadata).context("cargo metadata has another form than expected")
    }

    fn of(metadata: &Value) -> Option<Self> {
        let packages: BTreeMap<&str, &Value> = metadata["packages"]
            .as_array()?
            .iter()
            .filter_map(|one| Some((one["id"].as_str()?, one)))
            .collect();
        let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
            .as_array()?
            .iter()
            .filter_map(|one| Some((one["id"].as_str()?, one)))
            .collect();
        let members = metadata["workspace_members"].as_array()?.iter();
        let members = members.map(|id| member(id.as_str()?, &packages, &nodes));
        Some(Self { members: members.collect::<Option<_>>()? })
    }
}

fn member(
    id: &str,
    packages: &BTreeMap<&str, &Value>,
    nodes: &BTreeMap<&str, &Value>,
) -> Option<Member> {
    let package = packages.get(id)?;
    let uses = package["dependencies"].as_array()?.iter();
    let uses = uses.filter_map(|one| Some(one["name"].as_str()?.to_owned())).collect();
    let manifest = std::fs::read_to_string(package["manifest_path"].as_str()?).ok()?;
    let mut reached = BTreeSet::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(nodes.get(id)?["deps"].as_array()?.iter().filter_map(built_on));
        }
    }
    let shown = |id: &&str| {
        let package = packages.get(id)?;
        Some(format!("{} {}", package["name"].as_str()?, package["version"].as_str()?))
    };
    Some(Member {
        name: package["name"].as_str()?.to_owned(),
        uses,
        reaches: reached.iter().map(shown).collect::<Option<_>>()?,
        has_lints: manifest.replace(' ', "").contains("[lints]\nworkspace=true"),
    })
}

/// The package of a dependency that is compiled without tests.
fn built_on(dependency: &Value) -> Option<&str> {
    let kinds = dependency["dep_kinds"].as_array()?;
    let built = kinds.iter().any(|kind| kind["kind"].as_str() != Some("dev"));
    built.then_some(dependency["pkg"].as_str()?)
}

/// How many packages a build of one crate alone compiles, with only the features that it needs.
pub(super) fn built_alone(name: &str) -> anyhow::Result<usize> {
    let mut cargo = exec::cargo()?;
    cargo.args(["tree", "--package", name, "--edges", "normal,build", "--prefix", "none"]);
    let tree = String::from_utf8(exec::read(&mut cargo)?)?;
    // Cargo marks what it has shown before.
    let packages = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    Ok(packages.filter(|line| !line.is_empty()).collect::<BTreeSet<_>>().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_for_tests_only_is_not_reached() {
        let manifest = format!("{}/Cargo.toml", std::env::var("CARGO_MANIFEST_DIR").unwrap());
        let package = |name: &str, dependencies: Value| {
            json!({ "id": name, "name": name, "version": "1.0.0", "dependencies": dependencies,
                    "manifest_path": manifest })
        };
        let edge = |to: &str, kind: Value| json!({ "pkg": to, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [
                package("a", json!([{ "name": "b" }, { "name": "t" }])),
                package("b", json!([])), package("c", json!([])), package("t", json!([])),
            ],
            "workspace_members": ["a"],
            "resolve": { "nodes": [
                { "id": "a", "deps": [edge("b", Value::Null), edge("t", json!("dev"))] },
                { "id": "b", "deps": [edge("c", json!("build"))] },
                { "id": "c", "deps": [] }, { "id": "t", "deps": [] },
            ] },
        });
        let graph = Graph::of(&metadata).unwrap();
        let reaches: Vec<&str> = graph.members[0].reaches.iter().map(String::as_str).collect();
        assert_eq!(reaches, ["a 1.0.0", "b 1.0.0", "c 1.0.0"]);
        assert_eq!(graph.members[0].uses.len(), 2);
        assert!(graph.members[0].has_lints);
    }
}
