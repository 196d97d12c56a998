//! CUPED against gbstats, and its ratio form against a simulation.

use super::oracle;
use crate::error::Error;
use crate::experiment::cuped::{Paired, PairedArms, arms_theta, pooled_theta};
use crate::experiment::joint::Joint;
use crate::lift::{Arms, Scale};
use crate::moments::Metric;
use crate::sequential::Mixing;
use crate::tests::{Dice, close, near};

fn pair(n: u64, y: [f64; 2], x: [f64; 2], xy: f64) -> Joint<2> {
    Joint { n, sums: [y[0], x[0]], products: [[y[1], xy], [0.0, x[1]]] }
}

fn arms(treated: &Joint<2>, control: &Joint<2>) -> PairedArms {
    PairedArms {
        treated: Paired::from_means(treated).unwrap(),
        control: Paired::from_means(control).unwrap(),
    }
}

#[test]
fn the_vector_of_gbstats_holds() {
    let control = pair(3001, [300.0, 600.0], [210.0, 415.0], -20.0);
    let treated = pair(3000, [222.0, 555.0], [120.0, 405.0], -10.0);
    let theta = pooled_theta(&treated, &control).unwrap();
    near(theta, -0.07321194034813545, 1e-15);
    let both = arms(&treated, &control);
    let relative = both.lift(theta, Scale::Relative).unwrap().fixed(0.05).unwrap();
    near(relative.value, -0.281707154, 1e-9);
    near(relative.p_value, 0.003732549, 1e-9);
    near(relative.interval.low, -0.47206764569, 1e-9);
    near(relative.interval.high, -0.09134666200, 1e-9);
    let absolute = both.lift(theta, Scale::Absolute).unwrap().fixed(0.05).unwrap();
    near(absolute.value, -0.02816132828, 1e-11);
    near(absolute.standard_error, 0.01107598292, 1e-11);
    near(absolute.p_value, 0.01102936865, 1e-11);
}

fn ab(products: [f64; 2]) -> (Joint<2>, Joint<2>) {
    (
        pair(3000, [1396.87, 52377.9767], [16.87, 527.9767], products[0]),
        pair(3461, [2422.7, 134_698.29], [22.7, 1348.29], products[1]),
    )
}

#[test]
fn weak_and_strong_covariates_agree_with_gbstats() {
    for (name, products) in [("small", [1.0, 1.0]), ("large", [4000.0, 9000.0])] {
        let (control, treated) = ab(products);
        let want = oracle(&format!("cuped_{name}"));
        let theta = pooled_theta(&treated, &control).unwrap();
        close(theta, want[0], 1e-12);
        let lift = arms(&treated, &control).lift(theta, Scale::Absolute).unwrap();
        let got = lift.fixed(0.05).unwrap();
        let all = [got.value, got.interval.low, got.interval.high, got.standard_error, got.p_value];
        for (got, want) in all.into_iter().zip(&want[1..]) {
            near(got, *want, 1e-9);
        }
    }
    let (control, treated) = ab([1.0, 1.0]);
    let theta = pooled_theta(&treated, &control).unwrap();
    let lift = arms(&treated, &control).lift(theta, Scale::Relative).unwrap();
    let got = lift.always_valid(0.05, Mixing::Tuned { expected_units: 5000 }).unwrap();
    for (got, want) in
        [(got.value, 0.50338), (got.interval.low, -0.50969), (got.interval.high, 1.51646)]
    {
        near(got, want, 1e-5);
    }
}

#[test]
fn a_covariate_that_does_not_vary_changes_nothing() {
    let control = pair(3000, [1396.87, 52377.9767], [0.0, 0.0], 0.0);
    let treated = pair(3461, [2422.7, 134_698.29], [0.0, 0.0], 0.0);
    let theta = pooled_theta(&treated, &control).unwrap();
    near(theta, 0.0, 0.0);
    let plain = Arms {
        treated: treated.value(0).sample().unwrap(),
        control: control.value(0).sample().unwrap(),
    };
    for scale in [Scale::Absolute, Scale::Relative] {
        let (got, want) =
            (arms(&treated, &control).lift(theta, scale).unwrap(), plain.lift(scale).unwrap());
        near(got.value, want.value, 1e-15);
        close(got.variance, want.variance, 1e-14);
        close(got.dof, want.dof, 1e-12);
    }
    let torn = pair(10, [1.0, 1.0], [1.0, 1.0], 50.0);
    assert_eq!(Paired::from_means(&torn), Err(Error::ImpossibleSums));
}

/// Ratios with a persistent level per person: the adjusted interval covers as it says, and is
/// narrower.
#[test]
fn adjusted_ratios_cover_and_are_narrower() {
    let (runs, people) = (400, 300);
    let mut dice = Dice(5);
    let (mut hits, mut gain) = (0_u32, 0.0);
    for _ in 0..runs {
        let mut draw = || {
            (0..people).fold(Joint::default(), |sum, _| {
                let level = 2.0 + 0.5 * dice.normal();
                let mut orders = || 1.0 + (4.0 * dice.uniform()).floor();
                let (now, then) = (orders(), orders());
                let spent = |orders: f64, noise: f64| orders * (level + 0.2 * noise);
                let values = [spent(now, dice.normal()), now, spent(then, dice.normal()), then];
                sum.merge(Joint::of(values))
            })
        };
        let (treated, control) = (draw(), draw());
        let arms = PairedArms {
            treated: Paired::from_ratios(&treated).unwrap(),
            control: Paired::from_ratios(&control).unwrap(),
        };
        let theta = arms_theta(&arms).unwrap();
        let got = arms.lift(theta, Scale::Relative).unwrap().fixed(0.05).unwrap();
        hits += u32::from(got.interval.contains(0.0));
        gain += arms.variance_reduction(theta).unwrap() / f64::from(runs);
    }
    near(f64::from(hits) / f64::from(runs), 0.95, 3.0 * (0.05 * 0.95 / f64::from(runs)).sqrt());
    assert!(gain > 0.5, "{gain}");
}
