//! Absorbing Markov chains: chances to convert, with and without some states.

use crate::error::{Error, Result};
use crate::matrix::Square;

/// States up to which the equations are solved by elimination; larger chains by iteration.
const DENSE: usize = 700;
/// Largest change of a chance at which the iteration has converged.
const TOLERANCE: f64 = 1e-14;
const SWEEPS: u32 = 100_000;

/// Transition chances of each state, the start being state 0.
pub(super) struct Chain {
    /// Where row i begins in `entries`.
    starts: Vec<usize>,
    /// (to, chance), by row.
    entries: Vec<(u32, f64)>,
    /// Chance to convert at once.
    converts: Vec<f64>,
}

impl Chain {
    /// From counts of ((from, to), count) and, per state, (conversions, conversions and nulls).
    pub(super) fn new(mut counts: Vec<((u32, u32), f64)>, ends: &[(f64, f64)]) -> Self {
        // Rows in order, so that sums do not depend on the order of a hash map.
        counts.sort_by_key(|(key, _)| *key);
        let mut leaving: Vec<f64> = ends.iter().map(|(_, all)| *all).collect();
        for ((from, _), count) in &counts {
            leaving[*from as usize] += count;
        }
        let mut starts = vec![0; ends.len() + 1];
        for ((from, _), _) in &counts {
            starts[*from as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let entries = counts
            .iter()
            .map(|((from, to), count)| (*to, count / leaving[*from as usize]))
            .collect();
        let converts = ends
            .iter()
            .zip(&leaving)
            .map(|((converted, _), all)| if *all > 0.0 { converted / all } else { 0.0 })
            .collect();
        Self { starts, entries, converts }
    }

    fn row(&self, state: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[state]..self.starts[state + 1]]
    }

    /// Chance to convert from the start, and the same if each of the groups of states led nowhere.
    pub(super) fn removals(&self, groups: &[Vec<u32>]) -> Result<(f64, Vec<f64>)> {
        if self.converts.len() <= DENSE {
            self.by_elimination(groups)
        } else {
            self.by_sweeps(groups)
        }
    }

    /// With N = (I − Q)⁻¹ and h = N r: whoever first enters group C does so at its states with chances
    /// N₀C N_CC⁻¹ (Kemeny & Snell 1960, §3.3), and then converts with h_C.
    fn by_elimination(&self, groups: &[Vec<u32>]) -> Result<(f64, Vec<f64>)> {
        const WHAT: &str = "transition matrix";
        let n = self.converts.len();
        let mut matrix = Square::diagonal(n, 1.0);
        for state in 0..n {
            for (to, chance) in self.row(state) {
                matrix.add(state, *to as usize, -chance);
            }
        }
        let solver = matrix.lu(WHAT)?;
        let chances = solver.solve(&self.converts);
        let whole = chances[0];
        // Visits to one state from each.
        let visits = |state: usize| {
            let mut unit = vec![0.0; n];
            unit[state] = 1.0;
            solver.solve(&unit)
        };
        let without = groups
            .iter()
            .map(|group| {
                let mut inner = Square::diagonal(group.len(), 0.0);
                let mut first = Vec::with_capacity(group.len());
                for (i, state) in group.iter().enumerate() {
                    let column = visits(*state as usize);
                    first.push(column[0]);
                    for (j, from) in group.iter().enumerate() {
                        inner.add(i, j, column[*from as usize]);
                    }
                }
                if group.is_empty() {
                    return Ok(whole);
                }
                let entered = inner.lu(WHAT)?.solve(&first);
                let lost: f64 =
                    entered.iter().zip(group).map(|(e, state)| e * chances[*state as usize]).sum();
                Ok(whole - lost)
            })
            .collect::<Result<Vec<f64>>>()?;
        Ok((whole, without))
    }

    /// Gauss–Seidel on h = Qh + r, from above for the removals, where it falls monotonically.
    fn by_sweeps(&self, groups: &[Vec<u32>]) -> Result<(f64, Vec<f64>)> {
        let n = self.converts.len();
        let mut chances = vec![0.0; n];
        self.settle(&mut chances, &vec![false; n])?;
        let mut without = Vec::with_capacity(groups.len());
        let mut closed = vec![false; n];
        for group in groups {
            let mut left = chances.clone();
            for state in group {
                closed[*state as usize] = true;
                left[*state as usize] = 0.0;
            }
            self.settle(&mut left, &closed)?;
            for state in group {
                closed[*state as usize] = false;
            }
            without.push(left[0]);
        }
        Ok((chances[0], without))
    }

    fn settle(&self, chances: &mut [f64], closed: &[bool]) -> Result<()> {
        for _ in 0..SWEEPS {
            let mut change = 0.0_f64;
            // Backwards: most states were numbered after those that lead to them.
            for state in (0..chances.len()).rev().filter(|state| !closed[*state]) {
                let (mut sum, mut stay) = (self.converts[state], 0.0);
                for (to, chance) in self.row(state) {
                    if *to as usize == state {
                        stay += chance;
                    } else {
                        sum += chance * chances[*to as usize];
                    }
                }
                let next = sum / (1.0 - stay);
                change = change.max((next - chances[state]).abs());
                chances[state] = next;
            }
            if change <= TOLERANCE {
                return Ok(());
            }
        }
        Err(Error::NoConvergence { what: "markov chain" })
    }

    /// Both ways, for tests to compare.
    #[cfg(test)]
    pub(super) fn both(&self, groups: &[Vec<u32>]) -> [Result<(f64, Vec<f64>)>; 2] {
        [self.by_elimination(groups), self.by_sweeps(groups)]
    }
}
