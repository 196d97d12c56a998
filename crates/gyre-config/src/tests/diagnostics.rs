//! What people read when something is wrong inside one document.

use super::says;
use expect_test::expect;

/// An offer with a spec.
fn offer(spec: &str) -> String {
    format!("apiVersion: gyre/v1\nkind: Offer\nmetadata: {{name: gift}}\nspec:\n{spec}")
}

#[test]
fn an_unknown_key_names_the_nearest() {
    says(
        &offer("  cots: 3\n  colour: red\n"),
        &expect![[r#"
        x.yaml:5:3: unknown key `cots`
        5 |   cots: 3
          |   ^^^^
        hint: did you mean `cost`?
        x.yaml:6:3: unknown key `colour`
        6 |   colour: red
          |   ^^^^^^
        hint: known: `budget`, `code`, `cost`, `stock`
    "#]],
    );
}

#[test]
fn an_unknown_kind_names_the_nearest() {
    says(
        "apiVersion: gyre/v1\nkind: Campain\nmetadata: {name: a}\nspec: {}\n",
        &expect![[r#"
        x.yaml:2:7: there is no kind `Campain`
        2 | kind: Campain
          |       ^^^^^^^
        hint: did you mean `Campaign`?
    "#]],
    );
}

#[test]
fn a_missing_kind_and_a_wrong_version() {
    says(
        "apiVersion: gyre/v2\nknid: Offer\nmetadata: {name: a}\n",
        &expect![[r#"
        x.yaml:2:1: `kind` is missing in the document
        2 | knid: Offer
          | ^^^^
        hint: did you mean `kind`?
    "#]],
    );
    says(
        "apiVersion: gyre/v2\nkind: Offer\nmetadata: {name: a}\nspec: {}\n",
        &expect![[r#"
        x.yaml:1:13: this API version is not known
        1 | apiVersion: gyre/v2
          |             ^^^^^^^
        hint: write `apiVersion: gyre/v1`
    "#]],
    );
}

#[test]
fn a_wrong_type_says_what_was_expected() {
    says(
        &offer("  cost: three\n  stock: 2.5\n  code: 2024\n"),
        &expect![[r#"
            x.yaml:5:9: `cost` should be a number, not text
            5 |   cost: three
              |         ^^^^^
            hint: for example 0.25
            x.yaml:6:10: `stock` should be a whole number, not a number with a fraction
            6 |   stock: 2.5
              |          ^^^
            hint: for example 3
            x.yaml:7:9: `code` should be text, not a number
            7 |   code: 2024
              |         ^^^^
            hint: put it in quotation marks: "2024"
        "#]],
    );
    says(
        "apiVersion: gyre/v1\nkind: Source\nmetadata: {name: a}\nspec:\n  type: server\n  \
         write_keys: abcdefgh\n  enabled: yes\n  max_event_bytes: -1\n",
        &expect![[r#"
            x.yaml:6:15: `write_keys` should be a list, not text
            6 |   write_keys: abcdefgh
              |               ^^^^^^^^
            hint: write one `- …` line for each, or [a, b]
            x.yaml:7:12: `enabled` should be true or false, not text
            7 |   enabled: yes
              |            ^^^
            hint: write true or false
            x.yaml:8:20: `max_event_bytes` is out of range
            8 |   max_event_bytes: -1
              |                    ^^
            hint: between 0 and 4294967295
        "#]],
    );
}

#[test]
fn a_bad_length_of_time_has_an_example() {
    says(
        "apiVersion: gyre/v1\nkind: Feature\nmetadata: {name: a}\nspec:\n  event: X\n  \
         aggregate: count\n  window: 30 days\n",
        &expect![[r#"
            x.yaml:7:11: `window` should be a length of time: `30 days` is none
            7 |   window: 30 days
              |           ^^^^^^^
            hint: for example 30d or 12h
        "#]],
    );
    says(
        "apiVersion: gyre/v1\nkind: Feature\nmetadata: {name: a}\nspec:\n  event: X\n  \
         aggregate: count\n  window: 30\n",
        &expect![[r#"
            x.yaml:7:11: `window` should be a length of time, not a number
            7 |   window: 30
              |           ^^
            hint: for example 30d or 12h
        "#]],
    );
}

#[test]
fn a_word_that_is_none_of_the_known() {
    says(
        "apiVersion: gyre/v1\nkind: Feature\nmetadata: {name: a}\nspec:\n  event: X\n  \
         aggregate: cuont\n  call: click\n",
        &expect![[r#"
            x.yaml:6:14: `aggregate` cannot be `cuont`
            6 |   aggregate: cuont
              |              ^^^^^
            hint: did you mean `count`?
            x.yaml:7:9: `call` cannot be `click`
            7 |   call: click
              |         ^^^^^
            hint: one of `track`, `identify`, `page`, `screen`, `group`, `alias`
        "#]],
    );
}

#[test]
fn a_missing_field_says_what_it_is() {
    says(
        "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: a}\nspec: {}\n",
        &expect![[r#"
            x.yaml:4:1: `rule` is missing in `spec`
            4 | spec: {}
              | ^^^^
            hint: add `rule: …`: a SQL boolean over `person.*` and `at`, for example `person.orders > 0 and person.last_order_at < at - interval '30 days'`, or over behaviour: `did('Order Completed', times >= 3, within => interval '30 days')`
        "#]],
    );
    says(
        "apiVersion: gyre/v1\nkind: Audience\nmetadata:\nspec:\n",
        &expect![[r#"
        x.yaml:3:1: `metadata` should be keys and values, not nothing
        3 | metadata:
          | ^^^^^^^^
        hint: write `key: value` lines, indented by two spaces
        x.yaml:4:1: `spec` should be keys and values, not nothing
        4 | spec:
          | ^^^^
        hint: write `key: value` lines, indented by two spaces
    "#]],
    );
}

#[test]
fn a_tab_does_not_indent() {
    says(
        &offer("\tcost: 3\n"),
        &expect![[r#"
        x.yaml:5:2: a tab cannot indent YAML
        5 | 	cost: 3
          | 	^^^^^
        hint: use two spaces for each level
    "#]],
    );
}

#[test]
fn a_key_that_stands_twice() {
    says(
        &offer("  cost: 3\n  cost: 4\n"),
        &expect![[r#"
        x.yaml:6:3: the key `cost` stands here twice
        6 |   cost: 4
          |   ^^^^
        hint: the first is in line 5; keep one of them
    "#]],
    );
}

#[test]
fn anchors_aliases_and_tags_are_refused() {
    says(
        &offer("  cost: &c 3\n  budget: *c\n  code: !!str 12\n"),
        &expect![[r#"
            x.yaml:5:12: anchors are not taken here
            5 |   cost: &c 3
              |            ^
            hint: write the value out
            x.yaml:6:11: aliases are not taken here
            6 |   budget: *c
              |           ^^
            hint: write the value out
            x.yaml:7:15: tags are not taken here
            7 |   code: !!str 12
              |               ^^
            hint: leave out what begins with `!`
        "#]],
    );
}

#[test]
fn broken_yaml_does_not_hide_the_next_document() {
    let text = format!("{}---\n{}", offer("  code: [a\n"), offer("  cots: 3\n"));
    says(
        &text,
        &expect![[r#"
        x.yaml:5:9: this is not YAML: unclosed bracket '['
        5 |   code: [a
          |         ^^
        hint: close every `[` with `]` and every `{` with `}`
        x.yaml:11:3: unknown key `cots`
        11 |   cots: 3
           |   ^^^^
        hint: did you mean `cost`?
    "#]],
    );
    says(
        &offer("  code: a: b\n"),
        &expect![[r#"
        x.yaml:5:10: this is not YAML: mapping values are not allowed in this context
        5 |   code: a: b
          |          ^
        hint: a text with `: ` in it needs quotation marks, for example "now: 15 % off"
    "#]],
    );
    says(
        "- just\n- a list\n",
        &expect![[r#"
        x.yaml:1:1: a document is made of keys and values
        1 | - just
          | ^^^^^^
        hint: begin with `apiVersion: gyre/v1` and `kind: …`
    "#]],
    );
}

#[test]
fn a_record_of_a_mapping_has_one_family() {
    let text = "apiVersion: gyre/v1\nkind: Mapping\nmetadata: {name: a}\nspec:\n  source: s\n  \
                format: csv\n  person: {user_id: {colum: id}}\n  at: {column: at, value: 1}\n  \
                records:\n    - respnse: {kind: {value: visit}}\n    - {}\n";
    says(
        text,
        &expect![[r#"
            x.yaml:7:22: unknown key `colum`
            7 |   person: {user_id: {colum: id}}
              |                      ^^^^^
            hint: did you mean `column`?
            x.yaml:10:7: `respnse` is not one of `event`, `enrollment`, `response`, `offline`, `content`, `campaign`
            10 |     - respnse: {kind: {value: visit}}
               |       ^^^^^^^
            hint: did you mean `response`?
            x.yaml:11:7: `records[1]` needs exactly one of `event`, `enrollment`, `response`, `offline`, `content`, `campaign`
            11 |     - {}
               |       ^^
            hint: write one key with its values; it is one of `event`, `enrollment`, `response`, `offline`, `content`, `campaign`
        "#]],
    );
    let text = "apiVersion: gyre/v1\nkind: Mapping\nmetadata: {name: a}\nspec:\n  source: s\n  \
                format: jsonl\n  csv: {delimiter: ab}\n  person: {user_id: {template: \"x-{line\"}}\n  \
                at: {column: at, value: 1}\n  reject: [{code: Bad Code, when: [{column: x}]}]\n";
    says(
        text,
        &expect![[r#"
            x.yaml:5:11: there is no Source `s`
            5 |   source: s
              |           ^
            hint: there is no Source at all
            x.yaml:7:3: the file is not CSV
            7 |   csv: {delimiter: ab}
              |   ^^^
            hint: leave `csv` out, or write `format: csv`
            x.yaml:7:20: the delimiter must be one ASCII character
            7 |   csv: {delimiter: ab}
              |                    ^^
            hint: for example "," or ";" or "\t"
            x.yaml:8:32: a brace is not closed or names nothing
            8 |   person: {user_id: {template: "x-{line"}}
              |                                ^^^^^^^^^
            hint: for example hillstrom-{line}
            x.yaml:9:7: a value needs exactly one of `column`, `value` and `template`
            9 |   at: {column: at, value: 1}
              |       ^^^^^^^^^^^^^^^^^^^^^^
            hint: for example {column: visit}, {value: email} or {template: "x-{line}"}
            x.yaml:10:19: `Bad Code` is not a name
            10 |   reject: [{code: Bad Code, when: [{column: x}]}]
               |                   ^^^^^^^^
            hint: lower-case letters, digits, `_` and `-`, at most 63, for example win_back
            x.yaml:10:36: a condition needs exactly one of `equals`, `not_equals`, `greater_than`, `less_than`, `in`, `not_in` and `is_null`
            10 |   reject: [{code: Bad Code, when: [{column: x}]}]
               |                                    ^^^^^^^^^^^
            hint: for example {column: visit, equals: 1}
        "#]],
    );
}
