//! Probabilities from scores.

use crate::bandit::explore::{
    check_support, epsilon_greedy, inverse_gap, limited_change, softmax, square_cb_gamma, ucb1,
    with_floors,
};
use crate::bandit::thompson::{Beta, Gaussian, best_arm_probabilities};
use crate::error::Result;
use crate::tests::near;

#[track_caller]
fn check(got: Result<Vec<f64>>, want: &[f64]) {
    let got = got.unwrap();
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        near(*got, *want, 1e-14);
    }
}

#[test]
fn rules_give_known_probabilities() {
    check(epsilon_greedy(&[0.1, 0.3, 0.2], 0.15), &[0.05, 0.9, 0.05]);
    check(epsilon_greedy(&[0.3, 0.3], 0.1), &[0.5, 0.5]);
    check(inverse_gap(&[0.1, 0.3, 0.2], 20.0), &[1.0 / 7.0, 1.0 - 1.0 / 7.0 - 0.2, 0.2]);
    check(inverse_gap(&[0.3, 0.3, 0.1], 10.0), &[0.4, 0.4, 0.2]);
    check(inverse_gap(&[0.1, 0.9], 0.0), &[0.5, 0.5]);
    let e = 1.0_f64.exp();
    check(softmax(&[1.0, 0.0], 1.0), &[e / (1.0 + e), 1.0 / (1.0 + e)]);
    check(softmax(&[1e6, 0.0], 1.0), &[1.0, 0.0]);
    near(square_cb_gamma(400, 10.0, 0.5).unwrap(), 200.0, 1e-12);
    let index = ucb1(&[(0.5, 10), (0.4, 0)]).unwrap();
    near(index[0], 0.5 + (2.0 * 10.0_f64.ln() / 10.0).sqrt(), 1e-14);
    assert!(index[1].is_infinite());
}

#[test]
fn floors_and_steps_hold_on_the_simplex() {
    check(with_floors(&[1.0, 0.0, 0.0], &[0.0, 0.1, 0.2]), &[0.7, 0.1, 0.2]);
    check(with_floors(&[1.0, 0.0], &[0.9, 0.9]), &[0.5, 0.5]);
    check(limited_change(&[0.5, 0.5], &[0.9, 0.1], 0.1), &[0.6, 0.4]);
    check(limited_change(&[0.5, 0.5], &[0.55, 0.45], 0.1), &[0.55, 0.45]);
    assert!(check_support(&[0.01, 0.99], 0.01).is_ok());
    assert!(check_support(&[0.0, 1.0], 0.0).is_err());
}

#[test]
fn the_lowest_is_the_best_of_the_reversed() {
    let arms = [Gaussian::new(1.0, 1.0).unwrap(), Gaussian::new(2.0, 0.5).unwrap()];
    let best = best_arm_probabilities(&arms).unwrap();
    let lowest = best_arm_probabilities(&arms.map(Gaussian::reversed)).unwrap();
    near(best[0], lowest[1], 1e-12);
    let arms = [Beta::new(3.0, 9.0).unwrap(), Beta::new(2.0, 20.0).unwrap()];
    let best = best_arm_probabilities(&arms).unwrap();
    let lowest = best_arm_probabilities(&arms.map(Beta::reversed)).unwrap();
    near(best[0], lowest[1], 1e-10);
}

#[test]
fn impossible_inputs_are_errors() {
    let nan = [f64::NAN, 1.0];
    assert!(epsilon_greedy(&[], 0.1).is_err() && epsilon_greedy(&[1.0], 1.1).is_err());
    assert!(epsilon_greedy(&nan, 0.1).is_err() && softmax(&nan, 1.0).is_err());
    assert!(softmax(&[1.0], 0.0).is_err() && inverse_gap(&[1.0], -1.0).is_err());
    assert!(inverse_gap(&nan, 1.0).is_err() && ucb1(&[(1.5, 1)]).is_err() && ucb1(&[]).is_err());
    assert!(with_floors(&[1.0], &[-0.1]).is_err() && with_floors(&[0.5, 0.5], &[0.1]).is_err());
    assert!(limited_change(&[1.0], &[0.5], 0.1).is_err());
    assert!(limited_change(&[1.0], &[1.0], 0.0).is_err());
    assert!(Beta::UNIFORM.with_counts(-1.0, 0.0).is_err());
}
