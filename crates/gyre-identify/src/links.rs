//! The edges of one node, as the fold keeps them: an edge stands at both of its ends.

use crate::evidence::{Evidence, Trust};
use crate::reason::Reason;
use gyre_model::NodeId;
use serde::{Deserialize, Serialize};

/// The most edges kept at a node: with more it is linked with too many whatever the rules say, and only
/// what servers say is kept.
const MOST: usize = 1_000;

/// An edge, seen from one of its ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The other end.
    pub other: NodeId,
    /// What it is backed by.
    pub evidence: Evidence,
    /// Why it does not hold; `None` when it does.
    pub dropped: Option<Reason>,
}

/// The edges of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The edges, by their other ends.
    edges: Vec<Link>,
    /// The nodes that somebody said it is not one person with.
    apart: Vec<NodeId>,
    /// Whether there were more edges than are kept.
    overflown: bool,
    /// Whether there were more of servers alone.
    closed: bool,
}

impl Links {
    /// The edges, by their other ends; of a node that has too many, those that servers said.
    pub fn edges(&self) -> &[Link] {
        &self.edges
    }
    /// The nodes it is not one person with.
    pub fn apart(&self) -> &[NodeId] {
        &self.apart
    }
    /// Whether it has more edges than are kept: then only those hold that servers said.
    pub fn overflown(&self) -> bool {
        self.overflown
    }
    /// Whether the next edge is one too many.
    pub(crate) fn is_full(&self) -> bool {
        self.edges.len() >= MOST
    }
    /// Whether an edge is news: it is not there, or changes what is known of it.
    pub fn is_news(&self, other: NodeId, evidence: &Evidence) -> bool {
        if self.closed || self.overflown && evidence.trust != Trust::Server {
            return false;
        }
        self.get(other).is_none_or(|known| {
            evidence.trust.weight() < known.evidence.trust.weight()
                || evidence.trust == known.evidence.trust
                    && (evidence.first < known.evidence.first
                        || evidence.first_day < known.evidence.first_day)
        })
    }
    /// The edge with a node.
    pub fn get(&self, other: NodeId) -> Option<&Link> {
        let at = self.edges.binary_search_by_key(&other, |edge| edge.other).ok()?;
        self.edges.get(at)
    }
    /// Whether somebody other than a customer's device said that it is of one person with something.
    pub(crate) fn is_vouched_for(&self) -> bool {
        self.edges.iter().any(|edge| matches!(edge.evidence.trust, Trust::Server | Trust::Import))
    }
    /// Adds what was heard of an edge.
    pub fn hear(&mut self, other: NodeId, evidence: &Evidence) {
        if self.closed || self.overflown && evidence.trust != Trust::Server {
            return;
        }
        match self.edges.binary_search_by_key(&other, |edge| edge.other) {
            Ok(at) => self.edges[at].evidence.merge(evidence),
            Err(at) => {
                let link = Link { other, evidence: evidence.clone(), dropped: None };
                self.edges.insert(at, link);
            }
        }
        if self.edges.len() > MOST {
            self.overflown = true;
            self.edges.retain(|edge| edge.evidence.trust == Trust::Server);
        }
        if self.edges.len() > MOST {
            (self.edges, self.closed) = (Vec::new(), true);
        }
    }
    /// Says whether an edge holds; whether that is news.
    pub fn judge(&mut self, other: NodeId, dropped: Option<Reason>) -> bool {
        let Ok(at) = self.edges.binary_search_by_key(&other, |edge| edge.other) else {
            return false;
        };
        std::mem::replace(&mut self.edges[at].dropped, dropped) != dropped
    }
    /// Forgets a node that is no more.
    pub fn forget(&mut self, other: NodeId) {
        self.edges.retain(|edge| edge.other != other);
        self.apart.retain(|one| *one != other);
    }
    /// Sets a node apart, or lifts that.
    pub fn separate(&mut self, other: NodeId, lifted: bool) {
        self.apart.retain(|one| *one != other);
        if !lifted {
            self.apart.push(other);
            self.apart.sort_unstable();
        }
    }
}
