//! Are predicted effects as large as they say?

use super::{Groups, Scored};
use crate::error::{Error, Result, all_finite, at_least, error_rate, same_length};
use crate::interval::{Estimate, Interval};
use crate::tail;

/// Best linear predictor of effects by predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearPredictor {
    /// Effect where the prediction is 0; 0 if calibrated.
    pub intercept: Estimate,
    /// Effect per unit of prediction; 1 if calibrated, 0 if the prediction says nothing. p is
    /// against 0.
    pub slope: Estimate,
    /// p of the slope against 1.
    pub p_calibrated: f64,
}

/// Least squares of effect scores ([`super::effect_scores`]) on predicted effects, with
/// heteroscedasticity-robust standard errors HC1 (Chernozhukov, Demirer, Duflo & Fernández-Val 2018,
/// "Generic machine learning inference on heterogeneous treatment effects", §3; White 1980, MacKinnon &
/// White 1985 for the errors).
///
/// Errors if lengths differ, there are fewer than three people, a number is not finite, all predictions
/// are the same, or the fit is exact.
pub fn best_linear_predictor(
    predictions: &[f64],
    effects: &[f64],
    alpha: f64,
) -> Result<LinearPredictor> {
    same_length(predictions, effects)?;
    at_least("people", predictions.len(), 3)?;
    all_finite("predictions", predictions)?;
    all_finite("effects", effects)?;
    let alpha = error_rate(alpha)?;
    let n = predictions.len() as f64;
    let mean = |all: &[f64]| all.iter().sum::<f64>() / n;
    let (x_mean, y_mean) = (mean(predictions), mean(effects));
    let spread: f64 = predictions.iter().map(|x| (x - x_mean).powi(2)).sum();
    let size: f64 = predictions.iter().map(|x| x * x).sum();
    if spread <= 1e-14 * size {
        return Err(Error::NoVariance);
    }
    let pairs = || predictions.iter().map(|x| x - x_mean).zip(effects.iter().map(|y| y - y_mean));
    let slope = pairs().map(|(x, y)| x * y).sum::<f64>() / spread;
    let intercept = y_mean - slope * x_mean;
    // Sandwich for the centred regressor, where the two coefficients' bread is diagonal.
    let (mut flat, mut cross, mut steep) = (0.0, 0.0, 0.0);
    for (x, y) in pairs() {
        let square = (y - slope * x).powi(2);
        flat += square;
        cross += square * x;
        steep += square * x * x;
    }
    let small = n / (n - 2.0);
    let slope_variance = small * steep / spread / spread;
    let intercept_variance = small
        * (flat / n / n - 2.0 * x_mean * cross / n / spread
            + x_mean * x_mean * steep / spread / spread);
    if slope_variance <= 0.0 || intercept_variance <= 0.0 {
        return Err(Error::NoVariance);
    }
    let critical = tail::normal_quantile_upper(alpha / 2.0);
    let p = |z: f64| 2.0 * tail::normal_upper(z.abs());
    let estimate = |value: f64, variance: f64| {
        let standard_error = variance.sqrt();
        let interval = Interval::around(value, critical * standard_error);
        Estimate { value, standard_error, interval, p_value: p(value / standard_error), alpha }
    };
    Ok(LinearPredictor {
        intercept: estimate(intercept, intercept_variance),
        slope: estimate(slope, slope_variance),
        p_calibrated: p((slope - 1.0) / slope_variance.sqrt()),
    })
}

/// People with similar predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Mean prediction.
    pub predicted: f64,
    /// Difference of mean outcomes.
    pub observed: f64,
    /// Its standard error, 0 variance of a single person.
    pub standard_error: f64,
    /// People.
    pub people: u64,
}

/// Predicted against observed effect in `bins` bins of as equal size as can be, highest first.
///
/// Errors as [`Scored`] is impossible, or if a bin lacks a group.
pub fn by_bin(people: &Scored<'_>, bins: usize) -> Result<Vec<Bin>> {
    people.check()?;
    at_least("bins", bins, 1)?;
    let order = people.order();
    let (size, more) = (order.len() / bins, order.len() % bins);
    let mut rest = &order[..];
    (0..bins)
        .map(|bin| {
            let (here, after) = rest.split_at(size + usize::from(bin < more));
            rest = after;
            let mut groups = Groups::default();
            let (mut predicted, mut squares) = (0.0, [0.0; 2]);
            for &i in here {
                groups.add(people.outcomes[i], people.treated[i]);
                predicted += people.scores[i] / here.len() as f64;
                squares[usize::from(people.treated[i])] += people.outcomes[i].powi(2);
            }
            let empty = Error::TooFew { what: "people of a group in a bin", have: 0, need: 1 };
            let observed = groups.uplift().ok_or(empty)?;
            let part = |n: f64, sum: f64, squares: f64| {
                (squares - sum * sum / n).max(0.0) / (n - 1.0).max(1.0) / n
            };
            let variance = part(groups.treated, groups.treated_sum, squares[1])
                + part(groups.control, groups.control_sum, squares[0]);
            let people = here.len() as u64;
            Ok(Bin { predicted, observed, standard_error: variance.sqrt(), people })
        })
        .collect()
}
