//! What people read when identity rules cannot be right.

use super::says;
use expect_test::expect;

#[test]
fn what_cannot_be_right_in_identity_rules_is_said_where_it_stands() {
    let rules = "\
apiVersion: gyre/v1
kind: IdentityRules
metadata: {name: ours}
spec:
  phone_country: '049'
  blocklist: ['test-(']
  max_ids: 5000
  types:
    - {name: emial, limit: 2}
    - {name: email, limit: 0, from: {trait: mail}}
    - {name: user_id, unique: false}
    - {name: card, from: {trait: card}, window: 0d}
    - {name: card, from: {property: card}}
    - {name: phone, limit: 2, window: 36h}
---
apiVersion: gyre/v1
kind: IdentityRules
metadata: {name: others}
spec: {}
";
    says(
        rules,
        &expect![[r#"
        x.yaml:3:18: there is an IdentityRules `others` already
        3 | metadata: {name: ours}
          |                  ^^^^
        hint: a workspace has at most one: write both into one, and remove the other
        x.yaml:5:18: that is no country code
        5 |   phone_country: '049'
          |                  ^^^^^
        hint: its digits only, for example "49"
        x.yaml:6:15: the pattern cannot be read: found open group without closing ')'
        6 |   blocklist: ['test-(']
          |               ^^^^^^^^
        hint: a regular expression over the whole value, for example test-.*
        x.yaml:7:12: the cap is out of range
        7 |   max_ids: 5000
          |            ^^^^
        hint: from 2 to 1000
        x.yaml:9:14: `emial` is no shipped type and has no `from`
        9 |     - {name: emial, limit: 2}
          |              ^^^^^
        hint: did you mean `email`?
        x.yaml:10:28: the limit is nought
        10 |     - {name: email, limit: 0, from: {trait: mail}}
           |                            ^
        hint: to leave a type out, say `enabled: false`
        x.yaml:10:31: `email` is found where it always is
        10 |     - {name: email, limit: 0, from: {trait: mail}}
           |                               ^^^^
        hint: leave `from` out, or give a type of your own another name
        x.yaml:11:31: a person has one user id
        11 |     - {name: user_id, unique: false}
           |                               ^^^^^
        hint: leave it out: two user ids are two people
        x.yaml:12:49: the length of time must be above zero
        12 |     - {name: card, from: {trait: card}, window: 0d}
           |                                                 ^^
        hint: for example 14d
        x.yaml:13:14: `card` stands here twice
        13 |     - {name: card, from: {property: card}}
           |              ^^^^
        hint: give each its own name
        x.yaml:14:39: the window of a limit is counted in days
        14 |     - {name: phone, limit: 2, window: 36h}
           |                                       ^^^
        hint: whole days, for example 1d or 30d
        x.yaml:18:18: there is an IdentityRules `ours` already
        18 | metadata: {name: others}
           |                  ^^^^^^
        hint: a workspace has at most one: write both into one, and remove the other
    "#]],
    );
}
