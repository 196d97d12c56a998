//! Whether the values that are served are those that the lake has: a sample of people, both ways, now.

use crate::engine::Engine;
use crate::error::Result;
use crate::person::Person;
use gyre_derive::{Definition, Label, Value};
use gyre_govern::Gate;
use gyre_model::{PersonId, Timestamp, Workspace};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// People looked at at once.
const PAGE: usize = 1_000;
/// How often somebody who was heard of meanwhile is looked at again.
const TRIES: usize = 3;

/// What came of comparing both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureCheck {
    /// As of when.
    pub at: Timestamp,
    /// How many people were compared.
    pub people: u64,
    /// How many could not be: something about them was put right, or features may not be derived of them.
    pub left_out: u64,
    /// By feature, in order of their names.
    pub features: Vec<FeatureAgreement>,
}

/// How a feature compares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureAgreement {
    /// The feature.
    pub name: String,
    /// How many values were compared.
    pub compared: u64,
    /// How many differ, in any bit.
    pub mismatched: u64,
    /// Some of the people whose values differ.
    pub people: Vec<PersonId>,
}

impl Engine {
    /// Compares what is served with what the lake has for a sample of people, and remembers what came of it.
    pub async fn check_features(
        &self,
        workspace: &Workspace,
        sample: usize,
    ) -> Result<FeatureCheck> {
        self.visible().await?;
        let (mut waiting, left_out) = self.sample(workspace, sample)?;
        let catalog = self.shared.catalog(workspace);
        let told = catalog.definitions.all().iter().filter(|one| one.is_told_offline());
        let definitions: Vec<_> = told.cloned().collect();
        let people = waiting.len() as u64;
        let mut differing: BTreeMap<usize, Vec<PersonId>> = BTreeMap::new();
        for attempt in 1..=TRIES {
            let found = self.compare(workspace, &definitions, &waiting).await?;
            waiting = found.iter().map(|(person, _)| *person).collect();
            if waiting.is_empty() {
                break;
            }
            if attempt == TRIES {
                for (person, places) in found {
                    for place in places {
                        differing.entry(place).or_default().push(person);
                    }
                }
            }
            self.visible().await?;
        }
        let features = (0..)
            .zip(&definitions)
            .map(|(place, one)| {
                let mut differ = differing.remove(&place).unwrap_or_default();
                let mismatched = differ.len() as u64;
                differ.truncate(5);
                let name = one.name.clone();
                FeatureAgreement { name, compared: people, mismatched, people: differ }
            })
            .collect();
        let check = FeatureCheck { at: self.shared.clock.now(), people, left_out, features };
        self.shared.feature_checks.write().insert(workspace.clone(), check.clone());
        Ok(check)
    }

    /// People from a place that the instant chooses: their ids are hashes, so they are anybody.
    fn sample(&self, workspace: &Workspace, sample: usize) -> Result<(Vec<PersonId>, u64)> {
        let now = self.shared.clock.now();
        let from = PersonId::of(&[b"feature check", &now.0.to_le_bytes()]);
        let (mut chosen, mut left_out) = (Vec::new(), 0);
        for people in &self.shared.people {
            for (mut after, end) in [(Some(from), None), (None, Some(from))] {
                loop {
                    let page = people.page(after, PAGE)?;
                    for id in &page {
                        if chosen.len() >= sample || end.is_some_and(|end| *id > end) {
                            break;
                        }
                        let Some(person) = people.get(*id)? else { continue };
                        if person.workspace != *workspace {
                            continue;
                        }
                        let (open, _) = self.permitted(workspace, Gate::Features, &[*id])?;
                        if person.is_rectified() || open.is_empty() {
                            left_out += 1;
                        } else {
                            chosen.push(*id);
                        }
                    }
                    let is_past = |id: &PersonId| end.is_some_and(|end| *id > end);
                    after = page.last().copied();
                    if page.len() < PAGE
                        || chosen.len() >= sample
                        || after.is_some_and(|id| is_past(&id))
                    {
                        break;
                    }
                }
            }
        }
        Ok((chosen, left_out))
    }

    /// Those whose values differ, with the places of the features.
    async fn compare(
        &self,
        workspace: &Workspace,
        definitions: &[Definition],
        people: &[PersonId],
    ) -> Result<Vec<(PersonId, Vec<usize>)>> {
        let at = self.shared.clock.now();
        let catalog = self.shared.catalog(workspace);
        let mut served: Vec<(Arc<Person>, Vec<Value>)> = Vec::new();
        for id in people {
            if let Some(person) = self.shared.people_of(id.root().key()).get(*id)? {
                let row = catalog.row(&person, at);
                served.push((person, row.values));
            }
        }
        let labels: Vec<Label> = (0..)
            .zip(&served)
            .map(|(number, (person, _))| Label { number, node: person.root(), at })
            .collect();
        let offline = self.values_as_of(workspace, definitions, &labels).await?;
        let mut differing = Vec::new();
        for (label, (person, online)) in labels.iter().zip(&served) {
            let closed = catalog.closed(person, at);
            let offline = offline.get(&label.number).map(Vec::as_slice).unwrap_or_default();
            let places: Vec<usize> = (0..)
                .zip(definitions.iter().zip(online))
                .filter(|(place, (definition, online))| {
                    let is_closed = definition.purpose.is_some_and(|one| closed.contains(&one));
                    !is_closed && offline.get(*place).is_none_or(|one| !one.is_same(online))
                })
                .map(|(place, _)| place)
                .collect();
            if !places.is_empty() {
                differing.push((person.id, places));
            }
        }
        Ok(differing)
    }
}
