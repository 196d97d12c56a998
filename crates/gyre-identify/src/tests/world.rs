//! A graph in memory, grown edge by edge as the processor grows it, and resolved as a whole.

use crate::{Evidence, Links, Reason, Resolved, Rules, Trust, Web, after, before, resolve};
use gyre_config::kinds::IdentityRules;
use gyre_model::event::EventKind;
use gyre_model::{NodeId, NodeKind, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::Arc;

pub(super) fn user(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::User, name)
}
pub(super) fn device(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::Anonymous, name)
}
pub(super) fn mail(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::Email, name)
}

/// What was heard of an edge, at a second.
pub(super) fn heard(trust: Trust, second: i64) -> Evidence {
    Evidence {
        trust,
        first: Timestamp(second * 1_000_000),
        first_day: (second / 86_400) as i32,
        last_day: (second / 86_400) as i32,
        source: "web".to_owned(),
        message: second.to_string(),
        call: EventKind::Track,
    }
}

#[derive(Default, Clone)]
pub(super) struct Graph(HashMap<NodeId, Arc<Links>>);

impl Web for Graph {
    type Error = Infallible;
    fn links(&mut self, node: NodeId) -> Result<Arc<Links>, Infallible> {
        Ok(self.0.get(&node).map(Arc::clone).unwrap_or_default())
    }
}

/// A change of the graph.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Edge(NodeId, NodeId, Evidence),
    Apart(NodeId, NodeId, bool),
}

impl Change {
    pub(super) fn ends(&self) -> [NodeId; 2] {
        match self {
            Self::Edge(a, b, _) | Self::Apart(a, b, _) => [*a, *b],
        }
    }
}

impl Graph {
    pub(super) fn change(&mut self, change: &Change) {
        let [a, b] = change.ends();
        for (node, other) in [(a, b), (b, a)] {
            let links = Arc::make_mut(self.0.entry(node).or_default());
            match change {
                Change::Edge(_, _, evidence) => links.hear(other, evidence),
                Change::Apart(_, _, lifted) => links.separate(other, *lifted),
            }
        }
    }
}

/// People as they are kept up to date change by change.
pub(super) struct World {
    pub rules: Rules,
    pub graph: Graph,
    groups: HashMap<NodeId, Vec<NodeId>>,
    edges: BTreeMap<(NodeId, NodeId), Option<Reason>>,
}

impl World {
    pub(super) fn new(rules: &IdentityRules) -> Self {
        Self {
            rules: Rules::compile(Some(rules)).unwrap(),
            graph: Graph::default(),
            groups: HashMap::new(),
            edges: BTreeMap::new(),
        }
    }

    pub(super) fn shipped() -> Self {
        Self::new(&IdentityRules::default())
    }

    /// Takes changes as one step.
    pub(super) fn take(&mut self, changes: &[Change]) {
        let touched: BTreeSet<NodeId> = changes.iter().flat_map(Change::ends).collect();
        let touched: Vec<NodeId> = touched.into_iter().collect();
        let Ok(before) = before(&mut self.graph, &self.rules, &touched);
        for change in changes {
            self.graph.change(change);
        }
        let Ok(region) = after(&mut self.graph, &self.rules, before, &touched);
        let Ok(resolved) = resolve(&mut self.graph, &self.rules, &region);
        for group in resolved.groups {
            for node in &group {
                self.groups.insert(*node, group.clone());
            }
        }
        self.edges.extend(resolved.edges);
    }

    /// Links two nodes.
    pub(super) fn link(&mut self, a: NodeId, b: NodeId, trust: Trust, second: i64) {
        self.take(&[Change::Edge(a, b, heard(trust, second))]);
    }

    /// Whether two nodes are one person.
    pub(super) fn same(&self, a: NodeId, b: NodeId) -> bool {
        a == b || self.groups.get(&a).is_some_and(|group| group.contains(&b))
    }

    /// The identifiers of a node's person, in order.
    pub(super) fn group(&self, node: NodeId) -> Vec<NodeId> {
        self.groups.get(&node).cloned().unwrap_or_else(|| vec![node])
    }

    pub(super) fn reason(&self, a: NodeId, b: NodeId) -> Option<Reason> {
        *self.edges.get(&(a.min(b), a.max(b))).expect("no such edge")
    }

    /// The people that were kept up to date, in order.
    pub(super) fn people(&self) -> Vec<Vec<NodeId>> {
        let mut people: Vec<_> = self.groups.values().cloned().collect();
        people.sort();
        people.dedup();
        people
    }

    /// What became of every edge.
    pub(super) fn edges(&self) -> &BTreeMap<(NodeId, NodeId), Option<Reason>> {
        &self.edges
    }

    /// Everything resolved at once.
    pub(super) fn whole(&self) -> Resolved {
        let mut graph = self.graph.clone();
        let all: BTreeSet<NodeId> = graph.0.keys().copied().collect();
        let Ok(resolved) = resolve(&mut graph, &self.rules, &all);
        resolved
    }
}
