//! What every `Rules` keeps: the same truth, the same refusals with a hint, complete crossings.
#![expect(clippy::unwrap_used, reason = "a contract suite panics on a broken promise")]

use crate::rules::{Crossing, Rules};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use gyre_model::{Span, Timestamp};
use std::sync::Arc;

const DAY: i64 = Span::DAY.0;
/// 2026-03-01T00:00:00Z, the instant of every row.
const NOW: i64 = 1_772_323_200_000_000;

fn times(values: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
}

/// Four people: a regular, a newcomer, one of whom nothing is known, one at every edge.
fn people() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("at", times(vec![Some(NOW); 4])),
        ("person.orders", Arc::new(Int64Array::from(vec![Some(5), Some(1), None, Some(0)]))),
        (
            "person.spent",
            Arc::new(Float64Array::from(vec![Some(99.5), Some(10.0), None, Some(0.0)])),
        ),
        (
            "person.tier",
            Arc::new(StringArray::from(vec![Some("gold"), Some("New_one"), None, Some("it's 5%")])),
        ),
        (
            "person.vip",
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(false)])),
        ),
        (
            "person.seen",
            times(vec![Some(NOW - 40 * DAY), Some(NOW - DAY), None, Some(NOW - 30 * DAY)]),
        ),
        (
            "context.placement",
            Arc::new(StringArray::from(vec![Some("home"), Some("cart"), Some("home"), None])),
        ),
        ("context.Hour", Arc::new(Int64Array::from(vec![9, 12, 20, 23]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, of)| (name, of, true)))
        .unwrap()
}

/// Runs the whole suite.
pub fn suite(rules: &dyn Rules) {
    truth(rules);
    batches(rules);
    crossings(rules);
    flips(rules);
    splits(rules);
    refusals(rules);
    hostile(rules);
}

fn answers(rules: &dyn Rules, expression: &str, batch: &RecordBatch) -> String {
    let rule = rules
        .compile(expression, &people().schema())
        .unwrap_or_else(|refused| panic!("{expression}: {refused:?}"));
    let answers = rule.evaluate(batch).unwrap_or_else(|failed| panic!("{expression}: {failed:?}"));
    assert_eq!(answers.null_count(), 0, "{expression}: null counts as false");
    answers.values().iter().map(|answer| if answer { '1' } else { '0' }).collect()
}

/// Expressions and their answers for the four people.
const TRUTH: &[(&str, &str)] = &[
    ("true", "1111"),
    ("null", "0000"),
    ("person.vip", "1000"),
    ("not person.vip", "0101"),
    ("not (not person.vip)", "1000"),
    ("person.vip = true", "1000"),
    ("person.vip is not true", "0111"),
    ("person.vip is false", "0101"),
    ("person.orders > 1", "1000"),
    ("person.orders >= 1 and person.tier <> 'gold'", "0100"),
    ("person.orders > 1 or person.orders is null", "1010"),
    ("person.orders <> 5 or null", "0101"),
    ("not (person.orders > 1 and null)", "0101"),
    ("null or true", "1111"),
    ("person.orders between 1 and 5", "1100"),
    ("person.orders not between 1 and 4", "1001"),
    ("person.orders in (0, 5)", "1001"),
    ("person.orders in (5, null)", "1000"),
    ("person.orders not in (5, null)", "0000"),
    ("person.orders not in (5, 6)", "0101"),
    ("person.orders in (0.0, 1.0)", "0101"),
    ("person.orders != 5", "0101"),
    ("person.orders + 1 = 2", "0100"),
    ("person.orders / 2 = 2", "1000"),
    ("-person.orders / 2 = -2", "1000"),
    ("person.orders / 2.0 = 2.5", "1000"),
    ("cast(person.orders as double) / 2 = 2.5", "1000"),
    ("cast(person.spent as bigint) = 99", "1000"),
    ("10 / person.orders > 1", "1100"),
    ("10 / person.orders > 1 or true", "1111"),
    ("person.spent / person.spent = 1", "1100"),
    ("person.spent > person.orders", "1100"),
    ("person.spent * 2 - 1 = 198", "1000"),
    ("person.spent > 9.95e1 - 1e-3", "1000"),
    ("person.tier = 'gold'", "1000"),
    ("person.tier = 'it''s 5%'", "0001"),
    ("person.tier < 'h'", "1100"),
    ("lower(person.tier) in ('gold', 'new_one')", "1100"),
    ("upper(person.tier) = 'GOLD'", "1000"),
    ("length(person.tier) = 7", "0101"),
    ("person.tier like 'g%'", "1000"),
    ("person.tier like '%o_e'", "0100"),
    ("person.tier like '%\\_%'", "0100"),
    ("person.tier like '%5\\%'", "0001"),
    ("person.tier not like 'g%'", "0101"),
    ("person.tier like 'g'", "0000"),
    ("coalesce(person.orders, 7) = 7", "0010"),
    ("coalesce(person.tier, 'none') = 'none'", "0010"),
    ("nullif(person.orders, 0) is null", "0011"),
    ("-person.spent = 0", "0001"),
    ("person.spent * -1 in (0.0, -10.0)", "0101"),
    ("nullif(-person.spent, 0) is null", "0011"),
    ("person.spent / -person.spent = -1", "1100"),
    ("abs(person.orders - 5) = 4", "0100"),
    ("abs(-person.spent) > 50", "1000"),
    ("case when person.vip then 'a' when person.orders = 1 then 'b' else 'c' end = 'b'", "0100"),
    ("case person.tier when 'gold' then 1 end = 1", "1000"),
    ("case when person.vip then 1 end is null", "0111"),
    ("context.placement = 'home' and context.Hour < 12", "1000"),
    ("person.seen < at - interval '30 days'", "1000"),
    ("person.seen <= at - interval '30 days'", "1001"),
    ("at > person.seen + interval '30 days'", "1000"),
    ("at - person.seen > interval '30 days'", "1000"),
    ("at - person.seen >= interval '4 weeks 2 days'", "1001"),
    ("person.seen - at < interval '-30' day", "1000"),
    ("at - interval '720 hours' > person.seen", "1000"),
    ("at - interval 1 day - interval '1439 minutes 60 seconds' <= person.seen", "0100"),
    ("person.seen between at - interval '30 days' and at", "0101"),
    ("not (person.seen > at - interval '7 days') or person.seen is null", "1011"),
    ("coalesce(person.seen, timestamp '1970-01-01') < at - interval '30 days'", "1010"),
    ("at >= '2026-03-01'", "1111"),
    ("at > timestamp '2026-03-01 00:00:00'", "0000"),
    ("person.seen > '2026-02-27T12:00:00Z'", "0100"),
    ("person.seen >= date '2026-02-28' and at < '2027-01-01'", "0100"),
];

fn truth(rules: &dyn Rules) {
    let people = people();
    for (expression, expected) in TRUTH {
        assert_eq!(answers(rules, expression, &people), *expected, "{expression}");
    }
}

/// A batch may hold more columns, in another order, and any number of rows.
fn batches(rules: &dyn Rules) {
    let people = people();
    let last = people.num_columns() - 1;
    let turned = people.project(&(0..=last).rev().collect::<Vec<_>>()).unwrap();
    let rule = "person.orders > 1 and context.placement = 'home'";
    assert_eq!(answers(rules, rule, &turned), "1000", "columns are found by name");
    assert_eq!(answers(rules, rule, &people.slice(0, 0)), "", "no rows, no answers");
    assert_eq!(answers(rules, rule, &people.slice(3, 1)), "0", "a slice starts where it starts");
    assert_eq!(answers(rules, "true", &people.slice(0, 2)), "11", "no columns, still rows");
    let compiled = rules.compile(rule, &people.schema()).unwrap();
    assert_eq!(compiled.columns(), ["context.placement", "person.orders"]);
    let without = people.project(&[0]).unwrap();
    assert!(compiled.evaluate(&without).is_err(), "a missing column is an error");
}

/// What is refused, and words its hint must hold.
const REFUSED: &[(&str, &str)] = &[
    ("", "true"),
    ("person.seen < now()", "write `at`"),
    ("person.seen < current_timestamp", "write `at`"),
    ("random() < 0.5", "experiment"),
    ("person.orders == 1", "write `=`"),
    ("person.vip && person.orders = 1", "write `and`"),
    ("person.vip || person.orders = 1", "write `or`"),
    ("!person.vip", "write `not`"),
    ("person.tier = \"gold\"", "'gold'"),
    ("person.tier = `gold`", "without quotes"),
    ("person.tier = 'gold", "single quotes"),
    ("person.ordres = 1", "person.orders"),
    ("person.Orders = 1", "person.orders"),
    ("orders = 1", "person.orders"),
    ("person.orders", "> 0"),
    ("person.tier", "'gold'"),
    ("person.orders = 'five'", "without quotes"),
    ("person.tier = 5", "'5'"),
    ("person.vip > 1 and", "person.orders > 3"),
    ("person.vip person.orders", "and"),
    ("person.orders in (select 1)", "feature"),
    ("exists (select 1)", "feature"),
    ("count(person.orders) > 1", "feature"),
    ("sum(person.orders) over () > 1", "feature"),
    ("rank() over (order by person.orders) = 1", "feature"),
    ("lenght(person.tier) = 1", "length"),
    ("person.seen < at - interval '1 month'", "days"),
    ("person.seen < at - interval '2' year", "days"),
    ("person.seen < at - 30", "interval '30 days'"),
    ("person.seen < at - interval '30'", "interval '30 days'"),
    ("person.seen = 'yesterday'", "2026-03-01"),
    ("person.seen > 5", "at"),
    ("at is null", "plus or minus"),
    ("coalesce(at, person.seen) > person.seen", "plus or minus"),
    ("at in ('2026-03-01')", "plus or minus"),
    ("at - person.seen > person.seen - timestamp '2026-01-01'", "plus or minus"),
    ("person.tier + 1 = 2", "a number"),
    ("person.seen + person.seen = at", "minus"),
    ("person.tier ilike 'G%'", "lower"),
    ("person.orders & 1 = 1", "and"),
    ("person.vip; person.vip", "semicolon"),
];

fn refusals(rules: &dyn Rules) {
    for (expression, hint) in REFUSED {
        let Err(refused) = rules.compile(expression, &people().schema()) else {
            panic!("{expression}: compiled");
        };
        let given = refused.hint.clone().unwrap_or_default();
        assert!(given.contains(hint), "{expression}: hint {given:?} lacks {hint:?}: {refused}");
        assert!(!refused.message.is_empty(), "{expression}: no message");
    }
}

/// What would exhaust time or stack is refused; what is merely long is a rule.
fn hostile(rules: &dyn Rules) {
    let nested = |levels| format!("{}person.vip{}", "(not ".repeat(levels), ")".repeat(levels));
    let long = vec!["person.orders = 1"; 20_000].join(" or ");
    let sum = vec!["person.orders"; 400].join(" + ");
    for expression in [nested(100), nested(5_000), long, format!("{sum} > 1")] {
        assert!(rules.compile(&expression, &people().schema()).is_err(), "unbounded rules");
    }
    // A parser that looks twice at each level does not come back from these.
    for open in [
        "(not ",
        "(",
        "not ",
        "- ",
        "abs(",
        "cast(",
        "extract(hour from ",
        "interval ",
        "x in (",
        "case when ",
        "case ",
        "x between 1 and ",
        "x like ",
        "substring(",
        "trim(",
        "ceil(",
        "position(1 in ",
        "(x, ",
        "exists (",
        "date ",
        "timestamp ",
        "array(",
        "struct(",
        "map(",
        "convert(",
        "try_cast(",
        "overlay(",
        "x is ",
        "x = any(",
        "row(",
        "coalesce(x, ",
        "cast(x as array<",
        "array<",
        "array(",
        "map(x, ",
        "tuple(",
        "nullable(",
        "x collate ",
        "x::",
        "struct<x ",
        "+ ",
        "x at time zone ",
        "x.",
        "lambda x : ",
        "x -> ",
        "prior ",
        "not in ",
        "x + ",
        "x % ",
        "x is null ",
        "x not like ",
        "x is null and ",
        "x in (x) ",
        "x at time zone 'a' ",
        "x || ",
        "x[1] ",
        "x.y ",
        "position(",
        "x between as and ",
    ] {
        for end in ["x +", "x", ")", "x + )", "x)"] {
            for levels in [60, 400, 980] {
                let broken = format!("x = {}{end}", open.repeat(levels));
                assert!(rules.compile(&broken, &people().schema()).is_err(), "{open} … {end}");
            }
        }
    }
    assert_eq!(answers(rules, &nested(30), &people()), "1000", "thirty levels are a rule");
    let printed = rules.split(&nested(30)).unwrap().person.unwrap();
    assert_eq!(answers(rules, &printed, &people()), "1000", "what is printed is no deeper");
    let wide = vec!["person.orders = 1"; 300].join(" or ");
    assert_eq!(answers(rules, &wide, &people()), "0100", "300 alternatives are a rule");
    let many = (0..5_000).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    assert_eq!(answers(rules, &format!("person.orders in ({many})"), &people()), "1101");
}

/// Expressions and their crossings as `column + offset` in days.
const CROSSINGS: &[(&str, &[(&str, i64)])] = &[
    ("person.orders > 1", &[]),
    ("person.seen > '2026-01-01'", &[]),
    ("person.seen < at - interval '30 days'", &[("person.seen", 30)]),
    ("at > person.seen + interval '30 days'", &[("person.seen", 30)]),
    ("at - person.seen > interval '30 days'", &[("person.seen", 30)]),
    ("interval '30 days' < at - person.seen", &[("person.seen", 30)]),
    ("person.seen - at < interval '-30 days'", &[("person.seen", 30)]),
    ("at - interval '30 days' - person.seen > interval '1 day'", &[("person.seen", 31)]),
    ("person.seen = at", &[("person.seen", 0)]),
    (
        "person.seen between at - interval '30 days' and at - interval '7 days'",
        &[("person.seen", 7), ("person.seen", 30)],
    ),
    (
        "person.vip or not (person.seen > at - interval '7 days' and person.orders > 1)",
        &[("person.seen", 7)],
    ),
    (
        "case when at > person.seen + interval '1 day' then 1 else 2 end = person.orders",
        &[("person.seen", 1)],
    ),
    ("(at > person.seen) = person.vip", &[("person.seen", 0)]),
    ("at < timestamp '1970-01-11'", &[("", 10)]),
    ("at + interval '1 day' < timestamp '1970-01-11'", &[("", 9)]),
    (
        "coalesce(person.seen, timestamp '1970-01-03') < at - interval '5 days'",
        &[("", 7), ("person.seen", 5)],
    ),
    ("at = at", &[]),
    ("context.placement = 'home' and at > person.seen", &[("person.seen", 0)]),
    ("coalesce(at, person.seen) > person.seen or context.Hour > 3", &[]),
];

fn crossings(rules: &dyn Rules) {
    for (expression, expected) in CROSSINGS {
        let rule = rules
            .compile(expression, &people().schema())
            .unwrap_or_else(|refused| panic!("{expression}: {refused:?}"));
        let expected: Vec<Crossing> = expected
            .iter()
            .map(|(column, days)| Crossing {
                column: (*column).to_owned(),
                offset: Span::days(*days),
            })
            .collect();
        assert_eq!(rule.crossings(), expected, "{expression}");
    }
}

/// A person is re-evaluated at each crossing and a microsecond after it: no flip is missed.
fn flips(rules: &dyn Rules) {
    for (expression, _) in CROSSINGS.iter().filter(|(rule, _)| !rule.contains("context.")) {
        let rule = rules.compile(expression, &people().schema()).unwrap();
        let people = people();
        let seen = people.schema().index_of("person.seen").unwrap();
        for row in 0..people.num_rows() {
            let seen: &TimestampMicrosecondArray =
                people.column(seen).as_any().downcast_ref().unwrap();
            let mut due: Vec<i64> = Vec::new();
            for crossing in rule.crossings() {
                let base = match crossing.column.as_str() {
                    "" => Some(0),
                    _ => seen.is_valid(row).then(|| seen.value(row)),
                };
                if let Some(base) = base {
                    let at = (Timestamp(base) + crossing.offset).0;
                    due.extend([at, at + 1]);
                }
            }
            due.sort_unstable();
            let mut before = due.first().map_or(NOW, |first| first - 5 * DAY);
            for due in due.into_iter().chain([NOW + 400 * DAY]) {
                // Between two due instants nothing changes.
                for at in [before, i64::midpoint(before, due), due - 1] {
                    if (before..due).contains(&at) {
                        let then = answer_at(&*rule, &people, row, at);
                        let first = answer_at(&*rule, &people, row, before);
                        assert_eq!(then, first, "{expression}: flips unseen at {at}, row {row}");
                    }
                }
                before = due;
            }
        }
    }
}

fn answer_at(rule: &dyn crate::rules::Rule, people: &RecordBatch, row: usize, at: i64) -> bool {
    let person = people.slice(row, 1);
    let mut columns = person.columns().to_vec();
    columns[0] = times(vec![Some(at)]);
    rule.evaluate(&RecordBatch::try_new(person.schema(), columns).unwrap()).unwrap().value(0)
}

/// Expressions with the number of terms that need only the person, and of those that need more.
const SPLITS: &[(&str, bool, bool)] = &[
    ("person.orders > 1", true, false),
    ("context.placement = 'home'", false, true),
    ("person.orders > 1 and context.placement = 'home' and person.vip", true, true),
    ("(person.orders > 0 and (context.Hour > 9 and person.vip is not true))", true, true),
    ("person.orders > 1 or context.placement = 'home'", false, true),
    ("person.tier = 'it''s 5%' and context.Hour > 9", true, true),
    ("person.tier <> 'a''''b' and not (context.Hour = -9 or context.Hour is null)", true, true),
    ("person.seen < at - interval '30 days' and context.placement in ('home', 'x')", true, true),
    ("true and context.Hour between 9 and 12", true, true),
    ("person.spent > -1.5e0 and - -person.spent < 1e6 and context.placement like 'h%'", true, true),
    ("case when person.vip then 1 else 0 end = 1 and context.Hour - -1 > 0", true, true),
    ("abs(person.orders) = 5 and coalesce(context.placement, 'x') = 'home'", true, true),
    ("at < timestamp '2027-01-01T00:00:00.5Z' and context.Hour > interval_free", false, false),
];

fn splits(rules: &dyn Rules) {
    let people = people();
    for (expression, person, rest) in SPLITS {
        let split = rules.split(expression).unwrap();
        if !person && !rest {
            // Splitting looks at names, not at columns.
            assert!(split.person.is_some() && split.rest.is_some(), "{expression}");
            continue;
        }
        assert_eq!(split.person.is_some(), *person, "{expression}: {split:?}");
        assert_eq!(split.rest.is_some(), *rest, "{expression}: {split:?}");
        let whole = answers(rules, expression, &people);
        let parts = [&split.person, &split.rest].map(|part| {
            part.as_ref().map_or_else(|| "1111".to_owned(), |part| answers(rules, part, &people))
        });
        let joined: String = parts[0]
            .chars()
            .zip(parts[1].chars())
            .map(|pair| if pair == ('1', '1') { '1' } else { '0' })
            .collect();
        assert_eq!(joined, whole, "{expression}: {split:?}");
        if let Some(person) = &split.person {
            let columns = rules.compile(person, &people.schema()).unwrap().columns().to_vec();
            assert!(columns.iter().all(|name| name == "at" || name.starts_with("person.")));
        }
        if let Some(rest) = &split.rest {
            assert_eq!(rules.split(rest).unwrap().person, None, "{expression}: split once");
        }
    }
    assert!(rules.split("person.orders ==").is_err(), "what does not parse is not split");
}
