//! The contract, the laws that hold for every rule, and rows that cannot be computed.

mod laws;
mod speed;
mod written;

use super::DataFusionRules;
use arrow_array::{Int64Array, RecordBatch, TimestampMicrosecondArray};
use expect_test::{Expect, expect};
use gyre_ports::rules::Rules;
use std::sync::Arc;

#[test]
fn rules_on_datafusion_keep_the_promise() {
    gyre_ports::contract::rules::suite(&DataFusionRules::default());
}

fn edges() -> RecordBatch {
    let seen = TimestampMicrosecondArray::from(vec![0, i64::MAX, 5]).with_timezone("UTC");
    let at = TimestampMicrosecondArray::from(vec![1_000_000; 3]).with_timezone("UTC");
    RecordBatch::try_from_iter([
        ("at", Arc::new(at) as _),
        ("person.seen", Arc::new(seen) as _),
        ("person.n", Arc::new(Int64Array::from(vec![7, i64::MIN, 0])) as _),
        ("context.page", Arc::new(arrow_array::StringArray::from(vec!["a1", "b", "c3"])) as _),
    ])
    .unwrap()
}

fn check(rule: &str, expected: Expect) {
    let batch = edges();
    let shown = match DataFusionRules::default().compile(rule, &batch.schema()) {
        Ok(rule) => {
            format!("{:?}", rule.evaluate(&batch).unwrap().iter().flatten().collect::<Vec<_>>())
        }
        Err(refused) => format!("{refused}; {}", refused.hint.clone().unwrap_or_default()),
    };
    expected.assert_eq(&shown);
}

#[test]
fn a_row_that_overflows_says_nothing_about_the_others() {
    check("person.seen + interval '1 day' > at", expect!["[true, false, true]"]);
    check("10 / person.n >= 0", expect!["[true, true, false]"]);
    check("person.n / -1 = -7", expect!["[true, false, false]"]);
    check("abs(person.n) >= 0", expect!["[true, false, true]"]);
}

#[test]
fn datafusions_own_functions_are_known() {
    check("regexp_like(context.page, '^[a-z][0-9]$')", expect!["[true, false, true]"]);
    check("starts_with(context.page, 'a')", expect!["[true, false, false]"]);
    check("substr(context.page, 2, 1) = '3'", expect!["[false, false, true]"]);
    check("extract(hour from person.seen) = 0 and person.n = 0", expect!["[false, false, true]"]);
    check("date_trunc('day', person.seen) < '1970-01-02'", expect!["[true, false, true]"]);
    check("round(person.n / 2.0) = 4", expect!["[true, false, false]"]);
    check("concat(context.page, 'x') = 'bx'", expect!["[false, true, false]"]);
}

#[test]
fn a_function_that_is_wrong_is_refused_when_compiled() {
    check(
        "regexp_like(context.page, '[')",
        expect![
            "the rule cannot be planned: arrow error: compute error: regular expression did not compile: syntax( regex parse error: [ ^ error: unclosed character class ); check the arguments of its functions"
        ],
    );
    check(
        "context.page || 'x' = 'ax'",
        expect!["|| has no meaning here; write `or`; text is joined by concat(a, b)"],
    );
    check(
        "starts_wiht(context.page, 'a')",
        expect!["there is no function starts_wiht(); did you mean starts_with()?"],
    );
    check(
        "starts_with(context.page)",
        expect![
            "the rule cannot be planned: error during planning: function 'starts_with' expects 2 arguments but received 1. no function matches the given name and argument types 'starts_with(utf8)'. you might need to add explicit type casts. candidate functions: starts_with(string, string); check the arguments of its functions"
        ],
    );
    check(
        "corr(person.n, person.n) > 0.5",
        expect![
            "corr() looks at many rows; a rule sees one row: count or add up in a feature and compare that"
        ],
    );
    check(
        "make_array(person.n) is null",
        expect!["make_array() gives List(Int64), which cannot stand in a rule; leave it out"],
    );
    check(
        "extract(hour from at) > 8",
        expect![
            "it cannot be told when this use of `at` flips; compare a time column with `at` plus or minus an interval: person.last_order_at < at - interval '30 days'"
        ],
    );
    check(
        "extract(hour from at) < 8 and context.page = 'b'",
        expect![
            "it cannot be told when this use of `at` flips; compare a time column with `at` plus or minus an interval: person.last_order_at < at - interval '30 days'"
        ],
    );
    check("extract(hour from at) < 8 or context.page = 'b'", expect!["[true, true, true]"]);
}
