//! Planned looks.

use super::oracle;
use crate::experiment::group_sequential::{Spending, bounds};
use crate::interval::Side;
use crate::lift::Lift;
use crate::tests::{Dice, near};

const QUARTERS: [f64; 4] = [0.25, 0.5, 0.75, 1.0];

#[test]
fn o_brien_fleming_bounds_are_those_published() {
    // ldbounds, and Jennison & Turnbull 2000; scipy's multivariate normal confirms 5 %.
    near(oracle("crossing")[0], 0.05, 1e-6);
    let got = bounds(&QUARTERS, 0.05, Spending::OBrienFleming, None).unwrap();
    for (got, want) in got.iter().zip([4.3326, 2.9631, 2.3590, 2.0141]) {
        near(*got, want, 1.1e-4);
    }
    let fifths = [0.2, 0.4, 0.6, 0.8, 1.0];
    let got = bounds(&fifths, 0.05, Spending::OBrienFleming, None).unwrap();
    for (got, want) in got.iter().zip([4.8769, 3.3570, 2.6803, 2.2898, 2.0310]) {
        near(*got, want, 1.1e-4);
    }
    let got = bounds(&fifths, 0.05, Spending::Pocock, None).unwrap();
    for (got, want) in got.iter().zip([2.4380, 2.4268, 2.4101, 2.3966, 2.3859]) {
        near(*got, want, 1.1e-4);
    }
}

#[test]
fn one_look_is_the_fixed_test() {
    for spending in [Spending::Power(2.0), Spending::OBrienFleming, Spending::Pocock] {
        near(bounds(&[1.0], 0.05, spending, None).unwrap()[0], 1.959963984540054, 1e-9);
        let one = bounds(&[1.0], 0.05, spending, Some(Side::Less)).unwrap();
        if spending != Spending::OBrienFleming {
            near(one[0], 1.6448536269514727, 1e-9);
        }
    }
}

/// Twenty looks, α t² as Spotify spends it: A/A tests cross in 5 %.
#[test]
fn planned_looks_keep_the_error_rate() {
    let looks: Vec<f64> = (1..=20).map(|i| f64::from(i) / 20.0).collect();
    for side in [None, Some(Side::Greater)] {
        let limits = bounds(&looks, 0.05, Spending::Power(2.0), side).unwrap();
        assert!(limits.windows(2).all(|pair| pair[0] >= pair[1]));
        let mut dice = Dice(3);
        let runs = 8000;
        let crossed = (0..runs)
            .filter(|_| {
                let mut score = 0.0;
                let mut crossed = false;
                for (t, limit) in looks.iter().zip(&limits) {
                    score += dice.normal() * (1.0_f64 / 20.0).sqrt();
                    let z = score / t.sqrt();
                    crossed |= if side.is_none() { z.abs() > *limit } else { z > *limit };
                }
                crossed
            })
            .count();
        let error = 3.0 * (0.05 * 0.95 / f64::from(runs)).sqrt();
        near(crossed as f64 / f64::from(runs), 0.05, error);
    }
}

#[test]
fn interval_and_p_of_a_look_agree() {
    for value in [0.5, 1.9, 2.2, 2.36, 2.9, 4.0, -3.0] {
        let lift = Lift { value, variance: 1.0, dof: 1e6, units: 1000 };
        for side in [None, Some(Side::Greater)] {
            let got = lift.at_look(&QUARTERS[..3], 0.05, Spending::OBrienFleming, side).unwrap();
            assert_eq!(got.interval.contains(0.0), got.p_value > 0.05, "{got:?}");
        }
    }
}

#[test]
fn looks_must_move_on() {
    for looks in [vec![0.0], vec![0.5, 0.5], vec![0.5, 0.4], vec![f64::NAN], vec![0.5, 0.50001]] {
        assert!(bounds(&looks, 0.05, Spending::Pocock, None).is_err(), "{looks:?}");
    }
    let lift = Lift { value: 1.0, variance: 1.0, dof: 9.0, units: 10 };
    assert!(lift.at_look(&[], 0.05, Spending::Pocock, None).is_err());
    assert!(bounds(&[1.0], 1.5, Spending::Pocock, None).is_err());
    assert!(bounds(&[1.0], 0.05, Spending::Power(0.0), None).is_err());
    // After the planned end there is nothing left to spend.
    let over = bounds(&[0.5, 1.0, 1.2], 0.05, Spending::Pocock, None).unwrap();
    near(over[2], 8.0, 0.0);
}
