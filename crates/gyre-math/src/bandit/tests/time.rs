//! Periods and changes.

use crate::bandit::change::window_start;
use crate::bandit::period::weighted_means;
use crate::moments::{Mean, Proportion};
use crate::tests::{Dice, near, proportion};

fn day(dice: &mut Dice, n: u64, rate: f64) -> Mean {
    let sum = (0..n).filter(|_| dice.uniform() < rate).count() as f64;
    Mean { n, sum, sum_squares: sum }
}

#[test]
fn a_good_day_does_not_make_a_good_arm() {
    // Both arms have 10 % on day one and 20 % on day two, when arm 1 got most of the people.
    let days = [
        vec![proportion(9000, 900), proportion(1000, 100)],
        vec![proportion(1000, 200), proportion(9000, 1800)],
    ];
    let got = weighted_means(&days).unwrap();
    near(got[0].mean(), 0.15, 1e-15);
    near(got[1].mean(), 0.15, 1e-15);
    let want = (0.25 * 0.09 / 9000.0 + 0.25 * 0.16 / 1000.0_f64).sqrt();
    near(got[0].sd(), want, 1e-15);
    // One period is the plain mean.
    near(weighted_means(&days[..1]).unwrap()[0].mean(), 0.1, 1e-15);
    assert!(weighted_means::<Proportion>(&[]).is_err());
    assert!(weighted_means(&[vec![proportion(10, 0)]]).is_err());
    assert!(weighted_means(&[vec![proportion(10, 1)], vec![]]).is_err());
    assert!(weighted_means(&[vec![proportion(10, 1), proportion(0, 0)]]).is_err());
}

#[test]
fn a_change_is_found_and_a_stable_arm_is_left_alone() {
    let (runs, mut false_alarms, mut kept_old) = (300_u32, 0_u32, 0_u32);
    let mut dice = Dice(77);
    for _ in 0..runs {
        let stable: Vec<Mean> = (0..40).map(|_| day(&mut dice, 100, 0.05)).collect();
        false_alarms += u32::from(window_start(&stable, 0.05, 1.0).unwrap() > 0);
        let moved: Vec<Mean> =
            (0..40).map(|i| day(&mut dice, 100, if i < 20 { 0.05 } else { 0.15 })).collect();
        let start = window_start(&moved, 0.05, 1.0).unwrap();
        assert!(start > 0, "a tripled rate goes unnoticed");
        kept_old += u32::from(start < 15);
    }
    let share = f64::from(false_alarms) / f64::from(runs);
    assert!(share <= 0.05 + 3.0 * (0.05 * 0.95 / f64::from(runs)).sqrt(), "{share}");
    assert!(f64::from(kept_old) / f64::from(runs) < 0.2, "{kept_old}");
}

#[test]
fn empty_and_impossible_periods() {
    assert_eq!(window_start(&[], 0.05, 1.0), Ok(0));
    assert_eq!(window_start(&[Mean::default(); 3], 0.05, 1.0), Ok(0));
    assert!(window_start(&[], 0.0, 1.0).is_err() && window_start(&[], 0.05, 0.0).is_err());
    let torn = Mean { n: 10, sum: 100.0, sum_squares: 1.0 };
    assert!(window_start(&[torn, torn], 0.05, 1.0).is_err());
}
