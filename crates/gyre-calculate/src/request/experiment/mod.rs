//! `gyre math experiment`: what an arm did more than another, how sure that is, and what to do.

mod answer;

pub(crate) use answer::{balance, snake};

use crate::request::common::{Method, Mix, Scale, Sides, Spending, alpha};
use crate::request::metric::{ArmMetric, Counts};
use gyre_math::experiment::decision::Rules;
use gyre_math::experiment::sequential_srm::CONCENTRATION;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

fn concentration() -> f64 {
    CONCENTRATION
}
fn yes() -> bool {
    true
}
fn minimum_units() -> u64 {
    Rules::default().minimum_units
}
fn minimum_days() -> f64 {
    Rules::default().minimum_days
}

/// What is believed about a lift before the data.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Prior {
    /// Nothing.
    #[default]
    Flat,
    /// A normal in the unit of the lift.
    Normal {
        /// Expected lift.
        mean: f64,
        /// Its standard deviation.
        sd: f64,
    },
    /// A normal on relative lifts, whatever scale is asked for; GrowthBook takes mean 0, sd 0.3.
    Relative {
        /// Expected relative lift.
        mean: f64,
        /// Its standard deviation.
        sd: f64,
    },
}

/// Units of one batch.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    /// Units per arm.
    counts: Vec<u64>,
    /// Shares of this batch, if they are not those of the experiment.
    shares: Option<Vec<f64>>,
}

/// A goal of a decision.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoalValues {
    /// Lift of the metric.
    value: f64,
    /// p after a correction for many tests, or as it is.
    adjusted_p: f64,
    /// Whether more is better; yes if it is not given.
    #[serde(default = "yes")]
    more_is_better: bool,
}

/// Whether a metric that must not get worse has.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GuardState {
    /// Sure to be worse by less than the margin.
    Held,
    /// Sure to be worse.
    Harmed,
    /// Neither is sure.
    Unclear,
}

/// Estimators of experiments.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Mean and variance of a metric in one arm.
    Sample {
        /// The metric's sums.
        metric: ArmMetric,
    },
    /// Lift of treated over control with its interval and p: Welch, always valid, or at planned looks;
    /// with CUPED if both arms have a covariate.
    Lift {
        /// The arm that got the treatment.
        treated: ArmMetric,
        /// The arm that did not.
        control: ArmMetric,
        /// Scale of the lift.
        #[serde(default)]
        scale: Scale,
        /// How the interval and p are found.
        #[serde(default)]
        method: Method,
        /// Direction.
        #[serde(default)]
        sides: Sides,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// θ of CUPED, if it is not to be estimated.
        theta: Option<f64>,
    },
    /// Interval and p of a lift that is known already.
    LiftInterval {
        /// The lift.
        value: f64,
        /// Its squared standard error.
        variance: f64,
        /// Degrees of freedom, for the fixed method.
        #[serde(default = "many")]
        dof: f64,
        /// Units of both arms, for an always-valid method that expects units.
        #[serde(default)]
        units: u64,
        /// How the interval and p are found.
        #[serde(default)]
        method: Method,
        /// Direction.
        #[serde(default)]
        sides: Sides,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
    },
    /// Posterior of a lift: chance to win, and what a wrong choice costs.
    Posterior {
        /// The arm that got the treatment.
        treated: ArmMetric,
        /// The arm that did not.
        control: ArmMetric,
        /// Scale of the lift.
        #[serde(default)]
        scale: Scale,
        /// What is believed before.
        #[serde(default)]
        prior: Prior,
        /// Error rate of the interval.
        #[serde(default = "alpha")]
        alpha: f64,
        /// θ of CUPED, if it is not to be estimated.
        theta: Option<f64>,
    },
    /// Tuning ρ of the two-sided always-valid sequence.
    Rho {
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Units of both arms at which the interval is to be tightest.
        expected_units: u64,
    },
    /// Half-width of the always-valid interval.
    HalfWidth {
        /// Squared standard error of the lift.
        variance: f64,
        /// Where the mixing variance comes from.
        mixing: Mix,
        /// Units of both arms so far, if the mixing expects units.
        #[serde(default)]
        units: u64,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Whether all of α is on one side; ρ is then taken at 2α.
        #[serde(default)]
        one_sided: bool,
    },
    /// Always-valid p of a lift.
    AlwaysValidP {
        /// The lift, positive in the direction looked for.
        value: f64,
        /// Its squared standard error.
        variance: f64,
        /// Where the mixing variance comes from.
        mixing: Mix,
        /// Units of both arms so far, if the mixing expects units.
        #[serde(default)]
        units: u64,
        /// Error rate that the mixing is tuned for.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Whether one direction is looked into.
        #[serde(default)]
        one_sided: bool,
    },
    /// Mixing variance τ² with which an mSPRT of so many units per arm stops soonest.
    MsprtMixingVariance {
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Standard deviation of one unit.
        sd: f64,
        /// Units per arm at which it is cut off.
        units: u64,
    },
    /// Always-valid estimate of a coefficient of a regression.
    Coefficient {
        /// Least-squares estimate.
        value: f64,
        /// Its standard error.
        standard_error: f64,
        /// Residual degrees of freedom.
        dof: f64,
        /// ‖residual of the regressor given the others‖².
        information: f64,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Precision φ of the effect relative to the residual variance.
        precision: f64,
    },
    /// z that each planned look must exceed.
    GroupSequentialBounds {
        /// Share of the planned information at each look, ascending.
        information: Vec<f64>,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// How α is spent.
        #[serde(default)]
        spending: Spending,
        /// Direction.
        #[serde(default)]
        sides: Sides,
    },
    /// Sample ratio mismatch, for one look.
    Srm {
        /// Units per arm.
        observed: Vec<u64>,
        /// Relative weights of the arms.
        shares: Vec<f64>,
    },
    /// Sample ratio mismatch that may be looked at after every batch.
    SequentialSrm {
        /// Relative weights of the arms.
        shares: Vec<f64>,
        /// Concentration of the prior: 10,000 in GrowthBook, 100 in savvi.
        #[serde(default = "concentration")]
        concentration: f64,
        /// Batches, in order.
        batches: Vec<Batch>,
    },
    /// Holm's p values.
    Holm {
        /// p of each test.
        p_values: Vec<f64>,
    },
    /// Benjamini and Hochberg's p values.
    BenjaminiHochberg {
        /// p of each test.
        p_values: Vec<f64>,
    },
    /// Error rate of each of several intervals that are to hold together.
    SimultaneousAlpha {
        /// Error rate of all together.
        #[serde(default = "alpha")]
        alpha: f64,
        /// How many.
        intervals: usize,
        /// How many of them Benjamini and Hochberg picked: then the expected share of misses is kept
        /// instead.
        selected: Option<usize>,
    },
    /// Whether a guardrail is held, harmed or unclear.
    Guard {
        /// The arm that got the treatment.
        treated: ArmMetric,
        /// The arm that did not.
        control: ArmMetric,
        /// Scale of the lift and the margin.
        #[serde(default)]
        scale: Scale,
        /// Whether more is better.
        #[serde(default = "yes")]
        more_is_better: bool,
        /// Non-inferiority margin, in the unit of the lift.
        #[serde(default)]
        margin: f64,
        /// Error rate of each side.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Makes both intervals always valid.
        mixing: Option<Mix>,
        /// θ of CUPED, if it is not to be estimated.
        theta: Option<f64>,
    },
    /// What to do: ship, roll back, review, wait, or mend the experiment.
    Decide {
        /// Goals, at least one.
        goals: Vec<GoalValues>,
        /// Guardrails.
        #[serde(default)]
        guards: Vec<GuardState>,
        /// Units per arm.
        observed: Vec<u64>,
        /// Relative weights of the arms.
        shares: Vec<f64>,
        /// Days since the first unit.
        days: f64,
        /// Whether the experiment has what it was planned to have.
        is_complete: bool,
        /// Whether the estimates are always valid.
        #[serde(default)]
        is_always_valid: bool,
        /// Error rate of goals.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Fewest units in the smallest arm.
        #[serde(default = "minimum_units")]
        minimum_units: u64,
        /// Fewest days.
        #[serde(default = "minimum_days")]
        minimum_days: f64,
        /// Whether every guardrail must be known to hold.
        #[serde(default)]
        needs_guards_held: bool,
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

fn many() -> f64 {
    1e9
}
