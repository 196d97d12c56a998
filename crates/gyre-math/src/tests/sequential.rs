//! Always-valid estimates against gbstats and the mSPRT of Johari et al.

use super::lift::{a_short, b, check, lift, spend};
use super::{near, proportion};
use crate::interval::Side;
use crate::lift::{Lift, Scale};
use crate::sequential::{Mixing, half_width, p_value, rho};

const GROWTHBOOK: Mixing = Mixing::Tuned { expected_units: 5000 };

#[test]
fn rho_agrees_with_gbstats() {
    near(rho(0.05, 5000).unwrap(), 0.03984006677137368, 1e-15);
    near(rho(0.05, 1000).unwrap(), 0.08908509752892212, 1e-15);
    near(rho(0.10, 5000).unwrap(), 0.03557768852889753, 1e-15);
}

#[test]
fn half_widths_agree_with_gbstats() {
    for (units, want) in [
        (100_u32, 0.6694388617066039),
        (1000, 0.10637547006557505),
        (5000, 0.042924337188268456),
        (100_000, 0.010552070034257914),
    ] {
        let variance = 1.0 / f64::from(units);
        let ratio = GROWTHBOOK.ratio(0.05, variance, u64::from(units)).unwrap();
        near(half_width(variance, ratio, 0.05).unwrap(), want, 1e-14);
    }
}

#[test]
fn lifts_agree_with_gbstats() {
    let got = lift(&a_short(), &b(), Scale::Relative).unwrap();
    let got = got.always_valid(0.05, Mixing::Tuned { expected_units: 1000 }).unwrap();
    check(&got, [0.50336, -0.55844, 1.56516, 0.33341, 1.0], 1e-5);
    let got = lift(&proportion(3000, 1396), &proportion(3461, 2422), Scale::Relative).unwrap();
    let got = got.always_valid(0.05, GROWTHBOOK).unwrap();
    check(&got, [0.50386, 0.40098, 0.60675, 0.03386, 0.0], 1e-5);
}

#[test]
fn large_proportions_agree_with_gbstats() {
    let lift = lift(&proportion(10_000, 500), &proportion(10_000, 570), Scale::Absolute).unwrap();
    let got = lift.always_valid(0.05, GROWTHBOOK).unwrap();
    let want = [0.007, -0.0029504654121944567, 0.016950465412194457, f64::NAN, 0.5480093820849327];
    check(&got, want, 1e-12);
    let got = lift.always_valid(0.05, Mixing::Tuned { expected_units: 10_000 }).unwrap();
    near(got.interval.width() / 2.0, 0.009741608964946366, 1e-14);
    near(got.p_value, 0.4216928490523508, 1e-12);
}

#[test]
fn hillstrom_shows_the_price_of_peeking() {
    let (none, mens, womens) = spend();
    let got = lift(&none, &mens, Scale::Absolute).unwrap();
    let got = got.always_valid(0.05, GROWTHBOOK).unwrap();
    check(&got, [0.76982716, 0.30206564, 1.23758868, f64::NAN, 8.0754e-6], 1e-8);
    near(got.p_value / 8.0754e-6, 1.0, 1e-4);
    let conversions =
        lift(&proportion(21_306, 122), &proportion(21_307, 267), Scale::Absolute).unwrap();
    let p = conversions.always_valid(0.05, GROWTHBOOK).unwrap().p_value;
    near(p / 1.70795e-11, 1.0, 1e-5);
    for (scale, want) in [(Scale::Relative, 0.3424), (Scale::Absolute, 0.04462)] {
        let womens = lift(&none, &womens, scale).unwrap();
        near(womens.always_valid(0.05, GROWTHBOOK).unwrap().p_value, want, 1e-4);
    }
}

#[test]
fn a_fixed_mixing_variance_is_the_msprt() {
    // Johari, Pekelis & Walsh 2017, Bernoulli form with n per arm.
    let (n, x, y, mixing) = (4000.0f64, 0.10f64, 0.12f64, 1e-4);
    let v = x * (1.0 - x) + y * (1.0 - y);
    let delta = y - x;
    let lambda = (v / (v + n * mixing)).sqrt()
        * (n * n * mixing * delta * delta / (2.0 * v * (v + n * mixing))).exp();
    let lift = lift(&proportion(4000, 400), &proportion(4000, 480), Scale::Absolute).unwrap();
    let got = lift.always_valid(0.05, Mixing::Fixed { variance: mixing }).unwrap();
    near(got.p_value, 1.0 / lambda, 1e-12);
}

#[test]
fn one_sided_estimates_mirror_and_are_tighter() {
    let lift = lift(&proportion(10_000, 500), &proportion(10_000, 570), Scale::Absolute).unwrap();
    let two = lift.always_valid(0.05, GROWTHBOOK).unwrap();
    let greater = lift.always_valid_one_sided(0.05, GROWTHBOOK, Side::Greater).unwrap();
    assert!(greater.interval.low > two.interval.low && greater.p_value < two.p_value);
    near(greater.value - greater.interval.low, 0.009126590571378556, 1e-14);
    let mirrored = Lift { value: -lift.value, ..lift };
    let less = mirrored.always_valid_one_sided(0.05, GROWTHBOOK, Side::Less).unwrap();
    near(less.interval.high, -greater.interval.low, 0.0);
    near(less.p_value, greater.p_value, 0.0);
    let wrong_way = mirrored.always_valid_one_sided(0.05, GROWTHBOOK, Side::Greater).unwrap();
    near(wrong_way.p_value, 1.0, 0.0);
}

#[test]
fn bad_settings_are_errors() {
    let lift = lift(&proportion(100, 50), &proportion(100, 57), Scale::Absolute).unwrap();
    for mixing in [
        Mixing::Tuned { expected_units: 0 },
        Mixing::Fixed { variance: 0.0 },
        Mixing::Fixed { variance: f64::NAN },
    ] {
        assert!(lift.always_valid(0.05, mixing).is_err(), "{mixing:?}");
    }
    for alpha in [0.0, 1.0, f64::NAN] {
        assert!(lift.always_valid(alpha, GROWTHBOOK).is_err(), "{alpha}");
    }
    assert!(lift.always_valid_one_sided(0.5, GROWTHBOOK, Side::Less).is_err());
    assert!(p_value(f64::NAN, 1.0, 1.0).is_err());
    // Far out is zero, not NaN.
    near(p_value(1e150, 1e-300, 1e300).unwrap(), 0.0, 0.0);
}
