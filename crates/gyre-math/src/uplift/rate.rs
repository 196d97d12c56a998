//! RATE: rank-weighted average treatment effects, on the scale of the paper (Yadlowsky, Fleming, Shah,
//! Brunskill & Wager 2021, "Evaluating treatment prioritization rules via rank-weighted average
//! treatment effects"), with intervals.

use crate::error::{Error, Result, all_finite, at_least, error_rate, same_length};
use crate::interval::{Estimate, Interval};
use crate::tail;

/// What is averaged over q, the share of people treated first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighting {
    /// AUTOC = ∫ TOC(q) dq: finds effects in a small group.
    Autoc,
    /// QINI = ∫ q TOC(q) dq: finds effects spread over many.
    Qini,
}

/// TOC(k/n), k = 1…n: mean effect of the first k less the mean of all, from one effect score per
/// person ([`super::effect_scores`]). People with equal ranks share their mean (as grf has it).
///
/// Errors if lengths differ, there is nobody, or a number is not finite.
pub fn toc(ranks: &[f64], effects: &[f64]) -> Result<Vec<f64>> {
    same_length(ranks, effects)?;
    at_least("people", ranks.len(), 1)?;
    all_finite("ranks", ranks)?;
    all_finite("effects", effects)?;
    let order = descending(ranks);
    Ok(toc_of(&order, ranks, effects))
}

fn descending(ranks: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..ranks.len() as u32).collect();
    order.sort_by(|a, b| ranks[*b as usize].total_cmp(&ranks[*a as usize]));
    order
}

/// TOC over the people of `order`, who descend in rank.
fn toc_of(order: &[u32], ranks: &[f64], effects: &[f64]) -> Vec<f64> {
    let n = order.len() as f64;
    let whole = order.iter().map(|i| effects[*i as usize]).sum::<f64>() / n;
    let mut curve = Vec::with_capacity(order.len());
    let mut sum = 0.0;
    for block in order.chunk_by(|a, b| ranks[*a as usize] <= ranks[*b as usize]) {
        let mean = block.iter().map(|i| effects[*i as usize]).sum::<f64>() / block.len() as f64;
        for _ in block {
            sum += mean;
            curve.push(sum / (curve.len() + 1) as f64 - whole);
        }
    }
    curve
}

fn area(toc: &[f64], weighting: Weighting) -> f64 {
    let n = toc.len() as f64;
    let weighted = toc.iter().enumerate().map(|(k, value)| match weighting {
        Weighting::Autoc => *value,
        Weighting::Qini => (k + 1) as f64 / n * value,
    });
    weighted.sum::<f64>() / n
}

/// RATE with a normal interval at level 1 − `alpha`; zero if the rank says nothing.
///
/// The standard error is that of `rounds` half samples without replacement (Yadlowsky et al. 2021, §3;
/// grf and CausalML do the same). `dice` gives 64 fresh random bits per call. Errors as [`toc`], if
/// there are fewer than four people or 20 rounds, with [`Error::NoVariance`] if all half samples agree.
pub fn rate(
    ranks: &[f64],
    effects: &[f64],
    weighting: Weighting,
    alpha: f64,
    rounds: usize,
    mut dice: impl FnMut() -> u64,
) -> Result<Estimate> {
    let value = area(&toc(ranks, effects)?, weighting);
    let alpha = error_rate(alpha)?;
    at_least("people", ranks.len(), 4)?;
    at_least("half samples", rounds, 20)?;
    let order = descending(ranks);
    let n = order.len();
    let mut found = Vec::with_capacity(rounds);
    let mut half = Vec::with_capacity(n / 2);
    for _ in 0..rounds {
        // Each person of the order is taken with the chance that fills the half exactly (Knuth 1997,
        // algorithm S), so the half sample is in order without sorting.
        half.clear();
        let mut wanted = n / 2;
        for (place, &person) in order.iter().enumerate() {
            let left = (n - place) as u64;
            if ((dice() >> 32) * left) >> 32 < wanted as u64 {
                half.push(person);
                wanted -= 1;
            }
        }
        found.push(area(&toc_of(&half, ranks, effects), weighting));
    }
    let (_, variance) = crate::off_policy::estimators::mean_and_variance(&found);
    if variance <= 0.0 {
        return Err(Error::NoVariance);
    }
    let standard_error = variance.sqrt();
    let critical = tail::normal_quantile_upper(alpha / 2.0);
    let p_value = 2.0 * tail::normal_upper((value / standard_error).abs());
    let interval = Interval::around(value, critical * standard_error);
    Ok(Estimate { value, standard_error, interval, p_value, alpha })
}
