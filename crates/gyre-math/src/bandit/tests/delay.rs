//! Late rewards.

use crate::bandit::delay::{DelayCurve, Immature};
use crate::bandit::thompson::Beta;
use crate::tests::{Dice, near};

const RATE: f64 = 0.2;
const MEAN_DELAY: f64 = 5.0;

struct World {
    converted: Vec<(f64, f64)>,
    pending: Vec<f64>,
}

/// People contacted over the last 20 days who convert with rate .2 after an exponential delay.
fn world(dice: &mut Dice, people: usize) -> World {
    let (mut converted, mut pending) = (Vec::new(), Vec::new());
    for _ in 0..people {
        let age = 20.0 * dice.uniform();
        let delay = -MEAN_DELAY * (1.0 - dice.uniform()).ln();
        if dice.uniform() < RATE && delay <= age {
            converted.push((delay, age));
        } else {
            pending.push(age);
        }
    }
    World { converted, pending }
}

fn truth() -> DelayCurve {
    let steps: Vec<(f64, f64)> =
        (1..=4000).map(|i| f64::from(i) * 0.01).map(|t| (t, -(-t / MEAN_DELAY).exp_m1())).collect();
    let mut steps = steps;
    steps.push((1e6, 1.0));
    DelayCurve::new(&steps).unwrap()
}

#[test]
fn the_censored_rate_covers_and_the_naive_one_does_not() {
    let (mut dice, curve, runs) = (Dice(31), truth(), 400);
    let (mut hits, mut naive, mut bias) = (0_u32, 0_u32, 0.0);
    for _ in 0..runs {
        let world = world(&mut dice, 600);
        let arm = Immature {
            conversions: world.converted.len() as u64,
            pending_ages: &world.pending,
            converted_shares: world.converted.iter().map(|(_, age)| curve.share(*age)).sum(),
        };
        let got = arm.rate(&curve).unwrap();
        hits += u32::from((got.mean() - RATE).abs() <= 1.96 * got.sd());
        bias += (arm.beta(Beta::UNIFORM, &curve).unwrap().mean() - RATE) / f64::from(runs);
        let rate = world.converted.len() as f64 / 600.0;
        let se = (rate * (1.0 - rate) / 600.0).sqrt();
        naive += u32::from((rate - RATE).abs() <= 1.96 * se);
    }
    let share = |count: u32| f64::from(count) / f64::from(runs);
    near(share(hits), 0.95, 3.0 * (0.05 * 0.95 / f64::from(runs)).sqrt() + 0.01);
    assert!(share(naive) < 0.5, "{}", share(naive));
    near(bias, 0.0, 0.005);
}

#[test]
fn the_delay_is_learned_from_those_who_converted() {
    let world = world(&mut Dice(12), 40_000);
    let (delays, ages): (Vec<f64>, Vec<f64>) = world.converted.iter().copied().unzip();
    let got = DelayCurve::from_converted(&delays, &ages).unwrap();
    let n = delays.len() as f64;
    // Nothing is known of delays beyond 20 days.
    let whole = -(-20.0_f64 / MEAN_DELAY).exp_m1();
    for t in [1.0, 3.0, 6.0, 12.0] {
        let want = -(-t / MEAN_DELAY).exp_m1() / whole;
        near(got.share(t), want, 4.0 * (0.25 / n).sqrt());
        let naive = delays.iter().filter(|d| **d <= t).count() as f64 / n;
        if t < 10.0 {
            assert!(naive > want + 0.03, "the quick are over-represented: {naive} {want}");
        }
    }
    near(got.share(-1.0), 0.0, 0.0);
    near(got.share(100.0), 1.0, 0.0);
    let all: Vec<f64> = ages.iter().chain(&world.pending).copied().collect();
    assert!((0.5..0.9).contains(&got.maturity(&all)));
    near(got.maturity(&[]), 0.0, 0.0);
}

#[test]
fn old_enough_people_are_ordinary_people() {
    let curve = DelayCurve::new(&[(1.0, 0.5), (2.0, 1.0)]).unwrap();
    let arm = Immature { conversions: 3, pending_ages: &[9.0; 7], converted_shares: 3.0 };
    near(arm.rate(&curve).unwrap().mean(), 0.3, 1e-12);
    near(arm.rate(&curve).unwrap().sd(), (0.3_f64 * 0.7 / 10.0).sqrt(), 1e-12);
    near(arm.beta(Beta::UNIFORM, &curve).unwrap().mean(), 4.0 / 12.0, 1e-15);
}

#[test]
fn impossible_delays_are_errors() {
    for steps in [vec![], vec![(1.0, 0.5)], vec![(1.0, 0.7), (2.0, 0.5)], vec![(1.0, 1.5)]] {
        assert!(DelayCurve::new(&steps).is_err(), "{steps:?}");
    }
    assert!(DelayCurve::new(&[(2.0, 0.5), (1.0, 1.0)]).is_err());
    assert!(DelayCurve::from_converted(&[], &[]).is_err());
    assert!(DelayCurve::from_converted(&[2.0], &[1.0]).is_err());
    assert!(DelayCurve::from_converted(&[-1.0], &[1.0]).is_err());
    let curve = DelayCurve::new(&[(1.0, 1.0)]).unwrap();
    let nobody = Immature { conversions: 0, pending_ages: &[5.0], converted_shares: 0.0 };
    assert!(nobody.rate(&curve).is_err() && nobody.beta(Beta::UNIFORM, &curve).is_ok());
    let torn = Immature { conversions: 1, pending_ages: &[5.0], converted_shares: 2.0 };
    assert!(torn.beta(Beta::UNIFORM, &curve).is_err());
}
