//! Rows wait, are evaluated together, and become memberships one after another.

use super::batch::{Batch, Waiting};
use super::stages::change;
use crate::catalog::{Catalog, membership_key};
use crate::error::Result;
use crate::person::{HOLDOUT, Person, TREATED};
use gyre_config::kinds::Trigger;
use gyre_derive::Purpose;
use gyre_govern::{Gate, next_expiry};
use gyre_model::record::body::{self, Enrollment, Scope};
use gyre_model::{Offset, PersonId, SendId, Stored, Timestamp, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::{Intent, Op};
use std::sync::Arc;

/// What dice are thrown for when somebody is assigned to an arm.
fn arm_purpose(name: &str) -> String {
    format!("arm:{name}")
}

impl Batch<'_> {
    /// Everybody due by the record's stamp, in (due, person) order. What rows that wait may have begun, and
    /// what ends by then, is known only when they are evaluated.
    pub(super) fn run_due(&mut self, record: &Stored) -> Result<()> {
        loop {
            if failpoint::mutant("moment.no_flush") {
                return self.take_due(record);
            }
            if self.first_end.is_some_and(|end| end <= record.at) {
                self.flush()?;
            }
            self.take_due(record)?;
            if self.first_end.is_none_or(|end| end > record.at) {
                return Ok(());
            }
        }
    }

    fn take_due(&mut self, record: &Stored) -> Result<()> {
        while let Some(&(due, person)) = self.wheel.first() {
            if due > record.at {
                break;
            }
            self.wheel.remove(&(due, person));
            let Some(known) = self.person_mut(person)? else { continue };
            if known.due != Some(due) {
                continue;
            }
            known.due = None;
            let workspace = known.workspace.clone();
            self.forget_tiles(&workspace, person, due)?;
            self.wait_for_row(record.offset, due, person)?;
        }
        Ok(())
    }

    /// Forgets what stopped counting, so that a person stays as small as their windows.
    fn forget_tiles(&mut self, workspace: &Workspace, id: PersonId, at: Timestamp) -> Result<()> {
        let catalog = self.catalog(workspace);
        if let Some(person) = self.person_mut(id)? {
            for node in person.nodes.values_mut() {
                node.tiles.prune(&catalog.definitions, at);
            }
        }
        Ok(())
    }

    /// Takes a person's row at an instant; it is evaluated with the others of the batch.
    pub(super) fn wait_for_row(
        &mut self,
        offset: Offset,
        at: Timestamp,
        id: PersonId,
    ) -> Result<()> {
        let rights = Arc::clone(&self.rights);
        let Some(person) = self.person_mut(id)? else { return Ok(()) };
        if rights.is_restricted(person) {
            return Ok(());
        }
        let workspace = person.workspace.clone();
        let catalog = self.catalog(&workspace);
        let Some(person) = self.person_mut(id)? else { return Ok(()) };
        let profiled = catalog.profiles(person, at);
        let row = catalog.row(person, at);
        let mut next = [
            catalog.audiences.next_change(&catalog.definitions, &row),
            catalog.lifecycles.next_change(&catalog.definitions, &row),
            catalog.next_end(person, at),
        ]
        .into_iter()
        .flatten()
        .min();
        if catalog.consent.is_some() {
            // A yes that ends closes a gate by time alone.
            next = [next, next_expiry(&person.words(), at)].into_iter().flatten().min();
        }
        let was = std::mem::replace(&mut person.due, next);
        if was != next {
            if let Some(was) = was {
                self.wheel.remove(&(was, id));
            }
            if let Some(next) = next {
                self.wheel.insert((next, id));
            }
        }
        if let Some(span) = catalog.shortest {
            self.first_end = [self.first_end, Some(at + span)].into_iter().flatten().min();
        }
        let waiting = Waiting { person: id, workspace, cause: (offset, at), profiled };
        self.waiting.push((waiting, row));
        Ok(())
    }

    /// Evaluates the waiting rows and applies the answers in their order.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.first_end = None;
        let mut waiting = std::mem::take(&mut self.waiting).into_iter().peekable();
        while let Some((first, row)) = waiting.next() {
            let catalog = self.catalog(&first.workspace);
            let (mut run, mut rows) = (vec![first], vec![row]);
            while let Some((next, row)) =
                waiting.next_if(|(next, _)| next.workspace == run[0].workspace)
            {
                run.push(next);
                rows.push(row);
            }
            if !catalog.lifecycles.is_empty() {
                let holds = catalog.lifecycles.evaluate(&catalog.definitions, &rows)?;
                for ((one, row), holds) in run.iter().zip(&mut rows).zip(holds) {
                    row.stages = self.move_on(&catalog, one, &holds);
                }
            }
            let answers = catalog.audiences.evaluate(&catalog.definitions, &rows)?;
            for (one, bits) in run.iter().zip(answers) {
                self.apply(&catalog, one, &bits);
            }
            self.schedule_ends(&catalog, &run);
        }
        Ok(())
    }

    fn apply(&mut self, catalog: &Arc<Catalog>, one: &Waiting, bits: &[bool]) {
        let Some(mut person) = self.people.remove(&one.person).flatten() else { return };
        let (offset, at) = one.cause;
        let mut entered = Vec::new();
        for ((membership, &key), &now) in
            catalog.audiences.all().iter().zip(&catalog.keys).zip(bits)
        {
            let span = catalog.moments.get(&key).copied();
            let Some((now, effective, reason)) = change(&mut person, key, span, now, at) else {
                continue;
            };
            if membership.purpose == Purpose::Declared {
                let name = &membership.name;
                let mut record = enrollment(Scope::Audience, name, &person, now, effective);
                record.reason = reason.map(str::to_owned);
                self.derive(&one.workspace, offset, person.root().key(), &record);
                if now {
                    entered.push(membership.name.as_str());
                }
            }
        }
        for name in &entered {
            self.assign(catalog, one, &mut person, name);
        }
        for name in &entered {
            self.trigger(catalog, one, &person, name);
        }
        self.people.insert(one.person, Some(person));
    }

    /// Assigns the arm of every loop that works on this audience: once, and stored for ever.
    fn assign(&mut self, catalog: &Catalog, one: &Waiting, person: &mut Person, audience: &str) {
        let (offset, at) = one.cause;
        for (name, spec) in catalog.loops.iter().filter(|(_, spec)| spec.population == audience) {
            if person.arm(name).is_some() {
                continue;
            }
            let root = person.root();
            let dice = &self.processor.shared.options.dice;
            let held_out = dice.uniform(&root.0, &arm_purpose(name), 0) < spec.holdout.share;
            let arm = if held_out { HOLDOUT } else { TREATED };
            if let Some(node) = person.nodes.get_mut(&root) {
                node.arms.insert(name.clone(), (arm.to_owned(), at));
            }
            let mut record = enrollment(Scope::Loop, name, person, true, at);
            record.arm = Some(arm.to_owned());
            let verdict = catalog.law(person).judge(Gate::Measuring, "", &person.words(), at);
            if verdict.is_some_and(|one| !one.allowed) {
                // Whether somebody counts is fixed before anything is done to them: a yes that came of it
                // must not bring them in.
                record.segments.insert("measuring".to_owned(), "withheld".into());
            }
            self.derive(&one.workspace, offset, root.key(), &record);
        }
    }

    /// Queues a send for every campaign that this audience triggers.
    fn trigger(&mut self, catalog: &Catalog, one: &Waiting, person: &Person, audience: &str) {
        let (offset, at) = one.cause;
        for campaign in catalog.campaigns.values() {
            let spec = &campaign.spec;
            let triggered = spec.audience.as_deref() == Some(audience)
                && spec.trigger == Trigger::OnEnter
                && !spec.external
                && !spec.switched_off;
            let (true, Some(channel)) = (triggered, &spec.channel) else { continue };
            let node = person.root();
            let cause = self.next_cause(offset);
            let salt = if failpoint::mutant("processor.random_send_id") {
                u64::from(std::process::id()).to_le_bytes()
            } else {
                [0; 8]
            };
            let send = SendId::of(&[
                one.workspace.as_str().as_bytes(),
                campaign.name.as_bytes(),
                &node.0,
                &at.0.to_le_bytes(),
                &salt,
            ]);
            let due = at + spec.schedule.delay;
            self.ops.push(Op::Enqueue(Intent {
                send,
                workspace: one.workspace.clone(),
                campaign: campaign.name.clone(),
                node,
                channel: channel.clone(),
                due,
                expires: due + spec.schedule.expires,
                cause,
            }));
        }
    }

    /// Ends all memberships of a person who became part of another.
    pub(super) fn leave_all(&mut self, workspace: &Workspace, record: &Stored, person: &Person) {
        let catalog = self.catalog(workspace);
        for membership in catalog.audiences.all() {
            let key = membership_key(membership.purpose, &membership.name);
            if membership.purpose == Purpose::Declared && person.members.contains_key(&key) {
                let mut left =
                    enrollment(Scope::Audience, &membership.name, person, false, record.at);
                left.reason = Some("merged".to_owned());
                self.derive(workspace, record.offset, person.root().key(), &left);
            }
        }
        self.leave_stages(workspace, (record.offset, record.at), person, "merged");
    }
}

pub(super) fn enrollment(
    scope: Scope,
    name: &str,
    person: &Person,
    entered: bool,
    at: Timestamp,
) -> Enrollment {
    Enrollment {
        v: body::VERSION,
        scope,
        name: name.to_owned(),
        node: person.root(),
        person: person.id,
        entered,
        arm: None,
        reason: None,
        at,
        segments: serde_json::Map::new(),
    }
}
