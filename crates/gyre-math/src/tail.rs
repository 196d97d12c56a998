//! Tail probabilities and quantiles.
//!
//! `statrs` gives ln Γ, the incomplete gamma function and the normal quantile, which hold to
//! 1e-12 in the tests. Its erfc is off by 1e-10, so that one comes from `libm`. Its incomplete
//! beta function stops after 140 steps and takes differences of ln Γ, which costs digits from a
//! few ten thousand units on; the one here keeps 1e-13 for billions of units, and with it
//! Student's t and the beta posteriors.

use crate::error::{Error, Result};
use statrs::function::{erf, gamma};
use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

/// P(Z > z) for a standard normal Z.
pub(crate) fn normal_upper(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// Density of a standard normal at `z`.
pub(crate) fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Density and lower tail of a standard normal at `z`, with one exponential for both; for the inner
/// loops of integrals.
///
/// Rational approximations of Cody (1969, "Rational Chebyshev approximations for the error
/// function"), as in his CALERF: 1e-14 of the tail, times z² rounding errors far out.
pub(crate) fn normal_density_and_below(z: f64) -> (f64, f64) {
    let y = z.abs() * FRAC_1_SQRT_2;
    let fall = (-y * y).exp();
    let density = fall * 0.398_942_280_401_432_7;
    let upper = if y < 0.468_75 {
        let t = y * y;
        let above = polynomial(
            &[
                1.857_777_061_846_031_5e-1,
                3.161_123_743_870_565_6,
                1.138_641_541_510_501_6e2,
                3.774_852_376_853_02e2,
                3.209_377_589_138_469_5e3,
            ],
            t,
        );
        let under = polynomial(
            &[
                1.0,
                2.360_129_095_234_412e1,
                2.440_246_379_344_441_7e2,
                1.282_616_526_077_372_3e3,
                2.844_236_833_439_171e3,
            ],
            t,
        );
        0.5 - 0.5 * y * above / under
    } else if y <= 4.0 {
        let above = polynomial(
            &[
                2.153_115_354_744_038_5e-8,
                5.641_884_969_886_701e-1,
                8.883_149_794_388_376,
                6.611_919_063_714_163e1,
                2.986_351_381_974_001e2,
                8.819_522_212_417_69e2,
                1.712_047_612_634_070_6e3,
                2.051_078_377_826_071_5e3,
                1.230_339_354_797_997_2e3,
            ],
            y,
        );
        let under = polynomial(
            &[
                1.0,
                1.574_492_611_070_983_5e1,
                1.176_939_508_913_125e2,
                5.371_811_018_620_099e2,
                1.621_389_574_566_690_2e3,
                3.290_799_235_733_459_6e3,
                4.362_619_090_143_247e3,
                3.439_367_674_143_721_6e3,
                1.230_339_354_803_749_4e3,
            ],
            y,
        );
        0.5 * fall * above / under
    } else {
        let t = 1.0 / (y * y);
        let above = polynomial(
            &[
                1.631_538_713_730_209_8e-2,
                3.053_266_349_612_323_4e-1,
                3.603_448_999_498_044_4e-1,
                1.257_817_261_112_292_5e-1,
                1.608_378_514_874_228e-2,
                6.587_491_615_298_378e-4,
            ],
            t,
        );
        let under = polynomial(
            &[
                1.0,
                2.568_520_192_289_822,
                1.872_952_849_923_460_5,
                5.279_051_029_514_284e-1,
                6.051_834_131_244_132e-2,
                2.335_204_976_268_691_8e-3,
            ],
            t,
        );
        // 1/√π less the correction, over y.
        0.5 * fall / y * (0.564_189_583_547_756_3 - t * above / under)
    };
    (density, if z > 0.0 { 1.0 - upper } else { upper })
}

/// Horner's rule, the coefficient of the highest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

/// z with P(Z > z) = `p`, for 0 < p < 1.
pub(crate) fn normal_quantile_upper(p: f64) -> f64 {
    SQRT_2 * erf::erfc_inv(2.0 * p)
}

/// P(X > x) for a χ² with `dof` degrees of freedom; `x` ≥ 0, `dof` > 0.
pub(crate) fn chi_square_upper(x: f64, dof: f64) -> Result<f64> {
    if x <= 0.0 {
        return Ok(1.0);
    }
    gamma::checked_gamma_ur(dof / 2.0, x / 2.0)
        .map_err(|_| Error::NoConvergence { what: "chi-square tail" })
}

/// P(T > t) for Student's t with `dof` > 0 degrees of freedom (Abramowitz & Stegun 26.7.1).
pub(crate) fn student_upper(t: f64, dof: f64) -> f64 {
    let (x, y) = student_coordinates(t, dof);
    let beyond = 0.5 * beta_lower(dof / 2.0, 0.5, x, y);
    if t < 0.0 { 1.0 - beyond } else { beyond }
}

/// t with P(T > t) = `p`, for 0 < p < 1 and `dof` > 0.
///
/// Newton's method on ln P against ln t. In these coordinates the tail is a straight line for
/// few degrees of freedom and concave for many, so the steps neither overshoot for long nor
/// change sign.
pub(crate) fn student_quantile_upper(p: f64, dof: f64) -> Result<f64> {
    if p > 0.5 {
        return student_quantile_upper(1.0 - p, dof).map(|t| -t);
    }
    let mut t = normal_quantile_upper(p);
    // At p = 1/2 the quantile is zero and ln t does not exist.
    if t <= f64::EPSILON {
        return Ok(0.0);
    }
    for _ in 0..100 {
        let (x, y) = student_coordinates(t, dof);
        let upper = 0.5 * beta_lower(dof / 2.0, 0.5, x, y);
        let step = (upper / p).ln() * upper / beta_kernel(dof / 2.0, 0.5, x, y);
        t *= step.exp();
        if !t.is_finite() {
            break;
        }
        // Near zero the step is in units of t itself, and rounding keeps it from vanishing.
        if step.abs() * t.min(1.0) < 1e-12 {
            return Ok(t);
        }
    }
    Err(Error::NoConvergence { what: "Student quantile" })
}

/// ν/(ν + t²) and t²/(ν + t²), each to full precision.
fn student_coordinates(t: f64, dof: f64) -> (f64, f64) {
    let ratio = t * t / dof;
    (
        1.0 / (1.0 + ratio),
        if ratio > 1.0 { 1.0 / (1.0 + 1.0 / ratio) } else { ratio / (1.0 + ratio) },
    )
}

/// Regularised incomplete beta function I_x(a, b); `y` is 1 − x, given apart so that neither
/// end loses digits. Shapes above zero, `x` and `y` in [0, 1].
pub(crate) fn beta_lower(a: f64, b: f64, x: f64, y: f64) -> f64 {
    // Distance of the mean from x in units of 1/(a + b), from the side that cancels less.
    let lambda = if a > b { (a + b) * y - b } else { a - (a + b) * x };
    if lambda < 0.0 {
        return 1.0 - beta_fraction(b, a, y, x, -lambda);
    }
    beta_fraction(a, b, x, y, lambda)
}

/// I_x(a, b) for x up to the mean, `lambda` = a − (a + b)x ≥ 0.
///
/// Continued fraction of DiDonato & Morris (1992, "Algorithm 708", routine BFRAC),
/// which unlike the textbook one has no cancellation for large shapes. Its steps grow with
/// √max(a, b) at the mean and stay small elsewhere.
fn beta_fraction(a: f64, b: f64, x: f64, y: f64, lambda: f64) -> f64 {
    const STEPS: u32 = 1_000_000;
    let kernel = beta_kernel(a, b, x, y);
    if kernel <= 0.0 {
        return 0.0;
    }
    let first = 1.0 + lambda;
    let (mut before, mut now) = ((0.0, 1.0), (1.0, first / (1.0 + 1.0 / a)));
    let mut ratio = now.0 / now.1;
    for count in 1..STEPS {
        let step = f64::from(count);
        let (grown, sum) = (1.0 + (step - 1.0) / a, a + 2.0 * step - 1.0);
        let weight = step * (b - step) * x;
        let alpha = grown * (grown + b / a) * (a / sum).powi(2) * weight * x;
        let share = (1.0 + step / a) / (1.0 + (1.0 + 2.0 * step) / a);
        let beta = step + weight / sum + share * (first + step * (1.0 + y));
        let next = (alpha * before.0 + beta * now.0, alpha * before.1 + beta * now.1);
        let last = ratio;
        ratio = next.0 / next.1;
        if (ratio - last).abs() <= 1e-15 * ratio {
            break;
        }
        // Only the quotient counts: scaling keeps the terms from overflowing.
        before = (now.0 / next.1, now.1 / next.1);
        now = (ratio, 1.0);
    }
    (kernel * ratio).clamp(0.0, 1.0)
}

/// x^a y^b / B(a, b), with y = 1 − x: the density of logit X for X ~ Beta(a, b).
///
/// Saddle-point form, so that large shapes cost no digits (Loader 2000, "Fast and accurate
/// computation of binomial probabilities").
pub(crate) fn beta_kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return 0.0;
    }
    let both = a + b;
    let exponent = stirling_error(both)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, both * x)
        - deviance(b, both * y);
    (a / (2.0 * PI) * (b / both)).sqrt() * exponent.exp()
}

/// ln Γ(z + 1) less Stirling's formula (Loader 2000).
fn stirling_error(z: f64) -> f64 {
    if z < 15.0 {
        return gamma::ln_gamma(z + 1.0) - (z + 0.5) * z.ln() + z - 0.5 * (2.0 * PI).ln();
    }
    let s = 1.0 / (z * z);
    let series = 1.0 / 360.0
        - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0 - s * 691.0 / 360_360.0)));
    (1.0 / 12.0 - s * series) / z
}

/// v ln(v/m) + m − v without cancellation near v = m (Loader 2000).
fn deviance(v: f64, m: f64) -> f64 {
    let ratio = (v - m) / (v + m);
    if ratio.abs() >= 0.1 {
        return v * (v / m).ln() + m - v;
    }
    let mut sum = (v - m) * ratio;
    let mut power = 2.0 * v * ratio;
    for j in 1..1000 {
        power *= ratio * ratio;
        let next = sum + power / f64::from(2 * j + 1);
        // A true comparison: the series ends when a term no longer moves the sum.
        if next.to_bits() == sum.to_bits() {
            break;
        }
        sum = next;
    }
    sum
}
