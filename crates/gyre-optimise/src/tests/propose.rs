//! What follows from given evidence.

use super::{World, told, world};
use expect_test::{Expect, expect};
use serde_json::json;

fn check(world: &World, expected: &Expect) {
    expected.assert_eq(&told(world.propose().as_ref()));
}

const THREE: [&str; 3] = ["a", "b", "c"];

/// `a` is hopeless everywhere there is data; in `new` there is too little.
const LOSING: [(&str, &str, u64, f64, f64, f64); 6] = [
    ("rest", "a", 400, 1.0, 0.001, 0.051),
    ("rest", "b", 420, 1.5, 0.399, 0.389),
    ("rest", "c", 430, 1.6, 0.600, 0.560),
    ("new", "a", 12, 1.0, 0.300, 1.0 / 3.0),
    ("new", "b", 90, 1.5, 0.300, 1.0 / 3.0),
    ("new", "c", 80, 1.6, 0.400, 1.0 / 3.0),
];

#[test]
fn a_loser_is_dropped_and_the_rest_reweighted() {
    check(
        &world(&THREE, json!({})).with(&LOSING),
        &expect![[r"
        Applied by loop:repeat on 4 as Some(5), expects +0.1912 [+0.1194, +0.2630]
        rest: b 0.4099, c 0.5901
        drop a: its probability of being best is below 0.01 in every segment with enough data: rest 0.0010 of 400 decisions"]],
    );
}

#[test]
fn autonomy_limits_what_changes_and_what_becomes_of_it() {
    let mode = |mode: &str, fields: &[&str]| {
        let autonomy = json!({"autonomy": {"mode": mode, "may_change": fields}});
        world(&THREE, autonomy).with(&LOSING)
    };
    check(
        &mode("propose", &["weights"]),
        &expect![[r"
        Proposed by loop:repeat on 4 as None, expects +0.1430 [+0.0916, +0.1945]
        rest: a 0.0510, b 0.3890, c 0.5600"]],
    );
    check(
        &mode("approve", &["variants"]),
        &expect![[r"
        Held by loop:repeat on 4 as None, expects +0.1833 [+0.1135, +0.2531]
        drop a: its probability of being best is below 0.01 in every segment with enough data: rest 0.0010 of 400 decisions"]],
    );
    check(&mode("auto", &[]), &expect!["nothing"]);
}

#[test]
fn a_weight_moves_no_further_than_the_guardrail() {
    let guarded = json!({"guardrails": {"max_weight_step": 0.1}, "drop": {"keep": ["a"]}});
    check(
        &world(&THREE, guarded).with(&LOSING),
        &expect![[r"
        Applied by loop:repeat on 4 as Some(5), expects +0.0507 [+0.0324, +0.0689]
        rest: a 0.2333, b 0.3530, c 0.4136"]],
    );
}

#[test]
fn too_few_people_in_an_arm_change_nothing() {
    let full = world(&THREE, json!({})).with(&LOSING);
    for people in [(99, 500), (5000, 99)] {
        check(&World { people, ..full.clone() }, &expect!["nothing"]);
    }
    // Nobody is held out, so nobody can be missing there.
    let open = world(&THREE, json!({"holdout": {"share": 0.0}})).with(&LOSING);
    assert!(World { people: (5000, 0), ..open }.propose().is_some());
}

#[test]
fn nothing_is_dropped_early_or_against_the_wish_of_people() {
    let drops = |world: &World| told(world.propose().as_ref()).contains("drop");
    let full = world(&THREE, json!({})).with(&LOSING);
    assert!(drops(&full));
    assert!(!drops(&World { turn: 1, ..full.clone() }));
    assert!(!drops(&world(&THREE, json!({"drop": {"keep": ["a"]}})).with(&LOSING)));
    // In no segment do all candidates have enough data.
    let mut thin = full.clone();
    thin.policy.minimum_per_variant = 405;
    assert!(!drops(&thin));
    // It may win in one segment.
    let mut wins = full;
    wins.policy.minimum_per_variant = 10;
    assert!(!drops(&wins));
}

#[test]
fn the_last_two_candidates_stay() {
    let rows = [
        ("rest", "a", 400, 1.0, 0.002, 0.05),
        ("rest", "b", 400, 1.0, 0.001, 0.05),
        ("rest", "c", 400, 2.0, 0.997, 0.90),
    ];
    check(
        &world(&THREE, json!({})).with(&rows),
        &expect![[r"
        Applied by loop:repeat on 4 as Some(5), expects +0.6140 [+0.4905, +0.7375]
        rest: a 0.0526, c 0.9474
        drop b: its probability of being best is below 0.01 in every segment with enough data: rest 0.0010 of 400 decisions"]],
    );
    let mut two = world(&THREE, json!({})).with(&rows);
    two.managed.dropped = vec!["b".to_owned()];
    check(
        &two,
        &expect![[r"
        Applied by loop:repeat on 4 as Some(5), expects +0.4474 [+0.3370, +0.5577]
        rest: a 0.0526, c 0.9474"]],
    );
}

#[test]
fn small_moves_are_not_worth_a_version() {
    let rows = [("rest", "a", 400, 1.0, 0.5, 0.503), ("rest", "b", 400, 1.0, 0.5, 0.497)];
    check(&world(&["a", "b"], json!({})).with(&rows), &expect!["nothing"]);
}

/// Half of the decisions in each segment; in one of them 0.4 moves from a mean of 1 to one of 2.
#[test]
fn the_expected_change_is_the_weighted_difference_of_means() {
    let rows = [
        ("new", "a", 500, 1.0, 0.1, 0.1),
        ("new", "b", 500, 2.0, 0.9, 0.9),
        ("rest", "a", 500, 1.0, 0.5, 0.5),
        ("rest", "b", 500, 1.0, 0.5, 0.5),
    ];
    let proposal = world(&["a", "b"], json!({})).with(&rows).propose().unwrap();
    let expected = proposal.expected;
    assert!((expected.value - 0.5 * 0.4).abs() < 1e-12);
    // se² = 0.5² (0.4² + 0.4²) / 500, the spread being 1.
    assert!((expected.standard_error - (0.25 * 0.32 / 500.0_f64).sqrt()).abs() < 1e-12);
    assert!(expected.low < expected.value - 1.96 * expected.standard_error);
}

#[test]
fn nothing_can_be_expected_of_a_single_decision() {
    let rows = [("rest", "a", 1, 1.0, 0.1, 0.1), ("rest", "b", 500, 2.0, 0.9, 0.9)];
    check(
        &world(&["a", "b"], json!({})).with(&rows),
        &expect![[r"
        Applied by loop:repeat on 4 as Some(5), expects +0.0000 [+0.0000, +0.0000]
        rest: a 0.1000, b 0.9000"]],
    );
}
