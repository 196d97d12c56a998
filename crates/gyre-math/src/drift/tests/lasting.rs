//! Kaplan–Meier and intervals of rates.

use super::oracle;
use crate::drift::interval::{delta_method, wilson};
use crate::drift::survival::{kaplan_meier, quantile, restricted_mean, survival_at};
use crate::lift::{Arms, Scale};
use crate::moments::Metric;
use crate::tests::{Dice, near, proportion};

/// Freireich's leukaemia patients, as in the textbooks.
const TIMES: [(f64, bool); 21] = [
    (6.0, true),
    (6.0, true),
    (6.0, true),
    (6.0, false),
    (7.0, true),
    (9.0, false),
    (10.0, true),
    (10.0, false),
    (11.0, false),
    (13.0, true),
    (16.0, true),
    (17.0, false),
    (19.0, false),
    (20.0, false),
    (22.0, true),
    (23.0, true),
    (25.0, false),
    (32.0, false),
    (32.0, false),
    (34.0, false),
    (35.0, false),
];

#[test]
fn survival_agrees_with_statsmodels() {
    let rows: Vec<(f64, bool, f64)> = TIMES.iter().map(|(t, left)| (*t, *left, 1.0)).collect();
    let curve = kaplan_meier(&rows, 0.05).unwrap();
    let (times, survival, errors) = (oracle("km_times"), oracle("km_survival"), oracle("km_se"));
    let at = |time: f64| times.iter().position(|t| (t - time).abs() < 1e-9).unwrap();
    for point in &curve {
        near(point.survival, survival[at(point.time)], 1e-14);
        near(point.standard_error, errors[at(point.time)], 1e-14);
        assert!(point.interval.low < point.survival && point.survival < point.interval.high);
        assert!(point.interval.low > 0.0 && point.interval.high < 1.0);
    }
    // The textbook's log-log interval at 6: .857 (.620, .952).
    near(curve[0].interval.low, 0.620, 5e-4);
    near(curve[0].interval.high, 0.952, 5e-4);
    assert_eq!(quantile(&curve, 0.5), Ok(Some(23.0)));
    assert_eq!(quantile(&curve, 0.1), Ok(None));
    near(survival_at(&curve, 5.9), 1.0, 0.0);
    near(survival_at(&curve, 6.0), 18.0 / 21.0, 1e-15);
    near(restricted_mean(&curve, 6.5).unwrap(), 6.0 + 0.5 * 18.0 / 21.0, 1e-14);
    // Counts merge.
    let halves: Vec<(f64, bool, f64)> =
        TIMES.iter().flat_map(|(t, left)| [(*t, *left, 0.5), (*t, *left, 0.5)]).rev().collect();
    for (a, b) in kaplan_meier(&halves, 0.05).unwrap().iter().zip(&curve) {
        near(a.survival, b.survival, 1e-12);
    }
}

#[test]
fn survival_intervals_cover() {
    let (mut dice, runs, mut hits) = (Dice(83), 800, 0_u32);
    for _ in 0..runs {
        let rows: Vec<(f64, bool, f64)> = (0..80)
            .map(|_| {
                let leave = -(1.0 - dice.uniform()).ln();
                let seen = 2.0 * dice.uniform();
                (leave.min(seen), leave <= seen, 1.0)
            })
            .collect();
        let curve = kaplan_meier(&rows, 0.05).unwrap();
        let point = curve.iter().rev().find(|point| point.time <= 0.7).unwrap();
        hits += u32::from(point.interval.contains((-0.7_f64).exp()));
    }
    let share = f64::from(hits) / f64::from(runs);
    near(share, 0.95, 3.0 * (0.05 * 0.95 / f64::from(runs)).sqrt());
}

#[test]
fn the_end_of_a_curve_is_known() {
    let all = kaplan_meier(&[(1.0, true, 2.0), (2.0, true, 1.0)], 0.05).unwrap();
    let last = all[1];
    near(last.survival, 0.0, 0.0);
    assert!(last.interval.low.abs() < 1e-15 && last.interval.high >= 1.0);
    assert!(kaplan_meier(&[(1.0, false, 2.0)], 0.05).unwrap().is_empty());
    for rows in
        [vec![], vec![(-1.0, true, 1.0)], vec![(1.0, true, 0.0)], vec![(f64::NAN, true, 1.0)]]
    {
        assert!(kaplan_meier(&rows, 0.05).is_err(), "{rows:?}");
    }
    assert!(quantile(&all, 1.5).is_err() && restricted_mean(&all, f64::NAN).is_err());
}

#[test]
fn rates_agree_with_statsmodels() {
    let want = oracle("wilson");
    for ((k, n), want) in [(0, 10), (3, 10), (50, 1000), (10, 10)].into_iter().zip(want.chunks(2)) {
        let got = wilson(&proportion(n, k), 0.05).unwrap();
        near(got.low, want[0], 1e-12);
        near(got.high, want[1], 1e-12);
    }
    assert!(wilson(&proportion(0, 0), 0.05).is_err() && wilson(&proportion(1, 1), 0.0).is_err());
}

#[test]
fn the_delta_method_gives_the_relative_lift() {
    let (control, treated) = (proportion(10_000, 500), proportion(10_000, 570));
    let (c, t) = (control.sample().unwrap(), treated.sample().unwrap());
    let lift = Arms { treated: t, control: c }.lift(Scale::Relative).unwrap();
    let covariance = [vec![t.variance / 1e4, 0.0], vec![0.0, c.variance / 1e4]];
    let gradient = [1.0 / c.mean, -t.mean / c.mean / c.mean];
    let got = delta_method(t.mean / c.mean - 1.0, &gradient, &covariance, 0.05).unwrap();
    near(got.value, lift.value, 1e-14);
    near(got.standard_error, lift.standard_error(), 1e-14);
    assert!(delta_method(1.0, &[1.0], &[vec![0.0]], 0.05).is_err());
    assert!(delta_method(1.0, &[1.0], &[vec![1.0, 1.0]], 0.05).is_err());
    assert!(delta_method(f64::NAN, &[1.0], &[vec![1.0]], 0.05).is_err());
}
