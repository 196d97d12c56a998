//! What can be said of a node from its own edges and its neighbours': which of its edges hold nowhere,
//! whatever the rest of the graph is.

use crate::bursts;
use crate::evidence::Trust;
use crate::explore::Web;
use crate::links::{Link, Links};
use crate::reason::Reason;
use crate::rules::Rules;
use gyre_model::{NodeId, NodeKind};
use std::collections::HashMap;
use std::sync::Arc;

/// A user id on so many devices of others is in the code, if these are most of its devices.
const OTHERS: usize = 5;

/// How a node stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Why no edge of it holds that a server did not say.
    hub: Option<Reason>,
    /// Whether those of servers do not hold either.
    wholly: bool,
    /// Whether several users have it, so that nothing but theirs follows from it.
    shared: bool,
    /// The types it gained too many of, a bit each.
    bursts: u64,
}

/// A graph under its rules, with what was found out about its nodes.
pub(crate) struct Map<'a, W> {
    web: &'a mut W,
    pub(crate) rules: &'a Rules,
    standings: HashMap<NodeId, Standing>,
}

impl<'a, W: Web> Map<'a, W> {
    pub(crate) fn new(web: &'a mut W, rules: &'a Rules) -> Self {
        Self { web, rules, standings: HashMap::new() }
    }

    pub(crate) fn links(&mut self, node: NodeId) -> Result<Arc<Links>, W::Error> {
        self.web.links(node)
    }

    /// How a node stands.
    pub(crate) fn standing(&mut self, node: NodeId) -> Result<Standing, W::Error> {
        if let Some(known) = self.standings.get(&node) {
            return Ok(*known);
        }
        let links = self.links(node)?;
        let standing = if links.edges().len() < 2 && !links.overflown() {
            Standing::default()
        } else {
            self.look(node, &links)?
        };
        self.standings.insert(node, standing);
        Ok(standing)
    }

    fn look(&mut self, node: NodeId, links: &Links) -> Result<Standing, W::Error> {
        let mut standing = Standing { bursts: self.bursts(links), ..Standing::default() };
        if links.overflown() || followed(links).count() > self.rules.max_ids() {
            standing.hub = Some(Reason::TooManyIdentifiers);
        }
        let kind = node.kind();
        if kind == NodeKind::User {
            if self.on_devices_of_others(links)? {
                standing.hub = standing.hub.or(Some(Reason::OnDevicesOfOthers));
            }
            return Ok(standing);
        }
        let naming = followed(links).filter(|edge| edge.other.kind().names_somebody());
        if naming.count() > self.rules.max_people() {
            standing.hub = standing.hub.or(Some(Reason::LinkedWithManyPeople));
            // A device's id in the code of a server is as common as one in an app.
            standing.wholly = !kind.names_somebody();
        }
        // Anybody may type anybody's address, so a claim on one needs a server behind it.
        let least = if kind.names_somebody() { Trust::Server } else { Trust::Import };
        standing.shared = users(links).filter(|edge| edge.evidence.trust <= least).count() > 1;
        Ok(standing)
    }

    /// A bit for each type of which more came inside the window than one person can bring.
    fn bursts(&self, links: &Links) -> u64 {
        let mut days: HashMap<usize, Vec<i32>> = HashMap::new();
        for edge in followed(links) {
            if let Some((place, one)) = self.rules.type_of(edge.other)
                && one.window.is_some()
            {
                days.entry(place).or_default().push(edge.evidence.first_day);
            }
        }
        let over = days.into_iter().filter_map(|(place, mut days)| {
            let one = self.rules.at(place)?;
            (days.len() > one.limit && bursts::most(&mut days, one.window) > one.limit)
                .then_some(1 << (place % 64))
        });
        over.fold(0, |all, one: u64| all | one)
    }

    /// Whether a user id is on more devices of others than somebody has friends, and hardly on any other.
    fn on_devices_of_others(&mut self, links: &Links) -> Result<bool, W::Error> {
        let device = |edge: &&Link| !edge.other.kind().names_somebody();
        let devices: Vec<NodeId> = followed(links).filter(device).map(|edge| edge.other).collect();
        if devices.len() <= OTHERS {
            return Ok(false);
        }
        let mut others = 0;
        for &device in &devices {
            let links = self.links(device)?;
            let users = users(&links).count();
            others += usize::from((2..=self.rules.max_people()).contains(&users));
        }
        Ok(others > OTHERS && others * 2 > devices.len())
    }

    /// Why an edge holds nowhere; `None` when the rest of the graph decides.
    pub(crate) fn cut(&mut self, node: NodeId, edge: &Link) -> Result<Option<Reason>, W::Error> {
        let trust = edge.evidence.trust;
        if trust == Trust::Probabilistic {
            return Ok(Some(Reason::Probabilistic));
        }
        if self.links(node)?.apart().contains(&edge.other) {
            return Ok(Some(Reason::Separated));
        }
        let mut found: Option<Reason> = None;
        for (end, other) in [(node, edge.other), (edge.other, node)] {
            let standing = self.standing(end)?;
            let mut reason = None;
            if standing.hub.is_some() && (standing.wholly || trust != Trust::Server) {
                reason = standing.hub;
            } else if standing.shared && other.kind() != NodeKind::User {
                reason = Some(Reason::Shared);
            } else if standing.bursts != 0
                && trust != Trust::Server
                && let Some((place, _)) = self.rules.type_of(other)
                && standing.bursts & (1 << (place % 64)) != 0
            {
                reason = Some(Reason::OverTheLimit);
            }
            // No reason goes before this one, so the other end need not be asked: it may be one of many.
            if reason == Some(Reason::LinkedWithManyPeople) {
                return Ok(reason);
            }
            // The same reason from whichever end one looks.
            found = found.map_or(reason, |one| Some(reason.map_or(one, |other| one.min(other))));
        }
        Ok(found)
    }
}

fn followed(links: &Links) -> impl Iterator<Item = &Link> {
    links.edges().iter().filter(|edge| edge.evidence.trust != Trust::Probabilistic)
}

fn users(links: &Links) -> impl Iterator<Item = &Link> {
    followed(links).filter(|edge| edge.other.kind() == NodeKind::User)
}
