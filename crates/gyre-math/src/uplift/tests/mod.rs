//! Uplift measures against the packages they are named after. Hillstrom is read in the tests of the
//! public functions.

mod measures;
mod money;
mod sure;

use super::Scored;
use crate::tests::Dice;

/// Reference values; the script beside the file made them.
const ORACLE: &str = include_str!("../../../tests/oracles/uplift.txt");

struct People {
    scores: Vec<f64>,
    outcomes: Vec<f64>,
    treated: Vec<bool>,
}

impl People {
    fn scored(&self) -> Scored<'_> {
        Scored { scores: &self.scores, outcomes: &self.outcomes, treated: &self.treated }
    }
}

/// The people of the script: index i, scores with ties, outcomes and treatment by small congruences.
fn people(distinct: bool) -> People {
    let at = |i: u64| (i * 37 % 101, i * 53 % 89, i * 29 % 97);
    let mut people = People { scores: vec![], outcomes: vec![], treated: vec![] };
    for i in 0..200_u64 {
        let (a, b, c) = at(i);
        let treated = b % 5 < 3;
        let score = if distinct { a as f64 + i as f64 / 1000.0 } else { (a / 10) as f64 };
        people.scores.push(score);
        people.treated.push(treated);
        let yes = c < 20 + if treated { a / 3 } else { 0 };
        people.outcomes.push(f64::from(u8::from(yes)));
    }
    people
}

/// People whose effect is their score: outcomes are normal around score · treated.
fn effects(n: usize, strength: f64, dice: &mut Dice) -> People {
    let mut people = People { scores: vec![], outcomes: vec![], treated: vec![] };
    for _ in 0..n {
        let (score, treated) = (dice.uniform(), dice.uniform() < 0.5);
        people.scores.push(score);
        people.treated.push(treated);
        let effect = if treated { strength * (score - 0.5) } else { 0.0 };
        people.outcomes.push(effect + dice.normal());
    }
    people
}

fn bits(seed: u64) -> impl FnMut() -> u64 {
    let mut dice = Dice(seed);
    move || ((dice.uniform() * 4_294_967_296.0) as u64) << 32
}
