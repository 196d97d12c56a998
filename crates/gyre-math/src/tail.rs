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
use std::sync::LazyLock;

/// P(Z > z) for a standard normal Z.
pub(crate) fn normal_upper(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// Density of a standard normal at `z`.
pub(crate) fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Distance between two knots of the table.
const STEP: f64 = 1.0 / 64.0;
/// Knots of the table: up to 9.5 standard deviations.
const KNOTS: usize = 609;
/// Terms of the series between knots; the next would be 1e-15 of the sum.
const TERMS: usize = 8;

/// At a knot z: the upper tail, and φ(z) (−1)ⁿ Heₙ(z)/n!, n = 0…7, plain and over n + 1.
type Knot = (f64, [(f64, f64); TERMS]);

static TABLE: LazyLock<Vec<Knot>> = LazyLock::new(|| {
    let knot = |i: usize| {
        let z = i as f64 * STEP;
        let mut series = [(0.0, 0.0); TERMS];
        // Heₙ₊₁ = z Heₙ − n Heₙ₋₁ (Abramowitz & Stegun 22.7.14).
        let (mut before, mut hermite, mut scale) = (0.0, 1.0, 1.0);
        for (n, term) in series.iter_mut().enumerate() {
            let order = n as f64;
            scale *= if n == 0 { normal_density(z) } else { -1.0 / order };
            *term = (scale * hermite, scale * hermite / (order + 1.0));
            (before, hermite) = (hermite, z * hermite - order * before);
        }
        (normal_upper(z), series)
    };
    (0..KNOTS).map(knot).collect()
});

/// Density and lower tail of a standard normal at `z`, without an exponential; for the inner loops of
/// integrals.
///
/// Taylor series about the nearest knot of a table, φ(z + d) = φ(z) Σ (−d)ⁿ Heₙ(z)/n! and its integral:
/// 1e-14 of the tail. More than 9.5 standard deviations up the density counts as 0.
pub(crate) fn normal_density_and_below(z: f64) -> (f64, f64) {
    let y = z.abs();
    let place = (y / STEP + 0.5) as usize;
    let Some((tail, series)) = TABLE.get(place) else {
        return if z > 0.0 { (0.0, 1.0) } else { (normal_density(z), normal_upper(-z)) };
    };
    let d = y - place as f64 * STEP;
    let (mut density, mut area) = (0.0, 0.0);
    for (slope, sum) in series.iter().rev() {
        density = density * d + slope;
        area = area * d + sum;
    }
    let upper = tail - area * d;
    (density, if z > 0.0 { 1.0 - upper } else { upper })
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
