//! Who an event belongs to: its identifiers are linked, and people are regrouped where that changes them.

use super::batch::Batch;
use super::known::Heard;
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::person::{Node, Person};
use gyre_collect::OWN_SOURCE;
use gyre_config::kinds::SourceType;
use gyre_identify::{Evidence, Identifier, Rules, Trust, Web as _, after, before, resolve};
use gyre_model::event::{Event, EventKind};
use gyre_model::record::body::{self, Body as _};
use gyre_model::{NodeId, PersonId, Stored, Timestamp, Workspace};
use gyre_ports::failpoint;
use std::collections::BTreeSet;
use std::sync::Arc;

/// People whose links are looked at again at a time, when rules change.
const PAGE: usize = 1_000;

/// What made people regroup.
pub(super) struct Why<'a> {
    pub call: Option<EventKind>,
    pub message: &'a str,
    /// The key that what is derived is kept in order by.
    pub key: u64,
    /// The node that others were linked with.
    pub centre: NodeId,
    /// The first of those others.
    pub other: NodeId,
    /// From when on the words of those who are joined speak for all of them.
    pub since: Timestamp,
}

/// How far a source is trusted. One that is gone could be anybody's; what the server itself wrote was said
/// by somebody who may.
fn trust(catalog: &Catalog, source: &str) -> Trust {
    match catalog.sources.get(source) {
        None if source.starts_with(OWN_SOURCE) => Trust::Server,
        Some(source) if matches!(source.r#type, SourceType::Import | SourceType::Connector) => {
            Trust::Import
        }
        Some(source) if !source.r#type.is_public() || failpoint::mutant("identity.no_tiers") => {
            Trust::Server
        }
        _ => Trust::Public,
    }
}

impl Batch<'_> {
    /// Links the event's identifiers; the person of its own node afterwards, and the nodes it names.
    pub(super) fn identify(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
    ) -> Result<(PersonId, Vec<NodeId>)> {
        let catalog = self.catalog(workspace);
        let rules = &catalog.identity;
        let nodes = rules.nodes(workspace.as_str(), event);
        let nodes = self.linkable(workspace, record, event, nodes)?;
        let heard = Heard {
            trust: trust(&catalog, &event.source),
            first_day: event.occurred_at.day(),
            last_day: record.at.day(),
        };
        let covered = |other: &NodeId| {
            let trust =
                if rules.is_only_likely(*other) { Trust::Probabilistic } else { heard.trust };
            self.known.covers(event.node, *other, Heard { trust, ..heard })
        };
        // As most events find it: nothing is to be linked.
        if nodes[1..].iter().all(covered)
            && let Some(person) = self.person_of(event.node)?
        {
            return Ok((person, nodes));
        }
        self.link(workspace, record, event, &nodes, heard)?;
        let person = self.person_of(event.node)?;
        let person = person.ok_or_else(|| Error::corrupt("node", "it has no person"))?;
        Ok((person, nodes))
    }

    fn link(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        nodes: &[NodeId],
        heard: Heard,
    ) -> Result<()> {
        let catalog = self.catalog(workspace);
        let rules = &catalog.identity;
        let mut named = rules.identifiers(workspace.as_str(), event);
        named.retain(|one| nodes.contains(&one.node));
        let mut fresh = BTreeSet::new();
        for one in &named {
            if self.person_of(one.node)?.is_none() {
                self.put(Person::new(workspace, one.node, Node::new(&one.value, record.at)));
                fresh.insert(one.node.as_person());
            }
        }
        let mut news = Vec::new();
        for one in &named[1..] {
            let evidence = evidence(record, event, one, heard);
            let both = [(event.node, one.node), (one.node, event.node)];
            let mut is_news = false;
            for (node, other) in both {
                is_news |= self.links(node)?.is_news(other, &evidence);
            }
            if is_news {
                news.push((one.node, evidence));
            } else {
                for (node, other) in both {
                    self.change_links(node, |links| links.hear(other, &evidence))?;
                }
            }
            let trust = if one.probabilistic { Trust::Probabilistic } else { heard.trust };
            self.remember(event.node, one.node, Heard { trust, ..heard })?;
        }
        let Some((other, _)) = news.first() else { return Ok(()) };
        let why = Why {
            call: Some(event.kind),
            message: &event.message_id,
            key: event.node.key(),
            centre: event.node,
            other: *other,
            // What the event itself says is said by all of them.
            since: event.occurred_at.min(record.at),
        };
        let touched: Vec<NodeId> =
            std::iter::once(event.node).chain(news.iter().map(|(node, _)| *node)).collect();
        let was = before(self, rules, &touched)?;
        for (other, evidence) in &news {
            self.change_links(event.node, |links| links.hear(*other, evidence))?;
            self.change_links(*other, |links| links.hear(event.node, evidence))?;
            let known = Heard {
                trust: evidence.trust,
                first_day: evidence.first_day,
                last_day: evidence.last_day,
            };
            self.known.remember(event.node, *other, known);
        }
        let region = after(self, rules, was, &touched)?;
        self.settle(workspace, record, rules, &region, &fresh, &why)?;
        for id in fresh {
            // Who is linked with nobody is somebody all the same.
            if id != event.node.as_person() {
                self.wait_for_row(record.offset, record.at, id)?;
            }
        }
        Ok(())
    }

    /// Remembers an edge as it stands in the fold, so that the next event with it is not looked up.
    fn remember(&mut self, node: NodeId, other: NodeId, heard: Heard) -> Result<()> {
        let known = match self.links(node)?.get(other) {
            Some(edge) => Heard {
                trust: edge.evidence.trust,
                first_day: edge.evidence.first_day,
                last_day: edge.evidence.last_day,
            },
            // Forgotten for good: there are too many.
            None => heard,
        };
        self.known.remember(node, other, known);
        Ok(())
    }

    /// Resolves a region and makes people of it.
    pub(super) fn settle(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        rules: &Rules,
        region: &BTreeSet<NodeId>,
        fresh: &BTreeSet<PersonId>,
        why: &Why<'_>,
    ) -> Result<()> {
        let resolved = resolve(self, rules, region)?;
        let dropped = self.judge(&resolved.edges)?;
        self.regroup(workspace, record, rules, resolved.groups, fresh, why)?;
        for ((low, high), reason) in dropped {
            let (node, with) = if low == why.centre { (high, low) } else { (low, high) };
            let links = self.links(node)?;
            let Some(edge) = links.get(with) else { continue };
            let person = self.person_of(node)?.unwrap_or(node.as_person());
            let refused = body::Identity {
                v: body::VERSION,
                node,
                with,
                person,
                previous: person,
                joined: false,
                reason: Some(reason.as_str().to_owned()),
                event_kind: why.call,
                message_id: why.message.to_owned(),
                at: record.at,
                id_type: Some(rules.type_name(node).to_owned()),
                trust: Some(edge.evidence.trust.as_str().to_owned()),
                source: Some(edge.evidence.source.clone()),
            };
            self.derive(workspace, record.offset, why.key, &refused);
        }
        Ok(())
    }

    /// Somebody said that two identifiers are not one person, or took that back.
    pub(super) fn separation(&mut self, record: &Stored) -> Result<()> {
        let said = body::Separation::decode(&record.entry.payload)
            .map_err(|why| Error::corrupt("separation", why))?;
        if failpoint::mutant("processor.no_separation") {
            return Ok(());
        }
        let workspace = record.entry.workspace.clone();
        let catalog = self.catalog(&workspace);
        let touched = [said.node, said.from];
        let was = before(self, &catalog.identity, &touched)?;
        for (node, other) in [(said.node, said.from), (said.from, said.node)] {
            self.change_links(node, |links| links.separate(other, said.lifted))?;
        }
        let region = after(self, &catalog.identity, was, &touched)?;
        let why = Why {
            call: None,
            message: "",
            key: said.node.key(),
            centre: said.node,
            other: said.from,
            since: record.at,
        };
        self.settle(&workspace, record, &catalog.identity, &region, &BTreeSet::new(), &why)
    }

    /// Rules changed: everybody's links are looked at again.
    pub(super) fn relink_everybody(
        &mut self,
        record: &Stored,
        catalog: &Arc<Catalog>,
    ) -> Result<()> {
        self.known.forget();
        let workspace = record.entry.workspace.clone();
        let everybody = self.everybody()?;
        for page in everybody.chunks(PAGE) {
            let mut region = BTreeSet::new();
            for id in page {
                // Who is gone by now went where their nodes were looked at.
                region.extend(self.nodes_of(*id, &workspace)?);
            }
            // People whom the rules join or part bring all of their nodes along.
            loop {
                let resolved = resolve(self, &catalog.identity, &region)?;
                let known = region.len();
                for node in resolved.groups.into_iter().flatten() {
                    region.insert(node);
                    if let Some(person) = self.person_of(node)? {
                        region.extend(self.nodes_of(person, &workspace)?);
                    }
                }
                if region.len() == known {
                    break;
                }
            }
            let Some(&first) = region.first() else { continue };
            let why = Why {
                call: None,
                message: "",
                key: first.key(),
                centre: first,
                other: first,
                since: record.at,
            };
            let rules = Arc::clone(&catalog.identity);
            self.settle(&workspace, record, &rules, &region, &BTreeSet::new(), &why)?;
        }
        Ok(())
    }
}

fn evidence(record: &Stored, event: &Event, one: &Identifier, heard: Heard) -> Evidence {
    Evidence {
        trust: if one.probabilistic && !failpoint::mutant("identity.likely") {
            Trust::Probabilistic
        } else {
            heard.trust
        },
        first: record.at,
        first_day: heard.first_day,
        last_day: heard.last_day,
        source: event.source.clone(),
        message: event.message_id.clone(),
        call: event.kind,
    }
}
