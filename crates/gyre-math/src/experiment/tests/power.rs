//! Power against statsmodels, and against simulations.

use super::oracle;
use crate::experiment::power::{Midway, Plan, Test};
use crate::lift::{Arms, Lift, Scale};
use crate::moments::{Metric, Proportion};
use crate::sequential::Mixing;
use crate::tests::{Dice, near};

#[test]
fn power_agrees_with_statsmodels() {
    let rate = |p: f64, q: f64, n: f64| {
        Plan::rate(p, Scale::Absolute, 0.05).power(q - p, 2.0 * n).unwrap()
    };
    near(rate(0.05, 0.06, 5000.0), oracle("power_rates")[0], 1e-12);
    near(rate(0.10, 0.095, 20_000.0), oracle("power_rates")[1], 1e-12);
    let mean = Plan::mean(3.0, 1.0, Scale::Absolute, 0.05);
    near(mean.power(0.1, 2000.0).unwrap(), oracle("power_means")[0], 1e-12);
    let one = Plan { test: Test::FixedOneSided, ..mean };
    near(one.power(0.1, 2000.0).unwrap(), oracle("power_means")[1], 1e-12);
    let units = oracle("units_means");
    assert_eq!(mean.units(0.1, 0.8).unwrap(), (2.0 * units[0]).ceil() as u64);
    let uneven = Plan { treated_share: 0.75, ..mean };
    assert_eq!(uneven.units(0.1, 0.9).unwrap(), (4.0 * units[1]).ceil() as u64);
    // statsmodels stops its search at a power of 0.7999987.
    let effect = mean.minimum_detectable_effect(2000.0, 0.8).unwrap();
    near(effect, oracle("mde_means")[0], 1e-6);
    near(mean.power(effect, 2000.0).unwrap(), 0.8, 1e-12);
}

/// 5 % → 6 % with 10 000 per arm: fixed 88 %, always valid 61 % (`gbstats` runs).
#[test]
fn the_price_of_always_valid_is_known_beforehand() {
    let plan = Plan::rate(0.05, Scale::Absolute, 0.05);
    let always = Plan { test: Test::AlwaysValid(Mixing::Tuned { expected_units: 5000 }), ..plan };
    let (fixed, valid) =
        (plan.power(0.01, 20_000.0).unwrap(), always.power(0.01, 20_000.0).unwrap());
    let mut dice = Dice(8);
    let (runs, mut found) = (400_u32, [0_u32; 2]);
    for _ in 0..runs {
        let mut draw = |rate: f64| Proportion {
            n: 10_000,
            successes: (0..10_000).filter(|_| dice.uniform() < rate).count() as u64,
        };
        let arms =
            Arms { control: draw(0.05).sample().unwrap(), treated: draw(0.06).sample().unwrap() };
        let lift = arms.lift(Scale::Absolute).unwrap();
        found[0] += u32::from(lift.fixed(0.05).unwrap().p_value < 0.05);
        let mixing = Mixing::Tuned { expected_units: 5000 };
        found[1] += u32::from(lift.always_valid(0.05, mixing).unwrap().p_value < 0.05);
    }
    let error = 3.0 * (0.25 / f64::from(runs)).sqrt();
    near(f64::from(found[0]) / f64::from(runs), fixed, error);
    near(f64::from(found[1]) / f64::from(runs), valid, error);
    near(fixed, 0.87, 0.02);
}

#[test]
fn relative_effects_count_the_noise_of_control() {
    let plan = Plan::rate(0.05, Scale::Relative, 0.05);
    let absolute = Plan::rate(0.05, Scale::Absolute, 0.05);
    let (r, a) = (plan.power(0.2, 10_000.0).unwrap(), absolute.power(0.01, 10_000.0).unwrap());
    assert!(r < a, "{r} {a}");
    let zero = Plan { mean: 0.0, ..Plan::mean(1.0, 1.0, Scale::Relative, 0.05) };
    assert!(zero.power(0.1, 100.0).is_err());
}

#[test]
fn a_margin_asks_only_for_no_great_harm() {
    let plan = Plan { margin: 0.1, ..Plan::mean(3.0, 1.0, Scale::Absolute, 0.05) };
    let shifted = Plan { margin: 0.0, test: Test::FixedOneSided, alpha: 0.025, ..plan };
    near(plan.power(0.0, 2000.0).unwrap(), shifted.power(0.1, 2000.0).unwrap(), 1e-12);
}

#[test]
fn conditional_power_is_what_the_rest_brings() {
    let midway = Midway {
        value: 0.01,
        variance: 1e-4,
        units: 5000,
        final_units: 10_000,
        alpha: 0.05,
        test: Test::Fixed,
    };
    let mut dice = Dice(21);
    let (runs, mut found, mut predicted) = (100_000_u32, 0_u32, 0_u32);
    let (effect, sd) = (0.02, 0.01);
    let reject = |truth: f64, noise: f64| {
        // The second half is as large as the first: its lift has the same variance.
        let end = 0.5 * (midway.value + truth + 0.01 * noise);
        (end / (0.5_f64 * 1e-4).sqrt()).abs() > 1.959963984540054
    };
    for _ in 0..runs {
        found += u32::from(reject(effect, dice.normal()));
        let truth = midway.value + sd * dice.normal();
        predicted += u32::from(reject(truth, dice.normal()));
    }
    let error = 3.0 * (0.25 / f64::from(runs)).sqrt();
    near(f64::from(found) / f64::from(runs), midway.conditional_power(effect).unwrap(), error);
    let got = midway.predictive_power(midway.value, sd).unwrap();
    near(f64::from(predicted) / f64::from(runs), got, error);
    assert!(Midway { final_units: 5000, ..midway }.conditional_power(0.0).is_err());
    let lift = Lift { value: 0.01, variance: 1e-4, dof: 4998.0, units: 5000 };
    assert!(lift.fixed(0.05).unwrap().p_value > 0.05);
}

#[test]
fn impossible_plans_are_errors() {
    let plan = Plan::rate(0.05, Scale::Absolute, 0.05);
    assert!(plan.power(0.96, 100.0).is_err(), "a rate above 1");
    assert!(plan.power(0.01, 0.0).is_err());
    assert!(plan.units(0.0, 0.8).is_err());
    assert!(plan.units(0.01, 0.04).is_err());
    assert!(plan.units(0.01, 1.0).is_err());
    assert!(Plan { treated_share: 1.0, ..plan }.power(0.01, 100.0).is_err());
    assert!(Plan { variance: 0.0, is_rate: false, ..plan }.power(0.01, 100.0).is_err());
    assert!(Plan { margin: -0.1, ..plan }.power(0.01, 100.0).is_err());
}
