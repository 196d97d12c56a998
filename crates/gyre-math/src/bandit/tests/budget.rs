//! Allocation under limits.

use crate::bandit::budget::{Limits, Segment, allocate};
use crate::bandit::reward::Prices;
use crate::experiment::joint::Joint;
use crate::moments::Metric;
use crate::tests::near;

fn segment(people: f64, values: [f64; 2], costs: [f64; 2]) -> Segment {
    Segment { people, values: values.to_vec(), costs: costs.to_vec() }
}

fn segments() -> [Segment; 3] {
    [
        segment(100.0, [1.0, 3.0], [1.0, 4.0]),
        segment(200.0, [0.5, 0.4], [1.0, 1.0]),
        segment(50.0, [-1.0, -2.0], [0.0, 0.0]),
    ]
}

#[test]
fn without_limits_everybody_gets_what_is_best() {
    let free = Limits { budget: None, stock: vec![None, None] };
    let got = allocate(&segments(), &free).unwrap();
    near(got.value, 400.0, 1e-9);
    near(got.shares[0][1] + got.shares[1][0], 2.0, 1e-12);
    near(got.shares[2][0] + got.shares[2][1], 0.0, 1e-12);
    near(got.budget_price, 0.0, 0.0);
}

#[test]
fn money_goes_where_it_brings_most() {
    // 300: the cheap arm for the first segment (1 per unit), then its upgrade (2 for 3), then the
    // second segment (0.5 per unit).
    let limits = |budget| Limits { budget: Some(budget), stock: vec![None, None] };
    let got = allocate(&segments(), &limits(300.0)).unwrap();
    near(got.value, 100.0 + 200.0 * 2.0 / 3.0, 1e-9);
    near(got.cost, 300.0, 1e-9);
    near(got.budget_price, 2.0 / 3.0, 1e-12);
    let more = allocate(&segments(), &limits(301.0)).unwrap();
    near(more.value - got.value, got.budget_price, 1e-9);
    let plenty = allocate(&segments(), &limits(1e9)).unwrap();
    near(plenty.value, 400.0, 1e-6);
    near(allocate(&segments(), &limits(0.0)).unwrap().value, 0.0, 1e-12);
}

#[test]
fn an_arm_is_given_only_while_it_lasts() {
    let limits = Limits { budget: None, stock: vec![None, Some(40.0)] };
    let got = allocate(&segments(), &limits).unwrap();
    near(got.shares[0][1], 0.4, 1e-12);
    near(got.shares[0][0], 0.6, 1e-12);
    near(got.stock_prices[1], 2.0, 1e-12);
    near(got.value, 40.0 * 3.0 + 60.0 + 100.0, 1e-9);
    let both = Limits { budget: Some(200.0), stock: vec![Some(10.0), Some(40.0)] };
    let got = allocate(&segments(), &both).unwrap();
    assert!(got.cost <= 200.0 + 1e-9);
    for arm in 0..2 {
        let used: f64 = got.shares.iter().zip(segments()).map(|(s, g)| s[arm] * g.people).sum();
        assert!(used <= [10.0, 40.0][arm] + 1e-9);
    }
}

#[test]
fn impossible_limits_are_errors() {
    let free = Limits { budget: None, stock: vec![None, None] };
    assert!(allocate(&[], &free).is_err());
    assert!(allocate(&[segment(-1.0, [1.0, 1.0], [1.0, 1.0])], &free).is_err());
    assert!(allocate(&[segment(1.0, [f64::NAN, 1.0], [1.0, 1.0])], &free).is_err());
    assert!(allocate(&[segment(1.0, [1.0, 1.0], [-1.0, 1.0])], &free).is_err());
    let broke = Limits { budget: Some(-1.0), stock: vec![None, None] };
    assert!(allocate(&segments(), &broke).is_err());
    let short = Limits { budget: None, stock: vec![None] };
    assert!(allocate(&segments(), &short).is_err());
}

#[test]
fn a_reward_counts_costs_and_how_they_go_together() {
    // Margin 10 or 0, two contacts each, one of four leaves: the one who bought nothing.
    let rows = [[10.0, 2.0, 0.0], [10.0, 2.0, 0.0], [0.0, 2.0, 0.0], [0.0, 2.0, 1.0]];
    let sums = rows.iter().fold(Joint::default(), |sum, row| sum.merge(Joint::of(*row)));
    let got = Prices { contact: 0.5, churn: 40.0 }.reward(sums).sample().unwrap();
    let net: Vec<f64> = rows.iter().map(|[m, c, l]| m - 0.5 * c - 40.0 * l).collect();
    let mean = net.iter().sum::<f64>() / 4.0;
    near(got.mean, mean, 1e-13);
    near(got.variance, net.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 3.0, 1e-11);
    assert!(Prices { contact: f64::NAN, churn: 0.0 }.reward(sums).sample().is_err());
}
