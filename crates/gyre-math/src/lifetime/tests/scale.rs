//! Gradients, and fits that must find the truth or at least end.

use crate::lifetime::bg_nbd::{BgNbd, Leaving};
use crate::lifetime::gamma_gamma::{GammaGamma, Spender};
use crate::lifetime::pareto_nbd::ParetoNbd;
use crate::lifetime::{Convergence, Customer};
use crate::tests::{Dice, near};

fn gamma(dice: &mut Dice, shape: f64, rate: f64) -> f64 {
    // Shapes under 1 by the power trick of Marsaglia & Tsang.
    let boost = if shape < 1.0 { (1.0 - dice.uniform()).powf(1.0 / shape) } else { 1.0 };
    dice.gamma(if shape < 1.0 { shape + 1.0 } else { shape }) * boost / rate
}

fn exponential(dice: &mut Dice, rate: f64) -> f64 {
    -(1.0 - dice.uniform()).ln() / rate
}

fn people(n: usize, seed: u64, model: &BgNbd) -> Vec<Customer> {
    let mut dice = Dice(seed);
    (0..n)
        .map(|_| {
            let age = (20.0 + 20.0 * dice.uniform()).round();
            let rate = gamma(&mut dice, model.r, model.alpha);
            let (x, y) = (gamma(&mut dice, model.a, 1.0), gamma(&mut dice, model.b, 1.0));
            let leave = x / (x + y);
            let (mut purchases, mut last, mut now) = (0, 0.0, 0.0);
            let mut gone = model.leaving == Leaving::AfterAny && dice.uniform() < leave;
            while !gone && purchases < 100_000 {
                now += exponential(&mut dice, rate);
                if now > age {
                    break;
                }
                (purchases, last) = (purchases + 1, now);
                gone = dice.uniform() < leave;
            }
            Customer { purchases, last, age }
        })
        .collect()
}

#[test]
fn simulated_customers_give_their_parameters_back() {
    for leaving in [Leaving::AfterRepeat, Leaving::AfterAny] {
        let truth = BgNbd { r: 0.8, alpha: 5.0, a: 1.2, b: 3.0, leaving };
        let fit = BgNbd::fit(&people(20_000, 6, &truth), leaving).unwrap();
        assert_eq!(fit.convergence, Convergence::Reached, "{fit:?}");
        // About four standard errors of 20,000 customers.
        near(fit.model.r, truth.r, 0.08);
        near(fit.model.alpha, truth.alpha, 0.6);
        near(fit.model.a / fit.model.b, truth.a / truth.b, 0.08);
    }
}

#[test]
fn two_hundred_thousand_customers_are_no_trouble() {
    let truth = BgNbd { r: 0.25, alpha: 4.0, a: 0.8, b: 2.5, leaving: Leaving::AfterRepeat };
    let many = people(200_000, 1, &truth);
    let fit = BgNbd::fit(&many, Leaving::AfterRepeat).unwrap();
    assert_eq!(fit.convergence, Convergence::Reached, "{fit:?}");
    near(fit.model.r, truth.r, 0.01);
    near(fit.model.alpha, truth.alpha, 0.3);
    let mut dice = Dice(3);
    let spenders: Vec<Spender> = many
        .iter()
        .filter(|c| c.purchases > 0)
        .map(|c| {
            let scale = gamma(&mut dice, 4.0, 15.0);
            let mean =
                gamma(&mut dice, 6.0 * f64::from(c.purchases), scale * f64::from(c.purchases));
            Spender { purchases: c.purchases, mean }
        })
        .collect();
    let fit = GammaGamma::fit(&spenders).unwrap();
    assert_eq!(fit.convergence, Convergence::Reached, "{fit:?}");
    near(fit.model.population_mean().unwrap(), 6.0 * 15.0 / 3.0, 0.3);
}

/// Derivatives by differences: the gradient moves the search, so it must be the likelihood's.
#[test]
fn pareto_has_the_gradient_of_its_likelihood() {
    let customers = [
        Customer { purchases: 2, last: 30.0, age: 39.0 },
        Customer { purchases: 0, last: 0.0, age: 39.0 },
        Customer { purchases: 26, last: 20.0, age: 31.0 },
    ];
    for logs in [[-0.6_f64, 2.3, -0.5, 2.4], [0.6, 2.7, 3.3, 6.8], [1.0, 6.0, 1.0, 0.5]] {
        let at = |logs: [f64; 4]| {
            let [r, alpha, s, beta] = logs.map(f64::exp);
            ParetoNbd { r, alpha, s, beta }
        };
        let groups: Vec<(Customer, f64)> = customers.iter().map(|c| (*c, 1.0)).collect();
        let (_, gradient) = at(logs).score(&groups);
        for i in 0..4 {
            let moved = |by: f64| {
                let mut moved = logs;
                moved[i] += by;
                at(moved).log_likelihood(&customers).unwrap()
            };
            near(
                gradient[i],
                (moved(1e-5) - moved(-1e-5)) / 2e-5,
                1e-7 * gradient[i].abs().max(1.0),
            );
        }
    }
}

/// A fit has a stationary point, whatever the start: small changes of any parameter lose.
#[test]
fn pareto_finds_a_maximum() {
    let truth = BgNbd { r: 0.8, alpha: 5.0, a: 1.2, b: 3.0, leaving: Leaving::AfterRepeat };
    let customers = people(600, 9, &truth);
    let fit = ParetoNbd::fit(&customers).unwrap();
    assert_eq!(fit.convergence, Convergence::Reached, "{fit:?}");
    near(fit.model.log_likelihood(&customers).unwrap(), fit.log_likelihood, 1e-6);
    for (i, factor) in (0..4).flat_map(|i| [(i, 0.98), (i, 1.02)]) {
        let mut moved = fit.model;
        *[&mut moved.r, &mut moved.alpha, &mut moved.s, &mut moved.beta][i] *= factor;
        assert!(moved.log_likelihood(&customers).unwrap() < fit.log_likelihood);
    }
}

#[test]
fn poor_data_end_in_a_fit_that_says_so() {
    let customer = |purchases, last, age| Customer { purchases, last, age };
    let cases = [
        vec![customer(0, 0.0, 10.0); 50],
        vec![customer(5, 9.0, 10.0); 50],
        vec![customer(1, 10.0, 10.0)],
        vec![customer(100_000, 9.99, 10.0), customer(0, 0.0, 10.0)],
        vec![customer(1, 1e-9, 1e9), customer(3, 1e8, 1e9)],
    ];
    for customers in &cases {
        for leaving in [Leaving::AfterRepeat, Leaving::AfterAny] {
            let fit = BgNbd::fit(customers, leaving).unwrap();
            assert!(fit.log_likelihood.is_finite(), "{fit:?}");
            assert!(fit.model.alive(&customers[0]).unwrap().is_finite());
        }
        let fit = ParetoNbd::fit(customers).unwrap();
        assert!(fit.log_likelihood.is_finite(), "{fit:?}");
    }
    // Nobody ever bought again: the rate has no lower end.
    let fit = BgNbd::fit(&cases[0], Leaving::AfterRepeat).unwrap();
    assert_ne!(fit.convergence, Convergence::Stopped, "{fit:?}");
}
