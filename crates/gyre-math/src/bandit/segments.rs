//! Segments found by a tree, with Thompson sampling in each leaf.
//!
//! The tree splits where arms differ most in what they do, so a leaf is a rule that people can
//! read. Grow it on one period and sample with the sums of the next: sums from the rows it was
//! grown on flatter it.

use super::thompson::{Gaussian, best_arm_probabilities};
use crate::error::{Error, Result, all_finite, at_least, same_length};
use crate::moments::{Mean, Metric};

/// One decision and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// Features known when the decision was taken, the same number in each row.
    pub features: &'a [f64],
    /// Arm chosen, from 0.
    pub arm: usize,
    /// Reward.
    pub reward: f64,
}

/// How far a tree may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// Most leaves; 1 is no tree.
    pub leaves: usize,
    /// Fewest rows of every arm in a leaf; at least 2. GrowthBook: 100 people.
    pub rows_per_arm: usize,
}

/// A tree whose leaves are segments.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    arms: usize,
    features: usize,
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// Up to the threshold goes low, above it high.
    Split { feature: usize, threshold: f64, low: usize, high: usize },
    /// A segment, with its number.
    Leaf(usize),
}

/// A leaf that may be split.
struct Open {
    node: usize,
    rows: Vec<usize>,
    cut: Option<Cut>,
}

#[derive(Clone, Copy)]
struct Cut {
    feature: usize,
    threshold: f64,
    gain: f64,
}

impl Tree {
    /// Grows a tree, best split first: the split that takes most off the squared error of the
    /// arms' means (CART, Breiman et al. 1984, §8.4, one mean per arm and leaf).
    ///
    /// Errors if rows differ in length, an arm is out of range, a value is not finite, or an arm
    /// has fewer than `rows_per_arm` rows altogether.
    pub fn grow(rows: &[Row<'_>], arms: usize, growth: Growth) -> Result<Self> {
        at_least("arms", arms, 1)?;
        at_least("rows", rows.len(), 1)?;
        let features = rows[0].features.len();
        let mut counts = vec![0; arms];
        for row in rows {
            same_length(row.features, rows[0].features)?;
            all_finite("features", row.features)?;
            all_finite("reward", &[row.reward])?;
            let Some(count) = counts.get_mut(row.arm) else {
                let value = row.arm as f64;
                return Err(Error::OutOfRange { what: "arm", value, domain: "below arms" });
            };
            *count += 1;
        }
        let least = growth.rows_per_arm.max(2);
        for count in counts {
            at_least("rows of an arm", count, least)?;
        }
        let search = Search { rows, arms, least };
        let all: Vec<usize> = (0..rows.len()).collect();
        let mut nodes = vec![Node::Leaf(0)];
        let mut open = vec![Open { node: 0, cut: search.best(&all, features), rows: all }];
        while open.len() < growth.leaves {
            let next = (0..open.len())
                .filter_map(|i| open[i].cut.map(|cut| (i, cut)))
                .max_by(|a, b| a.1.gain.total_cmp(&b.1.gain).then(b.0.cmp(&a.0)));
            let Some((index, cut)) = next else { break };
            let parent = open.swap_remove(index);
            let (low, high): (Vec<usize>, Vec<usize>) = parent
                .rows
                .iter()
                .partition(|row| rows[**row].features[cut.feature] <= cut.threshold);
            let at = nodes.len();
            let Cut { feature, threshold, .. } = cut;
            nodes[parent.node] = Node::Split { feature, threshold, low: at, high: at + 1 };
            for (node, rows) in [(at, low), (at + 1, high)] {
                nodes.push(Node::Leaf(0));
                open.push(Open { node, cut: search.best(&rows, features), rows });
            }
        }
        open.sort_by_key(|leaf| leaf.node);
        for (number, leaf) in open.iter().enumerate() {
            nodes[leaf.node] = Node::Leaf(number);
        }
        Ok(Self { arms, features, nodes })
    }

    /// Number of leaves.
    pub fn leaves(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node, Node::Leaf(_))).count()
    }

    /// Leaf of a person with these features, from 0.
    ///
    /// Errors if their number differs or one is not finite.
    pub fn leaf(&self, features: &[f64]) -> Result<usize> {
        if features.len() != self.features {
            return Err(Error::Shape { left: features.len(), right: self.features });
        }
        all_finite("features", features)?;
        let mut at = 0;
        loop {
            match &self.nodes[at] {
                Node::Leaf(number) => return Ok(*number),
                Node::Split { feature, threshold, low, high } => {
                    at = if features[*feature] <= *threshold { *low } else { *high };
                }
            }
        }
    }

    /// Sums of each leaf and arm over rows, by leaf and arm. Sums of parts merge.
    ///
    /// Errors as [`Tree::leaf`], or if an arm is out of range.
    pub fn sums(&self, rows: &[Row<'_>]) -> Result<Vec<Vec<Mean>>> {
        let mut sums = vec![vec![Mean::default(); self.arms]; self.leaves()];
        for row in rows {
            let leaf = self.leaf(row.features)?;
            let Some(sum) = sums[leaf].get_mut(row.arm) else {
                let value = row.arm as f64;
                return Err(Error::OutOfRange { what: "arm", value, domain: "below arms" });
            };
            *sum = sum.merge(Mean { n: 1, sum: row.reward, sum_squares: row.reward * row.reward });
        }
        Ok(sums)
    }
}

/// Best-arm probabilities of each leaf, or those over all leaves where a leaf has too little:
/// an arm with fewer than `least` units or without variance.
///
/// Errors if that is so over all leaves too.
pub fn leaf_probabilities(sums: &[Vec<Mean>], least: u64) -> Result<Vec<Vec<f64>>> {
    at_least("leaves", sums.len(), 1)?;
    let mut whole = vec![Mean::default(); sums[0].len()];
    for leaf in sums {
        same_length(leaf, &whole)?;
        for (total, arm) in whole.iter_mut().zip(leaf) {
            *total = total.merge(*arm);
        }
    }
    let of = |arms: &[Mean]| -> Result<Vec<f64>> {
        let posteriors = arms.iter().map(Gaussian::flat).collect::<Result<Vec<_>>>()?;
        best_arm_probabilities(&posteriors)
    };
    let marginal = of(&whole)?;
    sums.iter()
        .map(|leaf| {
            let enough = leaf.iter().all(|arm| {
                arm.n >= least && arm.sample().is_ok_and(|sample| sample.variance > 0.0)
            });
            if enough { of(leaf) } else { Ok(marginal.clone()) }
        })
        .collect()
}

struct Search<'a> {
    rows: &'a [Row<'a>],
    arms: usize,
    least: usize,
}

impl Search<'_> {
    /// The best cut of these rows, if one leaves enough of every arm on either side.
    fn best(&self, chosen: &[usize], features: usize) -> Option<Cut> {
        let mut found: Option<Cut> = None;
        let mut order = chosen.to_vec();
        for feature in 0..features {
            order.sort_by(|a, b| {
                self.rows[*a].features[feature].total_cmp(&self.rows[*b].features[feature])
            });
            let cut = self.best_of(&order, feature);
            if let Some(cut) = cut
                && found.is_none_or(|best| cut.gain > best.gain)
            {
                found = Some(cut);
            }
        }
        found
    }

    fn best_of(&self, order: &[usize], feature: usize) -> Option<Cut> {
        // Count and sum of each arm on the low side and in all.
        let mut all = vec![(0_usize, 0.0_f64); self.arms];
        for row in order {
            let row = &self.rows[*row];
            all[row.arm].0 += 1;
            all[row.arm].1 += row.reward;
        }
        let mut low = vec![(0_usize, 0.0_f64); self.arms];
        let square = |(n, sum): (usize, f64)| sum * sum / n as f64;
        let mut best: Option<Cut> = None;
        for pair in order.windows(2) {
            let (row, next) = (&self.rows[pair[0]], &self.rows[pair[1]]);
            low[row.arm].0 += 1;
            low[row.arm].1 += row.reward;
            let (here, there) = (row.features[feature], next.features[feature]);
            if here >= there {
                continue;
            }
            let mut gain = 0.0;
            let mut enough = true;
            for (below, whole) in low.iter().zip(&all) {
                let above = (whole.0 - below.0, whole.1 - below.1);
                enough &= below.0 >= self.least && above.0 >= self.least;
                if !enough {
                    break;
                }
                gain += square(*below) + square(above) - square(*whole);
            }
            if enough && gain > 1e-12 && best.is_none_or(|cut| gain > cut.gain) {
                let threshold = 0.5 * (here + there);
                let threshold = if threshold < there { threshold } else { here };
                best = Some(Cut { feature, threshold, gain });
            }
        }
        best
    }
}
