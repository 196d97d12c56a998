//! Laws that hold for all inputs.

use super::near;
use crate::draw;
use crate::interval::Side;
use crate::lift::{Arms, Scale};
use crate::moments::{Mean, Metric, Proportion};
use crate::multiple::{benjamini_hochberg, holm};
use crate::sequential::Mixing;
use crate::thompson::{Beta, Gaussian, best_arm_probabilities, top_two_probabilities, with_floor};
use proptest::collection::vec;
use proptest::prelude::*;

fn counts() -> impl Strategy<Value = Proportion> {
    (2_u64..100_000, 0.001..0.999).prop_map(|(n, share)| {
        let successes = ((n as f64 * share) as u64).clamp(1, n - 1);
        Proportion { n, successes }
    })
}

fn sums(values: &[f64]) -> Mean {
    values
        .iter()
        .fold(Mean::default(), |total, v| total.merge(Mean { n: 1, sum: *v, sum_squares: v * v }))
}

fn posteriors() -> impl Strategy<Value = Vec<Gaussian>> {
    vec((-3.0..3.0, -6.0..2.0), 1..9).prop_map(|arms| {
        arms.into_iter()
            .map(|(mean, exponent)| Gaussian::new(mean, 10_f64.powf(exponent)).unwrap())
            .collect()
    })
}

fn distribution() -> impl Strategy<Value = Vec<f64>> {
    vec(0_u32..1000, 1..20).prop_filter_map("all zero", |parts| {
        let whole: u32 = parts.iter().sum();
        (whole > 0).then(|| parts.iter().map(|p| f64::from(*p) / f64::from(whole)).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn partial_sums_merge_to_the_whole(values in vec(-1e3..1e3, 2..60), cut in 0.0..1.0) {
        let (left, right) = values.split_at((values.len() as f64 * cut) as usize);
        let whole = sums(&values).sample().unwrap();
        let merged = sums(left).merge(sums(right)).sample().unwrap();
        prop_assert_eq!(whole.n, merged.n);
        near(merged.mean, whole.mean, 1e-9);
        near(merged.variance, whole.variance, 1e-6);
        let m = values.iter().sum::<f64>() / values.len() as f64;
        let direct = values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
        near(whole.variance, direct, 1e-6);
    }

    #[test]
    fn an_interval_leaves_out_zero_exactly_when_p_is_below_alpha(
        control in counts(), treated in counts(), alpha in 0.001..0.4, units in 100_u64..50_000,
    ) {
        let arms = Arms { treated: treated.sample().unwrap(), control: control.sample().unwrap() };
        let mixing = Mixing::Tuned { expected_units: units };
        for scale in [Scale::Absolute, Scale::Relative] {
            let lift = arms.lift(scale).unwrap();
            for estimate in [
                lift.fixed(alpha).unwrap(),
                lift.fixed_one_sided(alpha, Side::Greater).unwrap(),
                lift.fixed_one_sided(alpha, Side::Less).unwrap(),
                lift.always_valid(alpha, mixing).unwrap(),
                lift.always_valid_one_sided(alpha, mixing, Side::Greater).unwrap(),
                lift.always_valid_one_sided(alpha, mixing, Side::Less).unwrap(),
            ] {
                prop_assert!((0.0..=1.0).contains(&estimate.p_value));
                prop_assert!(estimate.interval.contains(estimate.value));
                // Rounding decides on the boundary itself.
                if (estimate.p_value / alpha - 1.0).abs() > 1e-9 {
                    prop_assert_eq!(estimate.interval.contains(0.0), estimate.p_value > alpha, "{:?}", estimate);
                }
            }
            prop_assert!(
                lift.always_valid(alpha, mixing).unwrap().interval.width()
                    > lift.standard_error() * 2.0 * crate::tail::normal_quantile_upper(alpha / 2.0)
            );
        }
    }

    #[test]
    fn swapping_the_arms_turns_the_sign(control in counts(), treated in counts()) {
        let (c, t) = (control.sample().unwrap(), treated.sample().unwrap());
        let there = Arms { treated: t, control: c }.lift(Scale::Absolute).unwrap();
        let back = Arms { treated: c, control: t }.lift(Scale::Absolute).unwrap();
        near(there.value, -back.value, 0.0);
        near(there.fixed(0.05).unwrap().p_value, back.fixed(0.05).unwrap().p_value, 1e-12);
    }

    #[test]
    fn relabelling_arms_relabels_their_shares(arms in posteriors(), turn in 0_usize..9) {
        let mut turned = arms.clone();
        let by = turn % arms.len();
        turned.rotate_left(by);
        for shares in [best_arm_probabilities, top_two_probabilities] {
            let mut want = shares(&arms).unwrap();
            near(want.iter().sum(), 1.0, 1e-12);
            want.rotate_left(by);
            for (got, want) in shares(&turned).unwrap().iter().zip(want) {
                near(*got, want, 1e-9);
            }
        }
    }

    #[test]
    fn shares_of_beta_arms_sum_to_one(arms in vec(counts(), 1..6)) {
        let arms: Vec<Beta> = arms.iter().map(|c| Beta::UNIFORM.after(c).unwrap()).collect();
        let shares = best_arm_probabilities(&arms).unwrap();
        prop_assert!(draw::check(&shares).is_ok());
        prop_assert!(shares.iter().all(|p| (0.0..=1.0).contains(p)));
    }

    #[test]
    fn every_arm_keeps_the_floor(weights in distribution(), floor in 0.0..0.3) {
        let got = with_floor(&weights, floor).unwrap();
        prop_assert!(draw::check(&got).is_ok());
        let least = floor.min(1.0 / weights.len() as f64);
        prop_assert!(got.iter().all(|p| *p >= least));
    }

    #[test]
    fn an_index_drawn_has_a_chance(p in distribution(), hash: u64) {
        let index = draw::pick(&p, draw::uniform(hash)).unwrap();
        prop_assert!(p[index] > 0.0);
    }

    #[test]
    fn holm_is_stricter_than_benjamini_hochberg_and_both_than_nothing(p in vec(0.0..=1.0, 0..12)) {
        let (strict, loose) = (holm(&p).unwrap(), benjamini_hochberg(&p).unwrap());
        for ((raw, strict), loose) in p.iter().zip(strict).zip(loose) {
            prop_assert!(*raw <= loose && loose <= strict + 1e-15 && strict <= 1.0);
        }
    }
}
