//! Tests of lifting.

use super::lift;
use expect_test::{Expect, expect};

fn check(rule: &str, expected: &Expect) {
    let mut columns = Vec::new();
    let lifted = lift(rule, &mut |behaviour| {
        let known = columns.iter().position(|one| *one == behaviour);
        let place = known.unwrap_or_else(|| {
            columns.push(behaviour);
            columns.len() - 1
        });
        Ok(format!("person.c{place}"))
    });
    let text = match lifted {
        Ok(None) => "as it is".to_owned(),
        Ok(Some(text)) => columns.iter().fold(text, |text, column| format!("{text}\n{column:?}")),
        Err(error) => format!("{error}\n{}", error.hint.as_deref().unwrap_or_default()),
    };
    expected.assert_eq(&text);
}

#[test]
fn what_somebody_did_becomes_an_instant() {
    check("person.did = 1", &expect!["as it is"]);
    check(
        "did('Order Completed')",
        &expect![[r#"
            (not (person.c0 is null))
            Latest { event: "Order Completed", nth: 1, filter: [] }"#]],
    );
    check(
        "person.a > 1 and not did('x', times >= 3, within => interval '30 days')",
        &expect![[r#"
            ((person.a > 1) and (not ((not (person.c0 is null)) and (person.c0 > (at - interval '30 days')))))
            Latest { event: "x", nth: 3, filter: [] }"#]],
    );
    check(
        "did('x', times = 2, where => event.total >= 50 and event.tier = 'gold')",
        &expect![[r#"
            ((not (person.c0 is null)) and (not (not (person.c1 is null))))
            Latest { event: "x", nth: 2, filter: [EventTest { of: "properties.total", test: "greater_than", value: Number(49.99999999999999) }, EventTest { of: "properties.tier", test: "equals", value: String("gold") }] }
            Latest { event: "x", nth: 3, filter: [EventTest { of: "properties.total", test: "greater_than", value: Number(49.99999999999999) }, EventTest { of: "properties.tier", test: "equals", value: String("gold") }] }"#]],
    );
}

#[test]
fn what_somebody_did_not_do_and_in_which_order() {
    check(
        "not_since('x', interval '2 hours')",
        &expect![[r#"
            (not ((not (person.c0 is null)) and (person.c0 > (at - interval '2 hours'))))
            Latest { event: "x", nth: 1, filter: [] }"#]],
    );
    check(
        "not_since('bought', 'began', after => interval '1 hour')",
        &expect![[r#"
            ((not (person.c0 is null)) and ((person.c1 is null) or (person.c1 < person.c0)) and (person.c0 <= (at - interval '1 hours')))
            Latest { event: "began", nth: 1, filter: [] }
            Latest { event: "bought", nth: 1, filter: [] }"#]],
    );
    check(
        "sequence('a', 'b', within => interval '7 days', since => interval '30 days')",
        &expect![[r#"
            ((not (person.c0 is null)) and (person.c0 > (at - interval '30 days')))
            Sequence { steps: ["a", "b"], within: Some(7d) }"#]],
    );
}

#[test]
fn what_cannot_be_meant_is_said() {
    check(
        "did(person.x)",
        &expect![[r"
            did(): an event stands as text
            for example did('Order Completed', times >= 3, within => interval '30 days')"]],
    );
    check(
        "did('x', times > 1000)",
        &expect![[r"
            did(): `times` is compared with a number from 0 to 100
            for example did('Order Completed', times >= 3, within => interval '30 days')"]],
    );
    check(
        "did('x', inside => interval '3 days')",
        &expect![[r"
            did(): there is no argument `inside`
            for example did('Order Completed', times >= 3, within => interval '30 days')"]],
    );
    check(
        "did('x', where => person.orders > 1)",
        &expect![[r"
            did(): `where` speaks of the event alone: event.<property>
            for example did('Order Completed', times >= 3, within => interval '30 days')"]],
    );
    check(
        "sequence('a')",
        &expect![[r"
            sequence(): a sequence has two to eight events
            for example sequence('Product Viewed', 'Order Completed', within => interval '7 days')"]],
    );
    check(
        "not_since('a', 3)",
        &expect![[r"
            not_since(): since when: a length of time, or another event
            for example not_since('Order Completed', interval '30 days') or not_since('Order Completed', 'Checkout Started')"]],
    );
}

#[test]
fn which_events_count_is_said_in_comparisons() {
    check(
        "did('x', where => event.total > 50 or event.a = 1)",
        &expect![[r"
            did(): `where` takes comparisons with constants, joined by `and`
            for example did('Order Completed', times >= 3, within => interval '30 days')"]],
    );
    check(
        "did('x', where => 5 > event.n and event.context.page in ('a', 'b') and event.note is not null)",
        &expect![[r#"
            (not (person.c0 is null))
            Latest { event: "x", nth: 1, filter: [EventTest { of: "properties.n", test: "less_than", value: Number(5.0) }, EventTest { of: "context.page", test: "in", value: Array [String("a"), String("b")] }, EventTest { of: "properties.note", test: "is_null", value: Bool(false) }] }"#]],
    );
}
