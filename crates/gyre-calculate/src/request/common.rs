//! Arguments that several families share.

use crate::answer::{Node, fields};
use gyre_math::experiment::group_sequential;
use gyre_math::interval::Side;
use gyre_math::lift;
use gyre_math::sequential::Mixing;
use gyre_math::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) fn alpha() -> f64 {
    0.05
}
pub(crate) fn rounds() -> usize {
    1000
}
pub(crate) fn seed() -> u64 {
    1
}

/// Unit in which a lift is told.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scale {
    /// Difference of means over |control mean|: 0.05 is 5 %.
    #[default]
    Relative,
    /// Difference of means, in the metric's unit.
    Absolute,
}

impl From<Scale> for lift::Scale {
    fn from(scale: Scale) -> Self {
        match scale {
            Scale::Relative => Self::Relative,
            Scale::Absolute => Self::Absolute,
        }
    }
}

/// Which directions are looked into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sides {
    /// Both.
    #[default]
    TwoSided,
    /// Evidence that treated is above control; the interval has no upper bound.
    Greater,
    /// Evidence that treated is below control; the interval has no lower bound.
    Less,
}

impl Sides {
    pub(crate) fn one(self) -> Option<Side> {
        match self {
            Self::TwoSided => None,
            Self::Greater => Some(Side::Greater),
            Self::Less => Some(Side::Less),
        }
    }
}

/// Where the mixing variance of an always-valid estimate comes from.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Mix {
    /// Asymptotic confidence sequence, tightest at so many units of both arms together; GrowthBook
    /// takes 5000.
    ExpectedUnits(u64),
    /// mSPRT with this variance τ² of the effect, in squared units of the lift.
    MixingVariance(f64),
}

impl From<Mix> for Mixing {
    fn from(mix: Mix) -> Self {
        match mix {
            Mix::ExpectedUnits(expected_units) => Self::Tuned { expected_units },
            Mix::MixingVariance(variance) => Self::Fixed { variance },
        }
    }
}

/// How much of α may have been spent by a look.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Spending {
    /// α·tᵏ with this k; Spotify takes 2.
    Power(f64),
    /// Strict early, like O'Brien and Fleming's bounds.
    #[default]
    OBrienFleming,
    /// Nearly even, like Pocock's bounds.
    Pocock,
}

impl From<Spending> for group_sequential::Spending {
    fn from(spending: Spending) -> Self {
        match spending {
            Spending::Power(exponent) => Self::Power(exponent),
            Spending::OBrienFleming => Self::OBrienFleming,
            Spending::Pocock => Self::Pocock,
        }
    }
}

/// How an interval and its p are found.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Method {
    /// Welch's t at one look that was planned before.
    #[default]
    Fixed,
    /// Valid at every look.
    AlwaysValid(Mix),
    /// Valid at the planned looks, of which this is the last so far.
    GroupSequential {
        /// Share of the planned information at each look so far, ascending.
        information: Vec<f64>,
        /// How α is spent over the looks.
        #[serde(default)]
        spending: Spending,
    },
}

impl Method {
    /// The estimate of a lift.
    pub(crate) fn estimate(&self, lift: &lift::Lift, alpha: f64, sides: Sides) -> Result<Node> {
        let estimate = match (self, sides.one()) {
            (Self::Fixed, None) => lift.fixed(alpha)?,
            (Self::Fixed, Some(side)) => lift.fixed_one_sided(alpha, side)?,
            (Self::AlwaysValid(mix), None) => lift.always_valid(alpha, (*mix).into())?,
            (Self::AlwaysValid(mix), Some(side)) => {
                lift.always_valid_one_sided(alpha, (*mix).into(), side)?
            }
            (Self::GroupSequential { information, spending }, side) => {
                lift.at_look(information, alpha, (*spending).into(), side)?
            }
        };
        Ok(estimate.into())
    }
}

/// Random bits from a seed (splitmix64; Steele, Lea & Flood 2014): the same seed, the same answer.
pub(crate) fn dice(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// A lift with what its interval is made of.
pub(crate) fn lift_node(lift: &lift::Lift) -> Node {
    fields! { "variance": lift.variance, "dof": lift.dof, "units": lift.units }
}

/// What stands in for a number that is not given where it has no default.
pub(crate) fn needed<T>(what: &'static str, given: Option<T>) -> Result<T> {
    given.ok_or(Error::TooFew { what, have: 0, need: 1 })
}
