//! Mean and variance from whole numbers: the same bits in whatever order they were added.

use gyre_model::Decimal;
use serde::{Deserialize, Serialize};

/// How many numbers, their sum, and the sum of their squares, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Moments {
    /// How many.
    pub count: u64,
    /// Their sum, in millionths.
    pub sum: i128,
    /// The sum of their squares, in millionths of millionths.
    pub squares: i128,
}

impl Moments {
    /// One number.
    pub fn of(number: Decimal) -> Self {
        let sum = i128::from(number.0);
        // The square of an `i64` fits.
        Self { count: 1, sum, squares: sum * sum }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// Their mean; `None` of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / Decimal::SCALE as f64 / self.count as f64)
    }

    /// Their sample variance; `None` of fewer than two, and of numbers too large to be squared exactly.
    pub fn variance(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let count = i128::from(self.count);
        let spread =
            count.checked_mul(self.squares)?.checked_sub(self.sum.checked_mul(self.sum)?)?;
        let scale = Decimal::SCALE as f64;
        Some(spread as f64 / (count * (count - 1)) as f64 / scale / scale)
    }
}
