//! Linear rewards.

use crate::bandit::linear::Sums;
use crate::bandit::thompson::best_arm_probabilities;
use crate::error::Error;
use crate::tests::{Dice, near};

fn sums() -> Sums {
    let mut sums = Sums::new(2).unwrap();
    for (x, r) in [([1.0, 0.0], 1.0), ([1.0, 1.0], 3.0), ([1.0, 2.0], 4.0)] {
        sums.observe(&x, r, 1.0).unwrap();
    }
    sums
}

#[test]
fn a_ridge_regression_is_what_it_is_by_hand() {
    // A = [[4, 3], [3, 6]], b = [8, 11], det 15.
    let model = sums().fit(1.0).unwrap();
    near(model.weights()[0], (6.0 * 8.0 - 3.0 * 11.0) / 15.0, 1e-14);
    near(model.weights()[1], (4.0 * 11.0 - 3.0 * 8.0) / 15.0, 1e-14);
    let score = model.score(&[1.0, 2.0]).unwrap();
    near(score.mean, 1.0 + 8.0 / 3.0, 1e-14);
    // xᵀA⁻¹x = (6 − 2·2·3 + 4·4)/15.
    near(score.sd, (10.0_f64 / 15.0).sqrt(), 1e-14);
    near(score.upper_bound(1.5).unwrap(), score.mean + 1.5 * score.sd, 1e-14);
    let posterior = score.posterior(0.5).unwrap();
    near(posterior.sd(), 0.5 * score.sd, 1e-15);
}

#[test]
fn draws_have_the_covariance_of_the_posterior() {
    let model = sums().fit(1.0).unwrap();
    let mut dice = Dice(2);
    let n = 100_000;
    let (mut first, mut cross) = (0.0, 0.0);
    for _ in 0..n {
        let drawn = model.draw(&[dice.normal(), dice.normal()], 2.0).unwrap();
        let (a, b) = (drawn[0] - model.weights()[0], drawn[1] - model.weights()[1]);
        first += a * a / f64::from(n);
        cross += a * b / f64::from(n);
    }
    // 4 A⁻¹; the variance of a square is twice the square of the variance.
    let error = 3.0 * 4.0 * 6.0 / 15.0 * (2.0 / f64::from(n)).sqrt();
    near(first, 4.0 * 6.0 / 15.0, error);
    near(cross, -4.0 * 3.0 / 15.0, error);
}

#[test]
fn parts_merge_and_what_is_impossible_is_refused() {
    let mut half = sums();
    half.merge(&sums()).unwrap();
    let mut twice = Sums::new(2).unwrap();
    for (x, r) in [([1.0, 0.0], 1.0), ([1.0, 1.0], 3.0), ([1.0, 2.0], 4.0)] {
        twice.observe(&x, r, 2.0).unwrap();
    }
    let (a, b) = (half.fit(0.0).unwrap(), twice.fit(0.0).unwrap());
    near(a.weights()[1], b.weights()[1], 1e-13);
    assert_eq!(half.n(), 6);
    let mut flat = Sums::new(2).unwrap();
    flat.observe(&[1.0, 1.0], 1.0, 1.0).unwrap();
    assert!(matches!(flat.fit(0.0), Err(Error::Singular { .. })));
    assert!(flat.fit(1e-3).is_ok() && flat.fit(-1.0).is_err());
    assert!(flat.observe(&[1.0], 1.0, 1.0).is_err());
    assert!(flat.observe(&[1.0, f64::NAN], 1.0, 1.0).is_err());
    assert!(flat.merge(&Sums::new(3).unwrap()).is_err() && Sums::new(0).is_err());
    let model = sums().fit(1.0).unwrap();
    assert!(model.score(&[1.0]).is_err() && model.draw(&[1.0], 1.0).is_err());
    assert!(model.score(&[0.0, 0.0]).unwrap().posterior(1.0).is_err());
}

/// Exact probabilities per person beat one arm for everybody when tastes differ.
#[test]
fn linear_thompson_learns_who_likes_what() {
    let mut dice = Dice(4);
    let mut arms = vec![Sums::new(2).unwrap(); 2];
    let (mut regret, rounds) = (0.0, 1500);
    for _ in 0..rounds {
        let x = [1.0, if dice.uniform() < 0.5 { -1.0 } else { 1.0 }];
        let scores: Vec<_> = arms
            .iter()
            .map(|sums| sums.fit(1.0).unwrap().score(&x).unwrap().posterior(0.5).unwrap())
            .collect();
        let shares = best_arm_probabilities(&scores).unwrap();
        let arm = crate::draw::pick(&shares, dice.uniform()).unwrap();
        let mean = |arm: usize| if arm == 0 { 0.3 * x[1] } else { -0.3 * x[1] };
        regret += 0.3 - mean(arm);
        let reward = mean(arm) + 0.5 * dice.normal();
        arms[arm].observe(&x, reward, 1.0).unwrap();
    }
    // One arm for everybody loses 0.3 a round: 450.
    assert!(regret < 45.0, "{regret}");
}
