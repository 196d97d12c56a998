//! What is learnt from given sums, and the laws.

use crate::{Error, REST, candidates, learn};
use expect_test::{Expect, expect};
use gyre_config::kinds::{Campaign, DecisionPolicy, Managed};
use gyre_math::moments::Mean;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;

type Weights = BTreeMap<String, BTreeMap<String, f64>>;

fn policy(method: &str, floor: f64) -> DecisionPolicy {
    serde_json::from_value(json!({
        "method": method, "floor": floor, "minimum_per_variant": 30,
        "segments": [{"name": "new", "rule": "true"}],
    }))
    .unwrap()
}

fn names(of: &[&str]) -> Vec<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}

fn mean(n: u64, average: f64, sd: f64) -> Mean {
    let squares = sd * sd * (n.max(1) - 1) as f64 + average * average * n as f64;
    Mean { n, sum: average * n as f64, sum_squares: squares }
}

fn rewards(segment: &str, arms: &[(&str, Mean)]) -> BTreeMap<String, BTreeMap<String, Mean>> {
    let arms = arms.iter().map(|(name, mean)| ((*name).to_owned(), *mean)).collect();
    [(segment.to_owned(), arms)].into()
}

/// Shows one segment: variant, n, probability of being best, weight.
fn check(policy: &DecisionPolicy, arms: &[(&str, Mean)], old: &Weights, expected: &Expect) {
    let all = names(&arms.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let learnt = learn(policy, &all, &rewards("new", arms), old).unwrap();
    assert!(learnt.iter().skip(all.len()).all(|row| row.segment == REST && row.n == 0));
    let mut told = String::new();
    for row in learnt.iter().filter(|row| row.segment == "new") {
        let (best, weight) = (row.best_probability, row.weight);
        writeln!(told, "{} n={} best={best:.6} weight={weight:.6}", row.variant, row.n).unwrap();
    }
    expected.assert_eq(&told);
}

fn old(weights: &[(&str, f64)]) -> Weights {
    let weights = weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
    [("new".to_owned(), weights)].into()
}

#[test]
fn weights_are_probabilities_of_being_best_above_the_floor() {
    let arms =
        [("a", mean(1000, 1.0, 10.0)), ("b", mean(1000, 2.0, 10.0)), ("c", mean(1000, 2.0, 10.0))];
    check(
        &policy("thompson", 0.05),
        &arms,
        &Weights::new(),
        &expect![[r"
        a n=1000 best=0.001804 weight=0.051534
        b n=1000 best=0.499098 weight=0.474233
        c n=1000 best=0.499098 weight=0.474233
    "]],
    );
    check(
        &policy("uniform", 0.05),
        &arms,
        &old(&[("a", 1.0)]),
        &expect![[r"
        a n=1000 best=0.001804 weight=0.333333
        b n=1000 best=0.499098 weight=0.333333
        c n=1000 best=0.499098 weight=0.333333
    "]],
    );
}

/// With much data the prior is forgotten: the exact probabilities of 05 §4.1, which have a flat one.
#[test]
fn much_data_gives_the_flat_prior_s_probabilities() {
    let of = |sum: f64, sum_squares: f64| Mean { n: 1000, sum, sum_squares };
    let arms = [
        ("a", of(10.0, 2000.0)),
        ("b", of(20.0, 2000.0)),
        ("c", of(30.0, 2000.0)),
        ("d", of(300.0, 20000.0)),
    ];
    let all = names(&["a", "b", "c", "d"]);
    let got = learn(&policy("thompson", 0.0), &all, &rewards("new", &arms), &Weights::new());
    let flat = [0.011_032_752, 0.015_627_655, 0.021_718_637, 0.951_620_956];
    for (row, flat) in got.unwrap().iter().zip(flat) {
        assert!((row.weight - flat).abs() < 0.002, "{} against {flat}", row.weight);
    }
}

#[test]
fn too_few_closed_decisions_keep_the_old_weights() {
    let arms = [("a", mean(500, 1.0, 1.0)), ("b", mean(29, 9.0, 1.0))];
    let thompson = policy("thompson", 0.05);
    check(
        &thompson,
        &arms,
        &old(&[("a", 0.8), ("b", 0.2)]),
        &expect![[r"
        a n=500 best=0.000000 weight=0.800000
        b n=29 best=1.000000 weight=0.200000
    "]],
    );
    check(
        &thompson,
        &arms,
        &Weights::new(),
        &expect![[r"
        a n=500 best=0.000000 weight=0.500000
        b n=29 best=1.000000 weight=0.500000
    "]],
    );
    // `x` was dropped, `b` is new: it gets an equal share.
    check(
        &thompson,
        &arms,
        &old(&[("a", 0.6), ("x", 0.4)]),
        &expect![[r"
        a n=500 best=0.000000 weight=0.500000
        b n=29 best=1.000000 weight=0.500000
    "]],
    );
    check(
        &policy("thompson", 0.3),
        &arms,
        &old(&[("a", 0.9), ("b", 0.1)]),
        &expect![[r"
        a n=500 best=0.000000 weight=0.700000
        b n=29 best=1.000000 weight=0.300000
    "]],
    );
}

#[test]
fn a_candidate_that_earned_nothing_yet_is_not_thought_certain() {
    let arms = [("a", mean(40, 0.0, 0.0)), ("b", mean(40, 0.5, 3.0))];
    check(
        &policy("thompson", 0.0),
        &arms,
        &Weights::new(),
        &expect![[r"
        a n=40 best=0.146975 weight=0.146975
        b n=40 best=0.853025 weight=0.853025
    "]],
    );
    let one = [("a", mean(1, 5.0, 0.0)), ("b", mean(40, 0.5, 3.0))];
    check(
        &policy("thompson", 0.0),
        &one,
        &Weights::new(),
        &expect![[r"
        a n=1 best=0.855366 weight=0.500000
        b n=40 best=0.144634 weight=0.500000
    "]],
    );
}

#[test]
fn rewards_without_variation_teach_nothing() {
    let arms = [("a", mean(50, 0.0, 0.0)), ("b", mean(50, 0.0, 0.0))];
    check(
        &policy("thompson", 0.05),
        &arms,
        &old(&[("a", 0.8), ("b", 0.2)]),
        &expect![[r"
        a n=50 best=0.500000 weight=0.800000
        b n=50 best=0.500000 weight=0.200000
    "]],
    );
}

#[test]
fn impossible_sums_are_an_error_that_names_the_segment() {
    let broken = Mean { n: 50, sum: 100.0, sum_squares: 1.0 };
    let got = learn(
        &policy("thompson", 0.05),
        &names(&["a", "b"]),
        &rewards("new", &[("a", broken), ("b", mean(50, 1.0, 1.0))]),
        &Weights::new(),
    );
    let Err(Error::Segment { segment, .. }) = got else { panic!("{got:?}") };
    assert_eq!(segment, "new");
}

#[test]
fn dropped_variants_are_no_candidates() {
    let campaign: Campaign = serde_json::from_value(json!({
        "variants": [{"name": "b"}, {"name": "a"}, {"name": "c"}],
    }))
    .unwrap();
    let managed = Managed { dropped: names(&["a"]), ..Managed::default() };
    assert_eq!(candidates(&campaign, &managed), names(&["b", "c"]));
    let none = learn(&policy("thompson", 0.0), &[], &BTreeMap::new(), &Weights::new());
    assert!(none.unwrap().is_empty());
}

fn arm() -> impl Strategy<Value = Mean> {
    (0_u64..400, -20.0..20.0_f64, 0.0..30.0_f64).prop_map(|(n, average, sd)| mean(n, average, sd))
}
fn arms() -> impl Strategy<Value = Vec<Mean>> {
    prop::collection::vec(arm(), 1..6)
}
fn weigh(arms: &[Mean], order: &[usize], floor: f64, old: &[f64]) -> BTreeMap<String, f64> {
    let all: Vec<String> = order.iter().map(|place| format!("v{place}")).collect();
    let named = arms.iter().enumerate().map(|(place, arm)| (format!("v{place}"), *arm)).collect();
    let old = old.iter().enumerate().map(|(place, w)| (format!("v{place}"), *w)).collect();
    let (rewards, old) = ([("new".to_owned(), named)].into(), [("new".to_owned(), old)].into());
    let learnt = learn(&policy("thompson", floor), &all, &rewards, &old).unwrap();
    let new = learnt.into_iter().filter(|row| row.segment == "new");
    new.map(|row| (row.variant, row.weight)).collect()
}

proptest! {
    #[test]
    fn weights_sum_to_one_above_the_floor(
        arms in arms(), floor in 0.0..0.4_f64, old in prop::collection::vec(0.0..1.0_f64, 0..6),
    ) {
        let order: Vec<usize> = (0..arms.len()).collect();
        let weights = weigh(&arms, &order, floor, &old);
        prop_assert!((weights.values().sum::<f64>() - 1.0).abs() < 1e-9);
        let least = floor.min(1.0 / arms.len() as f64);
        prop_assert!(weights.values().all(|weight| *weight >= least - 1e-12), "{weights:?}");
    }

    #[test]
    fn the_order_of_candidates_does_not_matter(arms in arms(), floor in 0.0..0.1_f64) {
        let order: Vec<usize> = (0..arms.len()).collect();
        let back: Vec<usize> = order.iter().rev().copied().collect();
        let (one, other) = (weigh(&arms, &order, floor, &[]), weigh(&arms, &back, floor, &[]));
        for (name, weight) in &one {
            prop_assert!((weight - other[name]).abs() < 1e-8, "{one:?} {other:?}");
        }
    }

    /// The same amount more for each decision: the spread stays, the mean rises.
    #[test]
    fn more_reward_never_lowers_the_weight(
        arms in prop::collection::vec((30_u64..400, -20.0..20.0_f64, 0.1..30.0_f64), 2..5),
        more in 0.0..10.0_f64,
    ) {
        let of = |raise: f64| -> Vec<Mean> {
            let arm = |(place, (n, average, sd)): (usize, &(u64, f64, f64))| {
                mean(*n, average + if place == 0 { raise } else { 0.0 }, *sd)
            };
            arms.iter().enumerate().map(arm).collect()
        };
        let order: Vec<usize> = (0..arms.len()).collect();
        let (before, after) = (weigh(&of(0.0), &order, 0.05, &[]), weigh(&of(more), &order, 0.05, &[]));
        prop_assert!(after["v0"] >= before["v0"] - 1e-8, "{before:?} {after:?}");
    }
}
