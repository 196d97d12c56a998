//! Who gets what, if money and goods are limited.

use super::simplex;
use crate::error::{Error, Result, all_finite, not_negative, same_length};

/// People who are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// How many they are, zero or above.
    pub people: f64,
    /// Expected value of each arm for one of them, over doing nothing.
    pub values: Vec<f64>,
    /// Cost of each arm for one of them, zero or above, in the unit of the budget.
    pub costs: Vec<f64>,
}

/// What may be spent.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Money in all; none is no limit.
    pub budget: Option<f64>,
    /// People each arm can serve; none is no limit.
    pub stock: Vec<Option<f64>>,
}

/// The best allocation in expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// Share of each segment that gets each arm, by segment and arm. What is missing to 1 gets
    /// nothing.
    pub shares: Vec<Vec<f64>>,
    /// Value in all.
    pub value: f64,
    /// Cost in all.
    pub cost: f64,
    /// Value that one more unit of budget would bring: bid only above it.
    pub budget_price: f64,
    /// Value that one more of each arm would bring.
    pub stock_prices: Vec<f64>,
}

/// Shares that maximise Σ n·v·x subject to Σ n·c·x ≤ budget, Σ_s n·x ≤ stock of each arm and
/// Σ_a x ≤ 1 in each segment (the static programme of bandits with knapsacks; Badanidiyuru,
/// Kleinberg & Slivkins 2013, §3). Solved exactly, so at most a few segments are split.
///
/// Doing nothing is always allowed and has value and cost zero. With uncertain values, pass draws
/// or bounds instead of means to keep exploring. Errors if lengths differ, a cost or limit is below
/// zero, or a number is not finite.
pub fn allocate(segments: &[Segment], limits: &Limits) -> Result<Allocation> {
    let arms = limits.stock.len();
    for segment in segments {
        not_negative("people", segment.people)?;
        same_length(&segment.values, &limits.stock)?;
        same_length(&segment.costs, &limits.stock)?;
        all_finite("values", &segment.values)?;
        for cost in &segment.costs {
            not_negative("cost", *cost)?;
        }
    }
    let count = segments.len() * arms;
    if count == 0 {
        return Err(Error::TooFew { what: "segments and arms", have: 0, need: 1 });
    }
    let cells = || segments.iter().flat_map(|s| (0..arms).map(move |arm| (s, arm)));
    let objective: Vec<f64> = cells().map(|(s, arm)| s.people * s.values[arm]).collect();
    let mut rows: Vec<Vec<f64>> = (0..segments.len())
        .map(|s| (0..count).map(|cell| f64::from(u8::from(cell / arms == s))).collect())
        .collect();
    let mut bounds = vec![1.0; segments.len()];
    // Rows are scaled to their bound, so that a pivot's size means the same everywhere.
    let mut limit = |row: Vec<f64>, bound: f64| {
        let scale = row.iter().copied().fold(bound, f64::max).max(f64::MIN_POSITIVE);
        rows.push(row.iter().map(|v| v / scale).collect());
        bounds.push(bound / scale);
        scale
    };
    let mut budget_scale = None;
    if let Some(budget) = limits.budget {
        let row = cells().map(|(s, arm)| s.people * s.costs[arm]).collect();
        budget_scale = Some(limit(row, not_negative("budget", budget)?));
    }
    let mut stock_scales = vec![None; arms];
    for (arm, stock) in limits.stock.iter().enumerate() {
        if let Some(stock) = stock {
            let row = cells().map(|(s, a)| if a == arm { s.people } else { 0.0 }).collect();
            stock_scales[arm] = Some(limit(row, not_negative("stock", *stock)?));
        }
    }
    let solved = simplex::maximise(&objective, &rows, &bounds)?;
    let shares: Vec<Vec<f64>> = solved.values.chunks(arms).map(<[f64]>::to_vec).collect();
    let cost = cells().zip(&solved.values).map(|((s, arm), x)| s.people * s.costs[arm] * x).sum();
    let mut prices = solved.prices[segments.len()..].iter();
    let mut price = |scale: Option<f64>| {
        scale.map_or(0.0, |scale| prices.next().copied().unwrap_or(0.0) / scale)
    };
    let budget_price = price(budget_scale);
    let stock_prices = stock_scales.into_iter().map(price).collect();
    Ok(Allocation { shares, value: solved.objective, cost, budget_price, stock_prices })
}
