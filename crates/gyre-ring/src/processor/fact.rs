//! Facts taken as they are: decisions, and versions of resources.

use super::batch::Batch;
use crate::catalog::{Catalog, Seen};
use crate::error::{Error, Result};
use gyre_config::Spec;
use gyre_model::record::body::{self, Body, Mode};
use gyre_model::{PersonId, Stored};
use serde::de::IgnoredAny;
use std::sync::Arc;

/// People looked at again per page when rules change.
const PAGE: usize = 1_000;

impl Batch<'_> {
    /// A decision: counts towards the person's draws and in-app contacts.
    pub(super) fn decision(&mut self, record: &Stored) -> Result<()> {
        let decision: body::Decision<IgnoredAny, IgnoredAny> =
            serde_json::from_slice(&record.entry.payload)
                .map_err(|why| Error::corrupt("decision", why))?;
        let Some(id) = self.person_of(decision.node)? else { return Ok(()) };
        self.settled.push((decision.person, decision.id));
        if decision.mode != Mode::InApp {
            return Ok(());
        }
        let horizon = record.at - self.catalog(&record.entry.workspace).longest_cap;
        let Some(person) = self.person_mut(id)? else { return Ok(()) };
        let Some(node) = person.nodes.get_mut(&decision.node) else { return Ok(()) };
        let draws = node.draws.entry(decision.campaign.clone()).or_insert(0);
        *draws = (*draws).max(decision.ordinal + 1);
        if decision.send.is_some() {
            node.contacts.retain(|(_, at)| *at > horizon);
            node.contacts.push((decision.channel, decision.at));
        }
        Ok(())
    }

    /// A version of a resource takes effect here, in the order of the journal.
    pub(super) fn orchestration(&mut self, record: &Stored) -> Result<()> {
        let version = body::Orchestration::decode(&record.entry.payload)
            .map_err(|why| Error::corrupt("orchestration", why))?;
        let workspace = record.entry.workspace.clone();
        // Rows taken so far are judged by the rules of before.
        self.flush()?;
        let all = self.seen.get_or_insert_with(|| self.processor.seen.clone());
        let seen = all.entry(workspace.clone()).or_default();
        let key = (version.kind, version.name.clone());
        if seen.get(&key).is_some_and(|known| known.version >= version.version) {
            return Ok(());
        }
        let mut version = Seen::from(version);
        if let Some(known) = seen.get(&key)
            && same_meaning(known, &version)
        {
            // What did not count before does not because its owner is another.
            version.counts_from = known.counts_from;
        }
        seen.insert(key, version);
        let before = self.catalogs.of(&workspace);
        let compiled = match Catalog::compile(self.processor.shared.rules.as_ref(), seen) {
            Ok(catalog) => catalog,
            Err(why) => {
                // Applying checks before it writes, so this is a resource whose partner comes later in
                // the same apply, or one written by another version. What was compiled stays.
                tracing::warn!(error = %why, "resources do not compile yet");
                return Ok(());
            }
        };
        let is_new = |one: &gyre_derive::Definition| {
            !before.definitions.has(one.key) || before.purpose_of(one) != one.purpose
        };
        if !self.install_history(record, &before, &compiled)? {
            return Ok(());
        }
        let changed = compiled.membership_sources != before.membership_sources
            || compiled.definitions.all().len() != before.definitions.all().len()
            || compiled.definitions.all().iter().any(is_new)
            || compiled.consent != before.consent
            || compiled.lifecycle_specs != before.lifecycle_specs
            || compiled.moments != before.moments;
        let relinked = compiled.identity.spec() != before.identity.spec();
        let compiled = Arc::new(compiled);
        self.catalogs.0.insert(workspace.clone(), Arc::clone(&compiled));
        if relinked {
            self.relink_everybody(record, &compiled)?;
        }
        if changed {
            self.look_at_everybody(record)?;
        }
        self.retire(record, &before, &compiled)
    }

    /// Everybody there is, in order of their ids.
    pub(super) fn everybody(&self) -> Result<Vec<PersonId>> {
        let mut all: Vec<PersonId> =
            self.people.iter().filter(|(_, person)| person.is_some()).map(|(id, _)| *id).collect();
        let mut after = None;
        loop {
            let page = self.processor.people.page(after, PAGE)?;
            let Some(&last) = page.last() else { break };
            after = Some(last);
            all.extend(page);
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn look_at_everybody(&mut self, record: &Stored) -> Result<()> {
        for id in self.everybody()? {
            let same =
                self.person(id)?.is_some_and(|person| person.workspace == record.entry.workspace);
            if same {
                self.wait_for_row(record.offset, record.at, id)?;
            }
        }
        self.flush()
    }
}

/// Whether two versions of a feature mean the same.
fn same_meaning(known: &Seen, version: &Seen) -> bool {
    let read = |seen: &Seen| match Spec::from_json(seen.kind, seen.spec.clone()) {
        Ok(Spec::Feature(feature)) => Some(feature.meaning()),
        _ => None,
    };
    read(known).is_some_and(|meaning| read(version) == Some(meaning))
}
