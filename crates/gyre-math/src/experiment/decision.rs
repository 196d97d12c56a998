//! What to do about an experiment: ship, roll back, wait, or look closer.
//!
//! A decision is a value with its reasons. Whoever decides sees what stood against it.

use super::interval::{Estimate, Side};
use super::lift::Lift;
use super::sequential::Mixing;
use super::srm;
use crate::error::{Error, Result, not_negative};

/// What one metric says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Sure to be better.
    Better,
    /// Sure to be worse.
    Worse,
    /// Neither is sure.
    Unclear,
}

/// A goal metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// Lift of the metric; its interval need not be adjusted.
    pub estimate: Estimate,
    /// p after [`crate::multiple::holm`] or [`crate::multiple::benjamini_hochberg`], or the
    /// estimate's own.
    pub adjusted_p: f64,
    /// Whether more is better.
    pub more_is_better: bool,
}

/// Whether a metric that must not get worse has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Sure to be worse by less than the margin.
    Held,
    /// Sure to be worse than control.
    Harmed,
    /// Neither is sure.
    Unclear,
}

/// Error rates and sizes that a decision needs; the defaults are GrowthBook's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Error rate of goals: .05.
    pub alpha: f64,
    /// Fewest units in the smaller arm: 150.
    pub minimum_units: u64,
    /// Fewest days: 3.
    pub minimum_days: f64,
    /// Whether every guardrail must be known to hold before shipping, not only unharmed.
    pub needs_guards_held: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { alpha: 0.05, minimum_units: 150, minimum_days: 3.0, needs_guards_held: false }
    }
}

/// What is known about the experiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence<'a> {
    /// Goals, at least one.
    pub goals: &'a [Goal],
    /// Guardrails.
    pub guards: &'a [Guard],
    /// Sample ratio check.
    pub balance: &'a srm::Check,
    /// Units in the smaller arm.
    pub smallest_arm: u64,
    /// Days since the first unit.
    pub days: f64,
    /// Whether the experiment has what it was planned to have. Before that only always-valid
    /// estimates may decide.
    pub is_complete: bool,
    /// Whether the estimates are always valid.
    pub is_always_valid: bool,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Give treated to everybody.
    Ship,
    /// Give control to everybody.
    RollBack,
    /// Goals and guardrails disagree, or nothing was found by the end: people must weigh it.
    Review,
    /// Keep going.
    Wait,
    /// The numbers cannot be believed; mend the experiment first.
    Invalid,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Arms did not get their shares of people.
    SampleRatioMismatch,
    /// Fewer units than the rules ask for.
    TooFewUnits,
    /// Fewer days than the rules ask for.
    TooShort,
    /// The experiment is not complete and its estimates are for one look only.
    NotComplete,
    /// All goals are better.
    GoalsBetter,
    /// All goals are worse.
    GoalsWorse,
    /// Some goals are better and some worse.
    GoalsDisagree,
    /// No goal is sure either way.
    GoalsUnclear,
    /// Some goals are better and none is worse.
    SomeGoalsBetter,
    /// Some goals are worse and none is better.
    SomeGoalsWorse,
    /// A guardrail is worse.
    GuardHarmed,
    /// A guardrail is not yet known to hold.
    GuardUnclear,
}

/// A verdict with its reasons, the weightiest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub verdict: Verdict,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
}

impl Goal {
    /// What the goal says at error rate `alpha`.
    pub fn signal(&self, alpha: f64) -> Signal {
        if self.adjusted_p.is_nan() || self.adjusted_p >= alpha {
            return Signal::Unclear;
        }
        let up = self.estimate.value > 0.0;
        if up == self.more_is_better { Signal::Better } else { Signal::Worse }
    }
}

impl Guard {
    /// Judges a guardrail by two one-sided intervals at `alpha` (GrowthBook: .05, uncorrected,
    /// since a correction would blunt the alarm): harmed if the lift is sure to point the wrong
    /// way, held if it is sure not to point there by `margin` (in the unit of the lift; Wellek
    /// 2010, Testing Statistical Hypotheses of Equivalence and Noninferiority, §1.6).
    ///
    /// With `mixing` both intervals are always valid. If both are sure, harm counts. Errors if
    /// `margin` is below zero or `alpha` out of range.
    pub fn judge(
        lift: &Lift,
        more_is_better: bool,
        margin: f64,
        alpha: f64,
        mixing: Option<Mixing>,
    ) -> Result<Self> {
        let margin = not_negative("margin", margin)?;
        let one_sided = |side: Side| match mixing {
            None => lift.fixed_one_sided(alpha, side),
            Some(mixing) => lift.always_valid_one_sided(alpha, mixing, side),
        };
        let (below, above) =
            (one_sided(Side::Less)?.interval.high, one_sided(Side::Greater)?.interval.low);
        let (harmed, held) = if more_is_better {
            (below < 0.0, above > -margin)
        } else {
            (above > 0.0, below < margin)
        };
        Ok(match (harmed, held) {
            (true, _) => Self::Harmed,
            (false, true) => Self::Held,
            (false, false) => Self::Unclear,
        })
    }
}

impl Rules {
    /// Decides (GrowthBook, docs/app/experiment-decisions; the sample-ratio gate is Fabijan et al.
    /// 2019).
    ///
    /// A mismatch makes everything invalid. A harmed guardrail rolls back unless a goal is better,
    /// which people must weigh; harm acts early if the estimates are always valid. Goals that are
    /// all better ship, all worse roll back. Otherwise an unfinished experiment goes on, and a
    /// finished one is for review. Errors if there is no goal.
    pub fn decide(&self, evidence: &Evidence<'_>) -> Result<Decision> {
        if evidence.goals.is_empty() {
            return Err(Error::TooFew { what: "goals", have: 0, need: 1 });
        }
        let mut reasons = Vec::new();
        if evidence.balance.is_mismatch() {
            return Ok(Decision {
                verdict: Verdict::Invalid,
                reasons: vec![Reason::SampleRatioMismatch],
            });
        }
        let mut note = |wrong: bool, reason: Reason| {
            if wrong {
                reasons.push(reason);
            }
        };
        note(evidence.smallest_arm < self.minimum_units, Reason::TooFewUnits);
        note(evidence.days.is_nan() || evidence.days < self.minimum_days, Reason::TooShort);
        note(!evidence.is_complete && !evidence.is_always_valid, Reason::NotComplete);
        if !reasons.is_empty() {
            return Ok(Decision { verdict: Verdict::Wait, reasons });
        }
        let (verdict, reasons) = self.weigh(evidence);
        Ok(Decision { verdict, reasons })
    }

    fn weigh(&self, evidence: &Evidence<'_>) -> (Verdict, Vec<Reason>) {
        let count = |wanted: Signal| {
            evidence.goals.iter().filter(|goal| goal.signal(self.alpha) == wanted).count()
        };
        let (better, worse, all) =
            (count(Signal::Better), count(Signal::Worse), evidence.goals.len());
        let goals = match (better, worse) {
            (0, 0) => Reason::GoalsUnclear,
            (1.., 1..) => Reason::GoalsDisagree,
            (b, 0) if b == all => Reason::GoalsBetter,
            (_, 0) => Reason::SomeGoalsBetter,
            (0, w) if w == all => Reason::GoalsWorse,
            (0, _) => Reason::SomeGoalsWorse,
        };
        let undecided = if evidence.is_complete { Verdict::Review } else { Verdict::Wait };
        if evidence.guards.contains(&Guard::Harmed) {
            let verdict = if better > 0 { Verdict::Review } else { Verdict::RollBack };
            return (verdict, vec![Reason::GuardHarmed, goals]);
        }
        match goals {
            Reason::GoalsWorse => (Verdict::RollBack, vec![goals]),
            Reason::GoalsBetter
                if self.needs_guards_held && evidence.guards.contains(&Guard::Unclear) =>
            {
                (undecided, vec![Reason::GuardUnclear, goals])
            }
            Reason::GoalsBetter => (Verdict::Ship, vec![goals]),
            Reason::GoalsDisagree => (Verdict::Review, vec![goals]),
            _ => (undecided, vec![goals]),
        }
    }
}
