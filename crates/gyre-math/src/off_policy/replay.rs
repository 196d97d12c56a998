//! Replay: what the decisions earned that the policy would have taken too.

use super::estimators::mean_and_variance;
use crate::error::{Error, Result, all_finite, at_least, same_length};

/// A replayed policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replayed {
    /// Mean reward of the matching decisions, in the reward's unit.
    pub value: f64,
    /// Its standard error; none of a single decision.
    pub standard_error: Option<f64>,
    /// Matching decisions.
    pub matched: u64,
}

/// Mean reward where the logged action is the one the policy chooses (Li, Chu, Langford & Wang 2011,
/// "Unbiased offline evaluation of contextual-bandit-based news article recommendation algorithms",
/// algorithm 2 for a fixed policy).
///
/// Unbiased only if the log chose uniformly among the same actions; else weigh. Errors if lengths
/// differ, a reward is not finite, or no decision matches.
pub fn replay(rewards: &[f64], actions: &[usize], chosen: &[usize]) -> Result<Replayed> {
    same_length(rewards, actions)?;
    same_length(rewards, chosen)?;
    all_finite("rewards", rewards)?;
    let pairs = actions.iter().zip(chosen).zip(rewards);
    let kept: Vec<f64> = pairs.filter(|((a, c), _)| a == c).map(|(_, r)| *r).collect();
    at_least("decisions the policy would take", kept.len(), 1)?;
    let (value, variance) = mean_and_variance(&kept);
    if !value.is_finite() {
        return Err(Error::NotFinite { what: "estimate" });
    }
    let standard_error = (kept.len() > 1).then(|| (variance / kept.len() as f64).sqrt());
    Ok(Replayed { value, standard_error, matched: kept.len() as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matches_counts() {
        let found = replay(&[1.0, 0.0, 5.0, 1.0], &[0, 1, 2, 1], &[0, 1, 0, 1]).unwrap();
        assert_eq!(found.matched, 3);
        assert!((found.value - 2.0 / 3.0).abs() < 1e-15);
        assert!((found.standard_error.unwrap() - (1.0_f64 / 3.0 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(replay(&[2.0], &[1], &[1]).unwrap().standard_error, None);
        assert!(replay(&[1.0], &[0], &[1]).is_err());
        assert!(replay(&[], &[], &[]).is_err());
        assert!(replay(&[1.0], &[0], &[]).is_err());
        assert!(replay(&[f64::NAN], &[0], &[0]).is_err());
    }
}
