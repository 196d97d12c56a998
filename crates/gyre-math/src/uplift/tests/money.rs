//! Profit and budgets.

use super::{People, people};
use crate::tests::near;
use crate::uplift::cost_curve::{Treatments, cost_curve};
use crate::uplift::profit::{Prices, profit_curve};
use crate::uplift::scikit_uplift::max_prof_uplift;
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn profit_is_what_it_is_by_hand() {
    let people = People {
        scores: vec![4.0, 3.0, 2.0, 1.0],
        outcomes: vec![1.0, 0.0, 0.0, 1.0],
        treated: vec![true, false, true, false],
    };
    let prices = Prices { benefit: 10.0, contact: 1.0, incentive: 2.0, fixed: 3.0 };
    let got = profit_curve(&people.scored(), &prices).unwrap();
    // At 1 nobody is in control; at 2 uplift 1, rate 1; at 3 uplift ½, rate ½; at 4 uplift 0, rate ½.
    let want = [
        0.0,
        -1.0 - 3.0,
        2.0 * (10.0 - 2.0 - 1.0) - 3.0,
        3.0 * (5.0 - 1.0 - 1.0) - 3.0,
        4.0 * -2.0 - 3.0,
    ];
    for (got, want) in got.curve.iter().zip(want) {
        near(*got, want, 1e-12);
    }
    assert_eq!(got.best, 2);
    let dear = profit_curve(&people.scored(), &Prices { contact: 100.0, ..prices }).unwrap();
    assert_eq!(dear.best, 0);
    assert!(profit_curve(&people.scored(), &Prices { fixed: f64::NAN, ..prices }).is_err());
    assert!(profit_curve(&self::people(true).scored(), &prices).is_ok());
}

/// As sklift has it, the rate of a group that is still empty is 0: so at 1 the whole rate is uplift.
#[test]
fn maximum_profit_is_per_person() {
    let people = people(true);
    let prices = Prices { benefit: 10.0, contact: 1.0, incentive: 2.0, fixed: 3.0 };
    let got = max_prof_uplift(&people.scored(), &prices).unwrap();
    let whole = profit_curve(&people.scored(), &prices).unwrap().curve;
    let n = people.scores.len() as f64;
    assert_eq!(got.len() + 1, whole.len());
    for (got, want) in got.iter().zip(&whole[1..]).skip(20) {
        near(*got, want / n, 1e-12);
    }
    let first =
        People { scores: vec![2.0, 1.0], outcomes: vec![1.0, 0.0], treated: vec![true, false] };
    let got = max_prof_uplift(&first.scored(), &prices).unwrap();
    near(got[0], (10.0 - 2.0 - 1.0 - 3.0) / 2.0, 1e-12);
    near(got[1], (2.0 * (10.0 - 2.0 - 1.0) - 3.0) / 2.0, 1e-12);
    assert!(max_prof_uplift(&first.scored(), &Prices { benefit: f64::NAN, ..prices }).is_err());
}

#[test]
fn money_buys_the_best_effect_first() {
    let predicted = [vec![1.0, 1.5], vec![0.2, 3.0], vec![-1.0, -2.0], vec![2.0, 1.9]];
    let costs = [vec![1.0, 2.0], vec![1.0, 2.0], vec![1.0, 2.0], vec![1.0, 2.0]];
    let all = Treatments { predicted: &predicted, costs: &costs, scores: &predicted };
    let curve = cost_curve(&all).unwrap();
    let order: Vec<(usize, usize)> = curve.steps.iter().map(|s| (s.person, s.treatment)).collect();
    assert_eq!(order, [(3, 0), (1, 1), (0, 0), (0, 1)]);
    let gain = curve.gain(0.75, &predicted).unwrap();
    near(gain.value, 5.0 / 4.0, 1e-12);
    near(gain.cost, 0.75, 1e-12);
    near(curve.gain(0.0, &predicted).unwrap().value, 0.0, 0.0);
    near(curve.gain(9.0, &predicted).unwrap().value, 6.5 / 4.0, 1e-12);
    assert!(curve.gain(-1.0, &predicted).is_err() && curve.gain(1.0, &predicted[..2]).is_err());
    let free = [vec![0.0, 1.0]];
    assert!(cost_curve(&Treatments { predicted: &free, costs: &free, scores: &free }).is_err());
    assert!(cost_curve(&Treatments { predicted: &[], costs: &[], scores: &[] }).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Judged by its own predictions the curve rises, ever more slowly, to the best for everybody.
    #[test]
    fn a_cost_curve_rises_and_bends_down(rows in vec((vec(-1.0..3.0, 3), vec(0.1..2.0, 3)), 1..20)) {
        let predicted: Vec<Vec<f64>> = rows.iter().map(|r| r.0.clone()).collect();
        let costs: Vec<Vec<f64>> = rows.iter().map(|r| r.1.clone()).collect();
        let curve = cost_curve(&Treatments { predicted: &predicted, costs: &costs, scores: &predicted }).unwrap();
        let (mut cost, mut gain, mut slope) = (0.0, 0.0, f64::INFINITY);
        for step in &curve.steps {
            prop_assert!(step.cost > cost && step.gain > gain);
            let now = (step.gain - gain) / (step.cost - cost);
            prop_assert!(now <= slope * (1.0 + 1e-6) + 1e-9);
            (cost, gain, slope) = (step.cost, step.gain, now);
        }
        let best: f64 = predicted.iter().map(|row| row.iter().copied().fold(0.0, f64::max)).sum();
        near(gain, best / rows.len() as f64, 1e-9);
    }
}
