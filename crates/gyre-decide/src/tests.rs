//! Tests of the draw.

use crate::{Arm, Choice, Draw, Request, decide};
use expect_test::{Expect, expect};
use gyre_model::{Refusal, RefusalReason};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn draw(
    options: &[(&str, Option<RefusalReason>)],
    weights: &[(&str, f64)],
    dropped: &[&str],
    arm: Option<Arm<'_>>,
    uniform: f64,
) -> Draw {
    let weights: BTreeMap<String, f64> =
        weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
    let dropped: Vec<String> = dropped.iter().map(|&name| name.to_owned()).collect();
    let options = options
        .iter()
        .map(|(variant, reason)| Choice { variant, refusal: reason.map(Refusal::because) })
        .collect();
    decide(&Request {
        options,
        weights: Some(&weights),
        dropped: &dropped,
        floor: 0.05,
        arm,
        uniform,
    })
    .unwrap()
}

fn check(draw: &Draw, wanted: Expect) {
    let lines: Vec<String> = draw
        .candidates
        .iter()
        .enumerate()
        .map(|(index, one)| {
            let mark = if draw.chosen == Some(index) { "*" } else { "-" };
            let why = one.refusal.as_ref().map_or("", |refusal| refusal.reason.as_str());
            format!("{mark} {} {:.4} {why}", one.variant, one.probability).trim_end().to_owned()
        })
        .collect();
    wanted.assert_eq(&lines.join("\n"));
}

const THREE: &[(&str, Option<RefusalReason>)] =
    &[("discount", None), ("reminder", None), ("nothing", None)];

#[test]
fn without_weights_all_are_alike() {
    check(
        &draw(THREE, &[], &[], None, 0.5),
        expect![[r#"
        - discount 0.3333
        * reminder 0.3333
        - nothing 0.3333"#]],
    );
}

#[test]
fn a_refused_candidate_gives_its_share_to_the_others() {
    let options =
        [("discount", Some(RefusalReason::OutOfStock)), ("reminder", None), ("nothing", None)];
    let weights = [("discount", 0.8), ("reminder", 0.15), ("nothing", 0.05)];
    check(
        &draw(&options, &weights, &[], Some(Arm::Treated), 0.0),
        expect![[r#"
        - discount 0.0000 out_of_stock
        * reminder 0.7250
        - nothing 0.2750"#]],
    );
}

#[test]
fn the_holdout_receives_what_it_always_did_though_the_loop_dropped_it() {
    let arm = Some(Arm::Holdout(Some("discount")));
    check(
        &draw(THREE, &[], &["discount"], arm, 0.9),
        expect![[r#"
        * discount 1.0000
        - reminder 0.0000 holdout
        - nothing 0.0000 holdout"#]],
    );
    check(
        &draw(THREE, &[], &["discount"], Some(Arm::Treated), 0.0),
        expect![[r#"
        * reminder 0.5000
        - nothing 0.5000"#]],
    );
}

#[test]
fn a_holdout_that_receives_nothing_gets_nothing() {
    check(
        &draw(THREE, &[], &[], Some(Arm::Holdout(None)), 0.0),
        expect![[r#"
        - discount 0.0000 holdout
        - reminder 0.0000 holdout
        - nothing 0.0000 holdout"#]],
    );
}

proptest! {
    #[test]
    fn probabilities_are_probabilities(
        weights in prop::collection::vec(0.0f64..1.0, 1..8),
        refused in any::<u8>(),
        uniform in 0.0f64..1.0,
    ) {
        let names: Vec<String> = (0..weights.len()).map(|n| format!("v{n}")).collect();
        let options: Vec<(&str, Option<RefusalReason>)> = names.iter().enumerate()
            .map(|(n, name)| (name.as_str(), (refused >> n & 1 == 1).then_some(RefusalReason::RuleFailed)))
            .collect();
        let weights: Vec<(&str, f64)> = names.iter().map(String::as_str).zip(weights).collect();
        let draw = draw(&options, &weights, &[], None, uniform);
        let sum: f64 = draw.candidates.iter().map(|one| one.probability).sum();
        match draw.chosen() {
            None => prop_assert!(options.iter().all(|one| one.1.is_some()) && sum.abs() < 1e-12),
            Some(chosen) => {
                prop_assert!((sum - 1.0).abs() < 1e-9);
                prop_assert!(chosen.refusal.is_none() && chosen.probability > 0.0);
            }
        }
        for one in &draw.candidates {
            let least = if one.refusal.is_some() { 0.0 } else { draw.floor - 1e-12 };
            prop_assert!(one.probability >= least && (one.refusal.is_none() || one.probability.abs() < 1e-300));
        }
    }

    /// Drawing often gives each variant its share.
    #[test]
    fn frequencies_follow_probabilities(seed in any::<u64>()) {
        let dice = gyre_model::Dice::new(&seed.to_le_bytes());
        let n = 4000;
        let weights = [("discount", 0.6), ("reminder", 0.3), ("nothing", 0.1)];
        let mut counts = [0f64; 3];
        let mut probabilities = [0f64; 3];
        for ordinal in 0..n {
            let draw = draw(THREE, &weights, &[], None, dice.uniform(b"p", "draw", ordinal));
            counts[draw.chosen.unwrap()] += 1.0;
            for (slot, one) in probabilities.iter_mut().zip(&draw.candidates) { *slot = one.probability; }
        }
        for (count, p) in counts.iter().zip(probabilities) {
            let se = (p * (1.0 - p) / n as f64).sqrt();
            prop_assert!((count / n as f64 - p).abs() < 5.0 * se);
        }
    }
}
