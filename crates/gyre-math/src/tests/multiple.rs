//! Adjusted p values.

use super::near;
use crate::multiple::{benjamini_hochberg, false_coverage_alpha, holm, simultaneous_alpha};

const P: [f64; 8] = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205];

#[track_caller]
fn check(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        near(*got, *want, 1e-12);
    }
}

#[test]
fn the_textbook_vector_is_adjusted() {
    check(&holm(&P).unwrap(), &[0.008, 0.056, 0.234, 0.234, 0.234, 0.234, 0.234, 0.234]);
    let want = [0.008, 0.032, 0.0672, 0.0672, 0.0672, 0.08, 0.074 * 8.0 / 7.0, 0.205];
    check(&benjamini_hochberg(&P).unwrap(), &want);
}

#[test]
fn the_order_given_is_the_order_returned() {
    check(&holm(&[0.04, 0.01, 0.03]).unwrap(), &[0.06, 0.03, 0.06]);
    check(&benjamini_hochberg(&[0.04, 0.01, 0.03]).unwrap(), &[0.04, 0.03, 0.04]);
    check(&holm(&[]).unwrap(), &[]);
    check(&holm(&[0.9, 0.8]).unwrap(), &[1.0, 1.0]);
}

#[test]
fn intervals_share_the_error_rate() {
    near(simultaneous_alpha(0.05, 10).unwrap(), 0.005, 1e-15);
    near(false_coverage_alpha(0.05, 2, 8).unwrap(), 0.0125, 1e-15);
    assert!(simultaneous_alpha(0.05, 0).is_err());
    assert!(simultaneous_alpha(1.0, 2).is_err());
    assert!(false_coverage_alpha(0.05, 3, 2).is_err());
}

#[test]
fn what_is_no_p_is_refused() {
    for p in [-0.1, 1.1, f64::NAN] {
        assert!(holm(&[0.5, p]).is_err() && benjamini_hochberg(&[0.5, p]).is_err(), "{p}");
    }
}
