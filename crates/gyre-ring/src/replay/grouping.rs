//! Who belongs to whom, as the records of identity say it.

use super::report::PeopleCount;
use crate::error::{Error, Result};
use gyre_model::record::body::{Body as _, Identity};
use gyre_model::{Family, NodeId, PersonId, Stored};
use std::collections::{BTreeMap, BTreeSet};

/// Nodes shown of those whose person differs.
const SHOWN: usize = 10;

/// The person of every node that was ever joined; the others are people of their own.
#[derive(Debug, Default)]
pub(super) struct Grouping(BTreeMap<NodeId, PersonId>);

impl Grouping {
    /// Takes in what a record says.
    pub(super) fn hear(&mut self, record: &Stored) -> Result<()> {
        if record.entry.family != Family::Identity || record.is_erased() {
            return Ok(());
        }
        let row = Identity::decode(&record.entry.payload)
            .map_err(|why| Error::corrupt("identity", why))?;
        if row.joined {
            self.0.insert(row.node, row.person);
        }
        Ok(())
    }

    fn of(&self, node: NodeId) -> PersonId {
        self.0.get(&node).copied().unwrap_or(node.as_person())
    }

    /// How two groupings of the same nodes differ.
    pub(super) fn compare(&self, replayed: &Self) -> PeopleCount {
        let mut nodes: BTreeSet<NodeId> = self.0.keys().chain(replayed.0.keys()).copied().collect();
        let roots = self.0.values().chain(replayed.0.values()).map(PersonId::root);
        nodes.extend(roots.collect::<Vec<_>>());
        let mut count = PeopleCount { nodes: nodes.len() as u64, ..PeopleCount::default() };
        let mut parts: BTreeMap<PersonId, BTreeSet<PersonId>> = BTreeMap::new();
        let mut joins: BTreeMap<PersonId, BTreeSet<PersonId>> = BTreeMap::new();
        for node in nodes {
            let (live, again) = (self.of(node), replayed.of(node));
            parts.entry(live).or_default().insert(again);
            joins.entry(again).or_default().insert(live);
            if live != again {
                count.differ += 1;
                if count.samples.len() < SHOWN {
                    count.samples.push((node.to_string(), live.to_string(), again.to_string()));
                }
            }
        }
        let several = |groups: &BTreeMap<PersonId, BTreeSet<PersonId>>| {
            groups.values().filter(|others| others.len() > 1).count() as u64
        };
        (count.parted, count.joined) = (several(&parts), several(&joins));
        count
    }
}

#[cfg(test)]
mod tests {
    use super::Grouping;
    use gyre_model::{NodeId, NodeKind};

    fn node(name: &str) -> NodeId {
        NodeId::node("main", NodeKind::User, name)
    }

    #[test]
    fn one_person_became_two_and_two_became_one() {
        let [ada, her_phone, bob, his_phone] = ["a", "ap", "b", "bp"].map(node);
        let live = Grouping([(her_phone, ada.as_person())].into());
        let again = Grouping([(his_phone, bob.as_person())].into());
        let count = live.compare(&again);
        assert_eq!((count.nodes, count.differ, count.parted, count.joined), (4, 2, 1, 1));
        assert_eq!(live.compare(&live).differ, 0);
    }
}
