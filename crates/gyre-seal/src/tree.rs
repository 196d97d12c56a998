//! Keys for all labels of 64 bits, from one secret, of which each can be destroyed by itself.
//!
//! The labels are the leaves of a binary tree; a node's secret gives those of its two children, by
//! HMAC-SHA256, and never the other way round (Goldreich, Goldwasser and Micali's construction; with
//! destroyed leaves it is known as a puncturable pseudorandom function). At first the root is kept and
//! nothing else. Destroying a leaf takes the node away that it follows from, and keeps in its place the
//! nodes beside the way down: all other leaves follow from those, and this one from nothing.

use crate::secret::Secret;
use gyre_ports::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many levels are below the root.
const HEIGHT: u8 = 64;

/// What is kept of a tree.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tree {
    /// Subtrees without a hole, by their first label.
    whole: BTreeMap<u64, Subtree>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Subtree {
    height: u8,
    secret: Secret,
}

impl Tree {
    /// A new tree.
    pub(crate) fn random() -> Result<Self> {
        let root = Subtree { height: HEIGHT, secret: Secret::random()? };
        Ok(Self { whole: BTreeMap::from([(0, root)]) })
    }

    /// Whether the key of a label is there.
    pub(crate) fn has(&self, label: u64) -> bool {
        self.above(label).is_some()
    }

    /// Destroys the key of a label; `false` when it was destroyed before.
    pub(crate) fn destroy(&mut self, label: u64) -> bool {
        let Some((first, _)) = self.above(label) else { return false };
        let Some(Subtree { height, mut secret }) = self.whole.remove(&first) else { return false };
        for level in (0..height).rev() {
            let right = label >> level & 1 == 1;
            let beside = ((label >> level) ^ 1) << level;
            let kept = Subtree { height: level, secret: secret.child(!right) };
            self.whole.insert(beside, kept);
            secret = secret.child(right);
        }
        true
    }

    /// How many secrets are kept.
    pub(crate) fn secrets(&self) -> usize {
        self.whole.len()
    }

    /// The subtree that a label is in.
    fn above(&self, label: u64) -> Option<(u64, &Subtree)> {
        let (first, subtree) = self.whole.range(..=label).next_back()?;
        let inside = subtree.height == HEIGHT || (label - first) >> subtree.height == 0;
        inside.then_some((*first, subtree))
    }
}

/// The way down to the label asked for last: labels that are near one another share most of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Path {
    first: u64,
    height: u8,
    label: u64,
    /// From the top of a subtree down to the leaf; empty before the first use.
    secrets: Vec<Secret>,
}

impl Path {
    /// The key of a label, if it was not destroyed.
    pub(crate) fn leaf(&mut self, tree: &Tree, label: u64) -> Option<Secret> {
        let (first, subtree) = tree.above(label)?;
        let same = !self.secrets.is_empty() && (self.first, self.height) == (first, subtree.height);
        if same {
            let apart = (u64::BITS - (self.label ^ label).leading_zeros()) as usize;
            self.secrets.truncate(usize::from(self.height).saturating_sub(apart) + 1);
        } else {
            self.secrets = vec![subtree.secret.clone()];
            (self.first, self.height) = (first, subtree.height);
        }
        self.label = label;
        let height = usize::from(self.height);
        while self.secrets.len() <= height {
            let level = height - self.secrets.len();
            let next = self.secrets.last()?.child(label >> level & 1 == 1);
            self.secrets.push(next);
        }
        self.secrets.last().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, Path, Tree};
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_oneof, proptest};
    use std::collections::BTreeSet;

    fn leaf(tree: &Tree, label: u64) -> Option<[u8; 32]> {
        Path::default().leaf(tree, label).map(|secret| *secret.bytes())
    }

    #[test]
    fn a_key_that_was_destroyed_takes_no_other_along() {
        let mut tree = Tree::random().unwrap();
        let labels = [0, 1, 7, u64::MAX, 1 << 63];
        let before = labels.map(|label| leaf(&tree, label));
        assert_eq!(tree.secrets(), 1);
        assert!(tree.destroy(7) && !tree.destroy(7));
        assert_eq!(tree.secrets(), usize::from(HEIGHT));
        assert_eq!(labels.map(|label| leaf(&tree, label)), {
            let mut after = before;
            after[2] = None;
            after
        });
    }

    #[test]
    fn the_more_are_destroyed_the_less_each_adds() {
        let mut tree = Tree::random().unwrap();
        let mut label = 0_u64;
        for _ in 0..2_000 {
            // As far apart as hashes are.
            label = label.wrapping_add(0x9E37_79B9_7F4A_7C15);
            tree.destroy(label);
        }
        // Eleven of the sixty-four levels are shared by two thousand.
        assert!(tree.secrets() <= 2_000 * (usize::from(HEIGHT) - 10), "{}", tree.secrets());
    }

    proptest! {
        #[test]
        fn keys_are_the_same_whatever_was_destroyed_around_them(
            labels in vec(prop_oneof![any::<u64>(), 0..40_u64], 1..20),
            gone in vec(prop_oneof![any::<u64>(), 0..40_u64], 0..20),
        ) {
            let mut tree = Tree::random().unwrap();
            let before: Vec<_> = labels.iter().map(|label| leaf(&tree, *label)).collect();
            for label in &gone {
                tree.destroy(*label);
            }
            let gone: BTreeSet<u64> = gone.into_iter().collect();
            // One way down serves all labels, in any order.
            let mut path = Path::default();
            for (label, before) in labels.iter().zip(before) {
                let after = path.leaf(&tree, *label).map(|secret| *secret.bytes());
                let wanted = if gone.contains(label) { None } else { before };
                assert_eq!(after, wanted);
                assert_eq!(tree.has(*label), wanted.is_some());
            }
        }
    }
}
