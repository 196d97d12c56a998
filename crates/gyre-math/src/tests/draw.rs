//! Drawing an index.

use crate::draw::{pick, uniform};

#[test]
fn an_index_is_drawn_by_the_cumulative_probability() {
    let p = [0.2, 0.0, 0.5, 0.3];
    for (u, want) in [(0.0, 0), (0.199, 0), (0.2, 2), (0.699, 2), (0.71, 3), (0.999, 3)] {
        assert_eq!(pick(&p, u), Ok(want), "at {u}");
    }
}

#[test]
fn rounding_leaves_no_hole_at_the_end() {
    // Ten times 0.1 falls short of the largest uniform below one.
    let mut p = vec![0.1; 10];
    p.push(0.0);
    assert_eq!(pick(&p, 1.0 - f64::EPSILON / 2.0), Ok(9));
    assert_eq!(pick(&[0.0, 1.0, 0.0], 0.0), Ok(1));
}

#[test]
fn what_is_no_distribution_is_refused() {
    for p in [vec![], vec![0.5, 0.4], vec![1.5, -0.5], vec![f64::NAN, 1.0], vec![f64::INFINITY]] {
        assert!(pick(&p, 0.5).is_err(), "{p:?}");
    }
    for u in [-0.1, 1.0, f64::NAN] {
        assert!(pick(&[1.0], u).is_err(), "{u}");
    }
}

#[test]
fn a_hash_becomes_a_uniform_below_one() {
    assert!(uniform(0).abs() < f64::MIN_POSITIVE);
    assert!(uniform(u64::MAX) < 1.0);
    assert!((uniform(1 << 63) - 0.5).abs() < f64::MIN_POSITIVE);
}
