//! `gyre math drift`: whether what comes in is still what a model was built on.

use super::Estimate;
use super::common::alpha;
use super::metric::Counts;
use crate::answer::{Node, fields};
use gyre_math::Result;
use gyre_math::drift::bins::{self, Zeros};
use gyre_math::drift::distance::{Points, kolmogorov_smirnov, normalised_wasserstein, wasserstein};
use gyre_math::drift::interval::delta_method;
use gyre_math::drift::survival::{kaplan_meier, quantile, restricted_mean, survival_at};
use gyre_math::drift::threshold::from_chunks;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

fn three() -> f64 {
    3.0
}
fn ten() -> usize {
    10
}
fn once() -> f64 {
    1.0
}

/// How empty bins are filled before logarithms are taken.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Empty {
    /// As Evidently: 1e-4, or a millionth of the smallest share if that is at most 1e-4.
    #[default]
    Evidently,
    /// With this share.
    Share(f64),
}

impl From<Empty> for Zeros {
    fn from(empty: Empty) -> Self {
        match empty {
            Empty::Evidently => Self::Evidently,
            Empty::Share(share) => Self::Share(share),
        }
    }
}

/// A sample on a line.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Sample {
    /// Raw values.
    Values(Vec<f64>),
    /// [value, weight] of the points of a sketch.
    Points(Vec<(f64, f64)>),
}

impl Sample {
    fn points(&self) -> Result<Points> {
        match self {
            Self::Values(values) => Points::of(values),
            Self::Points(points) => Points::new(points),
        }
    }
}

/// People with the same time.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lasted {
    /// Time.
    time: f64,
    /// Whether they left then, or were last seen then.
    left: bool,
    /// How many.
    #[serde(default = "once")]
    count: f64,
}

/// Which edges.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Binning {
    /// Equal widths over both samples, as many as Sturges has it: Evidently's choice.
    #[default]
    Sturges,
    /// Quantiles of the reference, so many bins.
    Quantiles(usize),
}

impl Binning {
    fn edges(self, reference: &[f64], current: &[f64]) -> Result<Vec<f64>> {
        match self {
            Self::Sturges => bins::sturges_edges(reference, current),
            Self::Quantiles(count) => bins::quantile_edges(reference, count),
        }
    }
}

/// Measures of drift, and of rates over time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// All measures of a column of numbers, side by side.
    Numbers {
        /// Values that a model was built on.
        reference: Vec<f64>,
        /// Values that come in.
        current: Vec<f64>,
        /// Bins of the quantile binning.
        #[serde(default = "ten")]
        quantiles: usize,
        /// Error rate of the correction for sampling.
        #[serde(default = "alpha")]
        alpha: f64,
    },
    /// All measures of counts over the same categories or bins, side by side.
    Counts {
        /// Counts that a model was built on.
        reference: Vec<f64>,
        /// Counts that come in.
        current: Vec<f64>,
        /// How empty ones are filled.
        #[serde(default)]
        zeros: Empty,
        /// Error rate of the correction for sampling.
        #[serde(default = "alpha")]
        alpha: f64,
    },
    /// Population stability index of counts.
    Psi {
        /// Reference counts.
        reference: Vec<f64>,
        /// Current counts.
        current: Vec<f64>,
        /// How empty ones are filled.
        #[serde(default)]
        zeros: Empty,
    },
    /// Population stability index of values.
    PsiOfValues {
        /// Reference values.
        reference: Vec<f64>,
        /// Current values.
        current: Vec<f64>,
        /// Bins.
        #[serde(default)]
        binning: Binning,
        /// How empty ones are filled.
        #[serde(default)]
        zeros: Empty,
    },
    /// PSI against what sampling alone would do.
    SampledPsi {
        /// Reference counts.
        reference: Vec<f64>,
        /// Current counts.
        current: Vec<f64>,
        /// How empty ones are filled.
        #[serde(default)]
        zeros: Empty,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
    },
    /// Jensen–Shannon distance of counts, in nats.
    JensenShannon {
        /// Reference counts.
        reference: Vec<f64>,
        /// Current counts.
        current: Vec<f64>,
    },
    /// χ² test that counts come from the same distribution.
    ChiSquare {
        /// Reference counts.
        reference: Vec<f64>,
        /// Current counts.
        current: Vec<f64>,
    },
    /// Counts of values per bin.
    Histogram {
        /// Reference values, which quantile edges come from.
        reference: Vec<f64>,
        /// Current values.
        current: Vec<f64>,
        /// Bins.
        #[serde(default)]
        binning: Binning,
        /// Edges, if they are known already.
        edges: Option<Vec<f64>>,
    },
    /// Two-sample Kolmogorov–Smirnov test.
    KolmogorovSmirnov {
        /// Reference sample.
        reference: Sample,
        /// Current sample.
        current: Sample,
    },
    /// First Wasserstein distance, as it is and over the standard deviation of the reference.
    Wasserstein {
        /// Reference sample.
        reference: Sample,
        /// Current sample.
        current: Sample,
    },
    /// Limits of a statistic from chunks in which all was well, and which values are outside.
    Threshold {
        /// The statistic in each reference chunk.
        chunks: Vec<f64>,
        /// Standard deviations to either side; NannyML takes 3.
        #[serde(default = "three")]
        width: f64,
        /// Smallest value the statistic can have.
        least: Option<f64>,
        /// Values to be judged.
        #[serde(default)]
        values: Vec<f64>,
    },
    /// Kaplan–Meier curve.
    KaplanMeier {
        /// People by time.
        rows: Vec<Lasted>,
        /// Error rate of intervals.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Times whose share is asked for.
        #[serde(default)]
        at: Vec<f64>,
        /// Share whose time is asked for: 0.5 for the median.
        quantile: Option<f64>,
        /// Horizon of the mean time.
        horizon: Option<f64>,
    },
    /// Wilson's interval of a rate.
    Wilson {
        /// The counts.
        counts: Counts,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
    },
    /// Delta-method estimate of a function of estimates.
    DeltaMethod {
        /// The function's value.
        value: f64,
        /// Its gradient at the estimates.
        gradient: Vec<f64>,
        /// Covariance matrix of the estimates, by rows.
        covariance: Vec<Vec<f64>>,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
    },
}

impl Estimate for Request {
    fn answer(self) -> Result<Node> {
        match self {
            Self::Numbers { reference, current, quantiles, alpha } => {
                numbers(&reference, &current, quantiles, alpha)
            }
            Self::Counts { reference, current, zeros, alpha } => {
                categories(&reference, &current, zeros.into(), alpha)
            }
            Self::Psi { reference, current, zeros } => {
                Ok(fields! { "psi": bins::psi(&reference, &current, zeros.into())? })
            }
            Self::PsiOfValues { reference, current, binning, zeros } => {
                let edges = binning.edges(&reference, &current)?;
                let counted = (bins::counts(&reference, &edges)?, bins::counts(&current, &edges)?);
                let psi = bins::psi(&counted.0, &counted.1, zeros.into())?;
                Ok(fields! { "psi": psi, "bins": counted.0.len() })
            }
            Self::SampledPsi { reference, current, zeros, alpha } => {
                Ok(sampled(&bins::sampled_psi(&reference, &current, zeros.into(), alpha)?))
            }
            Self::JensenShannon { reference, current } => {
                Ok(fields! { "distance": bins::jensen_shannon(&reference, &current)? })
            }
            Self::ChiSquare { reference, current } => {
                Ok(chi_square(&bins::chi_square(&reference, &current)?))
            }
            Self::Histogram { reference, current, binning, edges } => {
                let edges = match edges {
                    Some(edges) => edges,
                    None => binning.edges(&reference, &current)?,
                };
                Ok(fields! {
                    "reference": bins::counts(&reference, &edges)?,
                    "current": bins::counts(&current, &edges)?, "edges": edges,
                })
            }
            Self::KolmogorovSmirnov { reference, current } => {
                let found = kolmogorov_smirnov(&reference.points()?, &current.points()?);
                Ok(fields! { "statistic": found.statistic, "p_value": found.p_value })
            }
            Self::Wasserstein { reference, current } => {
                let (reference, current) = (reference.points()?, current.points()?);
                Ok(fields! {
                    "distance": wasserstein(&reference, &current),
                    "normalised": normalised_wasserstein(&reference, &current).ok(),
                })
            }
            Self::Threshold { chunks, width, least, values } => {
                let found = from_chunks(&chunks, width, least)?;
                let alarms: Vec<bool> = values.iter().map(|v| found.is_alarm(*v)).collect();
                Ok(fields! {
                    "mean": found.mean, "sd": found.sd, "low": found.low, "high": found.high,
                    "alarms": alarms,
                })
            }
            Self::KaplanMeier { rows, alpha, at, quantile: share, horizon } => {
                let rows: Vec<(f64, bool, f64)> =
                    rows.iter().map(|row| (row.time, row.left, row.count)).collect();
                let curve = kaplan_meier(&rows, alpha)?;
                let points = curve.iter().map(|point| {
                    fields! {
                        "time": point.time, "at_risk": point.at_risk, "events": point.events,
                        "survival": point.survival, "standard_error": point.standard_error,
                        "interval": point.interval,
                    }
                });
                let points = Node::List(points.collect());
                let shares: Vec<f64> = at.iter().map(|time| survival_at(&curve, *time)).collect();
                let time = share.map(|share| quantile(&curve, share)).transpose()?.flatten();
                let mean = horizon.map(|until| restricted_mean(&curve, until)).transpose()?;
                Ok(fields! {
                    "curve": points, "survival": shares, "quantile": time,
                    "restricted_mean": mean,
                })
            }
            Self::Wilson { counts, alpha } => counts.wilson(alpha),
            Self::DeltaMethod { value, gradient, covariance, alpha } => {
                Ok(delta_method(value, &gradient, &covariance, alpha)?.into())
            }
        }
    }
}

fn sampled(psi: &bins::SampledPsi) -> Node {
    fields! {
        "psi": psi.value, "expected": psi.expected, "critical": psi.critical,
        "p_value": psi.p_value,
    }
}

fn chi_square(test: &bins::ChiSquare) -> Node {
    fields! { "statistic": test.statistic, "dof": test.dof, "p_value": test.p_value }
}

/// All measures of a column of numbers.
pub(crate) fn numbers(
    reference: &[f64],
    current: &[f64],
    quantiles: usize,
    alpha: f64,
) -> Result<Node> {
    let zeros = Zeros::Evidently;
    let even = bins::sturges_edges(reference, current)?;
    let (even_ref, even_cur) = (bins::counts(reference, &even)?, bins::counts(current, &even)?);
    let split = bins::quantile_edges(reference, quantiles)?;
    let (split_ref, split_cur) = (bins::counts(reference, &split)?, bins::counts(current, &split)?);
    let (before, now) = (Points::of(reference)?, Points::of(current)?);
    let test = kolmogorov_smirnov(&before, &now);
    // Without two filled bins, or a spread, there is nothing to compare with.
    let corrected = bins::sampled_psi(&split_ref, &split_cur, zeros, alpha).ok();
    Ok(fields! {
        "reference": reference.len(), "current": current.len(),
        "psi": bins::psi(&even_ref, &even_cur, zeros)?, "psi_bins": even_ref.len(),
        "psi_quantiles": bins::psi(&split_ref, &split_cur, zeros)?,
        "psi_critical": corrected.map(|psi| psi.critical),
        "ks": test.statistic, "ks_p_value": test.p_value,
        "wasserstein": wasserstein(&before, &now),
        "wasserstein_over_sd": normalised_wasserstein(&before, &now).ok(),
        "jensen_shannon": bins::jensen_shannon(&even_ref, &even_cur)?,
    })
}

/// All measures of counts.
pub(crate) fn categories(
    reference: &[f64],
    current: &[f64],
    zeros: Zeros,
    alpha: f64,
) -> Result<Node> {
    let corrected = bins::sampled_psi(reference, current, zeros, alpha).ok();
    let test = bins::chi_square(reference, current).ok();
    Ok(fields! {
        "reference": reference.iter().sum::<f64>(), "current": current.iter().sum::<f64>(),
        "psi": bins::psi(reference, current, zeros)?, "psi_bins": reference.len(),
        "psi_critical": corrected.map(|psi| psi.critical),
        "jensen_shannon": bins::jensen_shannon(reference, current)?,
        "chi_square": test.map(|test| test.statistic),
        "chi_square_p_value": test.map(|test| test.p_value),
    })
}
