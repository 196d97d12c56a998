//! Who must not count: what measuring, learning and reports leave out.
//!
//! Looking at everybody for each question would be slow, so the answer is kept, and brought up to date: by
//! whoever changed since, and whoever's consent began or ended by time. A new policy begins anew.

use crate::catalog::Catalog;
use crate::error::Result;
use crate::shared::Shared;
use gyre_config::kinds::ConsentPolicy;
use gyre_govern::{Gate, Word};
use gyre_model::{PersonId, Timestamp, Workspace};
use gyre_ports::failpoint;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// People looked at at once.
const PAGE: usize = 10_000;

/// What was found, by workspace and gate.
#[derive(Debug, Default)]
pub(crate) struct Found(Mutex<BTreeMap<(Workspace, Gate), Kept>>);

/// Whom a gate did not let through.
#[derive(Debug)]
struct Kept {
    /// The policy it was asked of.
    policy: Arc<ConsentPolicy>,
    at: Timestamp,
    ids: BTreeSet<PersonId>,
    /// When the verdict on somebody may change by time alone, and in which partition that person is.
    due: BTreeSet<(Timestamp, usize, PersonId)>,
    /// Per partition, up to which change it is told.
    seen: Vec<u64>,
}

/// The ids of people whom a gate does not let through now, or who are restricted, between commas: as
/// questions to the lake take them.
pub(crate) fn withheld(shared: &Shared, workspace: &Workspace, gate: Gate) -> Result<String> {
    let mut ids = refused(shared, workspace, gate)?;
    let rights = shared.rights.read().clone();
    if !failpoint::mutant("gate.restricted") {
        ids.extend(shared.people_with(workspace, rights.restricted())?);
    }
    Ok(ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

/// Those whom the gate does not let through now.
fn refused(shared: &Shared, workspace: &Workspace, gate: Gate) -> Result<BTreeSet<PersonId>> {
    let catalog = shared.catalog(workspace);
    let Some(policy) = &catalog.consent else { return Ok(BTreeSet::new()) };
    if failpoint::mutant("gate.withheld") {
        return Ok(BTreeSet::new());
    }
    let asked = Asked { shared, workspace, gate, catalog: &catalog, now: shared.clock.now() };
    let mut found = shared.withheld.0.lock();
    let key = (workspace.clone(), gate);
    if let Some(kept) = found.get_mut(&key)
        && Arc::ptr_eq(&kept.policy, policy)
        && asked.renew(kept)?
    {
        return Ok(kept.ids.clone());
    }
    // Whatever fails on the way leaves nothing behind that is only half true.
    found.remove(&key);
    let kept = asked.everybody(policy)?;
    let ids = kept.ids.clone();
    found.insert(key, kept);
    Ok(ids)
}

struct Asked<'a> {
    shared: &'a Shared,
    workspace: &'a Workspace,
    gate: Gate,
    catalog: &'a Catalog,
    now: Timestamp,
}

impl Asked<'_> {
    fn everybody(&self, policy: &Arc<ConsentPolicy>) -> Result<Kept> {
        let mut kept = Kept {
            policy: Arc::clone(policy),
            at: self.now,
            ids: BTreeSet::new(),
            due: BTreeSet::new(),
            // Before anybody is looked at: who changes meanwhile is looked at again.
            seen: self.shared.changed_until(),
        };
        for (partition, people) in self.shared.people.iter().enumerate() {
            let mut after = None;
            loop {
                let page = people.page(after, PAGE)?;
                for id in &page {
                    self.look(partition, *id, &mut kept)?;
                }
                after = page.last().copied();
                if page.len() < PAGE {
                    break;
                }
            }
        }
        Ok(kept)
    }

    /// Brings it up to date; false where not every change is remembered.
    fn renew(&self, kept: &mut Kept) -> Result<bool> {
        if self.now < kept.at {
            return Ok(false);
        }
        let Some(changed) = self.shared.changed_since(&mut kept.seen) else { return Ok(false) };
        if failpoint::mutant("withheld.stays") {
            return Ok(true);
        }
        kept.at = self.now;
        for (partition, ids) in changed.into_iter().enumerate() {
            for id in ids {
                self.look(partition, id, kept)?;
            }
        }
        if failpoint::mutant("withheld.timeless") {
            return Ok(true);
        }
        while let Some(due) = kept.due.first().copied().filter(|(at, ..)| *at <= self.now) {
            kept.due.remove(&due);
            let (_, partition, id) = due;
            self.look(partition, id, kept)?;
        }
        Ok(true)
    }

    /// Looks at one person. An instant that is no longer theirs costs a look and changes nothing.
    fn look(&self, partition: usize, id: PersonId, kept: &mut Kept) -> Result<()> {
        let person = self.shared.people[partition]
            .get(id)?
            .filter(|person| person.workspace == *self.workspace);
        let Some(person) = person else {
            kept.ids.remove(&id);
            return Ok(());
        };
        let words = person.words();
        let verdict = self.catalog.law(&person).judge(self.gate, "", &words, self.now);
        let no = verdict
            .inspect(|verdict| self.shared.gates.count(verdict))
            .is_some_and(|verdict| !verdict.allowed);
        if no {
            kept.ids.insert(id);
        } else {
            kept.ids.remove(&id);
        }
        if let Some(next) = next_change(&words, self.now) {
            kept.due.insert((next, partition, id));
        }
        Ok(())
    }
}

/// When time alone next changes what these words say: one begins to count, or a yes ends.
pub(crate) fn next_change(words: &[Word], now: Timestamp) -> Option<Timestamp> {
    let instants = words.iter().flat_map(|word| [Some(word.at), word.expires_at]).flatten();
    instants.filter(|at| *at > now).min()
}
