//! Ship, roll back, wait, review.

use crate::experiment::decision::{Decision, Evidence, Goal, Guard, Reason, Rules, Verdict};
use crate::interval::{Estimate, Interval};
use crate::lift::Lift;
use crate::sequential::Mixing;
use crate::srm;

fn goal(value: f64, adjusted_p: f64) -> Goal {
    let interval = Interval::around(value, 1.0);
    let estimate =
        Estimate { value, standard_error: 0.5, interval, p_value: adjusted_p, alpha: 0.05 };
    Goal { estimate, adjusted_p, more_is_better: true }
}

#[track_caller]
fn check(
    goals: &[Goal],
    guards: &[Guard],
    change: impl Fn(&mut Evidence<'_>),
    verdict: Verdict,
    reasons: &[Reason],
) {
    let balance = srm::chi_square(&[5000, 5010], &[0.5, 0.5]).unwrap();
    let mut evidence = Evidence {
        goals,
        guards,
        balance: &balance,
        smallest_arm: 5000,
        days: 14.0,
        is_complete: true,
        is_always_valid: false,
    };
    change(&mut evidence);
    let want = Decision { verdict, reasons: reasons.to_vec() };
    assert_eq!(Rules::default().decide(&evidence).unwrap(), want);
}

#[test]
fn a_verdict_follows_from_goals_and_guards() {
    let (up, down, flat) = (goal(1.0, 0.01), goal(-1.0, 0.01), goal(1.0, 0.5));
    let same = |_: &mut Evidence<'_>| {};
    check(&[up, up], &[Guard::Held], same, Verdict::Ship, &[Reason::GoalsBetter]);
    check(&[up], &[Guard::Unclear], same, Verdict::Ship, &[Reason::GoalsBetter]);
    check(&[down], &[], same, Verdict::RollBack, &[Reason::GoalsWorse]);
    check(&[up, down], &[], same, Verdict::Review, &[Reason::GoalsDisagree]);
    check(&[up, flat], &[], same, Verdict::Review, &[Reason::SomeGoalsBetter]);
    let harmed = [Guard::Held, Guard::Harmed];
    check(&[up], &harmed, same, Verdict::Review, &[Reason::GuardHarmed, Reason::GoalsBetter]);
    check(&[flat], &harmed, same, Verdict::RollBack, &[Reason::GuardHarmed, Reason::GoalsUnclear]);
    let fewer = Goal { more_is_better: false, ..down };
    check(&[fewer], &[], same, Verdict::Ship, &[Reason::GoalsBetter]);
}

#[test]
fn nothing_is_decided_too_early_or_on_broken_numbers() {
    let up = goal(1.0, 0.01);
    let lost = srm::chi_square(&[5000, 6000], &[0.5, 0.5]).unwrap();
    check(
        &[up],
        &[],
        |e| e.balance = Box::leak(Box::new(lost)),
        Verdict::Invalid,
        &[Reason::SampleRatioMismatch],
    );
    check(
        &[up],
        &[],
        |e| (e.smallest_arm, e.days) = (100, 1.0),
        Verdict::Wait,
        &[Reason::TooFewUnits, Reason::TooShort],
    );
    check(&[up], &[], |e| e.is_complete = false, Verdict::Wait, &[Reason::NotComplete]);
    let early = |e: &mut Evidence<'_>| (e.is_complete, e.is_always_valid) = (false, true);
    check(&[up], &[], early, Verdict::Ship, &[Reason::GoalsBetter]);
    check(&[goal(1.0, 0.4)], &[], early, Verdict::Wait, &[Reason::GoalsUnclear]);
    let evidence = Evidence {
        goals: &[],
        guards: &[],
        balance: &lost,
        smallest_arm: 1,
        days: 1.0,
        is_complete: true,
        is_always_valid: false,
    };
    assert!(Rules::default().decide(&evidence).is_err());
}

#[test]
fn a_guardrail_is_held_harmed_or_unclear() {
    let lift = |value: f64| Lift { value, variance: 1e-4, dof: 1e4, units: 10_000 };
    let judge = |value, margin| Guard::judge(&lift(value), true, margin, 0.05, None).unwrap();
    assert_eq!(judge(-0.02, 0.01), Guard::Harmed);
    assert_eq!(judge(-0.01, 0.03), Guard::Held);
    assert_eq!(judge(-0.01, 0.01), Guard::Unclear);
    assert_eq!(judge(-0.02, 0.05), Guard::Harmed, "harm counts even inside the margin");
    // Unsubscribes: more is worse. Watching all the time needs more evidence.
    assert_eq!(Guard::judge(&lift(0.02), false, 0.01, 0.05, None), Ok(Guard::Harmed));
    let watched =
        Guard::judge(&lift(0.02), false, 0.01, 0.05, Some(Mixing::Tuned { expected_units: 5000 }));
    assert_eq!(watched, Ok(Guard::Unclear));
    assert!(Guard::judge(&lift(0.0), true, -1.0, 0.05, None).is_err());
}
