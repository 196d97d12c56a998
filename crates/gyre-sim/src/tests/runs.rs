//! Whole runs in process, against the fake.

use super::fake::{Fake, Fault, Treat};
use crate::run::{self, Arm, Course, Plan};
use crate::truth::{self, SelfCheck};

const PLAN: Plan = Plan { seed: 4, people: 400, turns: 2 };

fn run(plan: Plan, treat: Treat, fault: Fault) -> (Course, Fake) {
    let mut fake = Fake::new(treat, fault);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let course = runtime.block_on(run::drive(&mut fake, plan, &mut |_| {})).unwrap();
    (course, fake)
}

#[test]
fn two_runs_of_a_seed_make_the_same_calls() {
    let (_, first) = run(PLAN, Treat::Uniform, Fault::None);
    let (_, second) = run(PLAN, Treat::Uniform, Fault::None);
    assert!(first.transcript.len() > 100);
    assert_eq!(first.transcript, second.transcript);
    let (_, other) = run(Plan { seed: 5, ..PLAN }, Treat::Uniform, Fault::None);
    assert_ne!(first.transcript, other.transcript);
}

#[test]
fn the_holdouts_life_is_the_shadow() {
    let (course, _) = run(PLAN, Treat::Uniform, Fault::None);
    let check = SelfCheck::of(&course);
    assert_eq!((check.order_mismatches, check.contact_mismatches, check.unassigned), (0, 0, 0));
    assert!(check.holdout > 50 && check.treated > 200);
    // It is not zero because nothing happened: the treated do differ from their shadows.
    let differs = course.real.iter().zip(&course.shadow).zip(&course.arms);
    let differs = differs
        .filter(|((real, shadow), arm)| **arm == Some(Arm::Treated) && real.bought != shadow.bought)
        .count();
    assert!(differs > 20, "{differs}");
    // Holdout customers were contacted over both channels.
    let held = course.real.iter().zip(&course.arms).filter(|(_, arm)| **arm == Some(Arm::Holdout));
    let contacts: Vec<_> = held.flat_map(|(path, _)| &path.contacts).collect();
    for channel in [crate::path::Channel::Email, crate::path::Channel::InApp] {
        assert!(contacts.iter().any(|contact| contact.channel == channel));
    }
}

#[test]
fn the_self_check_notices_a_server_that_breaks_its_promise() {
    for fault in [Fault::WrongVariantForHoldout, Fault::NoCap, Fault::NoConsent, Fault::Twice] {
        // Caps bind rarely: many customers, so that some holdout customer reaches one.
        let (course, _) = run(Plan { people: 1500, ..PLAN }, Treat::Uniform, fault);
        let check = SelfCheck::of(&course);
        assert!(check.contact_mismatches > 0, "{fault:?} went unnoticed: {check:?}");
    }
}

#[test]
fn the_servers_sums_are_the_simulators() {
    let (course, fake) = run(PLAN, Treat::BySegment, Fault::None);
    let judged = truth::judge(&course);
    assert_eq!(judged.len(), 2);
    for row in &judged {
        assert!(row.books_agree, "{row:?}");
        assert_eq!(row.turn.treated.contacts, row.own_treated.contacts);
        assert_eq!(row.turn.holdout.contacts, row.own_holdout.contacts);
    }
    assert!(fake.dropped_duplicates > 0);
    let sent = course.tally.repeated;
    assert_eq!(fake.dropped_duplicates, sent);
}

#[test]
fn targeting_shows_as_true_lift() {
    let plan = Plan { seed: 21, people: 1500, turns: 2 };
    let (targeted, _) = run(plan, Treat::BySegment, Fault::None);
    for row in truth::judge(&targeted) {
        assert!(row.true_lift > 0.04, "{}", row.true_lift);
        assert!(row.true_net_lift > 0.5, "{}", row.true_net_lift);
    }
}

#[test]
fn a_bandit_learns_the_world_from_what_the_server_sees() {
    let plan = Plan { seed: 31, people: 2000, turns: 4 };
    let (course, _) = run(plan, Treat::Learning, Fault::None);
    let lifts: Vec<_> = truth::judge(&course).iter().map(|row| row.true_lift).collect();
    // Exploring costs a little, what was learnt pays.
    assert!(lifts[0].abs() < 0.03, "{lifts:?}");
    assert!(lifts[3] > 0.04, "{lifts:?}");
}

#[test]
fn the_blanket_policy_has_no_effect_on_anybody() {
    let (course, _) = run(PLAN, Treat::Blanket, Fault::None);
    for (real, shadow) in course.real.iter().zip(&course.shadow) {
        assert_eq!((&real.bought, &real.contacts), (&shadow.bought, &shadow.contacts));
    }
    for row in truth::judge(&course) {
        assert_eq!(row.own_treated.people + row.own_holdout.people, 400);
        assert!(row.true_lift.abs() < 1e-12 && row.true_net_lift.abs() < 1e-12);
    }
}
