//! PSI, distances, thresholds.

use super::{counts, oracle};
use crate::drift::bins::{
    self, Zeros, chi_square, jensen_shannon, psi, quantile_edges, sampled_psi, sturges_edges,
};
use crate::drift::distance::{Points, kolmogorov_smirnov, normalised_wasserstein, wasserstein};
use crate::drift::threshold::from_chunks;
use crate::tests::{Dice, close, near};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn the_car_loan_gives_evidentlys_psi() {
    let (reference, current) = counts("car_counts");
    let want = oracle("car");
    near(psi(&reference, &current, Zeros::Evidently).unwrap(), want[0], 1e-12);
    near(want[0], 0.237248, 1e-6);
    near(jensen_shannon(&reference, &current).unwrap(), want[2], 1e-12);
    let (reference, current) = counts("car_deciles");
    near(psi(&reference, &current, Zeros::Evidently).unwrap(), want[1], 1e-12);
    near(want[1], 0.237007, 1e-6);
    for (column, published) in [
        ("salary_range", 0.031896),
        ("repaid_loan_on_prev_car", 0.066515),
        ("size_of_downpayment", 0.000137),
    ] {
        let (reference, current) = counts(column);
        let want = oracle(&format!("{column}_drift"));
        let got = psi(&reference, &current, Zeros::Evidently).unwrap();
        near(got, want[0], 1e-12);
        near(got, published, 1e-6);
        let test = chi_square(&reference, &current).unwrap();
        close(test.statistic, want[1], 1e-10);
        near(test.p_value, want[2], 1e-10);
    }
}

/// One row of the data shows the trouble with p-values: p near 1e-184 and a PSI of .07.
#[test]
fn a_tiny_p_value_is_no_large_drift() {
    let values = oracle("loan_values");
    let (reference, current) = counts("loan_counts");
    let points = |counts: &[f64]| {
        let all: Vec<(f64, f64)> =
            values.iter().copied().zip(counts.iter().copied()).filter(|p| p.1 > 0.0).collect();
        Points::new(&all).unwrap()
    };
    let (a, b) = (points(&reference), points(&current));
    let want = oracle("loan");
    let test = kolmogorov_smirnov(&a, &b);
    near(test.statistic, want[1], 1e-12);
    close(test.p_value.ln() / want[2].ln(), 1.0, 1e-12);
    near(wasserstein(&a, &b), want[3], 1e-10);
    near(normalised_wasserstein(&a, &b).unwrap(), want[4], 1e-12);
    near(want[4], 0.165756, 1e-6);
    near(jensen_shannon(&reference, &current).unwrap(), want[5], 1e-12);
    // Sturges' bins from the values themselves.
    let spread = |counts: &[f64]| -> Vec<f64> {
        let pairs = values.iter().zip(counts);
        pairs.flat_map(|(v, n)| std::iter::repeat_n(*v, *n as usize)).collect()
    };
    let (x, y) = (spread(&reference), spread(&current));
    let edges = sturges_edges(&x, &y).unwrap();
    let counted = |values: &[f64]| bins::counts(values, &edges).unwrap();
    let got = psi(&counted(&x), &counted(&y), Zeros::Evidently).unwrap();
    near(got, want[0], 1e-12);
    near(got, 0.068728, 1e-6);
    let deciles = quantile_edges(&x, 10).unwrap();
    assert!(deciles.len() <= 11 && deciles[0].is_infinite());
}

#[test]
fn edges_are_numpys() {
    let edges = oracle("car_edges");
    let (low, high) = (edges[0], edges[edges.len() - 1]);
    let mut values = vec![low; 50_000];
    values[0] = high;
    let got = sturges_edges(&values, &vec![low; 50_000]).unwrap();
    assert_eq!(got.len(), edges.len());
    for (got, want) in got.iter().zip(edges) {
        close(*got, want, 1e-14);
    }
    assert_eq!(sturges_edges(&[2.0], &[2.0]).unwrap(), [1.5, 2.0, 2.5]);
    assert_eq!(bins::counts(&[1.0, 2.0, 3.0, 9.0], &[1.0, 2.0, 3.0]).unwrap(), [1.0, 2.0]);
    assert!(bins::counts(&[1.0], &[2.0, 2.0]).is_err());
    assert!(bins::counts(&[f64::NAN], &[1.0, 2.0]).is_err());
}

#[test]
fn small_samples_agree_with_scipy() {
    let (a, b) = (Points::of(&oracle("small")).unwrap(), Points::of(&oracle("other")).unwrap());
    let want = oracle("small_drift");
    let test = kolmogorov_smirnov(&a, &b);
    near(test.statistic, want[0], 1e-14);
    near(test.p_value, want[1], 1e-13);
    near(wasserstein(&a, &b), want[2], 1e-14);
    near(a.sd(), want[3], 1e-14);
    let flat = Points::of(&[1.0, 1.0]).unwrap();
    assert!(normalised_wasserstein(&flat, &a).is_err());
    near(normalised_wasserstein(&flat, &flat).unwrap(), 0.0, 0.0);
    assert!(Points::of(&[]).is_err() && Points::new(&[(1.0, 0.0)]).is_err());
    assert!(Points::of(&[f64::NAN]).is_err());
    // Kolmogorov's tail through samples whose distance is known: n points each, one apart.
    for (lambda, want) in
        [0.1, 0.4, 0.7, 0.999, 1.0, 1.36, 2.5].into_iter().zip(oracle("kolmogorov"))
    {
        let n = 2.0 * (lambda * 1e6_f64).powi(2);
        let d = lambda / (n / 2.0_f64).sqrt();
        let a = Points::new(&[(0.0, n)]).unwrap();
        let b = Points::new(&[(0.0, n * (1.0 - d)), (1.0, n * d)]).unwrap();
        near(kolmogorov_smirnov(&a, &b).p_value, want, 1e-9);
    }
}

/// Without drift the corrected PSI alarms at its level, whatever the sizes; the rule of .1 does not
/// know them.
#[test]
fn the_sampling_correction_keeps_its_level() {
    let mut dice = Dice(71);
    let (runs, mut alarms, mut rule, mut mean) = (1500_u32, 0_u32, 0_u32, 0.0);
    let mut expected = 0.0;
    for _ in 0..runs {
        let mut draw = |n: usize| {
            let mut counts = vec![0.0; 10];
            for _ in 0..n {
                counts[dice.below(10)] += 1.0;
            }
            counts
        };
        let (reference, current) = (draw(400), draw(150));
        let got = sampled_psi(&reference, &current, Zeros::Evidently, 0.05).unwrap();
        assert_eq!(got.value > got.critical, got.p_value < 0.05);
        alarms += u32::from(got.p_value < 0.05);
        rule += u32::from(got.value > 0.1);
        mean += got.value / f64::from(runs);
        expected = got.expected;
    }
    let n = f64::from(runs);
    near(f64::from(alarms) / n, 0.05, 3.0 * (0.05 * 0.95 / n).sqrt() + 0.01);
    near(mean, expected, 0.1 * expected);
    assert!(f64::from(rule) / n > 0.15, "the rule of thumb alarms often: {rule}");
}

#[test]
fn limits_come_from_chunks() {
    let limits = from_chunks(&[0.1, 0.2, 0.3], 3.0, Some(0.0)).unwrap();
    near(limits.high, 0.2 + 3.0 * (0.02_f64 / 3.0).sqrt(), 1e-15);
    assert_eq!(limits.low, None);
    assert!(limits.is_alarm(0.5) && !limits.is_alarm(0.0) && limits.is_alarm(f64::NAN));
    let both = from_chunks(&[10.0, 11.0, 12.0], 1.0, None).unwrap();
    assert!(both.is_alarm(9.0) && both.is_alarm(13.0) && !both.is_alarm(11.0));
    assert!(
        from_chunks(&[1.0], 3.0, None).is_err() && from_chunks(&[1.0, 2.0], -1.0, None).is_err()
    );
    assert!(from_chunks(&[1.0, f64::NAN], 3.0, None).is_err());
}

#[test]
fn impossible_counts_are_errors() {
    let zeros = Zeros::Evidently;
    assert!(psi(&[1.0], &[1.0, 2.0], zeros).is_err() && psi(&[0.0], &[1.0], zeros).is_err());
    assert!(psi(&[-1.0, 3.0], &[1.0, 2.0], zeros).is_err());
    assert!(psi(&[1.0, 0.0], &[1.0, 2.0], Zeros::Share(0.0)).is_err());
    assert!(psi(&[1.0, 0.0], &[0.0, 2.0], Zeros::Share(1e-3)).unwrap().is_finite());
    assert!(chi_square(&[1.0, 0.0], &[1.0, 0.0]).is_err());
    assert!(jensen_shannon(&[f64::NAN], &[1.0]).is_err());
    assert!(sampled_psi(&[5.0, 0.0], &[5.0, 0.0], zeros, 0.05).is_err());
    assert!(sturges_edges(&[], &[]).is_err() && quantile_edges(&[1.0], 1).is_err());
    near(jensen_shannon(&[1.0, 0.0], &[0.0, 1.0]).unwrap(), 2.0_f64.ln().sqrt(), 1e-15);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sizes_are_symmetric_and_zero_only_for_the_same(a in vec(1_u32..500, 4), b in vec(1_u32..500, 4)) {
        let as_counts = |v: &[u32]| v.iter().map(|n| f64::from(*n)).collect::<Vec<_>>();
        let (p, q) = (as_counts(&a), as_counts(&b));
        for measure in [|p: &[f64], q: &[f64]| psi(p, q, Zeros::Evidently).unwrap(), |p: &[f64], q: &[f64]| jensen_shannon(p, q).unwrap()] {
            near(measure(&p, &q), measure(&q, &p), 1e-12);
            prop_assert!(measure(&p, &q) >= 0.0);
            let twice: Vec<f64> = p.iter().map(|n| 2.0 * n).collect();
            near(measure(&p, &twice), 0.0, 1e-7);
        }
    }

    #[test]
    fn points_merge_and_move(a in vec(-10.0..10.0, 1..20), b in vec(-10.0..10.0, 1..20), shift in 0.0..5.0) {
        let (x, y) = (Points::of(&a).unwrap(), Points::of(&b).unwrap());
        let whole: Vec<f64> = a.iter().chain(&b).copied().collect();
        prop_assert_eq!(x.merge(&y), Points::of(&whole).unwrap());
        near(wasserstein(&x, &y), wasserstein(&y, &x), 1e-12);
        let moved: Vec<f64> = a.iter().map(|v| v + shift).collect();
        near(wasserstein(&x, &Points::of(&moved).unwrap()), shift, 1e-9);
        let d = kolmogorov_smirnov(&x, &y);
        prop_assert!((0.0..=1.0).contains(&d.statistic) && (0.0..=1.0).contains(&d.p_value));
    }
}
