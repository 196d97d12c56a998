//! What is said of features that cannot be right, and of those that would mean something else.

use super::{says, show};
use crate::{RuleUse, check, parse};
use expect_test::expect;

#[test]
fn a_condition_that_cannot_be_read_is_pointed_at() {
    says(
        "apiVersion: gyre/v1\nkind: Feature\nmetadata: {name: a}\nspec:\n  event: X\n  \
         aggregate: mean\n  of: at\n  ttl: 0d\n  filter:\n    - {of: price, equals: 3}\n    \
         - {of: properties.a, equals: 3, less_than: 4}\n    - {of: properties.b, in: []}\n",
        &expect![[r#"
            x.yaml:7:7: times are not summed or told apart
            7 |   of: at
              |       ^^
            hint: use `first` or `last`
            x.yaml:8:8: the length of time must be above zero
            8 |   ttl: 0d
              |        ^^
            hint: for example 14d
            x.yaml:10:12: `price` is nothing of an event
            10 |     - {of: price, equals: 3}
               |            ^^^^^
            hint: for example properties.category, traits.plan or context.country
            x.yaml:11:7: a condition has exactly one test
            11 |     - {of: properties.a, equals: 3, less_than: 4}
               |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            hint: one of `equals`, `not_equals`, `greater_than`, `less_than`, `in`, `not_in` and `is_null`
            x.yaml:12:7: these cannot be compared
            12 |     - {of: properties.b, in: []}
               |       ^^^^^^^^^^^^^^^^^^^^^^^^^^
            hint: a list of texts, numbers, true or false that is not empty
        "#]],
    );
}

#[test]
fn what_runs_keeps_its_meaning() {
    let text = |name: &str, rest: &str| {
        format!(
            "apiVersion: gyre/v1\nkind: Feature\nmetadata: {{name: {name}}}\nspec: {{event: X, aggregate: count{rest}}}\n"
        )
    };
    let said = |name: &str, before: &str, after: &str| {
        let (running, _) = parse("x.yaml", &text(name, before));
        let running: Vec<_> = running.iter().filter_map(|one| one.resource().cloned()).collect();
        let (set, _) = parse("x.yaml", &text(name, after));
        show(&check(&set, &running, &|_: RuleUse<'_>| Ok(())))
    };
    expect![[r#"
        x.yaml:3:18: the feature `orders` is in use: what it means cannot change
        3 | metadata: {name: orders}
          |                  ^^^^^^
        hint: name the new one `orders_v2`; its values come from history, so nothing is lost
    "#]]
    .assert_eq(&said("orders", "", ", window: 3d"));
    expect![[r#"
        x.yaml:3:18: the feature `orders_v2` is in use: what it means cannot change
        3 | metadata: {name: orders_v2}
          |                  ^^^^^^^^^
        hint: name the new one `orders_v3`; its values come from history, so nothing is lost
    "#]]
    .assert_eq(&said("orders_v2", ", window: 3d", ", window: 4d"));
    expect![[r#""#]].assert_eq(&said("orders", ", owner: a", ", owner: b, purpose: analytics"));
}
