//! Who must not count: what measuring, learning and reports leave out.

use crate::error::Result;
use crate::shared::Shared;
use gyre_govern::Gate;
use gyre_model::Workspace;
use gyre_ports::failpoint;
use std::collections::BTreeSet;

/// People looked at at once.
const PAGE: usize = 10_000;

/// The ids of people whom a gate does not let through now, or who are restricted, between commas: as
/// questions to the lake take them.
pub(crate) fn withheld(shared: &Shared, workspace: &Workspace, gate: Gate) -> Result<String> {
    let mut ids = BTreeSet::new();
    let rights = shared.rights.read().clone();
    if !failpoint::mutant("gate.restricted") {
        for node in rights.restricted() {
            let person = shared.people_of(node.key()).by_node(node)?;
            ids.extend(person.filter(|one| one.workspace == *workspace).map(|one| one.id));
        }
    }
    let catalog = shared.catalog(workspace);
    if catalog.consent.is_none() || failpoint::mutant("gate.withheld") {
        return Ok(joined(&ids));
    }
    let now = shared.clock.now();
    for people in &shared.people {
        let mut after = None;
        loop {
            let page = people.page(after, PAGE)?;
            for id in &page {
                let Some(person) = people.get(*id)? else { continue };
                if person.workspace != *workspace {
                    continue;
                }
                let verdict = catalog.law(&person).judge(gate, "", &person.words(), now);
                if verdict
                    .inspect(|verdict| shared.gates.count(verdict))
                    .is_some_and(|no| !no.allowed)
                {
                    ids.insert(*id);
                }
            }
            after = page.last().copied();
            if page.len() < PAGE {
                break;
            }
        }
    }
    Ok(joined(&ids))
}

fn joined(ids: &BTreeSet<gyre_model::PersonId>) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
