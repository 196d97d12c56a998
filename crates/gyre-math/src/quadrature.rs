//! Adaptive Gauss–Kronrod integration of several functions that share their evaluations.

use crate::error::{Error, Result};

/// Positive nodes of the 15-point Kronrod rule, from the outside in (Piessens et al. 1983,
/// QUADPACK, routine qk15). Those with odd index, and zero, form the 7-point Gauss rule.
const NODES: [f64; 7] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
];
const KRONROD: [f64; 7] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_55,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
];
const KRONROD_CENTRE: f64 = 0.209_482_141_084_727_82;
const GAUSS: [f64; 3] =
    [0.129_484_966_168_869_7, 0.279_705_391_489_276_64, 0.381_830_050_505_118_9];
const GAUSS_CENTRE: f64 = 0.417_959_183_673_469_4;

/// The 15 nodes of a panel with their weights, from low to high. Exact for polynomials of degree
/// 23.
pub(crate) fn panel(from: f64, to: f64) -> [(f64, f64); 15] {
    let (centre, half) = (0.5 * (from + to), 0.5 * (to - from));
    let mut nodes = [(centre, KRONROD_CENTRE * half); 15];
    for i in 0..7 {
        nodes[i] = (centre - half * NODES[i], KRONROD[i] * half);
        nodes[14 - i] = (centre + half * NODES[i], KRONROD[i] * half);
    }
    nodes
}

/// Integrals of `count` functions that vanish at both ends, by the trapezoid rule with steps of `step`, a
/// half, or a quarter of it; nothing if they are not smooth enough for that.
///
/// For functions analytic in a strip the rule converges exponentially: halving the step squares the
/// error (Trefethen & Weideman 2014, "The exponentially convergent trapezoidal rule", theorem 5.1). So it
/// is accepted where the last halving changed no integral by 1e-6, and `is_sound` says so too.
pub(crate) fn trapezoid(
    (from, to): (f64, f64),
    step: f64,
    count: usize,
    mut evaluate: impl FnMut(f64, &mut [f64]),
    is_sound: impl Fn(&[f64]) -> bool,
) -> Option<Vec<f64>> {
    let mut nodes = ((to - from) / step).ceil().max(2.0) as usize;
    let mut step = (to - from) / nodes as f64;
    let mut values = vec![0.0; count];
    let mut sums = vec![0.0; count];
    // The ends are nothing.
    for i in 1..nodes {
        evaluate(from + step * i as f64, &mut values);
        sums.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
    }
    let mut between = vec![0.0; count];
    for _ in 0..2 {
        between.fill(0.0);
        for i in 0..nodes {
            evaluate(from + step * (i as f64 + 0.5), &mut values);
            between.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
        }
        // The old sum and the new one, each with its step.
        let changed = sums.iter().zip(&between).map(|(old, new)| 0.5 * step * (old - new).abs());
        let is_small = changed.fold(0.0, f64::max) <= 1e-6;
        sums.iter_mut().zip(&between).for_each(|(sum, more)| *sum += more);
        (step, nodes) = (0.5 * step, 2 * nodes);
        let found: Vec<f64> = sums.iter().map(|sum| sum * step).collect();
        if is_small && is_sound(&found) {
            return Some(found);
        }
    }
    None
}

/// Largest difference of the two rules at which a panel is accepted. The Kronrod value is far
/// better than the difference says: its error goes with about the 1.5th power (QUADPACK).
const TOLERANCE: f64 = 1e-11;
/// Panels tried before giving up; the hardest test takes 167.
const PANELS: u32 = 20_000;

/// Integrals of `count` functions over the panels between neighbouring `knots`, which ascend.
///
/// `evaluate(x, out)` writes the functions' values at x. A panel is halved until both rules
/// agree on every function, so knots must only be close enough that no peak hides between
/// nodes. Errors with [`Error::NoConvergence`] if the panels run out.
pub(crate) fn integrate(
    knots: &[f64],
    count: usize,
    mut evaluate: impl FnMut(f64, &mut [f64]),
) -> Result<Vec<f64>> {
    let mut total = vec![0.0; count];
    let (mut values, mut kronrod, mut gauss) =
        (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
    let mut open: Vec<(f64, f64)> = knots.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let mut panels = 0;
    while let Some((from, to)) = open.pop() {
        panels += 1;
        if panels > PANELS {
            return Err(Error::NoConvergence { what: "best-arm integral" });
        }
        let (centre, half) = (0.5 * (from + to), 0.5 * (to - from));
        evaluate(centre, &mut values);
        for k in 0..count {
            kronrod[k] = KRONROD_CENTRE * values[k];
            gauss[k] = GAUSS_CENTRE * values[k];
        }
        for (i, node) in NODES.iter().enumerate() {
            for x in [centre - half * node, centre + half * node] {
                evaluate(x, &mut values);
                for k in 0..count {
                    kronrod[k] += KRONROD[i] * values[k];
                    if i % 2 == 1 {
                        gauss[k] += GAUSS[i / 2] * values[k];
                    }
                }
            }
        }
        let agree = kronrod.iter().zip(&gauss).all(|(k, g)| (k - g).abs() * half <= TOLERANCE);
        // A panel that cannot be halved is as exact as floating point allows.
        if agree || centre <= from || centre >= to {
            total.iter_mut().zip(&kronrod).for_each(|(t, k)| *t += k * half);
        } else {
            open.push((from, centre));
            open.push((centre, to));
        }
    }
    Ok(total)
}
