//! What is wrong about people is put right, in the order of the journal: a trait has another value or
//! none, an identifier is somebody else's.

use super::batch::Batch;
use super::identify::Why;
use crate::error::{Error, Result};
use crate::person::{Node, Person};
use crate::subject::{Corrected, Settled, settled_key};
use gyre_derive::reading;
use gyre_identify::{Evidence, Trust, after, before};
use gyre_model::event::EventKind;
use gyre_model::record::body::{Correction, SubjectRequest};
use gyre_model::{NodeId, PersonId, Stored, Timestamp, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::Op;
use std::collections::{BTreeMap, BTreeSet};

/// The source that edges of a correction have.
const SOURCE: &str = "gyre:rectify";

impl Batch<'_> {
    /// Puts everything right that a request names, and leaves word of what came of it.
    pub(super) fn rectify(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        request: &SubjectRequest,
    ) -> Result<()> {
        let mut corrected = Vec::new();
        for correction in &request.corrections {
            corrected.push(match correction {
                Correction::SetTrait { name, value } => {
                    self.correct_trait(workspace, record, request, name, Some(value))?
                }
                Correction::RemoveTrait { name } => {
                    self.correct_trait(workspace, record, request, name, None)?
                }
                Correction::ReplaceIdentifier { node, with, value } => {
                    self.correct_identifier(workspace, record, *node, Some((*with, value)))?
                }
                Correction::DropIdentifier { node } => {
                    self.correct_identifier(workspace, record, *node, None)?
                }
            });
        }
        let settled = Settled { partition: record.partition, offset: record.offset, corrected };
        self.ops.push(Op::Put {
            workspace: workspace.clone(),
            key: settled_key(request.id),
            value: serde_json::to_value(settled)
                .map_err(|why| Error::corrupt("what was corrected", why))?,
        });
        Ok(())
    }

    fn correct_trait(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        request: &SubjectRequest,
        name: &str,
        value: Option<&serde_json::Value>,
    ) -> Result<Corrected> {
        let catalog = self.catalog(workspace);
        let definitions = &catalog.definitions;
        let mut told = Corrected::of_trait(name, value.is_some());
        told.features = reading(definitions, name).map(|one| one.name.clone()).collect();
        if failpoint::mutant("subject.no_rectify") {
            return Ok(told);
        }
        for id in self.people_of(&request.nodes)? {
            let Some(person) = self.person_mut(id)? else { continue };
            let root = person.root();
            for node in person.nodes.values_mut() {
                node.tiles.forget_trait(definitions, name);
                node.corrected.insert(name.to_owned(), record.at);
                node.said.remove(name);
            }
            if let (Some(value), Some(node)) = (value, person.nodes.get_mut(&root)) {
                node.said.insert(name.to_owned(), (value.to_string(), record.at));
                let fits = node.tiles.put_trait(definitions, name, value, record.at);
                told.unfit =
                    told.features.iter().filter(|one| !fits.contains(one)).cloned().collect();
            }
            self.wait_for_row(record.offset, record.at, id)?;
        }
        Ok(told)
    }

    /// The wrong identifier is set apart from everything else of the person; what was kept under it goes
    /// to the right one, which is linked with the person as a server would.
    fn correct_identifier(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        wrong: NodeId,
        right: Option<(NodeId, &String)>,
    ) -> Result<Corrected> {
        let catalog = self.catalog(workspace);
        let rules = &catalog.identity;
        let mut told = Corrected::of_identifier(rules.type_name(wrong), right.is_some());
        if failpoint::mutant("subject.no_rectify") {
            return Ok(told);
        }
        let person = match self.person_of(wrong)? {
            Some(id) => self.person(id)?,
            None => None,
        };
        let others = person.as_ref().map(|person| others(person, wrong)).unwrap_or_default();
        let (Some(person), Some(&anchor)) = (person, others.first()) else {
            told.refused =
                Some("it was nobody's by then, or all that was known of somebody".to_owned());
            return Ok(told);
        };
        let mut fresh = BTreeSet::new();
        if let Some((with, value)) = right
            && self.person_of(with)?.is_none()
        {
            self.put(Person::new(workspace, with, Node::new(value, record.at)));
            fresh.insert(with.as_person());
        }
        let right = right.map(|(with, _)| with);
        let mut touched = vec![wrong];
        touched.extend(&others);
        touched.extend(right);
        let was = before(self, rules, &touched)?;
        for &other in others.iter().chain(right.iter()).filter(|other| **other != wrong) {
            self.change_links(wrong, |links| links.separate(other, false))?;
            self.change_links(other, |links| links.separate(wrong, false))?;
        }
        if let Some(with) = right {
            let evidence = evidence(record.at);
            // What somebody set apart before is together now.
            for (node, other) in [(anchor, with), (with, anchor)] {
                self.change_links(node, |links| {
                    links.separate(other, true);
                    links.hear(other, &evidence);
                })?;
            }
        }
        let to = right.unwrap_or(anchor);
        self.hand_over(record, person.id, wrong, to, right.is_some())?;
        self.known.forget();
        let region = after(self, rules, was, &touched)?;
        let why = Why {
            call: None,
            message: "",
            key: anchor.key(),
            centre: anchor,
            other: right.unwrap_or(wrong),
            since: record.at,
        };
        self.settle(workspace, record, rules, &region, &fresh, &why)?;
        for id in fresh {
            self.wait_for_row(record.offset, record.at, id)?;
        }
        if let Some(with) = right
            && self.person_of(with)? != self.person_of(anchor)?
        {
            told.refused =
                Some("the identity rules keep the right one with somebody else".to_owned());
        }
        Ok(told)
    }

    /// What was kept under a wrong identifier is the person's. With one that is theirs no more, only
    /// what they refused stays with them.
    fn hand_over(
        &mut self,
        record: &Stored,
        id: PersonId,
        wrong: NodeId,
        to: NodeId,
        whole: bool,
    ) -> Result<()> {
        let Some(person) = self.person_mut(id)? else { return Ok(()) };
        let Some(kept) = person.nodes.get_mut(&wrong) else { return Ok(()) };
        let taken = if whole {
            let mut replaced = kept.replaced.clone();
            replaced.push((record.offset, to));
            let emptied = Node {
                last_seen: kept.last_seen,
                replaced,
                ..Node::new(&kept.identifier, kept.first_seen)
            };
            std::mem::replace(kept, emptied)
        } else {
            let words = kept.words.iter().filter(|word| !word.decision.is_granted()).cloned();
            Node { words: words.collect(), ..Node::new("", kept.first_seen) }
        };
        let Some(holder) = self.person_of(to)? else { return Ok(()) };
        if let Some(person) = self.person_mut(holder)?
            && let Some(node) = person.nodes.get_mut(&to)
        {
            node.absorb(&taken);
            node.absorbed |= whole;
        }
        Ok(())
    }
}

/// The other nodes of a person, that which stands for them first.
fn others(person: &Person, wrong: NodeId) -> Vec<NodeId> {
    let ranked: BTreeMap<_, NodeId> = person
        .nodes
        .iter()
        .filter(|(node, _)| **node != wrong)
        .map(|(node, known)| ((node.kind(), known.first_seen, *node), *node))
        .collect();
    ranked.into_values().collect()
}

fn evidence(at: Timestamp) -> Evidence {
    Evidence {
        trust: Trust::Server,
        first: at,
        first_day: at.day(),
        last_day: at.day(),
        source: SOURCE.to_owned(),
        message: String::new(),
        call: EventKind::Identify,
    }
}
