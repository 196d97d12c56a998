//! Laws of bandits that hold for all inputs.

use crate::bandit::budget::{Limits, Segment, allocate};
use crate::bandit::explore::{epsilon_greedy, inverse_gap, limited_change, softmax, with_floors};
use crate::draw;
use crate::tests::near;
use proptest::collection::vec;
use proptest::prelude::*;

fn segment() -> impl Strategy<Value = Segment> {
    (0.0..100.0, vec(-1.0..5.0, 3), vec(0.0..3.0, 3)).prop_map(|(people, values, costs)| Segment {
        people,
        values,
        costs,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_gives_a_distribution_that_follows_the_scores(
        scores in vec(-5.0..5.0, 1..8), rate in 0.0..1.0, gamma in 0.0..1e4, turn in 0_usize..8,
    ) {
        let rules = |s: &[f64]| [
            epsilon_greedy(s, rate).unwrap(),
            inverse_gap(s, gamma).unwrap(),
            softmax(s, rate + 0.1).unwrap(),
        ];
        let mut turned = scores.clone();
        let by = turn % scores.len();
        turned.rotate_left(by);
        for (mut p, q) in rules(&scores).into_iter().zip(rules(&turned)) {
            prop_assert!(draw::check(&p).is_ok());
            for i in 0..scores.len() {
                for j in 0..scores.len() {
                    prop_assert!(scores[i] < scores[j] || p[i] >= p[j] - 1e-12);
                }
            }
            p.rotate_left(by);
            for (a, b) in p.iter().zip(q) {
                near(*a, b, 1e-12);
            }
        }
    }

    #[test]
    fn floors_hold_and_steps_are_short(
        parts in vec(0.01..1.0, 4), wanted in vec(0.01..1.0, 4), floors in vec(0.0..0.2, 4), limit in 0.01..0.5,
    ) {
        let normal = |all: &[f64]| { let sum: f64 = all.iter().sum(); all.iter().map(|v| v / sum).collect::<Vec<_>>() };
        let (now, wanted) = (normal(&parts), normal(&wanted));
        let held = with_floors(&now, &floors).unwrap();
        prop_assert!(draw::check(&held).is_ok() && held.iter().zip(&floors).all(|(p, f)| p >= f));
        let step = limited_change(&now, &wanted, limit).unwrap();
        prop_assert!(draw::check(&step).is_ok());
        prop_assert!(now.iter().zip(&step).all(|(a, b)| (a - b).abs() <= limit + 1e-12));
    }

    /// Weak duality closes the gap: no allocation that keeps the limits can be worth more than
    /// the prices say, and this one is worth just that.
    #[test]
    fn an_allocation_keeps_its_limits_and_cannot_be_beaten(
        segments in vec(segment(), 1..6), budget in 0.0..200.0, stock in 0.0..100.0,
    ) {
        let limits = Limits { budget: Some(budget), stock: vec![None, Some(stock), None] };
        let got = allocate(&segments, &limits).unwrap();
        prop_assert!(got.cost <= budget * (1.0 + 1e-9) + 1e-9);
        let mut used = 0.0;
        let mut bound = budget * got.budget_price + stock * got.stock_prices[1];
        for (shares, segment) in got.shares.iter().zip(&segments) {
            prop_assert!(shares.iter().all(|x| (-1e-12..=1.0 + 1e-9).contains(x)));
            prop_assert!(shares.iter().sum::<f64>() <= 1.0 + 1e-9);
            used += shares[1] * segment.people;
            let net = |arm: usize| {
                segment.values[arm] - got.budget_price * segment.costs[arm] - got.stock_prices[arm]
            };
            bound += segment.people * (0..3).map(net).fold(0.0, f64::max);
        }
        prop_assert!(used <= stock + 1e-9);
        near(got.value, bound, 1e-6);
    }
}
