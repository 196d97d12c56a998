//! False alarms of a sound experiment that is watched all the time.

use super::Dice;
use crate::interval::Side;
use crate::lift::{Arms, Scale};
use crate::moments::{Metric, Proportion};
use crate::sequential::Mixing;

const RUNS: u32 = 2000;
const RATE: f64 = 0.05;

/// Share of A/A experiments in which each kind of estimate ever leaves out zero: fixed,
/// always-valid, always-valid one-sided.
///
/// Looks begin at 500 people per arm (25 conversions) and come every 50 people per arm.
fn false_alarms(scale: Scale) -> [f64; 3] {
    let mut dice = Dice(20_260_301);
    let mixing = Mixing::Tuned { expected_units: 5000 };
    let mut alarms = [0_u32; 3];
    for _ in 0..RUNS {
        let mut ever = [false; 3];
        let (mut treated, mut control) = (Proportion::default(), Proportion::default());
        while treated.n < 10_000 {
            for arm in [&mut treated, &mut control] {
                let successes = (0..50).filter(|_| dice.uniform() < RATE).count() as u64;
                *arm = arm.merge(Proportion { n: 50, successes });
            }
            if treated.n < 500 {
                continue;
            }
            let arms =
                Arms { treated: treated.sample().unwrap(), control: control.sample().unwrap() };
            let lift = arms.lift(scale).unwrap();
            let estimates = [
                lift.fixed(0.05).unwrap(),
                lift.always_valid(0.05, mixing).unwrap(),
                lift.always_valid_one_sided(0.05, mixing, Side::Greater).unwrap(),
            ];
            for (ever, estimate) in ever.iter_mut().zip(estimates) {
                *ever |= !estimate.interval.contains(0.0);
            }
        }
        for (count, ever) in alarms.iter_mut().zip(ever) {
            *count += u32::from(ever);
        }
    }
    alarms.map(|count| f64::from(count) / f64::from(RUNS))
}

#[track_caller]
fn check(scale: Scale) {
    let [fixed, two_sided, one_sided] = false_alarms(scale);
    println!("{scale:?}: fixed {fixed}, always valid {two_sided}, one-sided {one_sided}");
    let limit = 0.05 + 3.0 * (0.05 * 0.95 / f64::from(RUNS)).sqrt();
    assert!(two_sided <= limit && one_sided <= limit, "{two_sided}, {one_sided} above {limit}");
    // Were this not so, the test could not tell a valid interval from an invalid one.
    assert!(fixed > 0.20, "fixed interval only errs in {fixed}");
}

#[test]
fn watching_an_absolute_lift_keeps_the_error_rate() {
    check(Scale::Absolute);
}

#[test]
fn watching_a_relative_lift_keeps_the_error_rate() {
    check(Scale::Relative);
}
