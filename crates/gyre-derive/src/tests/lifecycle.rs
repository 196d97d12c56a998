//! Tests of lifecycles: where somebody stands follows from what holds, since when, and the instant.

use crate::{Definitions, Lifecycles, Stages, Standing};
use gyre_config::kinds::Lifecycle;
use gyre_model::{Span, Timestamp};
use gyre_ports::memory::rules::MemoryRules;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn stages() -> Stages {
    // Rules that no row fulfils: what holds is given to each test.
    let spec: Lifecycle = serde_json::from_value(json!({"stages": [
        {"name": "trial", "rule": "false"},
        {"name": "active", "rule": "false", "leave": "false", "stay": "10s"},
        {"name": "loyal", "rule": "false", "stay": "20s"},
    ]}))
    .unwrap();
    let all = BTreeMap::from([("customer".to_owned(), spec)]);
    let compiled = Lifecycles::compile(&MemoryRules::default(), &Definitions::default(), &all);
    compiled.unwrap().all()[0].clone()
}

/// Rules in order of their names: active/leave, active/rule, loyal/rule, trial/rule.
/// They hold in this order: trial, active, leave, loyal.
fn holds([trial, active, leave, loyal]: [bool; 4]) -> [bool; 4] {
    [leave, active, loyal, trial]
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * Span::SECOND.0)
}

fn check(stands: Option<(usize, i64)>, holds: [bool; 4], now: i64, wanted: Option<usize>) {
    let standing = stands.map(|(stage, since)| Standing { stage, since: at(since) });
    assert_eq!(stages().next(standing, &holds, at(now)), wanted);
}

#[test]
fn somebody_moves_up_at_once_and_falls_back_when_they_may() {
    check(None, holds([false, false, false, false]), 0, None);
    // The last stage whose rule holds.
    check(None, holds([true, true, false, false]), 0, Some(1));
    check(Some((0, 0)), holds([true, false, false, true]), 0, Some(2));
    // Its rule does not hold any more, but it keeps people until they may leave.
    check(Some((1, 0)), holds([true, false, false, false]), 50, Some(1));
    check(Some((1, 0)), holds([true, false, true, false]), 50, Some(0));
    // Nobody leaves upwards only because they may not fall back.
    check(Some((1, 0)), holds([true, false, false, true]), 50, Some(2));
    // Without a rule for leaving, as soon as its own does not hold; out, where no other does.
    check(Some((0, 0)), holds([false, false, false, false]), 0, None);
}

#[test]
fn a_stage_keeps_people_to_the_instant() {
    let none = holds([false, false, false, false]);
    check(Some((2, 100)), none, 119, Some(2));
    check(Some((2, 100)), none, 120, None);
    let kept = stages().kept_until(Standing { stage: 2, since: at(100) }, at(119));
    assert_eq!(kept, Some(at(120)));
    assert_eq!(stages().kept_until(Standing { stage: 2, since: at(100) }, at(120)), None);
}

proptest! {
    /// Looking more often changes nothing: what is next after nothing changed is the same stage.
    #[test]
    fn looking_again_changes_nothing(
        bits in prop::array::uniform4(any::<bool>()),
        stage in 0usize..3,
        since in 0i64..30,
        later in 0i64..60,
    ) {
        let stages = stages();
        let standing = Some(Standing { stage, since: at(since) });
        let now = at(since + later);
        let next = stages.next(standing, &bits, now);
        let again = match next {
            Some(place) if place == stage => standing,
            Some(place) => Some(Standing { stage: place, since: now }),
            None => None,
        };
        prop_assert_eq!(stages.next(again, &bits, now), next);
    }
}
