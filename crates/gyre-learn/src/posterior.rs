//! What is believed of each candidate's mean reward.
//!
//! Prior: as if each candidate had one decision more, at the segment's mean and with its spread (unit
//! information; Kass & Wasserman 1995). It has the rewards' own unit, needs no setting, and is forgotten
//! after some dozen decisions. The spread of a candidate's rewards is mixed with the pooled one as if
//! that came from [`PRIOR_DEGREES`] further decisions, so that one that earned the same twice, or nothing
//! yet, is not thought certain.

use gyre_math::moments::{Mean, Metric, Sample};
use gyre_math::thompson::Gaussian;
use gyre_math::{Error, Result};

/// How many decisions' worth the pooled variance counts in a candidate's own.
pub const PRIOR_DEGREES: f64 = 10.0;

/// Posterior of each candidate, in order; `None` while all rewards together show no variation.
pub(crate) fn of(arms: &[Mean]) -> Result<Option<Vec<Gaussian>>> {
    let Some((mean, variance)) = pooled(arms)? else { return Ok(None) };
    let prior = Gaussian::new(mean, variance.sqrt())?;
    let posterior = |arm: &Mean| match arm.n {
        0 => Ok(prior),
        _ => prior.after(&Shrunk(shrunk(arm, variance)?)),
    };
    arms.iter().map(posterior).collect::<Result<_>>().map(Some)
}

/// Mean of all rewards, and their variance around the candidates' own means; around the common mean
/// where candidates show none of their own.
fn pooled(arms: &[Mean]) -> Result<Option<(f64, f64)>> {
    let all = arms.iter().fold(Mean::default(), |all, arm| all.merge(*arm));
    if all.n < 2 {
        return Ok(None);
    }
    let around_all = all.sample()?;
    let (mut squares, mut degrees) = (0.0, 0.0);
    for arm in arms.iter().filter(|arm| arm.n >= 2) {
        let one = arm.sample()?;
        squares += one.variance * (one.n - 1) as f64;
        degrees += (one.n - 1) as f64;
    }
    let within = if degrees > 0.0 { squares / degrees } else { 0.0 };
    let variance = if within > 0.0 { within } else { around_all.variance };
    if !variance.is_finite() {
        return Err(Error::NotFinite { what: "pooled variance" });
    }
    Ok((variance > 0.0).then_some((around_all.mean, variance)))
}

fn shrunk(arm: &Mean, pooled: f64) -> Result<Sample> {
    let own = match arm.n {
        1 => 0.0,
        _ => arm.sample()?.variance,
    };
    let degrees = (arm.n - 1) as f64;
    let variance = (PRIOR_DEGREES * pooled + degrees * own) / (PRIOR_DEGREES + degrees);
    Ok(Sample { n: arm.n, mean: arm.sum / arm.n as f64, variance })
}

/// A sample whose variance has been mixed with the pooled one.
struct Shrunk(Sample);

impl Metric for Shrunk {
    fn sample(&self) -> Result<Sample> {
        Ok(self.0)
    }
}
