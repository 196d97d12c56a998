//! Always-valid tests of balance and of coefficients.

use super::oracle;
use crate::experiment::anytime::{Coefficient, msprt_mixing_variance};
use crate::experiment::sequential_srm::{CONCENTRATION, SequentialSrm};
use crate::tests::{Dice, close, near};

#[test]
fn sequential_srm_agrees_with_savvi() {
    for (concentration, name) in [(100.0, "srm_100"), (CONCENTRATION, "srm_10000")] {
        let shares = [0.5, 0.3, 0.2];
        let mut test = SequentialSrm::new(&shares, concentration).unwrap();
        let mut p = 1.0;
        for batch in [[510, 290, 200], [5300, 2900, 1900], [52000, 29500, 19800]] {
            p = test.observe(&batch, &shares).unwrap();
        }
        // Differences of ln Γ of 100 000 leave 1e-11 of 40.
        close(-p.ln(), oracle(name)[0], 1e-9);
    }
}

#[test]
fn watching_the_balance_keeps_the_error_rate() {
    let mut dice = Dice(17);
    let (runs, mut alarms) = (1000_u32, 0_u32);
    for _ in 0..runs {
        let mut test = SequentialSrm::new(&[2.0, 1.0], 100.0).unwrap();
        for _ in 0..100 {
            let first = (0..50).filter(|_| dice.uniform() < 2.0 / 3.0).count() as u64;
            test.observe(&[first, 50 - first], &[2.0, 1.0]).unwrap();
        }
        alarms += u32::from(test.p_value() < 0.05);
    }
    let share = f64::from(alarms) / f64::from(runs);
    assert!(share <= 0.05 + 3.0 * (0.05 * 0.95 / f64::from(runs)).sqrt(), "{share}");
    assert!(share > 0.0, "a test that never errs has no power");
}

#[test]
fn a_bandit_is_judged_by_the_shares_of_the_period() {
    let mut moving = SequentialSrm::new(&[1.0, 1.0], 100.0).unwrap();
    moving.observe(&[500, 500], &[0.5, 0.5]).unwrap();
    let p = moving.observe(&[900, 100], &[0.9, 0.1]).unwrap();
    let mut fixed = moving.clone();
    assert!(p > 0.05, "{p}");
    assert!(fixed.observe(&[900, 100], &[0.5, 0.5]).unwrap() < 1e-9);
    near(moving.observe(&[10, 1], &[1.0, 0.0]).unwrap(), 0.0, 0.0);
    near(moving.observe(&[10, 10], &[0.5, 0.5]).unwrap(), 0.0, 0.0);
    assert!(moving.observe(&[1], &[1.0]).is_err());
    assert!(SequentialSrm::new(&[1.0], 100.0).is_err());
    assert!(SequentialSrm::new(&[1.0, 1.0], 0.0).is_err());
}

#[test]
fn coefficients_agree_with_savvi() {
    let coefficient =
        Coefficient { value: 0.31, standard_error: 0.08, dof: 997.0, information: 250.0 };
    let got = coefficient.always_valid(0.05, 1.0).unwrap();
    near(got.p_value, oracle("anytime")[0], 1e-12);
    near(got.interval.high - got.value, oracle("anytime")[1], 1e-12);
    assert!(!got.interval.contains(0.0));
    let young = Coefficient { dof: 1.0, information: 1.0, ..coefficient };
    assert!(young.always_valid(0.05, 1.0).unwrap().interval.width().is_infinite());
    assert!(Coefficient { dof: 0.0, ..coefficient }.always_valid(0.05, 1.0).is_err());
    assert!(coefficient.always_valid(0.05, 0.0).is_err());
}

#[test]
fn the_mixing_variance_is_smooth() {
    // mixtureSPRT: α = .05, σ = 1, truncation 1000 and 10.
    for (units, b) in [(1000_u64, 0.189468_f64), (10, 1.894675)] {
        let (upper, density) = (crate::tail::normal_upper(b), crate::tail::normal_density(b));
        let want = upper / (density / b - upper);
        near(msprt_mixing_variance(0.05, 1.0, units).unwrap() / want, 1.0, 1e-4);
    }
    // Both forms meet where they change, at b = 20, and far out the value is near b².
    let at = |sd: f64| msprt_mixing_variance(0.05, sd, 1).unwrap() / sd / sd;
    let edge = -2.0 * 0.05_f64.ln() / 20.0;
    near(at(edge * 1.000001) / at(edge * 0.999999), 1.0, 1e-5);
    near(at(1e-3) / (2.0e3 * 0.05_f64.ln()).powi(2), 1.0, 1e-6);
    assert!(msprt_mixing_variance(0.05, 0.0, 10).is_err());
    assert!(msprt_mixing_variance(0.05, 1.0, 0).is_err());
}
