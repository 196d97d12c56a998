//! Exact agreement.

use super::{ORACLE, People, people};
use crate::error::Error;
use crate::tests::{near, oracle};
use crate::uplift::causal_ml;
use crate::uplift::scikit_uplift::{
    Strategy, perfect_qini_curve, perfect_uplift_curve, qini_auc_score, qini_curve, uplift_at_k,
    uplift_auc_score, uplift_by_percentile, uplift_curve, weighted_average_uplift,
};

#[test]
fn scikit_uplift_agrees() {
    for (name, distinct) in [("sklift_ties", false), ("sklift", true)] {
        let people = people(distinct);
        let scored = people.scored();
        let got = [
            qini_auc_score(&scored, true).unwrap(),
            qini_auc_score(&scored, false).unwrap(),
            uplift_auc_score(&scored).unwrap(),
            uplift_at_k(&scored, 0.1, Strategy::Overall).unwrap(),
            uplift_at_k(&scored, 0.3, Strategy::Overall).unwrap(),
            uplift_at_k(&scored, 0.3, Strategy::ByGroup).unwrap(),
            weighted_average_uplift(&scored, 10, Strategy::Overall).unwrap(),
            weighted_average_uplift(&scored, 7, Strategy::ByGroup).unwrap(),
        ];
        for (got, want) in got.into_iter().zip(oracle(ORACLE, name)) {
            near(got, want, 1e-12);
        }
        let curves = [
            uplift_curve(&scored).unwrap(),
            qini_curve(&scored).unwrap(),
            perfect_uplift_curve(&scored).unwrap(),
            perfect_qini_curve(&scored, true).unwrap(),
            perfect_qini_curve(&scored, false).unwrap(),
        ];
        for (curve, want) in curves.iter().zip(oracle(ORACLE, &format!("{name}_areas"))) {
            near(curve.area(), want, 1e-8);
        }
        let want = oracle(ORACLE, &format!("{name}_bins"));
        let bins = uplift_by_percentile(&scored, 5, Strategy::Overall).unwrap();
        for (bin, want) in bins.iter().zip(want.chunks(4)) {
            let got = [bin.treated as f64, bin.control as f64, bin.uplift, bin.standard_error];
            for (got, want) in got.into_iter().zip(want) {
                near(got, *want, 1e-12);
            }
        }
    }
}

#[test]
fn causal_ml_agrees() {
    let people = people(true);
    let scored = people.scored();
    let got = [
        causal_ml::auuc_score(&scored, true).unwrap(),
        causal_ml::auuc_score(&scored, false).unwrap(),
        causal_ml::qini_score(&scored, true).unwrap(),
        causal_ml::qini_score(&scored, false).unwrap(),
        causal_ml::rate_score(&scored, causal_ml::Weighting::Autoc).unwrap(),
        causal_ml::rate_score(&scored, causal_ml::Weighting::Qini).unwrap(),
    ];
    for (got, want) in got.into_iter().zip(oracle(ORACLE, "causalml")) {
        near(got, want, 1e-12);
    }
    assert_eq!(causal_ml::cumulative_gain(&scored).unwrap().len(), 201);
}

#[test]
fn rows_before_both_groups_are_filled_in() {
    let people = People {
        scores: vec![5.0, 4.0, 3.0, 2.0],
        outcomes: vec![1.0, 1.0, 0.0, 1.0],
        treated: vec![true, true, false, false],
    };
    let lift = causal_ml::cumulative_lift(&people.scored()).unwrap();
    let third = 1.0 / 3.0;
    for (got, want) in lift.into_iter().zip([0.0, third, 2.0 * third, 1.0, 0.5]) {
        near(got, want, 1e-15);
    }
}

#[test]
fn impossible_people_are_errors() {
    let sound = people(true);
    let nobody = People { treated: vec![true; 200], ..people(true) };
    assert!(matches!(qini_curve(&nobody.scored()), Err(Error::TooFew { .. })));
    let odd = People { outcomes: vec![0.5; 200], ..people(true) };
    assert!(qini_auc_score(&odd.scored(), true).is_err() && qini_curve(&odd.scored()).is_ok());
    let nan = People { scores: vec![f64::NAN; 200], ..people(true) };
    assert!(causal_ml::auuc_score(&nan.scored(), true).is_err());
    for k in [0.0, 1.1, f64::NAN] {
        assert!(uplift_at_k(&sound.scored(), k, Strategy::Overall).is_err());
    }
    assert!(uplift_by_percentile(&sound.scored(), 0, Strategy::Overall).is_err());
    assert!(uplift_by_percentile(&sound.scored(), 150, Strategy::Overall).is_err());
    let flat = People { outcomes: vec![0.0; 200], ..people(true) };
    assert!(causal_ml::auuc_score(&flat.scored(), true).is_err());
    assert!(qini_auc_score(&flat.scored(), true).is_err());
}
