//! `gyre math power`: whether an experiment will find what it looks for.

use super::Estimate;
use super::common::{Mix, Scale, alpha};
use crate::answer::{Node, fields};
use gyre_math::Result;
use gyre_math::experiment::power;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

fn half() -> f64 {
    0.5
}
fn power_wanted() -> f64 {
    0.8
}

/// Control's metric.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Baseline {
    /// A rate; the variance follows from it.
    Rate(f64),
    /// A mean with the variance of one unit.
    Mean {
        /// Mean per unit.
        mean: f64,
        /// Variance of one unit.
        variance: f64,
    },
}

/// When an effect counts as found.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Test {
    /// One planned look, two-sided.
    #[default]
    Fixed,
    /// One planned look, one-sided.
    FixedOneSided,
    /// Always valid, two-sided, judged at the end.
    AlwaysValid(Mix),
}

impl From<Test> for power::Test {
    fn from(test: Test) -> Self {
        match test {
            Test::Fixed => Self::Fixed,
            Test::FixedOneSided => Self::FixedOneSided,
            Test::AlwaysValid(mix) => Self::AlwaysValid(mix.into()),
        }
    }
}

/// What is planned.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// Control's metric.
    pub(crate) baseline: Baseline,
    /// Scale of effects and of the margin.
    #[serde(default)]
    pub(crate) scale: Scale,
    /// Treated units over all units.
    #[serde(default = "half")]
    pub(crate) treated_share: f64,
    /// Error rate.
    #[serde(default = "alpha")]
    pub(crate) alpha: f64,
    /// When an effect counts as found.
    #[serde(default)]
    pub(crate) test: Test,
    /// Non-inferiority margin: found means above −margin. 0 for superiority.
    #[serde(default)]
    pub(crate) margin: f64,
}

impl From<Plan> for power::Plan {
    fn from(plan: Plan) -> Self {
        let Plan { baseline, scale, treated_share, alpha, test, margin } = plan;
        let base = match baseline {
            Baseline::Rate(rate) => Self::rate(rate, scale.into(), alpha),
            Baseline::Mean { mean, variance } => Self::mean(mean, variance, scale.into(), alpha),
        };
        Self { treated_share, test: test.into(), margin, ..base }
    }
}

/// An experiment under way.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Midway {
    /// Lift so far.
    value: f64,
    /// Its squared standard error.
    variance: f64,
    /// Units so far, both arms.
    units: u64,
    /// Units there will be in the end.
    final_units: u64,
    /// Error rate of the test at the end.
    #[serde(default = "alpha")]
    alpha: f64,
    /// Test at the end.
    #[serde(default)]
    test: Test,
}

impl From<Midway> for power::Midway {
    fn from(midway: Midway) -> Self {
        let Midway { value, variance, units, final_units, alpha, test } = midway;
        Self { value, variance, units, final_units, alpha, test: test.into() }
    }
}

/// Estimators of power.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Chance that the test finds an effect.
    Power {
        /// What is planned.
        plan: Plan,
        /// True effect, in the scale of the plan.
        effect: f64,
        /// Units in both arms together.
        units: f64,
    },
    /// Units in both arms together that find an effect.
    Units {
        /// What is planned.
        plan: Plan,
        /// True effect, in the scale of the plan.
        effect: f64,
        /// Chance wanted.
        #[serde(default = "power_wanted")]
        power: f64,
    },
    /// Smallest effect that so many units find.
    MinimumDetectableEffect {
        /// What is planned.
        plan: Plan,
        /// Units in both arms together.
        units: f64,
        /// Chance wanted.
        #[serde(default = "power_wanted")]
        power: f64,
    },
    /// Chance that the test at the end finds something, if the true lift is known.
    ConditionalPower {
        /// The experiment so far.
        midway: Midway,
        /// True lift.
        effect: f64,
    },
    /// The same where the true lift is normal.
    PredictivePower {
        /// The experiment so far.
        midway: Midway,
        /// Expected lift; the lift so far if it is not given.
        mean: Option<f64>,
        /// Its standard deviation; the standard error so far if it is not given.
        sd: Option<f64>,
    },
}

impl Estimate for Request {
    fn answer(self) -> Result<Node> {
        match self {
            Self::Power { plan, effect, units } => {
                Ok(fields! { "power": power::Plan::from(plan).power(effect, units)? })
            }
            Self::Units { plan, effect, power } => {
                Ok(fields! { "units": power::Plan::from(plan).units(effect, power)? })
            }
            Self::MinimumDetectableEffect { plan, units, power } => {
                let effect = power::Plan::from(plan).minimum_detectable_effect(units, power)?;
                Ok(fields! { "effect": effect })
            }
            Self::ConditionalPower { midway, effect } => {
                Ok(fields! { "power": power::Midway::from(midway).conditional_power(effect)? })
            }
            Self::PredictivePower { midway, mean, sd } => {
                let (mean, sd) =
                    (mean.unwrap_or(midway.value), sd.unwrap_or(midway.variance.sqrt()));
                Ok(fields! { "power": power::Midway::from(midway).predictive_power(mean, sd)? })
            }
        }
    }
}
