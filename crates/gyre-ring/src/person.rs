//! A person as the fold keeps one: the nodes with their tiles, the memberships, the arms.

use gyre_derive::{Definitions, Tiles};
use gyre_govern::{Contacted, Word};
use gyre_identify::{Group, Member};
use gyre_model::event::Event;
use gyre_model::{
    ConsentDecision, NodeId, NodeKind, Offset, PersonId, RecordId, Timestamp, Topic, Workspace,
};
use gyre_ports::failpoint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The form written today; another form in the fold means: derive again.
pub(crate) const FORM: u8 = 5;

/// The arm of somebody who is left out.
pub const HOLDOUT: &str = "holdout";
/// The arm of somebody who is not.
pub const TREATED: &str = "treated";

/// One identity node with everything derived from its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// The identifier itself, as it was collected; empty where nothing is left of the node but what it
    /// said. Personal.
    pub identifier: String,
    /// What is kept of its events.
    pub tiles: Tiles,
    /// Per loop, the arm and when it was assigned.
    pub arms: BTreeMap<String, (String, Timestamp)>,
    /// Per campaign, how many in-app draws there were.
    pub draws: BTreeMap<String, u64>,
    /// In-app contacts, as far back as caps look.
    pub contacts: Vec<(String, Timestamp)>,
    /// When it became part of the person it belongs to, where it was part of another before.
    pub joined: Option<Timestamp>,
    /// What the node last said on each topic.
    pub words: Vec<KeptWord>,
    /// Per method and topic, what clients last sent along with events: it counts when it changes.
    pub repeated: BTreeMap<String, (bool, Timestamp)>,
    /// The place the node was last at, as far as the consent policy asks for one. Personal.
    pub place: Option<(String, Timestamp)>,
    /// Per trait that was put right, when: what happened up to then says nothing of it any more.
    pub corrected: BTreeMap<String, Timestamp>,
    /// Per trait that has another value since, that value as JSON, and when it was given. Personal.
    pub said: BTreeMap<String, (String, Timestamp)>,
    /// Where its events from below an offset belong, since it turned out to be somebody else's.
    pub replaced: Vec<(Offset, NodeId)>,
    /// Whether it has what was kept under an identifier that turned out to be wrong.
    pub absorbed: bool,
}

/// The last word of a node on a topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptWord {
    /// The ledger's entry.
    pub id: RecordId,
    /// What about.
    pub topic: Topic,
    /// What was said.
    pub decision: ConsentDecision,
    /// When.
    pub at: Timestamp,
    /// Until when a yes counts.
    pub expires_at: Option<Timestamp>,
}

impl Node {
    /// A node seen for the first time.
    pub fn new(identifier: &str, at: Timestamp) -> Self {
        Self {
            first_seen: at,
            last_seen: at,
            identifier: identifier.to_owned(),
            tiles: Tiles::default(),
            arms: BTreeMap::new(),
            draws: BTreeMap::new(),
            contacts: Vec::new(),
            joined: None,
            words: Vec::new(),
            repeated: BTreeMap::new(),
            place: None,
            corrected: BTreeMap::new(),
            said: BTreeMap::new(),
            replaced: Vec::new(),
            absorbed: false,
        }
    }

    /// Adds an event to what is kept. Of a trait that was put right after it happened it says nothing.
    pub fn add(&mut self, definitions: &Definitions, event: &Event) {
        if self.corrected.is_empty() {
            self.tiles.add(definitions, event);
            return;
        }
        let corrected = &self.corrected;
        self.tiles.add_where(definitions, event, |definition| {
            let over = |(name, at): (&String, &Timestamp)| {
                *at >= event.occurred_at && definition.reads_trait(name)
            };
            !corrected.iter().any(over)
        });
    }

    /// Takes over what was kept under an identifier that turned out to be wrong.
    pub fn absorb(&mut self, wrong: &Self) {
        self.tiles.absorb(&wrong.tiles);
        for (name, (arm, at)) in &wrong.arms {
            self.arms.entry(name.clone()).or_insert_with(|| (arm.clone(), *at));
        }
        for (campaign, draws) in &wrong.draws {
            let known = self.draws.entry(campaign.clone()).or_insert(0);
            *known = (*known).max(*draws);
        }
        self.contacts.extend(wrong.contacts.iter().cloned());
        for word in &wrong.words {
            self.keep(word.clone());
        }
        for (name, at) in &wrong.corrected {
            let known = self.corrected.entry(name.clone()).or_insert(*at);
            *known = (*known).max(*at);
        }
        for (name, said) in &wrong.said {
            let known = self.said.entry(name.clone()).or_insert_with(|| said.clone());
            if known.1 < said.1 {
                *known = said.clone();
            }
        }
    }

    /// Since when it belongs to its person.
    pub fn since(&self) -> Timestamp {
        self.joined.unwrap_or(self.first_seen)
    }

    /// Keeps a word if it is the last on its topic; of two at the same time, the refusal.
    pub fn keep(&mut self, word: KeptWord) {
        let weight = |word: &KeptWord| (word.at, !word.decision.is_granted());
        match self.words.iter_mut().find(|known| known.topic == word.topic) {
            Some(known) if weight(known) >= weight(&word) => {}
            Some(known) => *known = word,
            None => self.words.push(word),
        }
    }
}

/// A person: the union of its nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The workspace.
    pub workspace: Workspace,
    /// The person's id: its root node's.
    pub id: PersonId,
    /// The nodes.
    pub nodes: BTreeMap<NodeId, Node>,
    /// Membership key (see [`crate::catalog::membership_key`]) and since when.
    pub members: BTreeMap<u64, Timestamp>,
    /// When the row may change next by time alone.
    pub due: Option<Timestamp>,
}

impl Person {
    /// A person of one node.
    pub fn new(workspace: &Workspace, id: NodeId, node: Node) -> Self {
        Self {
            workspace: workspace.clone(),
            id: id.as_person(),
            nodes: BTreeMap::from([(id, node)]),
            members: BTreeMap::new(),
            due: None,
        }
    }

    /// The nodes as identity sees them.
    pub fn group(&self) -> Option<Group> {
        let member =
            |(node, known): (&NodeId, &Node)| Member { node: *node, first_seen: known.first_seen };
        Group::from_members(self.nodes.iter().map(member).collect())
    }

    /// The node that stands for the person.
    pub fn root(&self) -> NodeId {
        self.id.root()
    }

    /// The arm for contact: a holdout among the nodes wins. `None` before one was assigned.
    pub fn arm(&self, name: &str) -> Option<&'static str> {
        let mut arms = self.nodes.values().filter_map(|node| node.arms.get(name)).peekable();
        arms.peek()?;
        if failpoint::mutant("merge.holdout_loses") {
            return Some(if arms.any(|(arm, _)| arm == TREATED) { TREATED } else { HOLDOUT });
        }
        Some(if arms.any(|(arm, _)| arm == HOLDOUT) { HOLDOUT } else { TREATED })
    }

    /// Whether something about the person was put right: then what events say is not what holds.
    pub fn is_rectified(&self) -> bool {
        self.nodes
            .values()
            .any(|node| node.absorbed || !node.corrected.is_empty() || !node.replaced.is_empty())
    }

    /// The person's e-mail address: that of the e-mail node seen last.
    pub fn email(&self) -> Option<&str> {
        self.nodes
            .iter()
            .filter(|(id, node)| id.kind() == NodeKind::Email && !node.identifier.is_empty())
            .max_by_key(|(id, node)| (node.last_seen, **id))
            .map(|(_, node)| node.identifier.as_str())
    }

    /// What the nodes said about consent.
    pub fn words(&self) -> Vec<Word> {
        let word = |id: NodeId, joined: Timestamp, word: &KeptWord| Word {
            id: word.id,
            node: id,
            joined,
            topic: word.topic.clone(),
            decision: word.decision,
            at: word.at,
            expires_at: word.expires_at,
        };
        self.nodes
            .iter()
            .flat_map(|(id, node)| node.words.iter().map(|kept| word(*id, node.since(), kept)))
            .collect()
    }

    /// The place the person was last at.
    pub fn place(&self) -> Option<&str> {
        let places = self.nodes.values().filter_map(|node| node.place.as_ref());
        places.max_by_key(|(place, at)| (*at, place)).map(|(place, _)| place.as_str())
    }

    /// In-app contacts of all nodes.
    pub fn contacts(&self) -> Vec<Contacted> {
        let counts = |node: &NodeId| *node == self.root() || !failpoint::mutant("merge.no_caps");
        self.nodes
            .iter()
            .filter(|(node, _)| counts(node))
            .flat_map(|(_, node)| &node.contacts)
            .map(|(channel, at)| Contacted { channel: channel.clone(), at: *at })
            .collect()
    }

    /// In-app draws so far for a campaign.
    pub fn draws(&self, campaign: &str) -> u64 {
        self.nodes.values().filter_map(|node| node.draws.get(campaign)).sum()
    }

    /// As bytes for the fold.
    pub fn encode(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(&(FORM, self)).map_err(|why| Error::corrupt("person", why))
    }

    /// From bytes of the fold.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        match bytes.first() {
            Some(&FORM) => postcard::from_bytes::<(u8, Self)>(bytes)
                .map(|(_, person)| person)
                .map_err(|why| Error::corrupt("person", why)),
            _ => Err(Error::corrupt("person", "written by another version; clear the fold")),
        }
    }
}
