//! Looks that are planned: error spending.
//!
//! Where the looks are scheduled this has more power than any always-valid estimate. Where
//! somebody may look in between, use [`crate::sequential`].

use super::interval::{Estimate, Interval, Side};
use super::lift::Lift;
use crate::error::{Error, Result, error_rate, finite, positive};
use crate::{quadrature, tail};

/// How much of α may have been spent once a share t of the information is in (Lan & DeMets
/// 1983, "Discrete sequential boundaries for clinical trials").
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spending {
    /// α tᵏ. Spotify takes k = 2.
    Power(
        /// k, above zero.
        f64,
    ),
    /// 2(1 − Φ(z_{α/2}/√t)): strict early, like O'Brien & Fleming's bounds.
    OBrienFleming,
    /// α ln(1 + (e − 1)t): nearly even, like Pocock's bounds.
    Pocock,
}

impl Spending {
    fn spent(self, alpha: f64, t: f64) -> f64 {
        let t = t.min(1.0);
        match self {
            Self::Power(exponent) => alpha * t.powf(exponent),
            Self::OBrienFleming => {
                2.0 * tail::normal_upper(tail::normal_quantile_upper(alpha / 2.0) / t.sqrt())
            }
            Self::Pocock => alpha * (std::f64::consts::E - 1.0).mul_add(t, 1.0).ln(),
        }
    }
}

/// Where z is cut off.
const REACH: f64 = 8.0;
/// Width of a panel in standard deviations of what changes fastest.
const PANEL: f64 = 2.5;

/// z that each look must exceed, in the order of `information`.
///
/// `information` ascends: the share of the planned information (units, mostly) at each look;
/// beyond 1 nothing is left to spend. `side` none is two-sided, with α/2 spent on either side. A
/// look at which next to nothing is spent has a bound of 8.
///
/// Recursive integration over the continuation region (Armitage, McPherson & Rowe 1969; Jennison &
/// Turnbull 2000, Group Sequential Methods, §19.2), Kronrod panels. Errors if
/// `information` does not ascend from above zero, `alpha` is not between 0 and 1, or neighbouring
/// looks are under 1/10,000 of the information apart, where the grid is too coarse.
pub fn bounds(
    information: &[f64],
    alpha: f64,
    spending: Spending,
    side: Option<Side>,
) -> Result<Vec<f64>> {
    if let Spending::Power(exponent) = spending {
        positive("exponent", exponent)?;
    }
    let share = if side.is_none() { error_rate(alpha)? / 2.0 } else { error_rate(alpha)? };
    let mut found: Vec<f64> = Vec::with_capacity(information.len());
    let (mut before, mut spent) = (0.0, 0.0);
    // Density of the score Z√t of those who go on, at the points of the grid.
    let mut held: Option<Grid> = None;
    for (look, &t) in information.iter().enumerate() {
        let step = finite("information", t)? - before;
        if step <= 1e-4 * t {
            let domain = "ascending by at least 1e-4 of itself";
            return Err(Error::OutOfRange { what: "information", value: t, domain });
        }
        let due = (spending.spent(share, t) - spent).max(0.0);
        let exit = |score: f64| match &held {
            None => tail::normal_upper(score / t.sqrt()),
            Some(grid) => grid.exit(score, step.sqrt()),
        };
        let bound = crossing(&exit, t.sqrt(), due);
        spent += due;
        let high = bound * t.sqrt();
        let low = if side.is_none() { -high } else { -REACH * t.sqrt() };
        // The width of the next step decides how fine the grid must be; after the last there is none.
        let Some(next) = information.get(look + 1) else {
            found.push(bound);
            break;
        };
        let scales = (step.sqrt(), (next - t).max(1e-5 * t).sqrt());
        held = Some(match held {
            None => {
                Grid::over(low, high, scales, |s| tail::normal_density(s / t.sqrt()) / t.sqrt())
            }
            Some(grid) => Grid::over(low, high, scales, |s| grid.density(s, step.sqrt())),
        });
        found.push(bound);
        before = t;
    }
    Ok(found)
}

/// z at which the chance of leaving is `due`, by bisection; the chance falls with z.
fn crossing(exit: &impl Fn(f64) -> f64, scale: f64, due: f64) -> f64 {
    let (mut low, mut high) = (-REACH, REACH);
    if exit(high * scale) >= due {
        return REACH;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if exit(middle * scale) > due {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// A density at the nodes of Kronrod panels, already multiplied by their weights.
struct Grid {
    /// (score, weight × density), ascending.
    nodes: Vec<(f64, f64)>,
}

impl Grid {
    /// Panels so narrow that neither `density`, of scale `own`, nor the kernel of the next step,
    /// of scale `next`, changes much within one.
    fn over(low: f64, high: f64, (own, next): (f64, f64), density: impl Fn(f64) -> f64) -> Self {
        let count = ((high - low) / (PANEL * own.min(next))).ceil().max(1.0);
        let width = (high - low) / count;
        let nodes = (0..count as usize)
            .flat_map(|i| {
                let from = low + width * i as f64;
                quadrature::panel(from, from + width)
            })
            .map(|(score, weight)| (score, weight * density(score)))
            .collect();
        Self { nodes }
    }

    /// Density of the next score after a step of standard deviation `sd`.
    fn density(&self, score: f64, sd: f64) -> f64 {
        let first = self.nodes.partition_point(|(x, _)| *x < score - 9.0 * sd);
        let last = self.nodes.partition_point(|(x, _)| *x <= score + 9.0 * sd);
        let near = self.nodes.get(first..last).unwrap_or_default();
        near.iter().map(|(x, w)| w * tail::normal_density((score - x) / sd)).sum::<f64>() / sd
    }

    /// Chance that the next score is above `score`.
    fn exit(&self, score: f64, sd: f64) -> f64 {
        self.nodes.iter().map(|(x, w)| w * tail::normal_upper((score - x) / sd)).sum()
    }
}

impl Lift {
    /// Estimate at the last of the looks at `information` so far, with a repeated confidence
    /// interval Δ ± bound·se, valid together over all looks (Jennison & Turnbull 1989), and the
    /// repeated p: the smallest α at which this look rejects.
    ///
    /// p is found by bisection down to 1e-8, which it is not below. Errors as [`bounds`], and
    /// if there is no look.
    pub fn at_look(
        &self,
        information: &[f64],
        alpha: f64,
        spending: Spending,
        side: Option<Side>,
    ) -> Result<Estimate> {
        let se = positive("lift variance", self.variance)?.sqrt();
        let last = |alpha: f64| {
            let all = bounds(information, alpha, spending, side)?;
            all.last().copied().ok_or(Error::TooFew { what: "looks", have: 0, need: 1 })
        };
        let critical = last(alpha)?;
        let z = finite("lift", self.value)? / se;
        let z = side.map_or(z.abs(), |side| side.signed(z));
        let interval = side.map_or_else(
            || Interval::around(self.value, critical * se),
            |side| side.interval(self.value, critical * se),
        );
        let p_value = repeated_p(z, &last)?;
        Ok(Estimate { value: self.value, standard_error: se, interval, p_value, alpha })
    }
}

/// The smallest level at which `z` exceeds the bound, which falls as the level rises.
fn repeated_p(z: f64, bound: &impl Fn(f64) -> Result<f64>) -> Result<f64> {
    let (mut low, mut high) = (1e-8_f64, 1.0 - 1e-8);
    if z <= bound(high)? {
        return Ok(1.0);
    }
    if z > bound(low)? {
        return Ok(low);
    }
    for _ in 0..40 {
        let middle = (low * high).sqrt();
        if z > bound(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high)
}
