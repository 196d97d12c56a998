//! Ratios and quantiles.

use super::oracle;
use crate::error::Error;
use crate::experiment::joint::{Joint, PairCounts};
use crate::experiment::quantile::{ClusteredQuantile, Quantile};
use crate::experiment::ratio::Ratio;
use crate::interval::Estimate;
use crate::lift::{Arms, Scale};
use crate::moments::Metric;
use crate::tests::{Dice, close, near};

fn ratio(n: u64, sums: [f64; 2], squares: [f64; 2], product: f64) -> Ratio {
    Ratio(Joint { n, sums, products: [[squares[0], product], [0.0, squares[1]]] })
}

#[track_caller]
fn check(control: &impl Metric, treated: &impl Metric, scale: Scale, want: &[f64], p: f64) {
    let arms = Arms { treated: treated.sample().unwrap(), control: control.sample().unwrap() };
    let got = arms.lift(scale).unwrap().fixed(0.05).unwrap();
    let Estimate { value, interval, standard_error, p_value, .. } = got;
    let all = [value, interval.low, interval.high, standard_error, p_value];
    for (i, (got, want)) in all.into_iter().zip(want).enumerate() {
        close(got, *want, if i == 4 { p } else { 1e-9 });
    }
}

#[test]
fn ratios_agree_with_gbstats() {
    let a = ratio(3000, [5200.5, 4100.0], [30100.25, 9800.0], 12500.75);
    let b = ratio(3100, [5900.0, 4250.0], [36500.0, 10100.0], 13800.0);
    let sample = a.sample().unwrap();
    near(sample.mean, oracle("ratio_a")[0], 1e-14);
    near(sample.variance, oracle("ratio_a")[1], 1e-12);
    check(&a, &b, Scale::Relative, &oracle("ratio_relative"), 1e-9);
    check(&a, &b, Scale::Absolute, &oracle("ratio_absolute"), 1e-9);
}

#[test]
fn quantiles_agree_with_gbstats() {
    let quantile = |n, value, low, high| Quantile { n, n_bounds: n, level: 0.9, value, low, high };
    let (a, b) = (quantile(11000, 7.157987, 7.1, 7.2), quantile(12000, 7.694, 7.65, 7.75));
    near(a.sample().unwrap().variance, oracle("quantile_a")[1], 1e-9);
    check(&a, &b, Scale::Relative, &oracle("quantile_relative"), 1e-9);
    let below = Joint {
        n: 500,
        sums: [9900.0, 11000.0],
        products: [[214_344.0, 229_000.0], [0.0, 250_000.0]],
    };
    let clustered = ClusteredQuantile { quantile: a, below }.sample().unwrap();
    assert_eq!(clustered.n, 500);
    near(clustered.variance / 500.0, oracle("clustered")[0], 1e-12);
}

#[test]
fn impossible_sums_are_errors() {
    let zero = ratio(10, [5.0, 0.0], [5.0, 0.0], 0.0);
    assert_eq!(zero.sample(), Err(Error::ZeroDenominator));
    let torn = ratio(100, [50.0, 50.0], [60.0, 60.0], 1000.0);
    assert_eq!(torn.sample(), Err(Error::ImpossibleSums));
    let same = ratio(100, [50.0, 50.0], [60.0, 60.0], 60.0);
    near(same.sample().unwrap().variance, 0.0, 0.0);
    let counts = |n, first, second, both| PairCounts { n, first, second, both };
    assert!(counts(10, 5, 6, 0).moments().is_err(), "11 of 10 cannot be apart");
    assert!(counts(10, 5, 6, 6).moments().is_err());
    assert!(counts(0, 0, 0, 0).moments().is_err());
    near(Ratio(counts(10, 4, 8, 3)).sample().unwrap().mean, 0.5, 1e-15);
    let few = Quantile { n: 30, n_bounds: 30, level: 0.9, value: 2.0, low: 1.0, high: 3.0 };
    assert!(matches!(few.sample(), Err(Error::TooFew { .. })));
    let flat = Quantile { n: 500, n_bounds: 500, level: 0.5, value: 2.0, low: 2.0, high: 2.0 };
    assert_eq!(flat.sample(), Err(Error::NoVariance));
    for level in [0.0, 1.0, f64::NAN] {
        assert!(Quantile { level, high: 3.0, ..flat }.sample().is_err());
    }
    assert!(Quantile { low: f64::NAN, ..flat }.sample().is_err());
}

/// Coverage of the median's interval where each person has several values that resemble each
/// other, and of the one that takes them for independent.
#[test]
fn people_with_many_values_need_the_clustered_interval() {
    let (runs, people, each) = (400, 200_usize, 8_usize);
    let mut dice = Dice(11);
    let mut hits = [0_u32; 2];
    for _ in 0..runs {
        let mut values: Vec<(f64, usize)> = Vec::new();
        for person in 0..people {
            let own = dice.normal();
            values.extend((0..each).map(|_| (own + dice.normal(), person)));
        }
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let n = values.len();
        let reach = crate::experiment::quantile::Z * (0.25 * n as f64).sqrt();
        let at = |rank: f64| values[rank as usize].0;
        let middle = n as f64 / 2.0;
        let value = at(middle);
        let bounds = (at(middle - reach), at(middle + reach));
        let quantile = Quantile {
            n: n as u64,
            n_bounds: n as u64,
            level: 0.5,
            value,
            low: bounds.0,
            high: bounds.1,
        };
        let mut counts = vec![0.0; people];
        for (v, person) in &values {
            counts[*person] += f64::from(u8::from(*v <= value));
        }
        let below =
            counts.iter().fold(Joint::default(), |sum, c| sum.merge(Joint::of([*c, each as f64])));
        let samples =
            [quantile.sample().unwrap(), ClusteredQuantile { quantile, below }.sample().unwrap()];
        for (hit, sample) in hits.iter_mut().zip(samples) {
            let se = (sample.variance / sample.n as f64).sqrt();
            *hit += u32::from(sample.mean.abs() <= 1.96 * se);
        }
    }
    let [iid, clustered] = hits.map(|hit| f64::from(hit) / f64::from(runs));
    let error = 3.0 * (0.05 * 0.95 / f64::from(runs)).sqrt();
    near(clustered, 0.95, error);
    assert!(iid < 0.95 - 2.0 * error, "{iid}");
}
