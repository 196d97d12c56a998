//! Regret of the rules on the bandit of the design: five rates, 20 000 people.
//!
//! The references are means over 200 runs of another implementation; tolerances are three standard
//! errors of both together.

use crate::bandit::explore::epsilon_greedy;
use crate::bandit::thompson::{Beta, best_arm_probabilities, with_floor};
use crate::draw;
use crate::moments::Proportion;
use crate::tests::{Dice, near};

const RATES: [f64; 5] = [0.02, 0.025, 0.03, 0.035, 0.05];
const PEOPLE: usize = 20_000;

/// Mean regret of `runs` runs and its standard error. `rule` chooses arms from counts.
fn regret(
    runs: u32,
    mut rule: impl FnMut(&[Proportion; 5], usize, &mut Dice) -> usize,
) -> (f64, f64) {
    let (mut sum, mut squares) = (0.0, 0.0);
    for run in 0..runs {
        let mut dice = Dice(1000 + u64::from(run));
        let mut counts = [Proportion::default(); 5];
        let mut lost = 0.0;
        for person in 0..PEOPLE {
            let arm = rule(&counts, person, &mut dice);
            lost += RATES[4] - RATES[arm];
            counts[arm].n += 1;
            counts[arm].successes += u64::from(dice.uniform() < RATES[arm]);
        }
        sum += lost;
        squares += lost * lost;
    }
    let n = f64::from(runs);
    let mean = sum / n;
    (mean, ((squares / n - mean * mean) / n).sqrt())
}

#[track_caller]
fn check(got: (f64, f64), want: f64, error: f64) {
    println!("regret {:.1} ± {:.1}, want {want} ± {error}", got.0, got.1);
    near(got.0, want, 3.0 * got.1.hypot(error));
}

fn beta(counts: &Proportion) -> Beta {
    Beta::UNIFORM.after(counts).unwrap()
}

#[test]
fn thompson_after_every_person() {
    let got = regret(200, |counts, _, dice| {
        let mut best = (f64::NEG_INFINITY, 0);
        for (arm, count) in counts.iter().enumerate() {
            let a = dice.gamma(1.0 + count.successes as f64);
            let b = dice.gamma(1.0 + (count.n - count.successes) as f64);
            if a / (a + b) > best.0 {
                best = (a / (a + b), arm);
            }
        }
        best.1
    });
    check(got, 55.3, 1.4);
}

/// Exact probabilities, new ones every thousand people, with and without a floor of one percent.
fn batched(runs: u32, floor: f64) -> (f64, f64) {
    let mut shares = vec![0.2; 5];
    regret(runs, move |counts, person, dice| {
        if person % 1000 == 0 {
            let arms: Vec<Beta> = counts.iter().map(beta).collect();
            shares = with_floor(&best_arm_probabilities(&arms).unwrap(), floor).unwrap();
        }
        draw::pick(&shares, dice.uniform()).unwrap()
    })
}

#[test]
fn thompson_in_batches() {
    check(batched(100, 0.0), 58.3, 1.4);
}

#[test]
fn a_floor_costs_what_it_should() {
    let (free, held) = (batched(100, 0.0), batched(100, 0.01));
    // One percent for each of four arms that lose .03, .025, .02 and .015: 18 on top of less
    // learning; the reference has 9 for updates after every person.
    let price = held.0 - free.0;
    assert!((2.0..20.0).contains(&price), "{price}");
}

#[test]
fn epsilon_greedy_and_uniform() {
    let got = regret(100, |counts, _, dice| {
        let scores: Vec<f64> = counts
            .iter()
            .map(|c| if c.n == 0 { 0.0 } else { c.successes as f64 / c.n as f64 })
            .collect();
        let shares = epsilon_greedy(&scores, 0.1).unwrap();
        draw::pick(&shares, dice.uniform()).unwrap()
    });
    check(got, 66.1, 3.3);
    let got = regret(20, |_, _, dice| dice.below(5));
    check(got, 360.0, 0.5);
}
