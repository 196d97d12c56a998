//! Contracts and spend.

use super::ORACLE;
use crate::lifetime::Convergence;
use crate::lifetime::gamma_gamma::{GammaGamma, Spender};
use crate::lifetime::sbg::Sbg;
use crate::tests::{close, near, oracle};

/// Fader & Hardie 2007: survivors of 1000 in the first seven years of two cohorts.
#[test]
fn contracts_give_the_published_parameters() {
    let high = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
    let regular = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];
    for (cohort, alpha, beta, likelihood) in
        [(high, 0.668, 3.806, -1611.2), (regular, 0.704, 1.182, -1680.3)]
    {
        let fit = Sbg::fit(&[cohort.to_vec()]).unwrap();
        assert_eq!(fit.convergence, Convergence::Reached);
        near(fit.model.alpha, alpha, 1e-3);
        near(fit.model.beta, beta, 1e-3);
        near(fit.log_likelihood, likelihood, 0.06);
    }
    let model = Sbg { alpha: 0.668, beta: 3.806 };
    near(model.survival(0).unwrap(), 1.0, 1e-15);
    near(model.survival(1).unwrap(), 3.806 / 4.474, 1e-12);
    near(
        model.survival(12).unwrap(),
        model.survival(11).unwrap() * model.retention(12).unwrap(),
        1e-11,
    );
    // scipy: (β + n − 1)/(α + β + n − 1) ₂F₁(1, β + n; α + β + n; 1/(1 + d)).
    for (i, renewal) in [1, 4].into_iter().enumerate() {
        close(model.residual_lifetime(renewal, 0.1).unwrap(), oracle(ORACLE, "sbg")[i], 1e-10);
    }
}

#[test]
fn two_halves_of_a_cohort_are_the_cohort() {
    let half = vec![500.0, 434.5, 371.5, 326.5];
    let whole: Vec<f64> = half.iter().map(|n| 2.0 * n).collect();
    let (two, one) = (Sbg::fit(&[half.clone(), half]).unwrap(), Sbg::fit(&[whole]).unwrap());
    near(two.model.alpha, one.model.alpha, 1e-5);
    near(two.log_likelihood, one.log_likelihood, 1e-6);
}

#[test]
fn a_cohort_without_losses_ends_too() {
    let fit = Sbg::fit(&[vec![10.0, 10.0, 10.0]]).unwrap();
    assert_ne!(fit.convergence, Convergence::Stopped);
    assert!(fit.model.survival(2).unwrap() > 0.999);
    assert!(Sbg::fit(&[vec![10.0, 11.0]]).is_err() && Sbg::fit(&[vec![10.0]]).is_err());
    assert!(Sbg::fit(&[]).is_err() && fit.model.retention(0).is_err());
    assert!(fit.model.residual_lifetime(1, 0.0).is_err());
}

#[test]
fn spend_is_between_the_population_and_the_customer() {
    let model = GammaGamma { p: 6.25, q: 3.74, v: 15.44 };
    let population = model.population_mean().unwrap();
    near(population, 6.25 * 15.44 / 2.74, 1e-12);
    near(model.expected_spend(None).unwrap(), population, 0.0);
    let few = model.expected_spend(Some(Spender { purchases: 1, mean: 100.0 })).unwrap();
    let many = model.expected_spend(Some(Spender { purchases: 50, mean: 100.0 })).unwrap();
    assert!(population < few && few < many && many < 100.0);
    assert!(GammaGamma { q: 0.9, ..model }.population_mean().is_err());
    assert!(model.expected_spend(Some(Spender { purchases: 0, mean: 1.0 })).is_err());
    assert!(GammaGamma::fit(&[Spender { purchases: 1, mean: 0.0 }]).is_err());
    assert!(GammaGamma::fit(&[]).is_err());
}
