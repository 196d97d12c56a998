//! Answers as the lake may give them.

use crate::turn::{Arms, Assignments, read_arms, read_assignments, read_immature, read_rewards};
use crate::{Error, performance};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use gyre_math::moments::Mean;
use gyre_model::record::body::ArmSums;
use std::sync::Arc;

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}
fn counts(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}
fn numbers(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}
fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
        .unwrap()
}
fn arms(names: &[Option<&str>]) -> RecordBatch {
    batch(vec![
        ("arm", texts(names)),
        ("people", Arc::new(UInt64Array::from(vec![10, 90]))),
        ("repeaters", counts(&[3, 30])),
        ("margin", numbers(&[1.5, 20.0])),
        ("offer_cost", numbers(&[0.0, 4.0])),
        ("net_squares", numbers(&[2.25, 99.0])),
        ("contacts", counts(&[0, 80])),
    ])
}

#[test]
fn arms_are_read_by_name_whatever_the_integer_type() {
    let got = read_arms(&[arms(&[Some("holdout"), Some("treated")])]).unwrap();
    let holdout = ArmSums {
        people: 10,
        repeaters: 3,
        margin: 1.5,
        net_squares: 2.25,
        offer_cost: 0.0,
        contacts: 0,
    };
    assert_eq!(got.holdout, holdout);
    assert_eq!((got.treated.people, got.treated.contacts), (90, 80));
    assert_eq!(read_arms(&[]).unwrap(), Arms::default());
}

#[test]
fn an_arm_nobody_knows_is_an_error() {
    let error = read_arms(&[arms(&[Some("holdout"), Some("both")])]).unwrap_err();
    assert_eq!(error.to_string(), "the loop has people in an arm called both");
}

#[test]
fn a_missing_column_or_value_is_an_error() {
    let assignments = |crossed: ArrayRef| {
        batch(vec![
            ("arm", texts(&[Some("treated")])),
            ("people", counts(&[5])),
            ("crossed", crossed),
            ("never", counts(&[2])),
            ("left_later", counts(&[3])),
        ])
    };
    let got = read_assignments(&[assignments(counts(&[1]))]).unwrap();
    assert_eq!(
        got,
        Assignments { treated: 5, crossed: 1, never: 2, left_treated: 3, ..Assignments::default() }
    );
    let null: ArrayRef = Arc::new(Int64Array::from(vec![None]));
    for broken in [assignments(null), assignments(counts(&[-1]))] {
        let error = read_assignments(&[broken]).unwrap_err();
        assert!(matches!(error, Error::Value { column: "crossed", row: 0 }));
    }
    let error = read_immature(&[batch(vec![("other", counts(&[1]))])]).unwrap_err();
    assert!(matches!(error, Error::Column { column: "decisions" }));
}

#[test]
fn rewards_are_read_by_segment_and_variant() {
    let rewards = batch(vec![
        ("segment", texts(&[Some("new"), Some("rest")])),
        ("variant", texts(&[Some("plain"), Some("plain")])),
        ("n", counts(&[4, 5])),
        ("sum", numbers(&[8.0, 1.0])),
        ("sum_squares", numbers(&[20.0, 1.0])),
    ]);
    let got = read_rewards(&[rewards]).unwrap();
    assert_eq!(got["new"]["plain"], Mean { n: 4, sum: 8.0, sum_squares: 20.0 });
    assert_eq!(got["rest"]["plain"].n, 5);
}

#[test]
fn performance_puts_counts_of_one_variant_and_channel_side_by_side() {
    let decided = [batch(vec![
        ("variant", texts(&[Some("a"), Some("a")])),
        ("channel", texts(&[Some("email"), Some("app")])),
        ("decisions", counts(&[10, 4])),
    ])];
    let delivered = [batch(vec![
        ("variant", texts(&[Some("a"), Some("a"), Some("a"), None])),
        ("channel", texts(&[Some("email"), Some("email"), Some("app"), Some("email")])),
        ("outcome", texts(&[Some("sent"), Some("failed"), Some("rendered"), Some("refused")])),
        ("sends", counts(&[9, 1, 4, 7])),
    ])];
    let answered = [batch(vec![
        ("variant", texts(&[Some("a"), Some("a"), Some("a")])),
        ("channel", texts(&[Some("email"), Some("email"), None])),
        ("kind", texts(&[Some("open"), Some("unsubscribe"), Some("click")])),
        ("responses", counts(&[5, 1, 2])),
    ])];
    let earned = [batch(vec![
        ("variant", texts(&[Some("a")])),
        ("channel", texts(&[Some("email")])),
        ("n", counts(&[8])),
        ("sum", numbers(&[12.5])),
    ])];
    let rows = performance::read(performance::Answers {
        decided: &decided,
        delivered: &delivered,
        answered: &answered,
        earned: &earned,
    })
    .unwrap();
    let told: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
    expect_test::expect![[r#"
        {"variant":"","channel":"email","decisions":0,"sent":0,"rendered":0,"refused":7,"other_outcomes":{},"opens":0,"clicks":0,"other_responses":{},"closed":0,"reward":0.0}
        {"variant":"a","channel":null,"decisions":0,"sent":0,"rendered":0,"refused":0,"other_outcomes":{},"opens":0,"clicks":2,"other_responses":{},"closed":0,"reward":0.0}
        {"variant":"a","channel":"app","decisions":4,"sent":0,"rendered":4,"refused":0,"other_outcomes":{},"opens":0,"clicks":0,"other_responses":{},"closed":0,"reward":0.0}
        {"variant":"a","channel":"email","decisions":10,"sent":9,"rendered":0,"refused":0,"other_outcomes":{"failed":1},"opens":5,"clicks":0,"other_responses":{"unsubscribe":1},"closed":8,"reward":12.5}"#]]
    .assert_eq(&told.join("\n"));
}
