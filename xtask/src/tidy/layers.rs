//! The layers: which crate may use which. This table is the picture in ARCHITECTURE.md.

use super::graph::{Graph, Member};

/// What a crate is, beside where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Nouns, numbers, laws, resources, ports: what everything above may use.
    Base,
    /// One step of the ring; knows no adapter and no other stage.
    Stage,
    /// A port made real, or what adapters share; only `gyre` knows it.
    Adapter,
    /// The composition and what is put around it.
    Whole,
    /// Uses nothing of ours and is used by nothing of ours.
    Apart,
}

/// Crate, row, role. A crate uses only crates of lower rows.
const LAYERS: &[(&str, u8, Role)] = &[
    ("gyre-model", 0, Role::Base),
    ("gyre-math", 0, Role::Base),
    // The numbers for people: reads files and JSON, so it is none of the pure crates.
    ("gyre-calculate", 1, Role::Whole),
    // Laws speak of the resources that people write, so config stands below govern.
    ("gyre-config", 1, Role::Base),
    ("gyre-govern", 2, Role::Base),
    ("gyre-ports", 3, Role::Base),
    // What lake, rules and sql share of DataFusion stands below them.
    ("gyre-datafusion", 4, Role::Adapter),
    ("gyre-collect", 5, Role::Stage),
    ("gyre-identify", 5, Role::Stage),
    ("gyre-derive", 5, Role::Stage),
    ("gyre-decide", 5, Role::Stage),
    ("gyre-orchestrate", 5, Role::Stage),
    ("gyre-deliver", 5, Role::Stage),
    ("gyre-measure", 5, Role::Stage),
    ("gyre-metrics", 5, Role::Stage),
    ("gyre-learn", 5, Role::Stage),
    ("gyre-optimise", 5, Role::Stage),
    ("gyre-journal", 5, Role::Adapter),
    ("gyre-state", 5, Role::Adapter),
    ("gyre-fold", 5, Role::Adapter),
    ("gyre-lake", 5, Role::Adapter),
    ("gyre-rules", 5, Role::Adapter),
    ("gyre-channels", 5, Role::Adapter),
    ("gyre-connectors", 5, Role::Adapter),
    // The keys of backups: only it and what signs certificates use cryptography of ring directly.
    ("gyre-seal", 5, Role::Adapter),
    ("gyre-ring", 6, Role::Whole),
    ("gyre-api", 7, Role::Whole),
    // Files and their headers; it knows nothing of Gyre.
    ("gyre-web", 7, Role::Whole),
    ("gyre-sql", 7, Role::Adapter),
    ("gyre", 8, Role::Whole),
    ("gyre-sim", 9, Role::Apart),
    ("gyre-e2e", 9, Role::Apart),
    ("xtask", 9, Role::Apart),
    ("gyre-bench", 9, Role::Apart),
];

/// The crates that stand on DataFusion, directly.
const ON_DATAFUSION: [&str; 4] = ["gyre-datafusion", "gyre-lake", "gyre-rules", "gyre-sql"];

/// The crates in which DataFusion is linked at all.
const WITH_DATAFUSION: [&str; 5] =
    ["gyre-datafusion", "gyre-lake", "gyre-rules", "gyre-sql", "gyre"];

/// The most packages that a pure crate may compile, itself among them, so that its tests run in
/// seconds after a change. A hundred is the aim; the SQL parser's protection of the stack, which ports
/// turn on, brings a handful more, the patterns of tracking plans one, and the time zones of metrics and reports
/// eight.
const PURE: usize = 120;

fn place(name: &str) -> Option<(u8, Role)> {
    LAYERS.iter().find(|(one, ..)| *one == name).map(|(_, row, role)| (*row, *role))
}

/// What breaks the table. `built_alone` counts the packages of one crate exactly; it is asked only
/// when the graph's upper bound is above the limit.
pub(super) fn faults(
    graph: &Graph,
    built_alone: impl Fn(&str) -> anyhow::Result<usize>,
) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for member in &graph.members {
        let name = &member.name;
        if !member.has_lints {
            found.push(format!("{name}: its manifest has no `[lints] workspace = true`"));
        }
        let Some((row, role)) = place(name) else {
            found.push(format!("{name}: has no place in the layers (xtask/src/tidy/layers.rs)"));
            continue;
        };
        for used in &member.uses {
            if let Some(why) = refusal(name, row, role, used) {
                found.push(format!("{name}: may not use {used}: {why}"));
            }
        }
        let links = member.reaches.iter().any(|one| one.starts_with("datafusion "));
        if links && !WITH_DATAFUSION.contains(&name.as_str()) {
            found.push(format!("{name}: links DataFusion"));
        }
        found.extend(weight(member, row, role, &built_alone)?);
    }
    Ok(found)
}

/// Why a crate may not use another, if it may not.
fn refusal(name: &str, row: u8, role: Role, used: &str) -> Option<&'static str> {
    let foreign = |package: &str| ["datafusion", "deltalake"].contains(&package);
    if foreign(used) && !ON_DATAFUSION.contains(&name) {
        return Some("only what stands on gyre-datafusion links DataFusion");
    }
    let (used_row, used_role) = place(used)?;
    if role == Role::Apart || used_role == Role::Apart {
        return Some("they stand apart");
    }
    if used_row >= row {
        return Some("it does not stand below");
    }
    let on_shared = used == "gyre-datafusion" && ON_DATAFUSION.contains(&name);
    if used_role == Role::Adapter && name != "gyre" && !on_shared {
        return Some("only gyre knows which adapter is in use");
    }
    if role == Role::Adapter && used_role != Role::Base && !on_shared && row <= 5 {
        return Some("an adapter knows ports and what is below them");
    }
    None
}

fn weight(
    member: &Member,
    row: u8,
    role: Role,
    built_alone: &impl Fn(&str) -> anyhow::Result<usize>,
) -> anyhow::Result<Option<String>> {
    let pure = row <= 5 && matches!(role, Role::Base | Role::Stage);
    if !pure || member.reaches.len() <= PURE {
        return Ok(None);
    }
    let packages = built_alone(&member.name)?;
    let heavy = format!("{}: compiles {packages} packages, at most {PURE} are pure", member.name);
    Ok((packages > PURE).then_some(heavy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// A workspace written as `crate: uses, ...` a line; `+word` adds that package to what is reached.
    fn check(workspace: &str, expected: &Expect) {
        let members =
            workspace.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
                let (name, rest) = line.split_once(':').unwrap();
                let words = || rest.split(',').map(str::trim).filter(|word| !word.is_empty());
                let plain = words().filter(|word| !word.starts_with('+'));
                let reaches = words().filter_map(|word| word.strip_prefix('+'));
                Member {
                    name: name.to_owned(),
                    uses: plain.map(str::to_owned).collect(),
                    reaches: reaches.map(|word| format!("{word} 1.0.0")).collect(),
                    has_lints: true,
                }
            });
        let graph = Graph { members: members.collect() };
        expected.assert_eq(&faults(&graph, |_| Ok(0)).unwrap().join("\n"));
    }

    #[test]
    fn what_stands_below_may_be_used() {
        check(
            "gyre-model: serde
             gyre-govern: gyre-model, gyre-config
             gyre-decide: gyre-model, gyre-math, gyre-config, gyre-govern, gyre-ports
             gyre-lake: gyre-ports, gyre-datafusion, datafusion, deltalake, +datafusion
             gyre-rules: gyre-ports, gyre-datafusion, datafusion, +datafusion
             gyre-ring: gyre-decide, gyre-ports
             gyre-api: gyre-ring, gyre-collect
             gyre: gyre-api, gyre-ring, gyre-lake, +datafusion
             gyre-sim: serde
             gyre-bench: hyper",
            &expect![""],
        );
    }

    #[test]
    fn nothing_looks_up_or_sideways() {
        check(
            "gyre-model: gyre-math
             gyre-config: gyre-govern
             gyre-ports: gyre-decide
             gyre-decide: gyre-govern, gyre-deliver
             gyre-ring: gyre-api",
            &expect![[r"
                gyre-model: may not use gyre-math: it does not stand below
                gyre-config: may not use gyre-govern: it does not stand below
                gyre-ports: may not use gyre-decide: it does not stand below
                gyre-decide: may not use gyre-deliver: it does not stand below
                gyre-ring: may not use gyre-api: it does not stand below"]],
        );
    }

    #[test]
    fn only_the_binary_knows_adapters() {
        check(
            "gyre-measure: gyre-datafusion
             gyre-journal: gyre-state, gyre-datafusion
             gyre-ring: gyre-lake
             gyre-api: gyre-channels
             gyre: gyre-channels",
            &expect![[r"
                gyre-measure: may not use gyre-datafusion: only gyre knows which adapter is in use
                gyre-journal: may not use gyre-datafusion: only gyre knows which adapter is in use
                gyre-journal: may not use gyre-state: it does not stand below
                gyre-ring: may not use gyre-lake: only gyre knows which adapter is in use
                gyre-api: may not use gyre-channels: only gyre knows which adapter is in use"]],
        );
    }

    #[test]
    fn what_looks_from_outside_stays_outside() {
        check(
            "gyre: gyre-sim
             gyre-sim: gyre-model
             gyre-e2e: gyre-api
             gyre-bench: gyre-lake",
            &expect![[r"
                gyre: may not use gyre-sim: they stand apart
                gyre-sim: may not use gyre-model: they stand apart
                gyre-e2e: may not use gyre-api: they stand apart
                gyre-bench: may not use gyre-lake: they stand apart"]],
        );
    }

    #[test]
    fn datafusion_stays_where_it_is() {
        check(
            "gyre-decide: datafusion, +datafusion
             gyre-state: deltalake
             gyre-api: serde, +datafusion",
            &expect![[r"
                gyre-decide: may not use datafusion: only what stands on gyre-datafusion links DataFusion
                gyre-decide: links DataFusion
                gyre-state: may not use deltalake: only what stands on gyre-datafusion links DataFusion
                gyre-api: links DataFusion"]],
        );
    }

    #[test]
    fn a_crate_has_a_place_and_the_lints() {
        let member = Member { name: "gyre-new".to_owned(), ..Member::default() };
        let found = faults(&Graph { members: vec![member] }, |_| Ok(0)).unwrap();
        expect![[r"
            gyre-new: its manifest has no `[lints] workspace = true`
            gyre-new: has no place in the layers (xtask/src/tidy/layers.rs)"]]
        .assert_eq(&found.join("\n"));
    }

    #[test]
    fn a_pure_crate_is_light() {
        let heavy = |name: &str| Member {
            name: name.to_owned(),
            reaches: (0..=PURE).map(|number| format!("crate-{number} 1.0.0")).collect(),
            has_lints: true,
            ..Member::default()
        };
        let graph = Graph { members: ["gyre-decide", "gyre-lake"].map(heavy).to_vec() };
        // The bound is above the limit, so the exact number decides.
        assert!(faults(&graph, |_| Ok(PURE)).unwrap().is_empty());
        let found = faults(&graph, |_| Ok(PURE + 1)).unwrap();
        assert_eq!(found, ["gyre-decide: compiles 121 packages, at most 120 are pure"]);
    }
}
