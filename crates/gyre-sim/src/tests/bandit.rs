//! The fake's learner: Gaussian Thompson weights per segment with a floor, from closed decisions only.
//! It is here to show that the world can be learnt from what the server sees.

use crate::dice::{Dice, Purpose};
use crate::time::{DAY, Time};

/// How long a decision's rewards count.
const WINDOW: i64 = 14 * DAY;
const FLOOR: f64 = 0.05;

/// One draw for a treated customer.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub(crate) user: String,
    pub(crate) at: Time,
    pub(crate) segment: usize,
    pub(crate) variant: usize,
}

/// Weights by segment and variant.
pub(crate) type Weights = [[f64; 4]; 3];

/// Weights from the draws whose window has closed; `reward` sums a user's net margin in a window.
pub(crate) fn learn(
    drawn: &[Drawn],
    now: Time,
    reward: impl Fn(&str, Time, Time) -> f64,
) -> Weights {
    let mut sums = [[(0.0, 0.0, 0.0); 4]; 3];
    for one in drawn.iter().filter(|one| one.at.plus(WINDOW) <= now) {
        let value = reward(&one.user, one.at, one.at.plus(WINDOW));
        let cell = &mut sums[one.segment][one.variant];
        *cell = (cell.0 + 1.0, cell.1 + value, cell.2 + value * value);
    }
    sums.map(|cells| {
        if cells.iter().any(|cell| cell.0 < 30.0) {
            return [0.25; 4];
        }
        best_probabilities(cells).map(|best| FLOOR + (1.0 - 4.0 * FLOOR) * best)
    })
}

fn best_probabilities(cells: [(f64, f64, f64); 4]) -> [f64; 4] {
    let rounds = 2000;
    let mut best = [0.0; 4];
    for round in 0..rounds {
        let mut top = (f64::MIN, 0);
        for (index, (n, sum, squares)) in cells.iter().enumerate() {
            let mean = sum / n;
            let error = ((squares / n - mean * mean) / n).sqrt();
            let draw = Dice { seed: index as u64 }.normal(round, 0, Purpose::Policy);
            let value = mean + error * draw;
            if value > top.0 {
                top = (value, index);
            }
        }
        best[top.1] += 1.0 / f64::from(rounds);
    }
    best
}
