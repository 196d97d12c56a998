//! What other rules of identity would make of people, before they are applied: the same resolution over
//! the same links, and nothing is written.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::people::People;
use crate::processor::decode_links;
use crate::shared::Shared;
use gyre_config::kinds::IdentityRules;
use gyre_identify::{Links, Rules, Web, resolve};
use gyre_model::{NodeId, Partition, PersonId, Workspace};
use gyre_ports::fold::Space;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// People looked at together.
const PAGE: usize = 1_000;
/// The share of people that rules may make one with others without being asked.
const MOST_MERGED: f64 = 0.05;
/// So many people may become one with others in any case: in a small shop that is what rules are for.
const ALWAYS: u64 = 20;

/// What other rules would make of people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Regrouping {
    /// People there are.
    pub people: u64,
    /// Those of them that would be one with others.
    pub merged: u64,
    /// Those of them that would be several.
    pub parted: u64,
}

impl Regrouping {
    /// Whether more people would become one with others than is usual for a change of rules.
    pub fn is_alarming(&self) -> bool {
        self.merged > ALWAYS && self.merged as f64 > MOST_MERGED * self.people as f64
    }
}

impl Engine {
    /// What people would be by these rules, or by the shipped ones. Everything acknowledged so far counts.
    pub async fn foresee_identity(
        &self,
        workspace: &Workspace,
        rules: Option<&IdentityRules>,
    ) -> Result<Regrouping> {
        self.caught_up().await?;
        let rules = Rules::compile(rules).map_err(|why| Error::corrupt("identity rules", why))?;
        let mut all = Regrouping::default();
        for (partition, people) in (0..).zip(&self.shared.people) {
            let mut look = Look { shared: &self.shared, partition, people, workspace };
            look.regroup(&rules, &mut all)?;
        }
        Ok(all)
    }
}

/// The links of a partition, as they stand.
struct Look<'a> {
    shared: &'a Shared,
    partition: Partition,
    people: &'a People,
    workspace: &'a Workspace,
}

impl Web for Look<'_> {
    type Error = Error;

    fn links(&mut self, node: NodeId) -> Result<Arc<Links>> {
        Ok(match self.shared.fold.get(self.partition, Space::Link, &node.0)? {
            Some(bytes) => Arc::new(decode_links(&bytes)?),
            None => Arc::default(),
        })
    }
}

impl Look<'_> {
    fn regroup(&mut self, rules: &Rules, all: &mut Regrouping) -> Result<()> {
        let mut merged: HashSet<PersonId> = HashSet::new();
        let mut after = None;
        loop {
            let page = self.people.page(after, PAGE)?;
            let Some(&last) = page.last() else { break };
            after = Some(last);
            let mut region = BTreeSet::new();
            let mut of_page = BTreeSet::new();
            for id in page {
                let Some(person) = self.people.get(id)? else { continue };
                if person.workspace == *self.workspace {
                    of_page.insert(id);
                    region.extend(person.nodes.keys().copied());
                }
            }
            all.people += of_page.len() as u64;
            let mut parts: BTreeMap<PersonId, u64> = BTreeMap::new();
            for group in resolve(self, rules, &region)?.groups {
                let mut now = BTreeSet::new();
                for node in group {
                    now.extend(self.people.person_of(node)?);
                }
                for person in now.iter().filter(|person| of_page.contains(person)) {
                    *parts.entry(*person).or_default() += 1;
                }
                if now.len() > 1 {
                    merged.extend(now);
                }
            }
            all.parted += parts.values().filter(|groups| **groups > 1).count() as u64;
        }
        all.merged += merged.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Regrouping;

    #[test]
    fn many_in_a_large_shop_are_alarming_and_few_are_not() {
        let of = |people, merged| Regrouping { people, merged, parted: 0 }.is_alarming();
        assert!(of(1_000, 51) && of(30, 30));
        assert!(!of(1_000, 50) && !of(20, 20) && !of(1_000_000, 40_000));
    }
}
