//! Lifts of a turn and their warnings.

use super::question::spec;
use crate::turn::{Arms, Assignments};
use crate::{EXPECTED_UNITS, Warning, judge, lift};
use expect_test::{Expect, expect};
use gyre_math::lift::{Arms as Samples, Scale};
use gyre_math::moments::{Metric, Proportion};
use gyre_model::record::body::{ArmSums, Lift};
use proptest::prelude::*;

fn arm(people: u64, repeaters: u64, margin: f64, net_squares: f64, offer_cost: f64) -> ArmSums {
    ArmSums { people, repeaters, margin, net_squares, offer_cost, contacts: 0 }
}

/// 05 §4.1: 500 of 10 000 against 570 of 10 000; here also with margins.
fn sound() -> Arms {
    Arms {
        treated: arm(10_000, 570, 4_000.0, 90_000.0, 500.0),
        holdout: arm(10_000, 500, 2_000.0, 60_000.0, 0.0),
    }
}

#[test]
fn the_repeat_lift_is_the_published_sequential_interval() {
    let got = lift(&sound(), 0.05, EXPECTED_UNITS);
    let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-12, "got {got}, want {want}");
    near(got.repeat.value, 0.007);
    near(got.repeat.low, -0.002_950_465_412_194_456_7);
    near(got.repeat.high, 0.016_950_465_412_194_457);
    near(got.net.value, 0.15);
    assert!(got.net.low < 0.15 && got.net.high > 0.15 && got.warnings.is_empty());
}

fn check(arms: &Arms, expected: &Expect) {
    let told: Vec<String> =
        lift(arms, 0.05, EXPECTED_UNITS).warnings.iter().map(ToString::to_string).collect();
    expected.assert_eq(&told.join("\n"));
}

#[test]
fn a_lift_that_cannot_be_computed_is_told_and_not_made_up() {
    check(
        &Arms::default(),
        &expect![[r"
            lift of the repeat rate not computable: 0 units, need at least 1
            lift of the net margin not computable: 0 units, need at least 2"]],
    );
    let still = Arms { treated: arm(50, 0, 0.0, 0.0, 0.0), ..sound() };
    check(
        &still,
        &expect![[r"
            lift of the repeat rate not computable: variance is zero
            lift of the net margin not computable: variance is zero"]],
    );
    let none = lift(&still, 0.05, EXPECTED_UNITS).repeat;
    assert_eq!(none, Lift { alpha: 0.05, ..Lift::default() });
}

#[test]
fn arms_are_judged_by_size_shares_and_crossings() {
    let told = |arms: &Arms, assignments: Assignments| {
        let all = judge(&spec("word"), arms, &assignments);
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let fair = Assignments { treated: 900, holdout: 100, ..Assignments::default() };
    assert_eq!(told(&sound(), fair), "");
    let broken = Assignments { treated: 8850, holdout: 1150, crossed: 3, ..Assignments::default() };
    expect![[r"
        too few people: treated has 5, needs 100
        sample ratio mismatch: 8850 treated and 1150 held out against a declared share of 0.1, p = 5.73e-7; do not believe the lift
        3 merged people were in both arms; their first arm counts"]]
    .assert_eq(&told(&Arms { treated: arm(5, 1, 0.0, 0.0, 0.0), ..sound() }, broken));
    assert!(matches!(judge(&spec("word"), &sound(), &broken)[0], Warning::Mismatch { .. }));
    let left = |left_treated, left_holdout| {
        told(&sound(), Assignments { never: 4, left_treated, left_holdout, ..fair })
    };
    expect![[r"
        4 people did not agree to be measured when they were assigned
        9 of 900 treated and 1 of 100 held out may not be measured any more"]]
    .assert_eq(&left(9, 1));
    assert!(left(30, 30).contains("more of one arm than of the other"), "{}", left(30, 30));
}

proptest! {
    /// Every sum gives a lift or a warning, never a NaN; the interval is around the value and wider
    /// than the fixed one.
    #[test]
    fn lifts_are_sound(
        a in (0_u64..5000, 0.0..1.0_f64), b in (0_u64..5000, 0.0..1.0_f64), alpha in 0.001..0.5_f64,
    ) {
        let of = |(people, share): (u64, f64)| {
            let repeaters = (people as f64 * share) as u64;
            arm(people, repeaters, repeaters as f64, repeaters as f64, 0.0)
        };
        let (treated, holdout) = (of(a), of(b));
        let got = lift(&Arms { treated, holdout }, alpha, EXPECTED_UNITS);
        prop_assert!([got.repeat.low, got.repeat.high, got.net.low, got.net.high]
            .iter().all(|end| end.is_finite()));
        if got.repeat.standard_error > 0.0 {
            let sample = |sums: ArmSums| {
                Proportion { n: sums.people, successes: sums.repeaters }.sample().unwrap()
            };
            let arms = Samples { treated: sample(treated), control: sample(holdout) };
            let fixed = arms.lift(Scale::Absolute).unwrap();
            if fixed.dof > 30.0 {
                let fixed = fixed.fixed(alpha).unwrap();
                prop_assert!(got.repeat.high - got.repeat.low > fixed.interval.width());
            }
        } else {
            let mut warned = got.warnings.iter();
            let warned = warned.any(|w| matches!(w, Warning::NotComputable { .. }));
            prop_assert!(warned);
        }
    }
}
