//! Loops of turns against known means: people draw by the weights in effect, rewards are mostly nought,
//! and each turn learns from all decisions so far. Seeded, so that every run gives the same counts.

use gyre_config::kinds::{Campaign, DecisionPolicy, Loop, Managed};
use gyre_math::draw;
use gyre_math::moments::Mean;
use gyre_model::record::body::ArmSums;
use gyre_model::{Dice, RecordId, Timestamp};
use gyre_optimise::{Situation, apply, propose};
use serde_json::json;
use std::collections::BTreeMap;

const SEEDS: u64 = 200;
const NAMES: [&str; 3] = ["a", "b", "c"];

/// A loop over three variants.
struct World {
    spec: Loop,
    campaign: Campaign,
    policy: DecisionPolicy,
    managed: Managed,
}

fn world() -> World {
    let spec = json!({
        "campaign": "second-order", "population": "p", "goal": {"event": "order"},
        "reward": {"event": "order", "value": "margin", "window": "14d"},
        "holdout": {"share": 0.1, "receives": "a"}, "cadence": "7d", "autonomy": {"mode": "auto"},
    });
    let variants = NAMES.map(|name| json!({ "name": name }));
    World {
        spec: serde_json::from_value(spec).unwrap(),
        campaign: serde_json::from_value(json!({ "variants": variants })).unwrap(),
        policy: serde_json::from_value(json!({"method": "thompson"})).unwrap(),
        managed: Managed::default(),
    }
}

/// Runs `turns` turns with so many decisions each. A decision earns 10 to 30 with the chance of its
/// variant, else nothing.
fn run(seed: u64, chances: [f64; 3], turns: u64, decisions: u64) -> Managed {
    let dice = Dice::new(&seed.to_le_bytes());
    let mut world = world();
    let mut earned = BTreeMap::<String, Mean>::new();
    for turn in 1..=turns {
        let candidates = gyre_learn::candidates(&world.campaign, &world.managed);
        let weights = world.managed.weights.get(gyre_learn::REST);
        let equal = 1.0 / candidates.len() as f64;
        let weights: Vec<f64> =
            candidates.iter().map(|name| weights.map_or(equal, |all| all[name])).collect();
        for person in 0..decisions {
            let who = (turn * decisions + person).to_le_bytes();
            let drawn = draw::pick(&weights, dice.uniform(&who, "draw", 0)).unwrap();
            let name = &candidates[drawn];
            let chance = chances[NAMES.iter().position(|known| known == name).unwrap()];
            let buys = dice.uniform(&who, "buys", 0) < chance;
            let reward = if buys { 10.0 + 20.0 * dice.uniform(&who, "spends", 0) } else { 0.0 };
            let sums = earned.entry(name.clone()).or_default();
            *sums = sums.merge(Mean { n: 1, sum: reward, sum_squares: reward * reward });
        }
        let rewards = [(gyre_learn::REST.to_owned(), earned.clone())].into();
        let evidence =
            gyre_learn::learn(&world.policy, &candidates, &rewards, &world.managed.weights)
                .unwrap();
        let people = ArmSums { people: 1000, ..ArmSums::default() };
        let proposal = propose(&Situation {
            name: "repeat",
            spec: &world.spec,
            campaign: &world.campaign,
            policy: &world.policy,
            managed: &world.managed,
            base_version: turn,
            turn,
            treated: &people,
            holdout: &people,
            evidence: &evidence,
            id: RecordId([0; 16]),
            at: Timestamp(0),
        });
        if let Some(proposal) = proposal {
            world.managed = apply(&world.managed, &proposal);
        }
    }
    world.managed
}

fn has_most(managed: &Managed, name: &str) -> bool {
    let Some(weights) = managed.weights.get(gyre_learn::REST) else { return false };
    weights.iter().all(|(other, weight)| other == name || *weight < weights[name])
}

/// Means 1, 1.6 and 2.4 per decision (standard deviation about 5 to 7), 8 turns of 400 decisions.
#[test]
fn the_best_variant_ends_with_the_highest_weight() {
    let won = (0..SEEDS).filter(|seed| has_most(&run(*seed, [0.05, 0.08, 0.12], 8, 400), "c"));
    let won = won.count() as u64;
    println!("best variant wins in {won} of {SEEDS}");
    assert!(won * 100 >= SEEDS * 95, "{won} of {SEEDS}");
}

/// `a` sells next to nothing.
#[test]
fn a_useless_variant_is_dropped_and_the_best_is_not() {
    let (mut useless, mut best) = (0, 0);
    for seed in 0..SEEDS {
        let managed = run(seed, [0.01, 0.10, 0.12], 8, 400);
        useless += u64::from(managed.dropped.iter().any(|name| name == "a"));
        best += u64::from(managed.dropped.iter().any(|name| name == "c"));
    }
    println!("useless dropped in {useless}, best dropped in {best} of {SEEDS}");
    assert!(useless * 100 >= SEEDS * 95, "useless dropped in {useless} of {SEEDS}");
    assert!(best * 100 <= SEEDS * 2, "best dropped in {best} of {SEEDS}");
}

/// Two that are equally good beside a useless one, and three that are equally good, where any drop is a
/// mistake. Stated: at most 2 % and 10 %. With the bound on the probability of being best alone the
/// second was 31 %, since the loop looks at every turn.
#[test]
fn equal_variants_are_hardly_ever_dropped() {
    let (mut pair, mut three) = (0, 0);
    for seed in 0..SEEDS {
        let managed = run(seed, [0.01, 0.10, 0.10], 8, 400);
        pair += u64::from(managed.dropped.iter().any(|name| name != "a"));
        three += u64::from(!run(seed, [0.10, 0.10, 0.10], 8, 400).dropped.is_empty());
    }
    println!("of an equal pair one dropped in {pair}, of equal three one in {three} of {SEEDS}");
    assert!(pair * 100 <= SEEDS * 2, "of a pair {pair} of {SEEDS}");
    assert!(three * 100 <= SEEDS * 10, "of three {three} of {SEEDS}");
}

/// The best by a little, beside two that are alike: it may take long to win, but it must not be lost.
#[test]
fn the_best_by_a_little_is_not_dropped() {
    let lost = (0..SEEDS).filter(|seed| {
        run(*seed, [0.10, 0.10, 0.12], 8, 400).dropped.iter().any(|name| name == "c")
    });
    let lost = lost.count() as u64;
    println!("best by a little dropped in {lost} of {SEEDS}");
    assert!(lost * 100 <= SEEDS, "{lost} of {SEEDS}");
}
