//! Fixed-horizon lifts against gbstats and Hillstrom's e-mail test.

use super::{mean, near, proportion};
use crate::error::{Error, Result};
use crate::interval::{Estimate, Side};
use crate::lift::{Arms, Lift, Scale};
use crate::moments::{Mean, Metric, Sample};

pub(super) fn lift(control: &impl Metric, treated: &impl Metric, scale: Scale) -> Result<Lift> {
    Arms { treated: treated.sample()?, control: control.sample()? }.lift(scale)
}

/// Value, low, high, standard error, p.
#[track_caller]
pub(super) fn check(got: &Estimate, want: [f64; 5], tolerance: f64) {
    let all = [got.value, got.interval.low, got.interval.high, got.standard_error, got.p_value];
    for (got, want) in all.into_iter().zip(want) {
        if want.is_infinite() {
            assert!(got.is_infinite() && got.signum() == want.signum(), "got {got}, want {want}");
        } else if !want.is_nan() {
            near(got, want, tolerance);
        }
    }
}

pub(super) fn a() -> impl Metric {
    mean(3407, 1396.87, 52377.9767)
}
pub(super) fn a_short() -> impl Metric {
    mean(3000, 1396.87, 52377.9767)
}
pub(super) fn b() -> impl Metric {
    mean(3461, 2422.7, 134_698.29)
}

#[test]
fn means_agree_with_gbstats() {
    let relative = lift(&a(), &b(), Scale::Relative).unwrap().fixed(0.05).unwrap();
    check(&relative, [0.70732, -0.03526, 1.44989, 0.37879, 0.06191], 1e-5);
    let absolute = lift(&a(), &b(), Scale::Absolute).unwrap().fixed(0.05).unwrap();
    check(&absolute, [0.29, 0.04538, 0.53462, 0.12478, 0.02016], 1e-5);
    let short = lift(&mean(100, 270.0, 848.79), &mean(120, 300.0, 869.0), Scale::Relative);
    let short = short.unwrap().fixed(0.05).unwrap();
    check(&short, [-0.074074074, f64::NAN, f64::NAN, f64::NAN, 0.145219005], 1e-9);
}

#[test]
fn small_proportions_agree_with_gbstats() {
    let got = lift(&proportion(28, 14), &proportion(30, 16), Scale::Relative);
    check(&got.unwrap().fixed(0.05).unwrap(), [0.06667, -0.47767, 0.61101, 0.2717, 0.80707], 1e-5);
}

#[test]
fn large_proportions_agree_with_gbstats() {
    let (control, treated) = (proportion(10_000, 500), proportion(10_000, 570));
    let absolute = lift(&control, &treated, Scale::Absolute).unwrap().fixed(0.05).unwrap();
    let want = [0.007, 0.0007630230656327369, 0.013236976934367262, f64::NAN, 0.027827071065688935];
    check(&absolute, want, 1e-12);
    let relative = lift(&control, &treated, Scale::Relative).unwrap().fixed(0.05).unwrap();
    near(relative.p_value, 0.03942344118539198, 1e-12);
}

#[test]
fn one_sided_intervals_agree_with_gbstats() {
    let relative = lift(&a_short(), &b(), Scale::Relative).unwrap();
    let got = relative.fixed_one_sided(0.05, Side::Greater).unwrap();
    check(&got, [0.503357, -0.0451366759, f64::INFINITY, 0.33341, 0.0655826287], 1e-5);
    near(got.interval.low, -0.0451366759, 1e-9);
    near(got.p_value, 0.0655826287, 1e-9);
    let absolute = lift(&a_short(), &b(), Scale::Absolute).unwrap();
    let got = absolute.fixed_one_sided(0.05, Side::Greater).unwrap();
    let want = [0.2343766667, 0.0207914801, f64::INFINITY, f64::NAN, 0.0355427249];
    check(&got, want, 1e-9);
    // The other side is the mirror image.
    let less = absolute.fixed_one_sided(0.05, Side::Less).unwrap();
    near(less.p_value, 1.0 - got.p_value, 1e-12);
    near(less.interval.high - less.value, got.value - got.interval.low, 1e-12);
}

#[test]
fn hillstrom_visits_and_spend_agree_with_the_published_rates() {
    let (mens, none) = (proportion(21_307, 3894), proportion(21_306, 2262));
    let visits = lift(&none, &mens, Scale::Absolute).unwrap().fixed(0.05).unwrap();
    near(visits.value, 0.07658956365153, 1e-14);
    check(&visits, [0.07658956365153, 0.06995330, 0.08322582, f64::NAN, 0.0], 1e-8);
    let relative = lift(&none, &mens, Scale::Relative).unwrap();
    near(relative.value, 0.721404616781, 1e-12);
    let conversions =
        lift(&proportion(21_306, 122), &proportion(21_307, 267), Scale::Absolute).unwrap();
    // The reference is 1 − cdf, which is down to three digits here.
    near(conversions.fixed(0.05).unwrap().p_value / 1.4988e-13, 1.0, 1.5e-3);
    let (none, mens, womens) = spend();
    let got = lift(&none, &mens, Scale::Absolute).unwrap().fixed(0.05).unwrap();
    near(got.value, 0.7698271558945, 1e-12);
    check(&got, [0.7698271558945, 0.48513973, 1.05451458, f64::NAN, f64::NAN], 1e-8);
    let got = lift(&none, &womens, Scale::Relative).unwrap().fixed(0.05).unwrap();
    near(got.p_value, 0.01098, 1e-5);
}

pub(super) fn spend() -> (Mean, Mean, Mean) {
    (
        Mean { n: 21_306, sum: 13_908.33, sum_squares: 2870050.3621 },
        Mean { n: 21_307, sum: 30_311.69, sum_squares: 6759024.4973 },
        Mean { n: 21_387, sum: 23_038.11, sum_squares: 4911446.5763 },
    )
}

#[test]
fn impossible_sums_are_errors() {
    let broken = mean(2, 1396.87, 52377.9767);
    assert_eq!(lift(&broken, &b(), Scale::Absolute), Err(Error::ImpossibleSums));
    let nobody = proportion(100, 0);
    let somebody = proportion(100, 10);
    assert_eq!(lift(&nobody, &somebody, Scale::Absolute), Err(Error::NoVariance));
    // Ten times 0.1 has a squared deviation of rounding noise only.
    let constant = mean(10, 1.0, (0..10).map(|_| 0.1f64 * 0.1).sum());
    assert_eq!(lift(&constant, &b(), Scale::Absolute), Err(Error::NoVariance));
    let centred = mean(100, 0.0, 50.0);
    assert_eq!(lift(&centred, &b(), Scale::Relative), Err(Error::ZeroBaseline));
    assert!(lift(&centred, &b(), Scale::Absolute).is_ok());
    assert!(matches!(proportion(3, 4).sample(), Err(Error::OutOfRange { .. })));
    assert!(matches!(mean(1, 1.0, 1.0).sample(), Err(Error::TooFew { .. })));
    assert!(matches!(mean(9, f64::NAN, 1.0).sample(), Err(Error::NotFinite { .. })));
    assert!(matches!(mean(9, 1e300, 1.0).sample(), Err(Error::NotFinite { .. })));
    let single = Sample { n: 1, mean: 1.0, variance: 1.0 };
    let arms = Arms { treated: single, control: single };
    assert!(matches!(arms.lift(Scale::Absolute), Err(Error::TooFew { .. })));
    let sound = lift(&a(), &b(), Scale::Absolute).unwrap();
    for alpha in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(sound.fixed(alpha).is_err(), "{alpha}");
    }
    for broken in [Lift { dof: f64::NAN, ..sound }, Lift { variance: 0.0, ..sound }] {
        assert!(broken.fixed(0.05).is_err(), "{broken:?}");
    }
}

#[test]
fn a_negative_control_keeps_the_direction_of_a_relative_lift() {
    let loss = mean(100, -200.0, 500.0);
    let smaller_loss = mean(100, -100.0, 200.0);
    let got = lift(&loss, &smaller_loss, Scale::Relative).unwrap();
    near(got.value, 0.5, 1e-12);
    assert!(got.variance > 0.0);
}
