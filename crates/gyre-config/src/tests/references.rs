//! What people read when something does not hold between documents.

use super::{read, says, show};
use crate::{RuleFault, Scope, check, parse};
use expect_test::expect;

const SHOP: &str = "\
apiVersion: gyre/v1
kind: Audience
metadata: {name: customers}
spec: {rule: person.orders > 0}
---
apiVersion: gyre/v1
kind: DecisionPolicy
metadata: {name: best}
spec:
  method: thompson
  floor: 0.5
  segments: [{name: rest, rule: ''}]
---
apiVersion: gyre/v1
kind: ContactPolicy
metadata: {name: gentle}
spec:
  consent: {emial: required}
  caps: [{max: 0, per: 0d}]
  quiet_hours: {from: '9:00', to: '25:00'}
---
apiVersion: gyre/v1
kind: Content
metadata: {name: hello}
spec: {channel: in_app, subject: Hello}
---
apiVersion: gyre/v1
kind: Campaign
metadata: {name: Win Back}
spec:
  audience: custmers
  policy: best
  contact_policy: gentle
  channel: email
  placements: [home]
  variants:
    - name: a
      content:
        email: hello
        in_app: helo
      offer: gift
      when: context.hour < 12
    - name: a
  control: b
  window: 0d
---
apiVersion: gyre/v1
kind: Loop
metadata: {name: again}
spec:
  campaign: nothing_like_it
  population: people
  goal: {event: ''}
  reward: {event: Order Completed, value: margin, window: 14d}
  holdout: {share: 1.5}
  cadence: 28d
  autonomy: {mode: auto}
";

#[test]
fn what_does_not_hold_between_resources() {
    says(
        SHOP,
        &expect![[r#"
            x.yaml:12:21: `rest` cannot be written
            12 |   segments: [{name: rest, rule: ''}]
               |                     ^^^^
            hint: people for whom no rule holds are in `rest` by themselves
            x.yaml:12:33: the rule is empty
            12 |   segments: [{name: rest, rule: ''}]
               |                                 ^^
            hint: for example person.orders > 0
            x.yaml:18:13: there is no channel `emial`
            18 |   consent: {emial: required}
               |             ^^^^^
            hint: did you mean `email`?
            x.yaml:19:16: a cap of 0 refuses everything
            19 |   caps: [{max: 0, per: 0d}]
               |                ^
            hint: at least 1; to send nothing, switch the campaign off
            x.yaml:19:24: the length of time must be above zero
            19 |   caps: [{max: 0, per: 0d}]
               |                        ^^
            hint: for example 14d
            x.yaml:20:23: `9:00` is not a time of day
            20 |   quiet_hours: {from: '9:00', to: '25:00'}
               |                       ^^^^^^
            hint: for example "21:00"
            x.yaml:20:35: `25:00` is not a time of day
            20 |   quiet_hours: {from: '9:00', to: '25:00'}
               |                                   ^^^^^^^
            hint: for example "21:00"
            x.yaml:25:1: in-app content needs fields
            25 | spec: {channel: in_app, subject: Hello}
               | ^^^^
            hint: add `fields:` with what the client shows, for example `title: …`
            x.yaml:25:25: in-app content has no `subject`
            25 | spec: {channel: in_app, subject: Hello}
               |                         ^^^^^^^
            hint: put it under `fields`
            x.yaml:29:18: `Win Back` is not a name
            29 | metadata: {name: Win Back}
               |                  ^^^^^^^^
            hint: lower-case letters, digits, `_` and `-`, at most 63, for example win_back
            x.yaml:31:13: there is no Audience `custmers`
            31 |   audience: custmers
               |             ^^^^^^^^
            hint: did you mean `customers`?
            x.yaml:32:11: a floor of 0.5 for each of 2 variants takes it all
            32 |   policy: best
               |           ^^^^
            hint: floor × variants must be below 1: lower the floor of `best`
            x.yaml:39:16: the content `hello` is made for in_app
            39 |         email: hello
               |                ^^^^^
            hint: name a content whose `channel` is email
            x.yaml:40:17: there is no Content `helo`
            40 |         in_app: helo
               |                 ^^^^
            hint: did you mean `hello`?
            x.yaml:41:14: there is no Offer `gift`
            41 |       offer: gift
               |              ^^^^
            hint: there is no Offer at all
            x.yaml:43:13: `a` stands here twice
            43 |     - name: a
               |             ^
            hint: give each its own name
            x.yaml:44:12: there is no variant `b`
            44 |   control: b
               |            ^
            hint: known: `a`, `a`
            x.yaml:45:11: the length of time must be above zero
            45 |   window: 0d
               |           ^^
            hint: for example 14d
            x.yaml:51:13: there is no Campaign `nothing_like_it`
            51 |   campaign: nothing_like_it
               |             ^^^^^^^^^^^^^^^
            hint: known: `Win Back`
            x.yaml:52:15: there is no Audience `people`
            52 |   population: people
               |               ^^^^^^
            hint: known: `customers`
            x.yaml:53:17: this is empty
            53 |   goal: {event: ''}
               |                 ^^
            hint: for example Order Completed, or margin
            x.yaml:55:20: 1.5 cannot be held out
            55 |   holdout: {share: 1.5}
               |                    ^^^
            hint: a share of the population, 0 or more and below 1, for example 0.1
        "#]],
    );
}

#[test]
fn two_of_one_name_and_shared_write_keys() {
    let source = "apiVersion: gyre/v1\nkind: Source\nmetadata: {name: a}\nspec: {type: server, \
                  write_keys: [short, long-enough-key]}\n";
    let other = source.replace("name: a", "name: b").replace("short", "another-key");
    let (_, found) = read(&[("1.yaml", source), ("2.yaml", source), ("3.yaml", &other)]);
    expect![[r#"
        2.yaml:3:18: there are two of Source `a`
        3 | metadata: {name: a}
          |                  ^
        hint: the first is in 1.yaml:3; rename or remove one
        1.yaml:4:35: the write key is too easily guessed
        4 | spec: {type: server, write_keys: [short, long-enough-key]}
          |                                   ^^^^^
        hint: at least 8 characters without spaces
        2.yaml:4:35: the write key is too easily guessed
        4 | spec: {type: server, write_keys: [short, long-enough-key]}
          |                                   ^^^^^
        hint: at least 8 characters without spaces
        3.yaml:4:48: this write key is that of source `a` too
        4 | spec: {type: server, write_keys: [another-key, long-enough-key]}
          |                                                ^^^^^^^^^^^^^^^
        hint: each key belongs to one source and stands in it once
    "#]]
    .assert_eq(&show(&found));
}

#[test]
fn a_rule_is_pointed_at_where_it_stands() {
    let text = "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: a}\nspec:\n  rule: >\n    \
                person.orders > 0\n    and person.ordes < 3\n";
    let (set, found) = parse("a.yaml", text);
    assert!(found.is_empty());
    let found = check(&set, &[], &|rule| {
        assert_eq!((rule.path, rule.scope), ("spec.rule", Scope::Person));
        Err(RuleFault {
            message: "there is no column `person.ordes`".to_owned(),
            words: Some("person.ordes".to_owned()),
            hint: Some("did you mean `person.orders`?".to_owned()),
        })
    });
    expect![[r#"
        a.yaml:7:9: there is no column `person.ordes`
        7 |     and person.ordes < 3
          |         ^^^^^^^^^^^^
        hint: did you mean `person.orders`?
    "#]]
    .assert_eq(&show(&found));
}

#[test]
fn a_test_that_expects_what_is_not_there() {
    says(
        "apiVersion: gyre/v1\nkind: Test\nmetadata: {name: t}\nspec:\n  given:\n    - {after: 1d, \
         type: track, user_id: ada}\n  when: {}\n  expect: {}\n",
        &expect![[r#"
            x.yaml:6:32: unknown key `user_id`
            6 |     - {after: 1d, type: track, user_id: ada}
              |                                ^^^^^^^
            hint: did you mean `userId`?
        "#]],
    );
    says(
        "apiVersion: gyre/v1\nkind: Test\nmetadata: {name: t}\nspec:\n  given:\n    - {after: 1d, \
         type: track}\n  when: {}\n  expect:\n    audiences: {due: true}\n    decision: \
         {refused: {a: bored}}\n    queued: [x]\n",
        &expect![[r#"
            x.yaml:10:29: `a` cannot be `bored`
            10 |     decision: {refused: {a: bored}}
               |                             ^^^^^
            hint: one of `no_consent`, `capped`, `quiet_hours`, `budget_spent`, `out_of_stock`, `rule_failed`, `not_in_audience`, `holdout`, `no_address`, `switched_off`, `wrong_channel`, `expired`, `erased`, `restricted`
        "#]],
    );
    says(
        "apiVersion: gyre/v1\nkind: Test\nmetadata: {name: t}\nspec:\n  given:\n    - {after: 1d, \
         type: track}\n  when: {}\n  expect:\n    audiences: {due: true}\n    decision: \
         {refused: {a: capped}}\n    queued: [x]\n",
        &expect![[r#"
            x.yaml:4:1: no call names a user id
            4 | spec:
              | ^^^^
            hint: add `person: <user id>`
            x.yaml:6:7: the call is about nobody
            6 |     - {after: 1d, type: track}
              |       ^^^^^^^^^^^^^^^^^^^^^^^^
            hint: add `userId` or `anonymousId`
            x.yaml:6:7: a track call needs an event
            6 |     - {after: 1d, type: track}
              |       ^^^^^^^^^^^^^^^^^^^^^^^^
            hint: for example event: Order Completed
            x.yaml:6:8: there is no call before the first
            6 |     - {after: 1d, type: track}
              |        ^^^^^
            hint: write `at: 2026-03-01T09:00:00Z`
            x.yaml:7:3: `when` needs one of `at` and `after`
            7 |   when: {}
              |   ^^^^
            hint: write `at: 2026-03-01T09:00:00Z`, or `after: 30d` to count from the last call
            x.yaml:9:17: there is no Audience `due`
            9 |     audiences: {due: true}
              |                 ^^^
            hint: there is no Audience at all
            x.yaml:10:5: nothing is decided
            10 |     decision: {refused: {a: capped}}
               |     ^^^^^^^^
            hint: add `decide: {placement: …}` under `when`
            x.yaml:10:26: there is no variant `a`
            10 |     decision: {refused: {a: capped}}
               |                          ^
            hint: there is no variant at all
            x.yaml:11:14: there is no Campaign `x`
            11 |     queued: [x]
               |              ^
            hint: there is no Campaign at all
        "#]],
    );
}
