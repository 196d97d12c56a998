//! Lift of the treated arm over the holdout, and what a reader must be told beside it.

use crate::turn::{Arms, Assignments};
use gyre_config::kinds::Loop;
use gyre_math::lift::{Arms as Samples, Scale};
use gyre_math::moments::{Mean, Metric, Proportion};
use gyre_math::sequential::Mixing;
use gyre_math::srm;
use gyre_model::record::body::{ArmSums, Lift};
use std::fmt;

/// People of both arms at which always-valid intervals are tightest, where nothing better is known.
pub const EXPECTED_UNITS: u64 = 5000;

/// Below this p, arms are said to lose people unevenly; the test wants five expected in each.
const UNEVEN: f64 = 0.001;

/// The two lifts of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifts {
    /// Difference of repeat rates, treated minus holdout.
    pub repeat: Lift,
    /// Difference of net margin per person, treated minus holdout.
    pub net: Lift,
    /// Which of them could not be computed.
    pub warnings: Vec<Warning>,
}

/// What a reader must see beside the numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// A lift could not be computed. Its record then holds zeros with a standard error of zero, which
    /// no computed lift has.
    NotComputable {
        /// Which lift.
        lift: &'static str,
        /// Why.
        because: gyre_math::Error,
    },
    /// An arm has fewer people than the loop's guardrail asks for.
    TooFewPeople {
        /// The arm.
        arm: &'static str,
        /// People it has.
        have: u64,
        /// People it needs.
        need: u64,
    },
    /// The arms do not have the shares that were declared: assignment or logging is broken.
    Mismatch {
        /// People in the treated arm.
        treated: u64,
        /// People in the holdout.
        holdout: u64,
        /// The holdout's declared share.
        share: f64,
        /// How likely such a split is if nothing is broken.
        p: f64,
    },
    /// Merged people had been assigned to both arms; the earliest assignment counts.
    Crossed {
        /// How many.
        people: u64,
    },
    /// People were not to be measured when they were assigned. They are left out of both arms alike.
    NeverMeasured {
        /// How many.
        people: u64,
    },
    /// People may not be measured any more.
    Left {
        /// People who left, and all of the treated arm.
        treated: (u64, u64),
        /// People who left, and all of the holdout.
        holdout: (u64, u64),
        /// How likely such a difference is if the arms leave alike.
        p: Option<f64>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotComputable { lift, because } => write!(f, "{lift} not computable: {because}"),
            Self::TooFewPeople { arm, have, need } => {
                write!(f, "too few people: {arm} has {have}, needs {need}")
            }
            Self::Mismatch { treated, holdout, share, p } => write!(
                f,
                "sample ratio mismatch: {treated} treated and {holdout} held out against a \
                 declared share of {share}, p = {p:.2e}; do not believe the lift"
            ),
            Self::Crossed { people } => {
                write!(f, "{people} merged people were in both arms; their first arm counts")
            }
            Self::NeverMeasured { people } => {
                write!(f, "{people} people did not agree to be measured when they were assigned")
            }
            Self::Left { treated, holdout, p } => {
                write!(
                    f,
                    "{} of {} treated and {} of {} held out may not be measured any more",
                    treated.0, treated.1, holdout.0, holdout.1
                )?;
                match p {
                    Some(p) => write!(
                        f,
                        ": more of one arm than of the other, p = {p:.2e}; the lift may be biased"
                    ),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Lifts of repeat rate and net margin with always-valid intervals at level 1 − `alpha`.
///
/// `expected_units` is the number of people at which the interval is tightest; it must be fixed when the
/// loop starts (say, the people of its first turn, or [`EXPECTED_UNITS`]) and never change. Repeat rate
/// is a proportion; net margin is the mean of margin minus offer cost per person. A lift that cannot be
/// computed is [`Lift::default`] with its `alpha`, and has a warning.
pub fn lift(arms: &Arms, alpha: f64, expected_units: u64) -> Lifts {
    let mut warnings = Vec::new();
    let mut told = |name: &'static str, lift: gyre_math::Result<Lift>| match lift {
        Ok(lift) => lift,
        Err(because) => {
            warnings.push(Warning::NotComputable { lift: name, because });
            Lift { alpha, ..Lift::default() }
        }
    };
    let rate = |arm: &ArmSums| Proportion { n: arm.people, successes: arm.repeaters };
    let net = |arm: &ArmSums| Mean {
        n: arm.people,
        sum: arm.margin - arm.offer_cost,
        sum_squares: arm.net_squares,
    };
    let Arms { treated, holdout } = arms;
    let repeat = between(&rate(treated), &rate(holdout), alpha, expected_units);
    let repeat = told("lift of the repeat rate", repeat);
    let net = between(&net(treated), &net(holdout), alpha, expected_units);
    let net = told("lift of the net margin", net);
    Lifts { repeat, net, warnings }
}

fn between(
    treated: &impl Metric,
    control: &impl Metric,
    alpha: f64,
    expected_units: u64,
) -> gyre_math::Result<Lift> {
    let samples = Samples { treated: treated.sample()?, control: control.sample()? };
    let estimate =
        samples.lift(Scale::Absolute)?.always_valid(alpha, Mixing::Tuned { expected_units })?;
    Ok(Lift {
        value: estimate.value,
        standard_error: estimate.standard_error,
        low: estimate.interval.low,
        high: estimate.interval.high,
        alpha,
    })
}

/// Judges the arms: are there enough people, did each arm get its declared share, did merges mix them?
pub fn judge(spec: &Loop, arms: &Arms, assignments: &Assignments) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let share = spec.holdout.share;
    let need = spec.guardrails.min_people;
    for (arm, have, wanted) in [
        (crate::turn::TREATED, arms.treated.people, share < 1.0),
        (crate::turn::HOLDOUT, arms.holdout.people, share > 0.0),
    ] {
        if wanted && have < need {
            warnings.push(Warning::TooFewPeople { arm, have, need });
        }
    }
    let Assignments { treated, holdout, crossed, never, left_treated, left_holdout } = *assignments;
    // A share that is no share is refused when the loop is applied, so an error here tells nothing new.
    if let Ok(check) = srm::chi_square(&[treated, holdout], &[1.0 - share, share])
        && check.is_mismatch()
    {
        warnings.push(Warning::Mismatch { treated, holdout, share, p: check.p_value });
    }
    if crossed > 0 {
        warnings.push(Warning::Crossed { people: crossed });
    }
    if never > 0 {
        warnings.push(Warning::NeverMeasured { people: never });
    }
    if left_treated + left_holdout > 0 {
        // Who leaves may leave because of what was done: then what is left of the arms does not compare.
        let all = (treated + holdout) as f64;
        let shares = [treated as f64 / all, holdout as f64 / all];
        let check = srm::chi_square(&[left_treated, left_holdout], &shares).ok();
        let uneven = |check: &srm::Check| check.smallest_expected >= 5.0 && check.p_value < UNEVEN;
        let p = check.filter(uneven).map(|check| check.p_value);
        let (treated, holdout) = ((left_treated, treated), (left_holdout, holdout));
        warnings.push(Warning::Left { treated, holdout, p });
    }
    warnings
}
