//! Best-arm probabilities and the floor.

use super::{mean, near, proportion};
use crate::error::{Error, Result};
use crate::thompson::{
    Beta, Gaussian, Posterior, best_arm_probabilities, top_two_probabilities, with_floor,
};

fn gaussian(mean: f64, sd: f64) -> Gaussian {
    Gaussian::new(mean, sd).unwrap()
}

fn beta(n: u64, successes: u64) -> Beta {
    Beta::UNIFORM.after(&proportion(n, successes)).unwrap()
}

#[track_caller]
fn check(got: Result<Vec<f64>>, want: &[f64], tolerance: f64) {
    let got = got.unwrap();
    assert_eq!(got.len(), want.len());
    near(got.iter().sum(), 1.0, 1e-12);
    for (got, want) in got.iter().zip(want) {
        near(*got, *want, tolerance);
    }
}

#[test]
fn four_gaussian_arms_are_exact() {
    let arms: Vec<Gaussian> = [(10.0, 2000.0), (20.0, 2000.0), (30.0, 2000.0), (300.0, 20_000.0)]
        .map(|(sum, squares)| Gaussian::flat(&mean(1000, sum, squares)).unwrap())
        .to_vec();
    let want = [0.011032752409629, 0.015627654614021, 0.021718637150949, 0.951620955825401];
    check(best_arm_probabilities(&arms), &want, 1e-12);
    // gbstats draws 10 000 times.
    check(top_two_probabilities(&arms), &[0.12785, 0.1696, 0.216, 0.48655], 0.01);
}

#[test]
fn two_beta_arms_are_exact() {
    let check_pair = |a: Beta, b: Beta, want: f64| {
        check(best_arm_probabilities(&[a, b]), &[1.0 - want, want], 1e-11);
        check(top_two_probabilities(&[a, b]), &[0.5, 0.5], 1e-11);
    };
    check_pair(beta(10_000, 500), beta(10_000, 570), 0.986068997787554);
    check_pair(beta(28, 14), beta(30, 16), 0.5985482066817017);
    // P(X > Y) for X ~ Beta(1, 1), Y ~ Beta(1, 2) is 2/3 by hand.
    check_pair(beta(1, 0), beta(0, 0), 2.0 / 3.0);
    check_pair(Beta::new(0.5, 0.5).unwrap(), Beta::new(0.5, 0.5).unwrap(), 0.5);
}

#[test]
fn two_gaussian_arms_follow_the_closed_form() {
    for (gap, s, t) in [(0.3, 1.0, 2.0), (1.0, 1e-6, 1.0), (-2.0, 1e6, 1.0), (1e-7, 1e-7, 1e-13)] {
        let want = crate::tail::normal_upper(-gap / f64::hypot(s, t));
        let arms = [gaussian(0.0, s), gaussian(gap, t)];
        check(best_arm_probabilities(&arms), &[1.0 - want, want], 1e-10);
    }
}

#[test]
fn equal_arms_get_equal_shares() {
    for k in [2, 3, 7, 50] {
        let want = vec![1.0 / k as f64; k];
        check(best_arm_probabilities(&vec![gaussian(1e9, 1e-3); k]), &want, 1e-11);
        check(top_two_probabilities(&vec![gaussian(-3.0, 2.0); k]), &want, 1e-11);
        check(best_arm_probabilities(&vec![beta(1000, 31); k]), &want, 1e-11);
    }
}

#[test]
fn hard_cases_stay_exact() {
    // A sure winner, arms a hair apart, a narrow arm among wide ones, a narrow one far away.
    check(best_arm_probabilities(&[gaussian(0.0, 1.0), gaussian(1e6, 1.0)]), &[0.0, 1.0], 1e-12);
    let hair = [gaussian(1.0, 1e-3), gaussian(1.0 + 1e-15, 1e-3), gaussian(1.0, 1e-3)];
    check(best_arm_probabilities(&hair), &[1.0 / 3.0; 3], 1e-9);
    // Below zero both wide arms must fall: by hand, 1/4 to the narrow arm.
    let narrow = [gaussian(0.0, 1e6), gaussian(0.0, 1.0), gaussian(0.0, 1e6)];
    check(best_arm_probabilities(&narrow), &[0.375, 0.25, 0.375], 1e-6);
    let spread: Vec<Gaussian> =
        (0..30).map(|i| gaussian(f64::from(i % 7), 10_f64.powi(i % 13 - 6))).collect();
    let shares = best_arm_probabilities(&spread).unwrap();
    near(shares.iter().sum(), 1.0, 1e-12);
    // Scales 1e18 apart: the narrow arms sit at 0.3, and the wide one is above them half the time.
    let apart = [gaussian(0.3, 1e-9), gaussian(0.0, 1e9), gaussian(0.3, 1e-9), gaussian(-0.1, 1.0)];
    let third = 0.5 * (1.0 - crate::tail::normal_upper(0.4));
    check(best_arm_probabilities(&apart), &[third / 2.0, 0.5, third / 2.0, 0.5 - third], 1e-8);
    assert!(best_arm_probabilities(&[Beta::new(1e-3, 1.0).unwrap(); 2]).is_err());
    // A new arm, seen by nobody, against one with millions of people.
    let new = best_arm_probabilities(&[beta(0, 0), beta(50_000_000, 1_000_000)]).unwrap();
    near(new[0], 0.98, 1e-6);
    check(best_arm_probabilities(&[beta(5, 5)]), &[1.0], 0.0);
    check(top_two_probabilities(&[gaussian(0.0, 1.0)]), &[1.0], 0.0);
}

#[test]
fn exact_shares_agree_with_draws() {
    let arms = [gaussian(0.0, 1.0), gaussian(0.5, 0.3), gaussian(-1.0, 3.0)];
    let (best, both) =
        (best_arm_probabilities(&arms).unwrap(), top_two_probabilities(&arms).unwrap());
    let mut dice = super::Dice(7);
    let (mut first, mut either) = ([0.0; 3], [0.0; 3]);
    let n = 200_000;
    for _ in 0..n {
        let mut drawn: Vec<(f64, usize)> = arms
            .iter()
            .enumerate()
            .map(|(k, arm)| {
                let z = crate::tail::normal_quantile_upper(1.0 - dice.uniform());
                (arm.mean() + arm.sd() * z, k)
            })
            .collect();
        drawn.sort_by(|x, y| y.0.total_cmp(&x.0));
        first[drawn[0].1] += 1.0 / f64::from(n);
        either[drawn[0].1] += 0.5 / f64::from(n);
        either[drawn[1].1] += 0.5 / f64::from(n);
    }
    for k in 0..3 {
        // Four standard errors.
        near(first[k], best[k], 4.0 * (0.25 / f64::from(n)).sqrt());
        near(either[k], both[k], 4.0 * (0.25 / f64::from(n)).sqrt());
    }
}

#[test]
fn posteriors_follow_from_sums() {
    let prior = gaussian(0.0, 100.0);
    let data = mean(1000, 30.0, 2000.0);
    let got = prior.after(&data).unwrap();
    let variance = (2000.0 - 0.9) / 999.0;
    let precision = 1e-4 + 1000.0 / variance;
    near(got.sd(), f64::sqrt(1.0 / precision), 1e-14);
    near(got.mean(), 0.03 * 1000.0 / variance / precision, 1e-14);
    near(beta(10, 3).mean(), 4.0 / 12.0, 1e-15);
    assert_eq!(Gaussian::flat(&proportion(10, 0)), Err(Error::NoVariance));
    assert!(Beta::UNIFORM.after(&proportion(1, 2)).is_err());
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Beta::new(bad, 1.0).is_err() && Gaussian::new(0.0, bad).is_err(), "{bad}");
    }
    assert!(best_arm_probabilities::<Beta>(&[]).is_err());
}

#[test]
fn the_floor_holds_on_the_simplex() {
    check(with_floor(&[0.0, 0.2, 0.8], 0.01), &[0.01, 0.204, 0.786], 1e-15);
    check(with_floor(&[0.3, 0.7], 0.0), &[0.3, 0.7], 0.0);
    check(with_floor(&[0.3, 0.7], -0.2), &[0.3, 0.7], 0.0);
    check(with_floor(&[0.3, 0.7], 0.5), &[0.5, 0.5], 0.0);
    check(with_floor(&[1.0, 0.0, 0.0], 7.0), &[1.0 / 3.0; 3], 0.0);
    check(with_floor(&[1.0], 0.01), &[1.0], 1e-15);
    assert!(with_floor(&[], 0.1).is_err());
    assert!(with_floor(&[0.5, 0.6], 0.1).is_err());
    assert!(with_floor(&[0.5, 0.5], f64::NAN).is_err());
}

/// What an allocation costs; printed, not asserted, since machines differ.
#[test]
fn fifty_arms_take_a_short_while() {
    fn time<P: Posterior>(name: &str, arms: &[P]) {
        let started = std::time::Instant::now();
        near(best_arm_probabilities(arms).unwrap().iter().sum(), 1.0, 1e-12);
        println!("{name}: {:?}", started.elapsed());
    }
    let gaussians: Vec<Gaussian> =
        (0..50).map(|i| gaussian(f64::from(i) * 0.01, 0.1 + 0.01 * f64::from(i))).collect();
    let betas: Vec<Beta> = (0..50).map(|i| beta(10_000 + 100 * i, 300 + 5 * i)).collect();
    let large: Vec<Beta> = (0..50).map(|i| beta(10_000_000, 300_000 + 10 * i)).collect();
    let hundred: Vec<Gaussian> =
        (0..100).map(|i| gaussian(0.05 + 0.0001 * f64::from(i % 13), 0.002)).collect();
    time("100 Gaussian arms that are alike", &hundred);
    let spread: Vec<Gaussian> = (0..100)
        .map(|i| gaussian(0.05 + 0.001 * f64::from(i), 0.002 + 1e-5 * f64::from(i)))
        .collect();
    time("100 Gaussian arms that differ", &spread);
    time("5 Gaussian arms", &gaussians[..5]);
    time("50 Gaussian arms", &gaussians);
    time("5 Beta arms", &betas[..5]);
    time("50 Beta arms", &betas);
    time("50 Beta arms of 10 million", &large);
}
