//! Maximum likelihood over the logarithms of positive parameters.

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convergence {
    /// The gradient is small against the likelihood.
    Reached,
    /// A parameter ran to the edge of e^±15 and would go on: the data do not determine it. The
    /// model fits as well as it can, but that parameter means nothing.
    AtBound,
    /// Neither after all rounds, or no step improves any more while the gradient is not small.
    Stopped,
}

/// A fitted model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit<M> {
    /// The model.
    pub model: M,
    /// Log-likelihood of all customers.
    pub log_likelihood: f64,
    /// Largest derivative of the log-likelihood by the logarithm of a parameter that is not at its
    /// bound, over the log-likelihood.
    pub relative_gradient: f64,
    /// How it ended.
    pub convergence: Convergence,
    /// Rounds of the search.
    pub rounds: u32,
}

/// Bound of the logarithm of a parameter.
const BOUND: f64 = 15.0;
/// Gradient over likelihood at which a fit counts as converged.
const TOLERANCE: f64 = 1e-9;
const ROUNDS: u32 = 500;

/// Result of a search: logarithms of parameters, and the fields of [`Fit`].
pub(super) struct Found<const K: usize> {
    pub(super) logs: [f64; K],
    pub(super) log_likelihood: f64,
    pub(super) relative_gradient: f64,
    pub(super) convergence: Convergence,
    pub(super) rounds: u32,
}

impl<const K: usize> Found<K> {
    /// As a fit of `model`, with `shift` added to the likelihood for the change of time unit.
    pub(super) fn fit<M>(&self, model: M, shift: f64) -> Fit<M> {
        Fit {
            model,
            log_likelihood: self.log_likelihood + shift,
            relative_gradient: self.relative_gradient,
            convergence: self.convergence,
            rounds: self.rounds,
        }
    }
}

/// Maximises by BFGS (Nocedal & Wright 2006, algorithm 6.1) within the box of [`BOUND`], from the
/// best of `starts`.
///
/// `evaluate` gives the log-likelihood and its gradient by the logarithms; where it is not finite the
/// step is shortened.
pub(super) fn maximise<const K: usize>(
    starts: &[[f64; K]],
    evaluate: impl Fn(&[f64; K]) -> (f64, [f64; K]),
) -> Found<K> {
    let valued = |at: &[f64; K]| {
        let (value, gradient) = evaluate(at);
        let sound = value.is_finite() && gradient.iter().all(|g| g.is_finite());
        if sound { (value, gradient) } else { (f64::NEG_INFINITY, [0.0; K]) }
    };
    let mut at = starts.first().copied().unwrap_or([0.0; K]);
    let (mut value, mut gradient) = valued(&at);
    for start in starts.iter().skip(1) {
        let (other, slope) = valued(start);
        if other > value {
            (at, value, gradient) = (*start, other, slope);
        }
    }
    let mut inverse = identity::<K>(1.0 / value.abs().max(1.0));
    let (mut fresh, mut restarts) = (true, 0);
    let mut rounds = 0;
    let mut convergence = Convergence::Stopped;
    while rounds < ROUNDS {
        rounds += 1;
        let free = free(&at, &gradient);
        if relative(&gradient, &free, value) <= TOLERANCE {
            convergence =
                if free.iter().all(|f| *f) { Convergence::Reached } else { Convergence::AtBound };
            break;
        }
        let mut step = [0.0; K];
        for i in (0..K).filter(|i| free[*i]) {
            step[i] = (0..K).filter(|j| free[*j]).map(|j| inverse[i][j] * gradient[j]).sum();
        }
        let mut slope: f64 = dot(&step, &gradient);
        if slope <= 0.0 {
            inverse = identity(1.0 / value.abs().max(1.0));
            step = gradient;
            slope = dot(&step, &gradient);
            fresh = true;
        }
        // No more than a factor e² per round: likelihoods are flat far away.
        let longest = step.iter().fold(0.0_f64, |most, s| most.max(s.abs()));
        let mut length = if longest > 2.0 { 2.0 / longest } else { 1.0 };
        let mut accepted = None;
        for _ in 0..30 {
            let mut next = at;
            for i in 0..K {
                next[i] = (at[i] + length * step[i]).clamp(-BOUND, BOUND);
            }
            let (v, g) = valued(&next);
            // Near the top rounding hides the gain: there a flatter gradient counts instead (the
            // approximate Wolfe condition of Hager & Zhang 2005, eq. 4.1).
            let flatter = dot(&g, &step).abs() <= 0.9 * slope;
            let is_as_high = v >= value - 1e-12 * value.abs();
            if v >= value + 1e-4 * length * slope || flatter && is_as_high && v.is_finite() {
                accepted = Some((next, v, g));
                break;
            }
            length *= 0.4;
        }
        let Some((next, v, g)) = accepted else {
            // Rounding of the likelihood hides what is left to gain; try steepest ascent once.
            if fresh || restarts >= 3 {
                break;
            }
            inverse = identity(1.0 / value.abs().max(1.0));
            fresh = true;
            restarts += 1;
            continue;
        };
        let (mut s, mut y) = ([0.0; K], [0.0; K]);
        for i in 0..K {
            (s[i], y[i]) = (next[i] - at[i], gradient[i] - g[i]);
        }
        update(&mut inverse, &s, &y, fresh);
        fresh = false;
        (at, value, gradient) = (next, v, g);
    }
    let free = free(&at, &gradient);
    let relative_gradient = relative(&gradient, &free, value);
    // What rounding of sums leaves is no failure.
    if convergence == Convergence::Stopped && relative_gradient <= 1e3 * TOLERANCE {
        convergence =
            if free.iter().all(|f| *f) { Convergence::Reached } else { Convergence::AtBound };
    }
    Found { logs: at, log_likelihood: value, relative_gradient, convergence, rounds }
}

/// Which parameters are not held by the box.
fn free<const K: usize>(at: &[f64; K], gradient: &[f64; K]) -> [bool; K] {
    let mut free = [true; K];
    for i in 0..K {
        free[i] = !(at[i] >= BOUND && gradient[i] > 0.0 || at[i] <= -BOUND && gradient[i] < 0.0);
    }
    free
}

fn relative<const K: usize>(gradient: &[f64; K], free: &[bool; K], value: f64) -> f64 {
    let largest = gradient
        .iter()
        .zip(free)
        .filter(|(_, f)| **f)
        .fold(0.0_f64, |most, (g, _)| most.max(g.abs()));
    largest / value.abs().max(1.0)
}

fn dot<const K: usize>(a: &[f64; K], b: &[f64; K]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn identity<const K: usize>(scale: f64) -> [[f64; K]; K] {
    let mut matrix = [[0.0; K]; K];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] = scale;
    }
    matrix
}

/// BFGS update of the inverse Hessian of −f, from the step `s` and the change `y` of −gradient.
fn update<const K: usize>(inverse: &mut [[f64; K]; K], s: &[f64; K], y: &[f64; K], fresh: bool) {
    let curvature = dot(s, y);
    if curvature <= 1e-12 * dot(y, y).sqrt() * dot(s, s).sqrt() {
        return;
    }
    if fresh {
        *inverse = identity(curvature / dot(y, y));
    }
    let mut turned = [0.0; K];
    for i in 0..K {
        turned[i] = dot(&inverse[i], y);
    }
    let factor = (1.0 + dot(y, &turned) / curvature) / curvature;
    for i in 0..K {
        for j in 0..K {
            inverse[i][j] +=
                factor * s[i] * s[j] - (turned[i] * s[j] + s[i] * turned[j]) / curvature;
        }
    }
}
