//! Linear programmes that are feasible at zero, by the tableau simplex method.

use crate::error::{Error, Result};

/// Solution of a programme.
pub(crate) struct Solution {
    /// Value of each variable.
    pub(crate) values: Vec<f64>,
    /// Price of each constraint: what one more unit of its bound would bring.
    pub(crate) prices: Vec<f64>,
    /// The objective.
    pub(crate) objective: f64,
}

/// Maximises cᵀx subject to rows·x ≤ bounds and x ≥ 0, with bounds ≥ 0 (Dantzig 1963; Bland
/// 1977 for the pivot, so that it ends).
pub(crate) fn maximise(objective: &[f64], rows: &[Vec<f64>], bounds: &[f64]) -> Result<Solution> {
    let (n, m) = (objective.len(), rows.len());
    let width = n + m + 1;
    let mut table: Vec<Vec<f64>> = rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let mut line = row.clone();
            line.extend((0..m).map(|j| f64::from(u8::from(i == j))));
            line.push(bounds[i]);
            line
        })
        .collect();
    let mut cost: Vec<f64> = objective.iter().map(|c| -c).collect();
    cost.resize(width, 0.0);
    let mut basis: Vec<usize> = (n..n + m).collect();
    let scale = objective.iter().fold(0.0_f64, |most, c| most.max(c.abs()));
    let tolerance = 1e-12 * scale.max(f64::MIN_POSITIVE);
    let limit = 50 * (n + m + 10);
    for round in 0..=limit {
        // The steepest column at first; the lowest index once it might be going in circles.
        let entering = if round < limit / 2 {
            (0..n + m)
                .filter(|j| cost[*j] < -tolerance)
                .min_by(|a, b| cost[*a].total_cmp(&cost[*b]))
        } else {
            (0..n + m).find(|j| cost[*j] < -tolerance)
        };
        let Some(column) = entering else {
            let mut values = vec![0.0; n];
            for (line, &variable) in table.iter().zip(&basis) {
                if variable < n {
                    values[variable] = line[width - 1].max(0.0);
                }
            }
            let prices = cost[n..n + m].iter().map(|p| p.max(0.0)).collect();
            return Ok(Solution { values, prices, objective: cost[width - 1] });
        };
        let leaving = (0..m).filter(|i| table[*i][column] > 1e-11).min_by(|a, b| {
            let ratio = |i: usize| table[i][width - 1] / table[i][column];
            ratio(*a).total_cmp(&ratio(*b)).then(basis[*a].cmp(&basis[*b]))
        });
        let Some(row) = leaving else {
            return Err(Error::NoConvergence { what: "allocation without a limit" });
        };
        let pivot = table[row][column];
        table[row].iter_mut().for_each(|v| *v /= pivot);
        let line = table[row].clone();
        let clear = |target: &mut Vec<f64>| {
            let factor = target[column];
            if factor != 0.0 {
                target.iter_mut().zip(&line).for_each(|(t, l)| *t -= factor * l);
            }
        };
        table.iter_mut().enumerate().filter(|(i, _)| *i != row).for_each(|(_, l)| clear(l));
        clear(&mut cost);
        basis[row] = column;
    }
    Err(Error::NoConvergence { what: "allocation" })
}
