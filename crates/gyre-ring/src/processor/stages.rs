//! What lasts: stages of lifecycles, moments that end by themselves, and what ends with its resource.

use super::batch::{Batch, Waiting};
use super::evaluate::enrollment;
use crate::catalog::{Catalog, membership_key};
use crate::error::Result;
use crate::person::Person;
use crate::stages::{spent_key, stage_key, standing};
use gyre_derive::moment::{Inside, Step, step};
use gyre_derive::{Purpose, Stages};
use gyre_model::record::body::{Enrollment, Scope};
use gyre_model::{Offset, PersonId, Span, Stored, Timestamp, Workspace};
use std::collections::{BTreeMap, BTreeSet};

impl Batch<'_> {
    /// Moves a person to the stages they are in after being looked at; which those are.
    pub(super) fn move_on(
        &mut self,
        catalog: &Catalog,
        one: &Waiting,
        holds: &[bool],
    ) -> Vec<Option<String>> {
        let lifecycles = catalog.lifecycles.all();
        let Some(mut person) = self.people.remove(&one.person).flatten() else {
            return vec![None; lifecycles.len()];
        };
        let (offset, at) = one.cause;
        for lifecycle in lifecycles {
            let was = standing(&person, lifecycle);
            // Whoever may not be profiled stands where somebody new does, whatever was known before.
            let counts = was.filter(|_| one.profiled);
            let next = lifecycle.next(counts, holds, at);
            if next == was.map(|was| was.stage) {
                continue;
            }
            let name =
                |stage: Option<usize>| lifecycle.stages.get(stage?).map(|one| one.name.clone());
            let (from, to) = (name(was.map(|was| was.stage)), name(next));
            for (stage, entered, other) in [(&from, false, &to), (&to, true, &from)] {
                let Some(stage) = stage else { continue };
                let key = stage_key(&lifecycle.name, stage);
                if entered {
                    person.members.insert(key, at);
                } else {
                    person.members.remove(&key);
                }
                let mut record = of_stage(lifecycle, stage, &person, entered, at);
                let word = if entered { "from" } else { "to" };
                if let Some(other) = other {
                    record.segments.insert(word.to_owned(), other.as_str().into());
                }
                self.derive(&one.workspace, offset, person.root().key(), &record);
            }
        }
        let stages = catalog.stages(&person);
        self.people.insert(one.person, Some(person));
        stages
    }

    /// Looks at people again when what they are in ends by itself.
    pub(super) fn schedule_ends(&mut self, catalog: &Catalog, run: &[Waiting]) {
        if catalog.shortest.is_none() {
            return;
        }
        let last: BTreeMap<PersonId, Timestamp> =
            run.iter().map(|one| (one.person, one.cause.1)).collect();
        for (id, at) in last {
            let Some(Some(person)) = self.people.get_mut(&id) else { continue };
            let Some(end) = catalog.next_end(person, at) else { continue };
            if person.due.is_some_and(|due| due <= end) {
                continue;
            }
            if let Some(was) = person.due.replace(end) {
                self.wheel.remove(&(was, id));
            }
            self.wheel.insert((end, id));
        }
    }

    /// Says that a person leaves every stage. What the person carries stays as it is.
    pub(super) fn leave_stages(
        &mut self,
        workspace: &Workspace,
        (offset, at): (Offset, Timestamp),
        person: &Person,
        reason: &str,
    ) {
        let catalog = self.catalog(workspace);
        for lifecycle in catalog.lifecycles.all() {
            let Some(stage) =
                standing(person, lifecycle).and_then(|was| lifecycle.stages.get(was.stage))
            else {
                continue;
            };
            let mut left = of_stage(lifecycle, &stage.name, person, false, at);
            left.reason = Some(reason.to_owned());
            self.derive(workspace, offset, person.root().key(), &left);
        }
    }

    /// Ends what people are in that there is not any more: audiences, lifecycles and their stages.
    pub(super) fn retire(
        &mut self,
        record: &Stored,
        before: &Catalog,
        after: &Catalog,
    ) -> Result<()> {
        let gone = gone(before, after);
        if gone.is_empty() {
            return Ok(());
        }
        let workspace = &record.entry.workspace;
        for id in self.everybody()? {
            let Some(person) = self.person(id)? else { continue };
            if person.workspace != *workspace {
                continue;
            }
            for (key, (scope, name, stage)) in &gone {
                if !person.members.contains_key(key) {
                    continue;
                }
                let mut left = enrollment(*scope, name, &person, false, record.at);
                left.arm.clone_from(stage);
                left.reason = Some("removed".to_owned());
                self.derive(workspace, record.offset, person.root().key(), &left);
                if let Some(person) = self.person_mut(id)? {
                    person.members.remove(key);
                }
            }
        }
        Ok(())
    }
}

type Gone = BTreeMap<u64, (Scope, String, Option<String>)>;

/// What there was and is not any more, by its key among memberships.
fn gone(before: &Catalog, after: &Catalog) -> Gone {
    let all = |catalog: &Catalog| {
        let mut all = Gone::new();
        for one in catalog.audiences.all().iter().filter(|one| one.purpose == Purpose::Declared) {
            let key = membership_key(one.purpose, &one.name);
            all.insert(key, (Scope::Audience, one.name.clone(), None));
        }
        for lifecycle in catalog.lifecycles.all() {
            for stage in &lifecycle.stages {
                let key = stage_key(&lifecycle.name, &stage.name);
                let stage = Some(stage.name.clone());
                all.insert(key, (Scope::Lifecycle, lifecycle.name.clone(), stage));
            }
        }
        all
    };
    let stays: BTreeSet<u64> = all(after).into_keys().collect();
    all(before).into_iter().filter(|(key, _)| !stays.contains(key)).collect()
}

fn of_stage(
    lifecycle: &Stages,
    stage: &str,
    person: &Person,
    entered: bool,
    at: Timestamp,
) -> Enrollment {
    let mut record = enrollment(Scope::Lifecycle, &lifecycle.name, person, entered, at);
    record.arm = Some(stage.to_owned());
    record
}

/// What becomes of a membership: whether it was entered or left, from when on, and why.
pub(super) fn change(
    person: &mut Person,
    key: u64,
    span: Option<Span>,
    holds: bool,
    at: Timestamp,
) -> Option<(bool, Timestamp, Option<&'static str>)> {
    let since = person.members.get(&key).copied();
    let spent = span.is_some() && person.members.contains_key(&spent_key(key));
    match step(Inside { since, spent }, span, holds, at) {
        Step::Stay => None,
        Step::Enter => {
            person.members.insert(key, at);
            Some((true, at, None))
        }
        Step::Leave => {
            person.members.remove(&key);
            Some((false, at, None))
        }
        Step::End(end, holds) => {
            person.members.remove(&key);
            if holds {
                person.members.insert(spent_key(key), end);
            }
            Some((false, end, Some("over")))
        }
        Step::Ready => {
            person.members.remove(&spent_key(key));
            None
        }
    }
}
