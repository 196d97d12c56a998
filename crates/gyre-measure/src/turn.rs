//! What a turn asks of the lake, and how it reads the answers.
//!
//! All questions map nodes to the person they are today: merges regroup the past, they do not rewrite
//! it. Money is summed as decimals with six places, so that the order of rows never shows in the last
//! digit and two runs of a seed give the same turn.

use crate::answer::Answer;
use crate::ask::{Asked, Window, span, text, time};
use crate::error::{Error, Result};
use arrow_array::RecordBatch;
use gyre_config::kinds::Loop;
use gyre_math::moments::Mean;
use gyre_model::Timestamp;
use gyre_model::record::body::ArmSums;
use std::collections::BTreeMap;

/// The arm that gets what the policy chooses.
pub const TREATED: &str = "treated";
/// The arm that is left out, or gets what was done before.
pub const HOLDOUT: &str = "holdout";

/// A loop, as questions need it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The workspace.
    pub workspace: &'a str,
    /// The loop's name.
    pub name: &'a str,
    /// The loop as written.
    pub spec: &'a Loop,
    /// The ids of people who must not count, between commas.
    pub withheld: &'a str,
}

/// The sums of both arms.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Arms {
    /// The treated arm.
    pub treated: ArmSums,
    /// The holdout.
    pub holdout: ArmSums,
}

/// How many people each arm has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Assignments {
    /// People whose earliest assignment is to the treated arm.
    pub treated: u64,
    /// People whose earliest assignment is to the holdout.
    pub holdout: u64,
    /// People among them who, after merges, were assigned to both arms.
    pub crossed: u64,
    /// People who were not to be measured when they were assigned.
    pub never: u64,
    /// People of the treated arm who may not be measured any more.
    pub left_treated: u64,
    /// People of the holdout who may not be measured any more.
    pub left_holdout: u64,
}

/// Rewards of closed decisions: segment, then variant, then the sums per decision.
pub type Rewards = BTreeMap<String, BTreeMap<String, Mean>>;

/// Asks for the sums of each arm over a window.
///
/// The population is everybody assigned by the instant the window began who was to be measured then and is
/// not withheld now; a person assigned more than once
/// counts in the arm of the earliest assignment (ties: the smaller node). Read by [`read_arms`].
pub fn arms(subject: Subject<'_>, window: Window) -> Result<Asked> {
    let Loop { campaign, goal, reward, .. } = subject.spec;
    let parameters = vec![
        text(subject.workspace),
        text(subject.name),
        text(campaign),
        time(window.from),
        time(window.to),
        text(&goal.event),
        text(&reward.event),
        text(&reward.value),
        text(reward.cost.as_deref().unwrap_or_default()),
        text(subject.withheld),
    ];
    let sql = concat!(include_str!("sql/regrouped.sql"), include_str!("sql/turn.sql"));
    Asked::parse("arms", sql, parameters)
}

/// Asks how many people were assigned to each arm before `to`, for the check of the shares. Read by
/// [`read_assignments`].
pub fn assignments(subject: Subject<'_>, to: Timestamp) -> Result<Asked> {
    let parameters =
        vec![text(subject.workspace), text(subject.name), time(to), text(subject.withheld)];
    let sql = concat!(include_str!("sql/regrouped.sql"), include_str!("sql/arms.sql"));
    Asked::parse("assignments", sql, parameters)
}

/// Asks what treated decisions earned, per segment and variant.
///
/// Only decisions drawn in the window whose reward window had closed by its end count, and of these only
/// those that had a choice (probability below 1): who could only get one thing says nothing about the
/// others. A decision's
/// reward is the sum of value minus cost of the person's reward events after it, up to and with the
/// end of its reward window. Read by [`read_rewards`].
pub fn rewards(subject: Subject<'_>, window: Window) -> Result<Asked> {
    let sql = concat!(
        include_str!("sql/regrouped.sql"),
        include_str!("sql/rewarded.sql"),
        include_str!("sql/by_segment.sql"),
    );
    Asked::parse("rewards", sql, reward_parameters(subject, window))
}

/// The parameters of every question about rewarded decisions.
pub(crate) fn reward_parameters(
    Subject { workspace, spec, withheld, .. }: Subject<'_>,
    window: Window,
) -> Vec<gyre_ports::lake::Parameter> {
    let reward = &spec.reward;
    vec![
        text(workspace),
        text(&spec.campaign),
        time(window.from),
        time(window.to - reward.window),
        time(window.to),
        span(reward.window),
        text(&reward.event),
        text(&reward.value),
        text(reward.cost.as_deref().unwrap_or_default()),
        text(withheld),
    ]
}

/// Asks how many treated decisions were drawn but have their reward window still open at `to`. Read by
/// [`read_immature`].
pub fn immature(Subject { workspace, spec, .. }: Subject<'_>, to: Timestamp) -> Result<Asked> {
    let parameters =
        vec![text(workspace), text(&spec.campaign), time(to - spec.reward.window), time(to)];
    Asked::parse("immature", include_str!("sql/immature.sql"), parameters)
}

/// Reads the answer to [`arms`]. An arm without people is all zeros.
pub fn read_arms(batches: &[RecordBatch]) -> Result<Arms> {
    let mut arms = Arms::default();
    for batch in batches.iter().map(Answer) {
        let name = batch.texts("arm")?;
        let [people, repeaters, contacts] =
            [batch.counts("people")?, batch.counts("repeaters")?, batch.counts("contacts")?];
        let [margin, offer_cost, net_squares] =
            [batch.numbers("margin")?, batch.numbers("offer_cost")?, batch.numbers("net_squares")?];
        for row in batch.rows() {
            let sums = ArmSums {
                people: people.get(row)?,
                repeaters: repeaters.get(row)?,
                margin: margin.get(row)?,
                net_squares: net_squares.get(row)?,
                offer_cost: offer_cost.get(row)?,
                contacts: contacts.get(row)?,
            };
            match name.or(row, "") {
                arm if arm == TREATED => arms.treated = sums,
                arm if arm == HOLDOUT => arms.holdout = sums,
                arm => return Err(Error::Arm { arm }),
            }
        }
    }
    Ok(arms)
}

/// Reads the answer to [`assignments`].
pub fn read_assignments(batches: &[RecordBatch]) -> Result<Assignments> {
    let mut all = Assignments::default();
    for batch in batches.iter().map(Answer) {
        let name = batch.texts("arm")?;
        let (people, crossed) = (batch.counts("people")?, batch.counts("crossed")?);
        let (never, left) = (batch.counts("never")?, batch.counts("left_later")?);
        for row in batch.rows() {
            let (arm, left_arm) = match name.or(row, "") {
                arm if arm == TREATED => (&mut all.treated, &mut all.left_treated),
                arm if arm == HOLDOUT => (&mut all.holdout, &mut all.left_holdout),
                arm => return Err(Error::Arm { arm }),
            };
            *arm = people.get(row)?;
            *left_arm = left.get(row)?;
            all.crossed += crossed.get(row)?;
            all.never += never.get(row)?;
        }
    }
    Ok(all)
}

/// Reads the answer to [`rewards`].
pub fn read_rewards(batches: &[RecordBatch]) -> Result<Rewards> {
    let mut rewards = Rewards::new();
    for batch in batches.iter().map(Answer) {
        let (segment, variant) = (batch.texts("segment")?, batch.texts("variant")?);
        let n = batch.counts("n")?;
        let (sum, sum_squares) = (batch.numbers("sum")?, batch.numbers("sum_squares")?);
        for row in batch.rows() {
            let mean =
                Mean { n: n.get(row)?, sum: sum.get(row)?, sum_squares: sum_squares.get(row)? };
            rewards.entry(segment.or(row, "")).or_default().insert(variant.or(row, ""), mean);
        }
    }
    Ok(rewards)
}

/// Reads the answer to [`immature`].
pub fn read_immature(batches: &[RecordBatch]) -> Result<u64> {
    let mut decisions = 0;
    for batch in batches.iter().map(Answer) {
        let column = batch.counts("decisions")?;
        for row in batch.rows() {
            decisions += column.get(row)?;
        }
    }
    Ok(decisions)
}
