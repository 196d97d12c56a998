//! Laws: both adapters agree, the parts of a rule are the rule, and no flip is missed.

use super::written::{Person, batch, instant, person, rule};
use crate::DataFusionRules;
use arrow_array::RecordBatch;
use gyre_model::Timestamp;
use gyre_ports::memory::rules::MemoryRules;
use gyre_ports::rules::{Crossing, Rules};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::sync::LazyLock;

static DATAFUSION: LazyLock<DataFusionRules> = LazyLock::new(DataFusionRules::default);

fn answers(rules: &dyn Rules, rule: &str, batch: &RecordBatch) -> Vec<bool> {
    let compiled = rules
        .compile(rule, &batch.schema())
        .unwrap_or_else(|refused| panic!("{rules:?} refused {rule}: {refused:?}"));
    let answers = compiled.evaluate(batch).unwrap();
    assert_eq!(answers.len(), batch.num_rows());
    answers.iter().flatten().collect()
}

/// Whether one of the crossings says to look again in (from, to].
fn due(crossings: &[Crossing], person: &Person, from: i64, to: i64) -> bool {
    crossings.iter().any(|crossing| {
        let base = match crossing.column.as_str() {
            "" => Some(0),
            column => person.time(column),
        };
        base.is_some_and(|base| {
            let at = (Timestamp(base) + crossing.offset).0;
            [at, at + 1].into_iter().any(|at| from < at && at <= to)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 768, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn datafusion_and_memory_agree(
        rule in rule(false), people in proptest::collection::vec(person(), 1..12),
    ) {
        let people = batch(&people);
        prop_assert_eq!(
            answers(&*DATAFUSION, &rule, &people), answers(&MemoryRules, &rule, &people), "{}", rule
        );
    }

    #[test]
    fn the_parts_of_a_rule_are_the_rule(
        rule in rule(false), people in proptest::collection::vec(person(), 1..12),
    ) {
        let people = batch(&people);
        let split = MemoryRules.split(&rule).unwrap();
        let mut joined = vec![true; people.num_rows()];
        for part in [&split.person, &split.rest].into_iter().flatten() {
            for (all, one) in joined.iter_mut().zip(answers(&MemoryRules, part, &people)) {
                *all &= one;
            }
        }
        prop_assert_eq!(answers(&MemoryRules, &rule, &people), joined, "{} {:?}", rule, split);
        if let Some(part) = &split.person {
            let compiled = MemoryRules.compile(part, &people.schema()).unwrap();
            prop_assert!(compiled.columns().iter().all(|name| !name.starts_with("context.")));
            let again = MemoryRules.split(part).unwrap();
            prop_assert_eq!(again.person.as_ref(), Some(part), "printed once, printed alike");
        }
    }
}

/// Whether a rule that flips in (from, to] says beforehand that it may.
fn foreseen(
    rule: &str,
    person: &Person,
    (from, to): (i64, i64),
    crossings: impl Fn(&[Crossing]) -> Vec<Crossing>,
) -> Result<(), TestCaseError> {
    let both = batch(&[person.at(from), person.at(to)]);
    let compiled = MemoryRules.compile(rule, &both.schema()).unwrap();
    let answers = compiled.evaluate(&both).unwrap();
    let crossings = crossings(compiled.crossings());
    prop_assert!(
        answers.value(0) == answers.value(1) || due(&crossings, person, from, to),
        "{} flips in ({}, {}] unseen: {:?}",
        rule,
        from,
        to,
        crossings
    );
    Ok(())
}

fn runner() -> TestRunner {
    let config = ProptestConfig { cases: 768, failure_persistence: None, ..Default::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn flips() -> impl Strategy<Value = (String, Person, (i64, i64))> {
    let ends = (instant(), instant()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    (rule(true), person(), ends)
}

#[test]
fn no_flip_is_missed() {
    let law = |(rule, person, ends): (String, Person, _)| {
        foreseen(&rule, &person, ends, <[Crossing]>::to_vec)
    };
    runner().run(&flips(), law).unwrap();
}

#[test]
fn a_forgotten_crossing_is_noticed() {
    let forget = |crossings: &[Crossing]| crossings.iter().skip(1).cloned().collect();
    let mutant = |(rule, person, ends): (String, Person, _)| foreseen(&rule, &person, ends, forget);
    assert!(runner().run(&flips(), mutant).is_err());
}
