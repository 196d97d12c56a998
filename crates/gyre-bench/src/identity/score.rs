//! How good a grouping of identifiers is, by pairs. Needs nothing but the standard library.
//!
//! Two identifiers are rightly together when somebody used both. An identifier that several used can be with
//! one of them only, since every identifier has one person: it is missed only by whom it is with, or by its
//! first user where it is with none of them. How much is missed when it is counted with all of them stands
//! beside it. What stands in code is nobody's, and is rightly together with nothing.

use super::set::{Identifier, Slice};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pairs {
    /// Together and rightly so.
    pub(crate) right: u64,
    /// Together.
    pub(crate) together: u64,
    /// Those that should be together and are.
    pub(crate) found: u64,
    /// Those that should be together.
    pub(crate) wanted: u64,
    /// The same, shared identifiers with all of their people.
    pub(crate) wanted_by_all: u64,
}

impl Pairs {
    pub(crate) fn precision(&self) -> f64 {
        share(self.right, self.together)
    }
    pub(crate) fn recall(&self) -> f64 {
        share(self.found, self.wanted)
    }
    pub(crate) fn recall_by_all(&self) -> f64 {
        share(self.right, self.wanted_by_all)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Counts pairs, overall and by slice: a pair is in every slice that one of its ends is in. `people` has the
/// person of each identifier.
pub(crate) fn score(identifiers: &[Identifier], people: &[u64]) -> (Pairs, BTreeMap<Slice, Pairs>) {
    let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut owned: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, (one, person)) in identifiers.iter().zip(people).enumerate() {
        groups.entry(*person).or_default().push(at);
        for owner in &one.owners {
            owned.entry(*owner).or_default().push(at);
        }
    }
    let with: Vec<Option<u32>> =
        (0..identifiers.len()).map(|at| with(identifiers, people, &groups, at)).collect();
    let right = |a: usize, b: usize| {
        identifiers[a].owners.iter().any(|owner| identifiers[b].owners.contains(owner))
    };
    let mut overall = Pairs::default();
    let mut slices: BTreeMap<Slice, Pairs> = BTreeMap::new();
    let mut count = |a: usize, b: usize, add: &dyn Fn(&mut Pairs)| {
        add(&mut overall);
        let both: BTreeSet<Slice> =
            identifiers[a].slices.iter().chain(&identifiers[b].slices).copied().collect();
        for slice in both {
            add(slices.entry(slice).or_default());
        }
    };
    for group in groups.values() {
        pairs(group, |a, b| {
            let right = u64::from(right(a, b));
            count(a, b, &|pairs| {
                pairs.together += 1;
                pairs.right += right;
            });
        });
    }
    let mut seen: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (owner, ids) in &owned {
        pairs(ids, |a, b| {
            if !seen.insert((a, b)) {
                return;
            }
            let wanted = with[a] == with[b] && with[a].is_some();
            let here = [a, b].map(|at| with[at] == Some(*owner));
            let wanted = u64::from(wanted || here == [true, true]);
            let found = wanted * u64::from(people[a] == people[b]);
            count(a, b, &|pairs| {
                pairs.wanted_by_all += 1;
                pairs.wanted += wanted;
                pairs.found += found;
            });
        });
    }
    (overall, slices)
}

/// Whom an identifier counts with: its owner, or of several the one it is with.
fn with(
    identifiers: &[Identifier],
    people: &[u64],
    groups: &BTreeMap<u64, Vec<usize>>,
    at: usize,
) -> Option<u32> {
    let owners = &identifiers[at].owners;
    if owners.len() < 2 {
        return owners.first().copied();
    }
    let beside = groups.get(&people[at]).into_iter().flatten();
    let own = beside.filter(|&&other| other != at && identifiers[other].owners.len() == 1);
    let mut of = own.map(|&other| identifiers[other].owners[0]);
    of.find(|owner| owners.contains(owner)).or_else(|| owners.first().copied())
}

fn pairs(ids: &[usize], mut take: impl FnMut(usize, usize)) {
    for (at, &a) in ids.iter().enumerate() {
        for &b in &ids[at + 1..] {
            take(a.min(b), a.max(b));
        }
    }
}
