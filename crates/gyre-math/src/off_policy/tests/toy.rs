//! The toy vector of the design, computed by the head of obp.

use crate::error::{Error, Result};
use crate::off_policy::estimators::Estimator;
use crate::off_policy::log::{Chosen, Logged, Modelled, choose, spread, unsupported_share};
use crate::off_policy::tuning::{least_squared_error, slope};
use crate::off_policy::uncertainty::{bootstrap, lower_bounds};
use crate::tests::{Dice, near};

const ACTIONS: [usize; 8] = [0, 1, 2, 0, 1, 2, 0, 1];
const REWARDS: [f64; 8] = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
const LOGGING: [f64; 8] = [0.5, 0.3, 0.2, 0.5, 0.3, 0.2, 0.5, 0.3];

fn chosen() -> Chosen {
    let policy: Vec<Vec<f64>> =
        (0..8).map(|i| if i < 4 { vec![0.2, 0.3, 0.5] } else { vec![0.7, 0.2, 0.1] }).collect();
    let model = [
        [0.5, 0.4, 0.6],
        [0.3, 0.4, 0.5],
        [0.2, 0.5, 0.7],
        [0.6, 0.3, 0.2],
        [0.5, 0.6, 0.3],
        [0.4, 0.4, 0.4],
        [0.3, 0.2, 0.1],
        [0.5, 0.7, 0.6],
    ]
    .map(|row| row.to_vec());
    choose(&ACTIONS, &policy, &model).unwrap()
}

fn with<T>(act: impl Fn(&Modelled<'_>) -> T) -> T {
    let chosen = chosen();
    let logged = Logged { rewards: &REWARDS, logging: &LOGGING, evaluation: &chosen.evaluation };
    act(&Modelled { logged, predicted: &chosen.predicted, baseline: &chosen.baseline })
}

#[track_caller]
fn check(estimator: Estimator, want: f64) {
    let terms = with(|log| estimator.on_model(log)).unwrap();
    near(terms.value().unwrap(), want, 1e-12);
    let rows = terms.rows();
    near(rows.iter().sum::<f64>() / rows.len() as f64, want, 1e-12);
}

#[test]
fn all_estimators_agree_with_obp() {
    let none = f64::INFINITY;
    check(Estimator::Ips { clip: none }, 0.529166666667);
    check(Estimator::Ips { clip: 1.5 }, 0.404166666667);
    check(Estimator::SelfNormalised, 0.561946902655);
    check(Estimator::Direct, 0.43875);
    check(Estimator::DoublyRobust { clip: none }, 0.458333333333);
    check(Estimator::DoublyRobust { clip: 1.5 }, 0.420833333333);
    check(Estimator::SelfNormalisedDoublyRobust, 0.459546460177);
    check(Estimator::Switch { tau: 1.1 }, 0.417083333333);
    check(Estimator::Switch { tau: 0.0 }, 0.43875);
    check(Estimator::Switch { tau: none }, 0.458333333333);
    check(Estimator::Shrinkage { lambda: 1.0 }, 0.425018818553);
    check(Estimator::Shrinkage { lambda: 0.0 }, 0.43875);
    check(Estimator::Shrinkage { lambda: none }, 0.458333333333);
    check(Estimator::SubGaussianIps { lambda: 0.1 }, 0.4973444129);
    check(Estimator::SubGaussianDoublyRobust { lambda: 0.1 }, 0.448500859076);
}

#[test]
fn spread_and_bounds_agree_with_obp() {
    let weights = with(|log| log.logged.weights()).unwrap();
    near(spread(&weights).unwrap().effective, 5.319308477401, 1e-12);
    let rows =
        with(|log| Estimator::DoublyRobust { clip: f64::INFINITY }.on_model(log)).unwrap().rows();
    let range = rows.iter().copied().fold(0.0, f64::max);
    let got = lower_bounds(&rows, 0.05, range).unwrap();
    near(got.student, 0.125949679616, 1e-12);
    near(got.bernstein, -1.604413747346, 1e-12);
    near(got.hoeffding, -0.099855595056, 1e-12);
}

#[test]
fn tuning_agrees_with_obp() {
    let grid = [0.5, 1.0, 2.0, f64::INFINITY];
    let families: [fn(f64) -> Estimator; 4] = [
        |clip| Estimator::Ips { clip },
        |clip| Estimator::DoublyRobust { clip },
        |tau| Estimator::Switch { tau },
        |lambda| Estimator::Shrinkage { lambda },
    ];
    for family in families {
        let candidates = grid.map(family);
        assert_eq!(with(|log| slope(&candidates, log, 0.05)), Ok(0), "{candidates:?}");
        assert_eq!(
            with(|log| least_squared_error(&candidates, log, 0.05)),
            Ok(3),
            "{candidates:?}"
        );
    }
    assert!(with(|log| slope(&[], log, 0.05)).is_err());
    assert!(with(|log| least_squared_error(&[Estimator::Direct], log, 2.0)).is_err());
}

#[test]
fn impossible_logs_are_errors() {
    let weights = |rewards: &[f64], logging: &[f64], evaluation: &[f64]| {
        Logged { rewards, logging, evaluation }.weights()
    };
    assert!(weights(&[], &[], &[]).is_err());
    assert!(weights(&[1.0], &[0.0], &[0.5]).is_err(), "a probability of zero was never drawn");
    assert!(weights(&[1.0], &[1.5], &[0.5]).is_err());
    assert!(weights(&[1.0], &[0.5], &[1.5]).is_err());
    assert!(weights(&[f64::NAN], &[0.5], &[0.5]).is_err());
    assert!(weights(&[1.0, 1.0], &[0.5], &[0.5]).is_err());
    let never = Logged { rewards: &[1.0], logging: &[0.5], evaluation: &[0.0] };
    assert!(matches!(Estimator::SelfNormalised.on_log(&never), Err(Error::TooFew { .. })));
    assert!(Estimator::Direct.on_log(&never).is_err());
    assert!(Estimator::Ips { clip: -1.0 }.on_log(&never).is_err());
    assert!(Estimator::SubGaussianIps { lambda: 1.1 }.on_log(&never).is_err());
    let row = |p: &[f64]| vec![p.to_vec()];
    assert!(choose(&[2], &row(&[0.5, 0.5]), &row(&[0.1, 0.1])).is_err());
    assert!(choose(&[0], &row(&[0.5, 0.4]), &row(&[0.1, 0.1])).is_err());
    assert_eq!(unsupported_share(&row(&[1.0, 0.0]), &row(&[0.7, 0.3])), Ok(0.3));
    assert!(lower_bounds(&[1.0], 0.05, 1.0).is_err());
}

#[test]
fn bootstrap_and_normal_intervals_meet_on_many_decisions() {
    let mut dice = Dice(9);
    let n = 4000;
    let rewards: Vec<f64> = (0..n).map(|_| f64::from(u8::from(dice.uniform() < 0.3))).collect();
    let logging: Vec<f64> = (0..n).map(|_| 0.2 + 0.6 * dice.uniform()).collect();
    let log = Logged { rewards: &rewards, logging: &logging, evaluation: &vec![0.5; n] };
    for estimator in [Estimator::Ips { clip: f64::INFINITY }, Estimator::SelfNormalised] {
        let terms = estimator.on_log(&log).unwrap();
        let mut seed = 0_u64;
        let bits = || {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let got: Result<_> = bootstrap(&[&terms], 2000, 0.05, bits);
        let got = got.unwrap()[0];
        let (value, se) = (terms.value().unwrap(), terms.standard_error().unwrap());
        near(got.low, value - 1.96 * se, 0.2 * se);
        near(got.high, value + 1.96 * se, 0.2 * se);
    }
}
