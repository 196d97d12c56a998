//! Why identifiers are one person, and setting them apart.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::person::Person;
use crate::processor::decode_links;
use gyre_identify::{Links, Rules};
use gyre_model::event::EventKind;
use gyre_model::record::body::{self, Body as _, Separation};
use gyre_model::{Entry, NodeId, PersonId, Timestamp, Workspace};
use gyre_ports::fold::Space;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Edges shown to nodes of others; more than that is an id in somebody's code.
const MOST_OUTSIDE: usize = 200;

/// A person's identifiers and what links them.
#[derive(Debug, Clone, Serialize)]
pub struct GraphView {
    /// The person's id.
    pub person: PersonId,
    /// The person's identifiers, and those of others that links reach which do not hold.
    pub nodes: Vec<GraphNode>,
    /// The links.
    pub edges: Vec<GraphEdge>,
    /// What somebody said is not one person.
    pub separations: Vec<(NodeId, NodeId)>,
    /// Whether there is more than is shown.
    pub truncated: bool,
}

/// An identifier.
#[derive(Debug, Clone, Serialize)]
pub struct GraphNode {
    /// Its node.
    pub node: NodeId,
    /// The name of its type.
    pub id_type: String,
    /// The identifier. Personal.
    pub identifier: String,
    /// The person it belongs to.
    pub person: PersonId,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Whether it is linked with more than is kept.
    pub overflown: bool,
}

/// A link.
#[derive(Debug, Clone, Serialize)]
pub struct GraphEdge {
    /// One end.
    pub from: NodeId,
    /// The other.
    pub to: NodeId,
    /// Whether it holds.
    pub holds: bool,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// How far it is trusted.
    pub trust: &'static str,
    /// The source that said it first, at that trust.
    pub source: String,
    /// The call that said it.
    pub event_kind: EventKind,
    /// The message that said it.
    pub message_id: String,
    /// When that was heard.
    pub first_heard: Timestamp,
    /// The day on which it was last heard.
    pub last_heard: String,
}

/// What became of two identifiers that were set apart, or not any more.
#[derive(Debug, Clone, Serialize)]
pub struct Separated {
    /// The person of the first.
    pub person: PersonId,
    /// The person of the second.
    pub from: PersonId,
    /// Whether both are one person now.
    pub same: bool,
}

impl Engine {
    /// Why identifiers are one person: the links, who said them, and those that do not hold.
    pub async fn person_graph(
        &self,
        workspace: &Workspace,
        text: &str,
    ) -> Result<Option<GraphView>> {
        let Some(person) = self.known(workspace, text).await? else { return Ok(None) };
        let rules = Arc::clone(&self.shared.catalog(workspace).identity);
        let mut view = GraphView {
            person: person.id,
            nodes: Vec::new(),
            edges: Vec::new(),
            separations: Vec::new(),
            truncated: false,
        };
        let mut outside: BTreeSet<NodeId> = BTreeSet::new();
        let mut edges = BTreeMap::new();
        let mut apart = BTreeSet::new();
        for &node in person.nodes.keys() {
            let links = self.links_of(node)?;
            Self::tell(&rules, node, &person, &links, &mut view.nodes);
            for edge in links.edges() {
                if !person.nodes.contains_key(&edge.other) {
                    if outside.len() >= MOST_OUTSIDE && !outside.contains(&edge.other) {
                        view.truncated = true;
                        continue;
                    }
                    outside.insert(edge.other);
                }
                let ends = (node.min(edge.other), node.max(edge.other));
                edges.insert(ends, edge.clone());
            }
            apart.extend(links.apart().iter().map(|other| (node.min(*other), node.max(*other))));
        }
        for node in outside {
            if let Some(other) = self.shared.people_of(node.key()).by_node(node)? {
                let links = self.links_of(node)?;
                Self::tell(&rules, node, &other, &links, &mut view.nodes);
            }
        }
        view.separations = apart.into_iter().collect();
        view.edges = edges
            .into_iter()
            .map(|((from, to), edge)| GraphEdge {
                from,
                to,
                holds: edge.dropped.is_none(),
                reason: edge.dropped.map(gyre_identify::Reason::as_str),
                trust: edge.evidence.trust.as_str(),
                source: edge.evidence.source,
                event_kind: edge.evidence.call,
                message_id: edge.evidence.message,
                first_heard: edge.evidence.first,
                last_heard: Timestamp(i64::from(edge.evidence.last_day) * gyre_model::Span::DAY.0)
                    .to_string()
                    .chars()
                    .take(10)
                    .collect(),
            })
            .collect();
        Ok(Some(view))
    }

    /// Says that two identifiers are not one person whatever links them, or that they may be again.
    /// Returns when that is so.
    pub async fn separate(
        &self,
        workspace: &Workspace,
        [one, other]: [&str; 2],
        lifted: bool,
        reason: Option<String>,
    ) -> Result<Separated> {
        self.caught_up().await?;
        let (node, from) = (self.node(workspace, one)?, self.node(workspace, other)?);
        if node == from {
            return Err(Error::Invalid {
                message: "both are the same identifier".to_owned(),
                hint: Some("name two identifiers, as `gyre person graph` shows them".to_owned()),
            });
        }
        let said = Separation {
            v: body::VERSION,
            node,
            from,
            lifted,
            reason,
            at: self.shared.clock.now(),
        };
        let entry = Entry {
            workspace: workspace.clone(),
            family: Separation::FAMILY,
            key: node.key(),
            cause: None,
            payload: said.encode(),
        };
        self.ingest(vec![entry]).await?;
        self.caught_up().await?;
        let person = |node: NodeId| -> Result<PersonId> {
            let known = self.shared.people_of(node.key()).person_of(node)?;
            Ok(known.unwrap_or(node.as_person()))
        };
        let (person, from) = (person(node)?, person(from)?);
        Ok(Separated { person, from, same: person == from })
    }

    /// The node that a text means: an identifier that is known, or the id of a node or person.
    fn node(&self, workspace: &Workspace, text: &str) -> Result<NodeId> {
        let rules = Arc::clone(&self.shared.catalog(workspace).identity);
        let mut nodes = rules.nodes_of(workspace.as_str(), text);
        nodes.extend(text.parse::<NodeId>().ok());
        for node in nodes {
            if let Some(person) = self.shared.people_of(node.key()).by_node(node)?
                && person.workspace == *workspace
            {
                return Ok(node);
            }
        }
        // The identifier is personal, so the answer does not repeat it.
        Err(Error::NotFound { what: "an identifier", name: "of these two".to_owned() })
    }

    fn links_of(&self, node: NodeId) -> Result<Links> {
        let partition = self.shared.journal.partition_of(node.key());
        match self.shared.fold.get(partition, Space::Link, &node.0)? {
            Some(bytes) => decode_links(&bytes),
            None => Ok(Links::default()),
        }
    }

    fn tell(
        rules: &Rules,
        node: NodeId,
        person: &Person,
        links: &Links,
        into: &mut Vec<GraphNode>,
    ) {
        let Some(known) = person.nodes.get(&node) else { return };
        into.push(GraphNode {
            node,
            id_type: rules.type_name(node).to_owned(),
            identifier: known.identifier.clone(),
            person: person.id,
            first_seen: known.first_seen,
            last_seen: known.last_seen,
            overflown: links.overflown(),
        });
    }
}
