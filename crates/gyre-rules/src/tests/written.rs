//! Rules and people as proptest writes them.

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;

const DAY: i64 = 86_400_000_000;
/// How deep a written rule may be.
const DEPTH: u32 = 3;

/// One row of values.
#[derive(Debug, Clone)]
pub(super) struct Person {
    at: i64,
    orders: Option<i64>,
    spent: Option<f64>,
    tier: Option<&'static str>,
    vip: Option<bool>,
    seen: Option<i64>,
    joined: Option<i64>,
    place: Option<&'static str>,
}

impl Person {
    /// The same person at another instant.
    pub(super) fn at(&self, at: i64) -> Self {
        Self { at, ..self.clone() }
    }

    /// The value of a time column.
    pub(super) fn time(&self, column: &str) -> Option<i64> {
        if column == "person.seen" { self.seen } else { self.joined }
    }
}

/// Instants of a few days, so that they meet: some on the day, some a microsecond beside it.
pub(super) fn instant() -> impl Strategy<Value = i64> {
    (0i64..8, -1i64..=1).prop_map(|(day, beside)| day * DAY + beside)
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(of: Vec<T>) -> impl Strategy<Value = Option<T>> {
    prop_oneof![1 => Just(None), 4 => select(of).prop_map(Some)]
}

pub(super) fn person() -> impl Strategy<Value = Person> {
    let texts = vec!["", "gold", "Gold", "a_b", "100%", "ümläut", "it's", "a\\b"];
    (
        instant(),
        maybe(vec![-3, -1, 0, 1, 2, 7, 1_000_000_007]),
        maybe(vec![-1.5, -0.0, 0.0, 0.5, 1.0, 2.0, 1e300, f64::NAN, f64::INFINITY]),
        maybe(texts.clone()),
        maybe(vec![true, false]),
        proptest::option::weighted(0.8, instant()),
        proptest::option::weighted(0.8, instant()),
        maybe(texts),
    )
        .prop_map(|(at, orders, spent, tier, vip, seen, joined, place)| Person {
            at,
            orders,
            spent,
            tier,
            vip,
            seen,
            joined,
            place,
        })
}

/// The people as a batch.
pub(super) fn batch(people: &[Person]) -> RecordBatch {
    let times = |of: fn(&Person) -> Option<i64>| -> ArrayRef {
        let values: TimestampMicrosecondArray = people.iter().map(of).collect();
        Arc::new(values.with_timezone("UTC"))
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("at", times(|person| Some(person.at))),
        ("person.orders", Arc::new(people.iter().map(|p| p.orders).collect::<Int64Array>())),
        ("person.spent", Arc::new(people.iter().map(|p| p.spent).collect::<Float64Array>())),
        ("person.tier", Arc::new(people.iter().map(|p| p.tier).collect::<StringArray>())),
        ("person.vip", Arc::new(people.iter().map(|p| p.vip).collect::<BooleanArray>())),
        ("person.seen", times(|person| person.seen)),
        ("person.joined", times(|person| person.joined)),
        ("context.place", Arc::new(people.iter().map(|p| p.place).collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, of)| (name, of, true)))
        .unwrap()
}

type Text = BoxedStrategy<String>;

fn one(of: &'static [&'static str]) -> Text {
    select(of).prop_map(str::to_owned).boxed()
}

fn operator() -> Text {
    one(&["=", "<>", "<", "<=", ">", ">=", "!="])
}

fn number(depth: u32) -> Text {
    let leaf =
        one(&["person.orders", "person.spent", "0", "1", "-1", "2", "0.5", "-1.5", "3e2", "null"]);
    if depth == 0 {
        return leaf;
    }
    let inner = || number(depth - 1);
    prop_oneof![
        3 => leaf,
        3 => (inner(), one(&["+", "-", "*", "/"]), inner())
            .prop_map(|(l, op, r)| format!("({l} {op} {r})")),
        1 => inner().prop_map(|x| format!("- {x}")),
        1 => inner().prop_map(|x| format!("abs({x})")),
        1 => (inner(), inner()).prop_map(|(x, y)| format!("coalesce({x}, {y})")),
        1 => (inner(), inner()).prop_map(|(x, y)| format!("nullif({x}, {y})")),
        1 => inner().prop_map(|x| format!("cast({x} as double)")),
        1 => inner().prop_map(|x| format!("cast({x} as bigint)")),
        1 => text(depth - 1).prop_map(|x| format!("length({x})")),
        1 => (condition(depth - 1, true), inner(), inner())
            .prop_map(|(when, x, y)| format!("case when {when} then {x} else {y} end")),
    ]
    .boxed()
}

fn text(depth: u32) -> Text {
    let leaf = one(&[
        "person.tier",
        "person.tier",
        "'gold'",
        "''",
        "'a_b'",
        "'it''s'",
        "'Ümläut'",
        "null",
    ]);
    if depth == 0 {
        return leaf;
    }
    let inner = || text(depth - 1);
    prop_oneof![
        3 => leaf,
        1 => inner().prop_map(|x| format!("lower({x})")),
        1 => inner().prop_map(|x| format!("upper({x})")),
        1 => (inner(), inner()).prop_map(|(x, y)| format!("coalesce({x}, {y})")),
        1 => (condition(depth - 1, true), inner())
            .prop_map(|(when, x)| format!("case when {when} then {x} end")),
    ]
    .boxed()
}

fn span() -> Text {
    (-2i64..5, one(&["days", "hours", "microseconds", "week"]))
        .prop_map(|(n, unit)| format!("interval '{n} {unit}'"))
        .boxed()
}

fn time() -> Text {
    let column = one(&["person.seen", "person.joined", "timestamp '1970-01-04T00:00:00Z'"]);
    prop_oneof![
        4 => column.clone(),
        1 => (column.clone(), column).prop_map(|(x, y)| format!("coalesce({x}, {y})")),
    ]
    .boxed()
}

/// Comparisons with `at` in every arrangement.
fn moment() -> Text {
    prop_oneof![
        (time(), operator(), span()).prop_map(|(t, op, s)| format!("{t} {op} at - {s}")),
        (time(), operator(), span()).prop_map(|(t, op, s)| format!("at {op} {s} + {t}")),
        (time(), operator(), span()).prop_map(|(t, op, s)| format!("at - {t} {op} {s}")),
        (time(), operator(), span()).prop_map(|(t, op, s)| format!("- {s} {op} {t} - at")),
        (time(), span(), span())
            .prop_map(|(t, a, b)| format!("{t} between at - {a} and at - {b} + interval '1 day'")),
        (time(), span()).prop_map(|(t, s)| format!("at not between {t} and {t} + {s}")),
        (operator(), 0..8).prop_map(|(op, day)| format!("at {op} '1970-01-0{}'", day + 1)),
        (time(), operator(), time()).prop_map(|(x, op, y)| format!("{x} {op} {y}")),
    ]
    .boxed()
}

fn condition(depth: u32, person_only: bool) -> Text {
    let inner = move || condition(depth.saturating_sub(1), person_only);
    let deeper = depth.saturating_sub(1);
    let place = (operator(), text(0)).prop_map(|(op, x)| format!("context.place {op} {x}"));
    let context = if person_only { one(&["person.vip"]) } else { place.boxed() };
    let leaf = prop_oneof![
        2 => one(&["person.vip", "true", "false", "null", "person.vip = true"]),
        4 => (number(deeper), operator(), number(deeper))
            .prop_map(|(l, op, r)| format!("{l} {op} {r}")),
        3 => (text(deeper), operator(), text(deeper)).prop_map(|(l, op, r)| format!("{l} {op} {r}")),
        4 => moment(),
        1 => (text(deeper), one(&["like", "not like"]), one(&[
            "'g%'", "'%o%'", "'_old'", "'a\\_b'", "'%\\%'", "'%'", "''", "'a\\\\b'", "'%m%t'",
        ])).prop_map(|(x, op, p)| format!("{x} {op} {p}")),
        1 => (number(deeper), one(&["in", "not in"]), number(0), number(0))
            .prop_map(|(x, op, a, b)| format!("{x} {op} ({a}, {b}, 2)")),
        1 => (text(deeper), one(&["in", "not in"]), text(0))
            .prop_map(|(x, op, a)| format!("{x} {op} ({a}, 'gold')")),
        1 => (number(deeper), number(0), number(deeper))
            .prop_map(|(x, a, b)| format!("{x} between {a} and {b}")),
        1 => number(deeper).prop_map(|x| format!("{x} is not null")),
        1 => time().prop_map(|x| format!("{x} is null")),
        2 => context,
    ]
    .boxed();
    if depth == 0 {
        return leaf;
    }
    prop_oneof![
        3 => leaf,
        3 => (inner(), inner()).prop_map(|(l, r)| format!("({l} and {r})")),
        3 => (inner(), inner()).prop_map(|(l, r)| format!("({l} or {r})")),
        2 => inner().prop_map(|x| format!("not ({x})")),
        1 => (inner(), one(&["is true", "is not true", "is false", "is not false", "is null"]))
            .prop_map(|(x, test)| format!("(({x}) {test})")),
        1 => (inner(), inner(), inner())
            .prop_map(|(w, x, y)| format!("case when {w} then {x} else {y} end")),
    ]
    .boxed()
}

/// A rule over the person, and over the context too unless it is about the person only.
pub(super) fn rule(person_only: bool) -> impl Strategy<Value = String> {
    proptest::collection::vec(condition(DEPTH, person_only), 1..4)
        .prop_map(|terms| terms.join(" and "))
}
