//! What holds for all texts and all resources.

use super::{examples, show};
use crate::kinds::{
    Audience, Cap, ConsentRule, ContactPolicy, Content, Managed, Offer, QuietHours,
};
use crate::places::Source;
use crate::{ManagedHalf, Metadata, Parsed, Resource, Spec, parse, print, pull, yaml};
use gyre_model::resource::Kind;
use gyre_model::{Decimal, Span};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// Pieces from which texts that look like ours are made.
const PIECES: [&str; 26] = [
    "apiVersion: gyre/v1\n",
    "kind: Campaign\n",
    "kind: Mapping\n",
    "kind: Test\n",
    "metadata: {name: a}\n",
    "metadata:\n  name: a\n",
    "spec:\n",
    "spec: {}\n",
    "  records:\n    - event: {name: {value: x}}\n",
    "  given: [{type: track}]\n",
    "  variants:\n",
    "    - name: b\n",
    "  window: 30d\n",
    "managed: {turn: 1}\n",
    "---\n",
    "...\n",
    "|\n",
    "? ",
    "- ",
    "\t",
    "*a &b !c ",
    "{[",
    "\u{feff}",
    "é: \u{85}\r\n",
    "\"\\x",
    "%YAML 1.2\n",
];

fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..14)
            .prop_map(|p| p.concat()),
    ]
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>()
            .prop_filter("YAML holds no such characters", |text| text.chars().all(printable)),
        prop::sample::select(vec![
            "yes",
            "no",
            "~",
            "null",
            "12",
            "1e3",
            ".inf",
            "0x1f",
            "a: b",
            "# x",
            "- a",
            "",
            " a ",
            "a\nb",
            "a\n\n",
            "\ta",
            "{{ x }}",
            "'",
            "\"",
            "|",
            ">",
            "2026-03-01",
            "true",
            "0o7",
            "=",
            "<<",
            "1_0",
            "!x",
            "&a",
            "*a",
            "%",
            "@",
            "`",
            "a #b",
            "---",
            "...",
            "é",
            "\u{85}",
            "\u{2028}",
        ])
        .prop_map(str::to_owned),
    ]
}

fn printable(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\t')
}

fn amount() -> impl Strategy<Value = Decimal> {
    (0i64..2_000_000_000_000).prop_map(Decimal)
}

fn span() -> impl Strategy<Value = Span> {
    (1i64..1000, prop::sample::select(vec![Span::SECOND, Span::MINUTE, Span::HOUR, Span::DAY]))
        .prop_map(|(count, unit)| Span(count * unit.0))
}

fn spec() -> impl Strategy<Value = Spec> {
    let words = || prop::collection::btree_map(word(), word(), 0..3);
    prop_oneof![
        word().prop_map(|rule| Spec::Audience(Audience { rule, r#for: None, r#macro: false })),
        (word(), prop::option::of(word()), prop::option::of(word()), words(), words()).prop_map(
            |(channel, subject, text, fields, tags)| {
                Spec::Content(Content { channel, subject, text, html: None, fields, tags })
            }
        ),
        (
            prop::option::of(word()),
            amount(),
            prop::option::of(any::<u64>()),
            prop::option::of(amount())
        )
            .prop_map(|(code, cost, stock, budget)| Spec::Offer(Offer {
                code,
                cost,
                stock,
                budget
            })),
        (
            prop::collection::btree_map(word(), Just(ConsentRule::OptOut), 0..3),
            prop::collection::vec((prop::option::of(word()), any::<u32>(), span()), 0..3),
            prop::option::of((word(), word(), any::<i32>())),
        )
            .prop_map(|(consent, caps, quiet)| {
                let caps =
                    caps.into_iter().map(|(channel, max, per)| Cap { channel, max, per }).collect();
                let quiet_hours = quiet.map(|(from, to, utc_offset_minutes)| QuietHours {
                    from,
                    to,
                    utc_offset_minutes,
                });
                Spec::ContactPolicy(ContactPolicy { consent, caps, quiet_hours })
            }),
    ]
}

fn managed() -> impl Strategy<Value = Value> {
    let weights = prop::collection::btree_map("[a-z]{1,4}", 0.0..1.0f64, 1..4);
    (
        prop::collection::btree_map("[a-z_]{1,6}", weights, 0..3),
        prop::collection::vec("[a-z]{1,4}", 0..3),
        prop::option::of(any::<u64>()),
    )
        .prop_map(|(weights, dropped, turn)| {
            serde_json::to_value(Managed { weights, dropped, turn }).unwrap()
        })
}

/// The campaign of the shop, in YAML as people write it.
static CAMPAIGN: LazyLock<(String, Resource)> = LazyLock::new(|| {
    let files = examples::files("shop");
    let (_, text) = files.iter().find(|(name, _)| name == "campaign.yaml").unwrap().clone();
    let resource = parse("campaign.yaml", &text).0.remove(0).resource().unwrap().clone();
    (text, resource)
});

/// Every document of the examples, with where its scalars stand.
static DOCUMENTS: LazyLock<Vec<(String, Range<usize>)>> = LazyLock::new(|| {
    let mut scalars = Vec::new();
    for (_, text) in ["shop", "hillstrom"].into_iter().flat_map(examples::files) {
        for text in text.split("---\n") {
            for document in yaml::read(&Source::new("x", text)) {
                let mut ranges = Vec::new();
                values(document.root.as_ref().unwrap(), &mut ranges);
                scalars.extend(ranges.into_iter().map(|range| (text.to_owned(), range)));
            }
        }
    }
    scalars
});

fn resources(set: &[Parsed]) -> Vec<&Resource> {
    set.iter().filter_map(Parsed::resource).collect()
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in anything()) {
        let (set, found) = parse("x.yaml", &text);
        drop(show(&found));
        drop(crate::check(&set, &[], &|_| Ok(())));
        let managed = serde_json::json!({"turn": 7});
        let half = ManagedHalf { kind: Kind::Campaign, name: "a", managed: &managed };
        // Whatever the text looks like: what is pulled is there afterwards, or the file is refused.
        if let Ok(pulled) = pull("x.yaml", &text, &[half]) {
            let documents = yaml::read(&Source::new("x.yaml", &pulled.text));
            let sections = documents
                .iter()
                .filter_map(|document| document.root.as_ref())
                .filter(|root| root.to_json()["managed"] == managed)
                .count();
            prop_assert!(sections >= pulled.changed.len(), "{}", pulled.text);
        }
    }

    #[test]
    fn every_document_is_read_or_complained_of(pieces in prop::collection::vec(prop::sample::select(vec![
        "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: a}\nspec: {rule: x}\n",
        "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: a}\nspec: {rule: [}\n",
        "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: a}\nspec: {rul: x}\n",
        "a: 1\na: 2\n",
    ]), 1..5)) {
        let (set, found) = parse("x.yaml", &pieces.join("---\n"));
        let good = pieces.iter().filter(|piece| piece.contains("{rule: x}")).count();
        prop_assert_eq!(set.len(), good);
        prop_assert!(found.len() >= pieces.len() - good);
    }

    #[test]
    fn what_is_printed_reads_the_same(spec in spec(), description in prop::option::of(word()),
            labels in prop::collection::btree_map(word(), word(), 0..2)) {
        let metadata = Metadata { name: "a".to_owned(), workspace: None, description, labels };
        let resource = Resource { metadata, spec, managed: Value::Null };
        let text = print(&resource).unwrap();
        let (set, found) = parse("x.yaml", &text);
        prop_assert_eq!(show(&found), "", "{}", text);
        prop_assert_eq!(resources(&set), vec![&resource], "{}", text);
    }

    #[test]
    fn a_campaign_with_turns_reads_the_same(managed in managed()) {
        let resource = Resource { managed, ..CAMPAIGN.1.clone() };
        let text = print(&resource).unwrap();
        let (set, found) = parse("x.yaml", &text);
        prop_assert_eq!(show(&found), "", "{}", text);
        prop_assert_eq!(resources(&set), vec![&resource], "{}", text);
    }

    #[test]
    fn a_pulled_turn_is_read_back_and_nothing_else_moves(first in managed(), second in managed(),
            windows in any::<bool>(), ended in any::<bool>()) {
        let (mut text, resource) = CAMPAIGN.clone();
        text.push_str("# the end\n---\n# another\nkind: Offer\napiVersion: gyre/v1\nmetadata: {name: o}\nspec: {}");
        if ended { text.push('\n'); }
        if windows { text = text.replace('\n', "\r\n"); }
        let half = |managed| pull("x", &text, &[ManagedHalf { kind: Kind::Campaign, name: "win_back", managed }]);
        let once = half(&first).unwrap().text;
        let read = parse("x", &once);
        prop_assert_eq!(show(&read.1), "");
        prop_assert_eq!(&resources(&read.0)[0].managed, &first);
        prop_assert_eq!(&resources(&read.0)[0].spec, &resource.spec);
        let again = |text: &str, managed: &Value| {
            pull("x", text, &[ManagedHalf { kind: Kind::Campaign, name: "win_back", managed }]).unwrap().text
        };
        // Replacing gives what inserting gave, and taking it away gives what was there.
        prop_assert_eq!(again(&once, &second), again(&text, &second));
        prop_assert_eq!(again(&once, &Value::Null), text);
    }

    /// The shape check lets nothing through that the types refuse: any value of any example may be
    /// replaced by any other and the error still names a place inside the document.
    #[test]
    fn shapes_and_types_agree(pick in any::<prop::sample::Index>(), with in any::<prop::sample::Index>()) {
        let scalars = ["null", "true", "12", "-1", "2.5", "text", "30d", "[]", "{}", "[1]", "{a: 1}",
            "2026-03-01", "5000000000", "track", "{value: 1}", "[{column: a}]"];
        let (mut text, range) = pick.get(&DOCUMENTS).clone();
        text.replace_range(range, scalars[with.index(scalars.len())]);
        let (_, found) = parse("x", &text);
        prop_assert!(!show(&found).contains("cannot be read"), "{}\n{}", show(&found), text);
    }
}

/// Where every scalar of a tree stands.
fn values(node: &yaml::Node, out: &mut Vec<Range<usize>>) {
    match &node.data {
        yaml::Data::List(items) => items.iter().for_each(|item| values(item, out)),
        yaml::Data::Map(map) => map.entries.iter().for_each(|(_, node)| values(node, out)),
        _ => out.push(node.range.clone()),
    }
}

#[test]
fn scalars_mean_what_the_library_says() {
    let words =
        ["12", "-1", "1.5", "true", "null", "~", "text", "2026-03-01", "\"12\"", "'a'", "1e3"];
    for word in words {
        let ours = yaml::read(&Source::new("x", &format!("a: {word}\n")));
        let theirs: BTreeMap<String, Value> =
            serde_saphyr::from_str(&format!("a: {word}\n")).unwrap();
        let ours = ours[0].root.as_ref().unwrap().to_json();
        assert_eq!(ours["a"], theirs["a"], "{word}");
    }
}
