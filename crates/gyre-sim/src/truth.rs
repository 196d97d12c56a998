//! What was true, held against what the server measured.

use crate::gyre::{ArmSums, Turn};
use crate::path::Path;
use crate::run::{Arm, Course};
use crate::time::Time;
use serde::Serialize;

/// One turn: measured and true.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Judged {
    /// As the server has it.
    pub(crate) turn: Turn,
    /// Mean over treated customers of (repeated − would have repeated under the control policy).
    pub(crate) true_lift: f64,
    /// The same for margin minus offers, per customer.
    pub(crate) true_net_lift: f64,
    /// Share of treated customers who would have repeated under the control policy.
    pub(crate) shadow_rate: f64,
    /// Whether the always-valid interval holds the true lift.
    pub(crate) covered: bool,
    /// Whether the server's sums of both arms are the simulator's, to the cent.
    pub(crate) books_agree: bool,
    /// The simulator's own sums.
    pub(crate) own_treated: ArmSums,
    /// The simulator's own sums.
    pub(crate) own_holdout: ArmSums,
}

/// Holdout customers whose real life was not the shadow's: must be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct SelfCheck {
    pub(crate) holdout: u64,
    pub(crate) treated: u64,
    pub(crate) unassigned: u64,
    /// Their orders differ.
    pub(crate) order_mismatches: u64,
    /// Their contacts or consent differ.
    pub(crate) contact_mismatches: u64,
}

impl SelfCheck {
    /// Compares the holdout's two lives.
    pub(crate) fn of(course: &Course) -> Self {
        let count = |arm| course.arms.iter().filter(|own| **own == arm).count() as u64;
        let mut check = Self {
            holdout: count(Some(Arm::Holdout)),
            treated: count(Some(Arm::Treated)),
            unassigned: count(None),
            order_mismatches: 0,
            contact_mismatches: 0,
        };
        for ((real, shadow), arm) in course.real.iter().zip(&course.shadow).zip(&course.arms) {
            if *arm == Some(Arm::Holdout) {
                check.order_mismatches += u64::from(real.bought != shadow.bought);
                let same = real.contacts == shadow.contacts && real.consent == shadow.consent;
                check.contact_mismatches += u64::from(!same);
            }
        }
        check
    }
}

/// Judges every turn that the server took.
pub(crate) fn judge(course: &Course) -> Vec<Judged> {
    course.turns.iter().map(|turn| judge_turn(course, turn)).collect()
}

fn judge_turn(course: &Course, turn: &Turn) -> Judged {
    let from = Time::parse(&turn.from).unwrap_or(Time(0));
    let to = Time::parse(&turn.to).unwrap_or(Time(0));
    let of = |paths: &[Path], arm: Arm| -> ArmSums {
        let own = paths.iter().zip(&course.arms).filter(|(_, own)| **own == Some(arm));
        sums(course, own.map(|(path, _)| path), from, to)
    };
    let real = of(&course.real, Arm::Treated);
    let shadow = of(&course.shadow, Arm::Treated);
    let holdout = of(&course.real, Arm::Holdout);
    let true_lift = rate(&real) - rate(&shadow);
    Judged {
        true_lift,
        true_net_lift: net(&real) - net(&shadow),
        shadow_rate: rate(&shadow),
        covered: turn.lift.low <= true_lift && true_lift <= turn.lift.high,
        books_agree: agree(&turn.treated, &real) && agree(&turn.holdout, &holdout),
        own_treated: real,
        own_holdout: holdout,
        turn: turn.clone(),
    }
}

/// Share of an arm that repeated.
pub(crate) fn rate(arm: &ArmSums) -> f64 {
    arm.repeaters as f64 / arm.people.max(1) as f64
}

/// Margin minus offers, per customer of an arm.
pub(crate) fn net(arm: &ArmSums) -> f64 {
    (arm.margin - arm.offer_cost) / arm.people.max(1) as f64
}

fn sums<'a>(
    course: &Course,
    paths: impl Iterator<Item = &'a Path>,
    from: Time,
    to: Time,
) -> ArmSums {
    let mut sums = ArmSums::default();
    let (mut margin, mut cost) = (0, 0);
    for path in paths {
        let mut came = false;
        for order in path.orders_between(course.world.calendar, from, to) {
            came = true;
            margin += order.margin;
            cost += order.cost;
        }
        let inside = path.contacts.iter().filter(|one| from <= one.at && one.at < to).count();
        sums.people += 1;
        sums.repeaters += u64::from(came);
        sums.contacts += inside as u64;
    }
    sums.margin = margin as f64 / 100.0;
    sums.offer_cost = cost as f64 / 100.0;
    sums
}

fn agree(server: &ArmSums, own: &ArmSums) -> bool {
    server.people == own.people
        && server.repeaters == own.repeaters
        && (server.margin - own.margin).abs() < 0.01
        && (server.offer_cost - own.offer_cost).abs() < 0.01
}
