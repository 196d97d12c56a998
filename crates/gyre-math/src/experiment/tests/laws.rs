//! Laws of experiments that hold for all inputs.

use crate::experiment::anytime::Coefficient;
use crate::experiment::bayes::Prior;
use crate::experiment::cuped::{Paired, PairedArms, pooled_theta};
use crate::experiment::joint::{Joint, PairCounts};
use crate::experiment::power::Plan;
use crate::experiment::ratio::Ratio;
use crate::experiment::sequential_srm::SequentialSrm;
use crate::lift::{Lift, Scale};
use crate::moments::Metric;
use crate::tests::{close, near};
use proptest::collection::vec;
use proptest::prelude::*;

fn sums<const K: usize>(rows: &[[f64; K]]) -> Joint<K> {
    rows.iter().fold(Joint::default(), |sum, row| sum.merge(Joint::of(*row)))
}

fn rows() -> impl Strategy<Value = Vec<[f64; 4]>> {
    vec([0.0..50.0, 1.0..9.0, 0.0..50.0, 1.0..9.0], 4..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_merge_to_the_whole(all in rows(), cut in 0.0..1.0) {
        let (left, right) = all.split_at((all.len() as f64 * cut) as usize);
        let (parts, whole) = (sums(left).merge(sums(right)), sums(&all));
        let (a, b) = (Paired::from_ratios(&parts).unwrap(), Paired::from_ratios(&whole).unwrap());
        close(a.outcome, b.outcome, 1e-12);
        close(a.outcome_variance, b.outcome_variance, 1e-9);
        close(a.covariance, b.covariance, 1e-9);
    }

    #[test]
    fn a_ratio_to_one_is_a_mean(all in rows()) {
        let with_one: Vec<[f64; 2]> = all.iter().map(|row| [row[0], 1.0]).collect();
        let (ratio, mean) = (Ratio(sums(&with_one)).sample().unwrap(), sums(&all).value(0).sample().unwrap());
        close(ratio.mean, mean.mean, 1e-12);
        close(ratio.variance, mean.variance, 1e-9);
    }

    #[test]
    fn counts_are_sums_of_zero_and_one(n in 4_u64..50, parts in [0.0..1.0, 0.0..1.0, 0.0..1.0]) {
        let first = 1 + (parts[0] * (n - 1) as f64) as u64;
        let second = 1 + (parts[1] * (n - 1) as f64) as u64;
        let (least, most) = ((first + second).saturating_sub(n), first.min(second));
        let both = least + (parts[2] * (most - least) as f64) as u64;
        let counts = PairCounts { n, first, second, both };
        let (means, covariance) = counts.moments().unwrap();
        near(means[0], first as f64 / n as f64, 1e-15);
        let limit = (covariance[0][0] * covariance[1][1]).sqrt() + 1e-12;
        prop_assert!(covariance[0][1].abs() <= limit);
        near(counts.merge(counts).moments().unwrap().1[0][1], covariance[0][1], 1e-12);
    }

    #[test]
    fn the_best_theta_never_widens(all in rows(), other in rows()) {
        let pair = |rows: &[[f64; 4]]| sums(&rows.iter().map(|r| [r[0], r[2]]).collect::<Vec<_>>());
        let (treated, control) = (pair(&all), pair(&other));
        let arms = PairedArms {
            treated: Paired::from_means(&treated).unwrap(),
            control: Paired::from_means(&control).unwrap(),
        };
        let theta = pooled_theta(&treated, &control).unwrap();
        prop_assert!(theta.is_finite());
        // The θ that minimises the variance of these very arms.
        let weigh = |c: f64, n: u64| c / n as f64;
        let (t, c) = (arms.treated, arms.control);
        let best = (weigh(t.covariance, t.n) + weigh(c.covariance, c.n))
            / (weigh(t.covariate_variance, t.n) + weigh(c.covariate_variance, c.n));
        prop_assert!(arms.variance_reduction(best).unwrap() >= -1e-12);
        prop_assert!(arms.variance_reduction(best).unwrap() >= arms.variance_reduction(theta).unwrap() - 1e-12);
    }

    #[test]
    fn a_posterior_lies_between_prior_and_data(value in -1.0..1.0, sd in 0.01..1.0, variance in 1e-6..1.0) {
        let lift = Lift { value, variance, dof: 100.0, units: 100 };
        let got = lift.posterior(Prior::Normal { mean: 0.0, sd }, 0.05).unwrap();
        prop_assert!(got.mean.abs() <= value.abs() && got.sd <= sd && got.sd * got.sd <= variance);
        near(got.risk_control - got.risk_treated, got.mean, 1e-12);
    }

    #[test]
    fn interval_and_p_of_a_coefficient_agree(value in -1.0..1.0, dof in 1.0..1e4, information in 0.1..1e4) {
        let coefficient = Coefficient { value, standard_error: 0.1, dof, information };
        let got = coefficient.always_valid(0.05, 1.0).unwrap();
        if (got.p_value / 0.05 - 1.0).abs() > 1e-9 {
            prop_assert_eq!(got.interval.contains(0.0), got.p_value > 0.05, "{:?}", got);
        }
    }

    #[test]
    fn order_and_batches_do_not_change_the_evidence_of_balance(batches in vec([0_u64..300, 0_u64..300], 1..6)) {
        let shares = [0.6, 0.4];
        let run = |all: &[[u64; 2]]| {
            let mut test = SequentialSrm::new(&shares, 100.0).unwrap();
            let mut last = 1.0;
            for batch in all {
                last = test.observe(batch, &shares).unwrap();
            }
            last
        };
        let total = batches.iter().fold([0, 0], |sum, b| [sum[0] + b[0], sum[1] + b[1]]);
        // p is a running minimum, so it is at most what the whole says at once.
        prop_assert!(run(&batches) <= run(&[total]) * (1.0 + 1e-9));
    }

    #[test]
    fn power_grows_with_units(effect in 0.001..0.05, units in 100.0..1e5) {
        let plan = Plan::rate(0.2, Scale::Relative, 0.05);
        let (less, more) = (plan.power(effect, units).unwrap(), plan.power(effect, 2.0 * units).unwrap());
        prop_assert!(less <= more && (0.0..=1.0).contains(&more));
        let needed = plan.units(effect, 0.8).unwrap() as f64;
        prop_assert!(plan.power(effect, needed).unwrap() >= 0.8 - 1e-9);
        prop_assert!(plan.power(effect, needed - 1.5).unwrap() < 0.8);
        near(plan.minimum_detectable_effect(needed, 0.8).unwrap() / effect, 1.0, 1e-2);
    }
}
