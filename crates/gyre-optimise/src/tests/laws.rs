//! What holds for any evidence.

use super::{World, world};
use crate::apply;
use gyre_model::record::body::Change;
use proptest::prelude::*;
use serde_json::json;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const SEGMENTS: [&str; 3] = ["new", "old", "rest"];

fn distribution() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.01..1.0_f64, NAMES.len()).prop_map(|all| {
        let sum: f64 = all.iter().sum();
        all.into_iter().map(|one| one / sum).collect()
    })
}

prop_compose! {
    fn any_world()(
        learnt in prop::collection::vec(distribution(), 3),
        managed in prop::collection::vec(distribution(), 0..4),
        best in prop::collection::vec(0.0..0.03_f64, 12),
        n in prop::collection::vec(0_u64..100, 12),
        step in 0.01..1.0_f64,
        turn in 1_u64..5,
        dropped in 0_usize..3,
        keep in 0_usize..4,
    ) -> World {
        let spec = json!({
            "guardrails": {"max_weight_step": step}, "drop": {"keep": [NAMES[keep]]},
        });
        let mut world = world(&NAMES, spec);
        world.turn = turn;
        world.managed.dropped = NAMES[..dropped].iter().map(|name| (*name).to_owned()).collect();
        for (segment, weights) in SEGMENTS.iter().zip(managed) {
            let sum: f64 = weights.iter().skip(dropped).sum();
            let named = NAMES.iter().zip(weights).skip(dropped);
            let named = named.map(|(name, weight)| ((*name).to_owned(), weight / sum)).collect();
            world.managed.weights.insert((*segment).to_owned(), named);
        }
        for (place, segment) in SEGMENTS.iter().enumerate() {
            let rows: Vec<_> = NAMES.iter().enumerate().skip(dropped).map(|(index, name)| {
                let at = place * NAMES.len() + index;
                (*segment, *name, n[at], 1.0, best[at], learnt[place][index])
            }).collect();
            let sum: f64 = rows.iter().map(|row| row.5).sum();
            let rows: Vec<_> =
                rows.into_iter().map(|(s, v, n, m, b, w)| (s, v, n, m, b, w / sum)).collect();
            world = world.with(&rows);
        }
        world
    }
}

proptest! {
    #[test]
    fn a_proposal_keeps_the_laws(world in any_world()) {
        let Some(proposal) = world.propose() else { return Ok(()) };
        let next = apply(&world.managed, &proposal);
        prop_assert_eq!(&apply(&next, &proposal), &next);
        let left = NAMES.iter().filter(|name| !next.dropped.iter().any(|gone| gone == *name));
        prop_assert!(left.clone().count() >= 2);
        let lost = |name: &String| {
            next.dropped.contains(name) && !world.managed.dropped.contains(name)
        };
        prop_assert!(!world.spec.drop.keep.iter().any(lost));
        if world.turn < world.spec.drop.after_turns {
            prop_assert_eq!(&next.dropped, &world.managed.dropped);
        }
        for weights in next.weights.values() {
            prop_assert!((weights.values().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(weights.keys().all(|name| !next.dropped.contains(name)));
        }
        let [value, low, high] =
            [proposal.expected.value, proposal.expected.low, proposal.expected.high];
        prop_assert!(value.is_finite() && low <= value && value <= high);
    }

    /// Without drops no weight moves further than the step, and what is proposed moves at all.
    #[test]
    fn the_step_holds(mut world in any_world()) {
        world.spec.drop.keep = NAMES.iter().map(|name| (*name).to_owned()).collect();
        let Some(proposal) = world.propose() else { return Ok(()) };
        let step = world.spec.guardrails.max_weight_step;
        for change in &proposal.changes {
            let Change::Reweight { segment, weights } = change else { panic!("a drop") };
            let equal = 1.0 / weights.len() as f64;
            let old = world.managed.weights.get(segment);
            let moved = weights.iter().map(|(name, weight)| {
                (weight - old.map_or(equal, |old| old[name])).abs()
            });
            let furthest = moved.fold(0.0, f64::max);
            prop_assert!(furthest <= step + 1e-9 && furthest > 0.0, "{furthest} against {step}");
        }
    }
}
