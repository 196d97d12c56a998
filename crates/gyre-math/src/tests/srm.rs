//! Sample ratio mismatch.

use super::near;
use crate::srm::chi_square;

#[track_caller]
fn check(observed: &[u64], shares: &[f64], want: f64, mismatch: bool) {
    let got = chi_square(observed, shares).unwrap();
    near(got.p_value, want, 1e-12);
    assert_eq!(got.is_mismatch(), mismatch, "{got:?}");
}

#[test]
fn known_counts_give_known_p() {
    check(&[1000, 1200], &[0.5, 0.5], 2.007865612426481e-05, true);
    check(&[5000, 4800], &[0.5, 0.5], 0.04335175126086287, false);
    check(&[310, 290, 300], &[1.0, 1.0, 1.0], 0.7165313105737892, false);
    check(&[8850, 1150], &[0.9, 0.1], 5.733031437583875e-07, true);
    check(&[0, 0], &[0.5, 0.5], 1.0, false);
    check(&[21_307, 21_387, 21_306], &[1.0, 1.0, 1.0], 0.9036929575604, false);
}

#[test]
fn an_arm_without_a_share_counts_nowhere() {
    let two = chi_square(&[5000, 4800], &[0.5, 0.5]).unwrap();
    let three = chi_square(&[5000, 0, 4800], &[0.5, 0.0, 0.5]).unwrap();
    assert_eq!(two, three);
    check(&[500, 1, 500], &[0.5, 0.0, 0.5], 0.0, true);
    check(&[500], &[1.0], 1.0, false);
}

#[test]
fn too_few_units_raise_no_alarm() {
    check(&[14, 0], &[0.5, 0.5], 1.8281063228469687e-4, false);
}

#[test]
fn impossible_shares_are_errors() {
    for (observed, shares) in [
        (vec![1, 2], vec![1.0]),
        (vec![1, 2], vec![0.0, 0.0]),
        (vec![1, 2], vec![-0.5, 1.5]),
        (vec![1, 2], vec![f64::NAN, 1.0]),
        (vec![], vec![]),
    ] {
        assert!(chi_square(&observed, &shares).is_err(), "{shares:?}");
    }
}
