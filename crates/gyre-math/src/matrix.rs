//! Small dense matrices: factorise and solve.
//!
//! Nothing more is needed here than Cholesky's and Gauss's method for some hundred unknowns; a library
//! for it would bring more packages than a pure crate may have.

use crate::error::{Error, Result};

/// A square matrix, by rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Square {
    size: usize,
    cells: Vec<f64>,
}

/// Lower factor L of A = LLᵀ.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cholesky {
    lower: Square,
}

/// Factors of a matrix whose rows were swapped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lu {
    /// L below the diagonal (its own is 1), U on and above it.
    factors: Square,
    /// Row of the matrix that each row of the factors came from.
    rows: Vec<usize>,
}

/// Part of its diagonal below which a pivot is rounding noise.
const NOISE: f64 = 1e-13;

impl Square {
    /// `value` on the diagonal, zero elsewhere.
    pub(crate) fn diagonal(size: usize, value: f64) -> Self {
        let mut matrix = Self { size, cells: vec![0.0; size * size] };
        for i in 0..size {
            matrix.add(i, i, value);
        }
        matrix
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    pub(crate) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.size + column] += value;
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.size..(row + 1) * self.size]
    }

    /// Adds a matrix of the same size.
    pub(crate) fn add_all(&mut self, other: &Self) {
        self.cells.iter_mut().zip(&other.cells).for_each(|(cell, more)| *cell += more);
    }

    pub(crate) fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.size).map(|i| dot(self.row(i), vector)).collect()
    }

    /// Factors of a symmetric matrix, of which the lower half is read.
    ///
    /// Errors with [`Error::Singular`] if it is not positive definite beyond rounding.
    pub(crate) fn cholesky(&self, what: &'static str) -> Result<Cholesky> {
        let mut lower = Self::diagonal(self.size, 0.0);
        for i in 0..self.size {
            for j in 0..=i {
                let known = dot(&lower.row(i)[..j], &lower.row(j)[..j]);
                let rest = self.at(i, j) - known;
                if i != j {
                    lower.add(i, j, rest / lower.at(j, j));
                } else if rest > NOISE * self.at(i, i) && rest.is_finite() {
                    lower.add(i, i, rest.sqrt());
                } else {
                    return Err(Error::Singular { what });
                }
            }
        }
        Ok(Cholesky { lower })
    }

    /// Factors with partial pivoting (Golub & Van Loan 2013, algorithm 3.4.1).
    ///
    /// Errors with [`Error::Singular`] if a column has no pivot.
    pub(crate) fn lu(mut self, what: &'static str) -> Result<Lu> {
        let n = self.size;
        let mut rows: Vec<usize> = (0..n).collect();
        for column in 0..n {
            let largest = (column..n)
                .max_by(|a, b| self.at(*a, column).abs().total_cmp(&self.at(*b, column).abs()))
                .unwrap_or(column);
            let pivot = self.at(largest, column);
            if !pivot.is_finite() || pivot.abs() < f64::MIN_POSITIVE {
                return Err(Error::Singular { what });
            }
            if largest != column {
                rows.swap(column, largest);
                for j in 0..n {
                    self.cells.swap(column * n + j, largest * n + j);
                }
            }
            let (upper, lower) = self.cells.split_at_mut((column + 1) * n);
            let top = &upper[column * n..];
            for line in lower.chunks_mut(n).filter(|line| line[column] != 0.0) {
                let factor = line[column] / pivot;
                line[column] = factor;
                for j in column + 1..n {
                    line[j] -= factor * top[j];
                }
            }
        }
        Ok(Lu { factors: self, rows })
    }
}

impl Cholesky {
    /// x with Ax = `right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        for i in 0..x.len() {
            x[i] = (x[i] - dot(&self.lower.row(i)[..i], &x[..i])) / self.lower.at(i, i);
        }
        self.solve_upper(&x)
    }

    /// x with Lᵀx = `right`.
    pub(crate) fn solve_upper(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        for i in (0..x.len()).rev() {
            x[i] /= self.lower.at(i, i);
            let (before, here) = x.split_at_mut(i);
            before.iter_mut().zip(self.lower.row(i)).for_each(|(v, l)| *v -= l * here[0]);
        }
        x
    }
}

impl Lu {
    /// x with Ax = `right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut x: Vec<f64> = self.rows.iter().map(|row| right[*row]).collect();
        for i in 0..x.len() {
            x[i] -= dot(&self.factors.row(i)[..i], &x[..i]);
        }
        for i in (0..x.len()).rev() {
            let known = dot(&self.factors.row(i)[i + 1..], &x[i + 1..]);
            x[i] = (x[i] - known) / self.factors.at(i, i);
        }
        x
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Dice, near};

    #[test]
    fn what_is_solved_multiplies_back() {
        let mut dice = Dice(3);
        for size in [1, 2, 5, 30] {
            let mut any = Square::diagonal(size, 0.0);
            let mut definite = Square::diagonal(size, 0.1);
            for _ in 0..2 * size {
                let v: Vec<f64> = (0..size).map(|_| dice.normal()).collect();
                for i in 0..size {
                    for j in 0..size {
                        any.add(i, j, dice.normal());
                        definite.add(i, j, v[i] * v[j]);
                    }
                }
            }
            let right: Vec<f64> = (0..size).map(|_| dice.normal()).collect();
            let (lu, cholesky) = (any.clone().lu("m").unwrap(), definite.cholesky("m").unwrap());
            for (matrix, x) in [(&any, lu.solve(&right)), (&definite, cholesky.solve(&right))] {
                for (got, want) in matrix.times(&x).into_iter().zip(&right) {
                    near(got, *want, 1e-9);
                }
            }
        }
    }

    #[test]
    fn what_has_no_inverse_is_an_error() {
        let mut flat = Square::diagonal(2, 0.0);
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            flat.add(i, j, 0.3);
        }
        assert_eq!(flat.cholesky("m"), Err(Error::Singular { what: "m" }));
        assert_eq!(flat.lu("m"), Err(Error::Singular { what: "m" }));
        assert!(Square::diagonal(2, -1.0).cholesky("m").is_err());
        assert!(Square::diagonal(2, f64::NAN).lu("m").is_err());
    }
}
