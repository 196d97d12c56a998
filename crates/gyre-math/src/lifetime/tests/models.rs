//! Likelihoods and expectations against lifetimes.

use super::ORACLE;
use crate::lifetime::bg_bb::{BgBb, Pattern};
use crate::lifetime::bg_nbd::{BgNbd, Leaving};
use crate::lifetime::pareto_nbd::ParetoNbd;
use crate::lifetime::value::{Horizon, residual_value};
use crate::lifetime::{Convergence, Customer};
use crate::tests::{close, near, oracle};

const CUSTOMERS: [Customer; 6] = [
    Customer { purchases: 2, last: 30.43, age: 38.86 },
    Customer { purchases: 0, last: 0.0, age: 38.86 },
    Customer { purchases: 1, last: 1.71, age: 38.86 },
    Customer { purchases: 26, last: 30.86, age: 31.0 },
    Customer { purchases: 7, last: 29.43, age: 38.86 },
    Customer { purchases: 5, last: 4.0, age: 100.0 },
];

const BG: BgNbd =
    BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, leaving: Leaving::AfterRepeat };
const MBG: BgNbd = BgNbd { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614, leaving: Leaving::AfterAny };
const PARETO: ParetoNbd = ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };

/// Log-likelihood, P(alive) and purchases of the next 39 and 2000 of each customer.
#[track_caller]
fn check(
    name: &str,
    likelihood: impl Fn(&[Customer]) -> f64,
    alive: impl Fn(&Customer) -> f64,
    expected: impl Fn(&Customer, f64) -> f64,
) {
    let want = oracle(ORACLE, name);
    for (customer, want) in CUSTOMERS.iter().zip(want.chunks(4)) {
        close(likelihood(std::slice::from_ref(customer)), want[0], 1e-9);
        close(alive(customer), want[1], 1e-9);
        close(expected(customer, 39.0), want[2], 1e-9);
        close(expected(customer, 2000.0), want[3], 1e-8);
    }
}

#[test]
fn customers_agree_with_lifetimes() {
    for (name, model) in [("bg", BG), ("mbg", MBG)] {
        check(
            name,
            |c| model.log_likelihood(c).unwrap(),
            |c| model.alive(c).unwrap(),
            |c, t| model.expected_purchases(c, t).unwrap(),
        );
    }
    check(
        "pareto",
        |c| PARETO.log_likelihood(c).unwrap(),
        |c| PARETO.alive(c).unwrap(),
        |c, t| PARETO.expected_purchases(c, t).unwrap(),
    );
}

#[test]
fn new_customers_agree_with_lifetimes() {
    let times = [0.1429, 1.0, 3.0, 31.8571, 32.0, 78.0];
    for (i, time) in times.into_iter().enumerate() {
        near(BG.expected_from_new(time).unwrap(), oracle(ORACLE, "bg_new")[i], 1e-9);
        near(MBG.expected_from_new(time).unwrap(), oracle(ORACLE, "mbg_new")[i], 1e-9);
        near(PARETO.expected_from_new(time).unwrap(), oracle(ORACLE, "pareto_new")[i], 1e-9);
    }
    // Published, at parameters that are not rounded to three digits.
    let published = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8580];
    for (time, want) in times.into_iter().zip(published) {
        near(BG.expected_from_new(time).unwrap(), want, 3e-3);
    }
}

#[test]
fn nothing_happens_at_a_parameter_of_one() {
    let at = |a: f64| {
        let model = BgNbd { a, ..BG };
        model.expected_purchases(&CUSTOMERS[0], 39.0).unwrap()
    };
    near(at(1.0), 0.5 * (at(1.0 - 1e-7) + at(1.0 + 1e-7)), 1e-11);
    let at = |s: f64| {
        let model = ParetoNbd { s, ..PARETO };
        model.expected_purchases(&CUSTOMERS[0], 39.0).unwrap()
    };
    near(at(1.0), 0.5 * (at(1.0 - 1e-7) + at(1.0 + 1e-7)), 1e-11);
    // a + b = 1: the pole of the hypergeometric function is none of the expectation.
    let edge = |b: f64| BgNbd { a: 0.4, b, ..BG }.expected_from_new(10.0).unwrap();
    near(edge(0.6), 0.5 * (edge(0.6 - 1e-6) + edge(0.6 + 1e-6)), 1e-9);
}

#[test]
fn periods_agree_with_lifetimes() {
    let model = BgBb { alpha: 1.204, beta: 0.750, gamma: 0.657, delta: 2.783 };
    let want = oracle(ORACLE, "bgbb");
    for ((x, last), want) in
        [(0, 0), (1, 1), (3, 6), (6, 6), (2, 4)].into_iter().zip(want.chunks(3))
    {
        let pattern = Pattern { purchases: x, last, periods: 6, customers: 1.0 };
        close(model.log_likelihood(&[pattern]).unwrap(), want[0], 1e-9);
        close(model.alive(&pattern, 1).unwrap(), want[1], 1e-9);
        close(model.expected_purchases(&pattern, 5).unwrap(), want[2], 1e-9);
    }
}

/// The donations of Fader, Hardie & Shang 2010 (11,104 people, six years).
#[test]
fn donations_give_the_published_parameters() {
    let table = oracle(ORACLE, "donations");
    let patterns: Vec<Pattern> = table
        .chunks(4)
        .map(|row| Pattern {
            purchases: row[0] as u32,
            last: row[1] as u32,
            periods: row[2] as u32,
            customers: row[3],
        })
        .collect();
    let fit = BgBb::fit(&patterns).unwrap();
    assert_eq!(fit.convergence, Convergence::Reached, "{fit:?}");
    for (got, want) in [
        (fit.model.alpha, 1.204),
        (fit.model.beta, 0.750),
        (fit.model.gamma, 0.657),
        (fit.model.delta, 2.783),
    ] {
        near(got, want, 1e-3);
    }
    near(fit.log_likelihood, -33225.6, 0.1);
}

#[test]
fn value_is_discounted_period_by_period() {
    let horizon = Horizon { periods: 3, length: 4.345, rate: 0.01 };
    let got = residual_value(|t| Ok(2.0 * t), 10.0, &horizon).unwrap();
    let each = 2.0 * 4.345 * 10.0;
    near(got, each / 1.01 + each / 1.01_f64.powi(2) + each / 1.01_f64.powi(3), 1e-10);
    let bad = Horizon { length: 0.0, ..horizon };
    assert!(residual_value(Ok, 1.0, &bad).is_err());
    assert!(residual_value(Ok, f64::NAN, &horizon).is_err());
    assert!(residual_value(Ok, 1.0, &Horizon { rate: -0.1, ..horizon }).is_err());
}

#[test]
fn impossible_customers_and_parameters_are_errors() {
    let customer = |purchases, last, age| Customer { purchases, last, age };
    for bad in [
        customer(1, 5.0, 4.0),
        customer(0, 1.0, 4.0),
        customer(1, -1.0, 4.0),
        customer(1, f64::NAN, 4.0),
    ] {
        assert!(BG.alive(&bad).is_err() && PARETO.alive(&bad).is_err(), "{bad:?}");
        assert!(BgNbd::fit(&[bad], Leaving::AfterAny).is_err() && ParetoNbd::fit(&[bad]).is_err());
    }
    assert!(BgNbd::fit(&[], Leaving::AfterRepeat).is_err());
    assert!(BgNbd::fit(&[customer(0, 0.0, 0.0)], Leaving::AfterRepeat).is_err());
    assert!(BgNbd { a: 0.0, ..BG }.alive(&CUSTOMERS[0]).is_err());
    assert!(ParetoNbd { s: f64::NAN, ..PARETO }.alive(&CUSTOMERS[0]).is_err());
    assert!(BG.expected_purchases(&CUSTOMERS[0], -1.0).is_err());
    let model = BgBb { alpha: 1.0, beta: 1.0, gamma: 1.0, delta: 1.0 };
    let pattern = |purchases, last, periods| Pattern { purchases, last, periods, customers: 1.0 };
    for bad in [pattern(2, 1, 6), pattern(1, 7, 6), pattern(0, 1, 6), pattern(1, 0, 6)] {
        assert!(model.alive(&bad, 1).is_err() && BgBb::fit(&[bad]).is_err(), "{bad:?}");
    }
}

/// The integral that the series stands for, and parameters for which there is no series.
#[test]
fn expectations_exist_for_all_parameters() {
    let customer = Customer { purchases: 3, last: 20.0, age: 30.0 };
    for leaving in [Leaving::AfterRepeat, Leaving::AfterAny] {
        for (r, alpha, a, b) in [
            (0.24, 4.4, 0.79, 2.4),
            (0.24, 4.4, 1.0, 2.4),
            (2e6, 2e7, 0.8, 2.4),
            (3e6, 3e7, 3e6, 3e6),
            (0.5, 5.0, 3e-7, 3e6),
            (0.5, 5.0, 3e6, 3e-7),
            (3e-7, 3e-7, 3e-7, 3e-7),
            (40.0, 300.0, 0.5, 5.0),
            (300.0, 3000.0, 2.0, 1.0),
            (3e6, 3e-7, 1.0, 1.0),
        ] {
            let model = BgNbd { r, alpha, a, b, leaving };
            let mut before = 0.0;
            for time in [0.0, 1e-6, 1.0, 39.0, 1e4, 1e9] {
                let got = model.expected_purchases(&customer, time).unwrap();
                assert!(got.is_finite() && got >= before * (1.0 - 1e-9), "{model:?} {time}: {got}");
                before = got;
            }
        }
    }
    // Nobody leaves and all have the same rate: purchases are rate × time.
    let steady = BgNbd { r: 3e6, alpha: 3e7, a: 3e-7, b: 3e6, leaving: Leaving::AfterRepeat };
    near(steady.expected_purchases(&customer, 39.0).unwrap(), 3.9, 1e-4);
}

#[test]
fn discounted_purchases_are_the_discounted_expectations() {
    let model = BgBb { alpha: 1.204, beta: 0.750, gamma: 0.657, delta: 2.783 };
    for (purchases, last) in [(0, 0), (3, 5), (6, 6)] {
        let pattern = Pattern { purchases, last, periods: 6, customers: 1.0 };
        let (mut sum, mut before, mut discount) = (0.0, 0.0, 1.0);
        for ahead in 1..400 {
            let now = model.expected_purchases(&pattern, ahead).unwrap();
            discount /= 1.1;
            sum += (now - before) * discount;
            before = now;
        }
        close(model.residual_purchases(&pattern, 0.1).unwrap(), sum, 1e-9);
        assert!(model.residual_purchases(&pattern, 0.0).is_err());
        assert!(model.residual_purchases(&pattern, f64::NAN).is_err());
    }
}
