//! Laws of off-policy evaluation.

use crate::off_policy::estimators::Estimator;
use crate::off_policy::log::{Logged, Modelled, spread};
use crate::tests::{close, near};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_evaluated_on_its_own_log_earns_what_it_earned(rows in vec((-5.0..5.0, 0.01..1.0, -1.0..1.0), 2..40)) {
        let rewards: Vec<f64> = rows.iter().map(|r| r.0).collect();
        let p: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let predicted: Vec<f64> = rows.iter().map(|r| r.2).collect();
        let log = Logged { rewards: &rewards, logging: &p, evaluation: &p };
        let modelled = Modelled { logged: log, predicted: &predicted, baseline: &predicted };
        let mean = rewards.iter().sum::<f64>() / rewards.len() as f64;
        for estimator in [
            Estimator::Ips { clip: f64::INFINITY },
            Estimator::SelfNormalised,
            Estimator::DoublyRobust { clip: 1.0 },
            Estimator::SelfNormalisedDoublyRobust,
            Estimator::Switch { tau: 1.0 },
            Estimator::SubGaussianDoublyRobust { lambda: 0.7 },
        ] {
            close(estimator.on_model(&modelled).unwrap().value().unwrap(), mean, 1e-12);
        }
    }

    #[test]
    fn self_normalised_estimates_stay_in_range_and_move_with_the_rewards(
        rows in vec((0.0..1.0, 0.01..1.0, 0.0..1.0), 2..40), shift in -10.0..10.0,
    ) {
        let rewards: Vec<f64> = rows.iter().map(|r| r.0).collect();
        let logging: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let evaluation: Vec<f64> = rows.iter().map(|r| f64::max(r.2, 1e-3)).collect();
        let log = Logged { rewards: &rewards, logging: &logging, evaluation: &evaluation };
        let value = Estimator::SelfNormalised.on_log(&log).unwrap().value().unwrap();
        prop_assert!((0.0..=1.0).contains(&value));
        let moved: Vec<f64> = rewards.iter().map(|r| r + shift).collect();
        let terms = Estimator::SelfNormalised.on_log(&Logged { rewards: &moved, ..log }).unwrap();
        near(terms.value().unwrap(), value + shift, 1e-9);
    }

    #[test]
    fn effective_size_is_between_one_and_all(weights in vec(0.0..100.0, 1..50)) {
        let got = spread(&weights).unwrap();
        let some = weights.iter().any(|w| *w > 0.0);
        if some {
            prop_assert!(got.effective >= 1.0 - 1e-9 && got.effective <= weights.len() as f64 + 1e-9);
            prop_assert!(got.largest_share >= 1.0 / weights.len() as f64 - 1e-12);
        }
        let equal = spread(&vec![3.7; weights.len()]).unwrap();
        near(equal.effective, weights.len() as f64, 1e-9);
    }
}
