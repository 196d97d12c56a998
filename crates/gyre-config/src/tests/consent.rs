//! What people read when something in a consent policy is not right, and what others' words mean.

use super::says;
use crate::kinds::{ConsentPolicy, PurposeRule, Vocabulary};
use expect_test::expect;
use gyre_model::{Purpose, Topic};
use serde_json::json;

fn policy(spec: serde_json::Value) -> ConsentPolicy {
    serde_json::from_value(spec).unwrap()
}

fn names(topics: Vec<Topic>) -> String {
    topics.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn words_keep_their_shipped_meaning_unless_a_policy_says_otherwise() {
    let own =
        policy(json!({"tcf": {"1": []}, "categories": {"News": ["contact.email", "contact"]}}));
    let means = |vocabulary, word| names(own.meaning(vocabulary, word));
    expect![""].assert_eq(&means(Vocabulary::Tcf, "1"));
    expect!["profiling ads_share"].assert_eq(&means(Vocabulary::Tcf, "3"));
    expect!["contact.email contact"].assert_eq(&means(Vocabulary::Categories, "News"));
    expect!["analytics"].assert_eq(&means(Vocabulary::Categories, "C0002"));
    expect![""].assert_eq(&means(Vocabulary::Categories, "necessary"));
    expect!["ads_share"].assert_eq(&names(own.gpc()));
    assert_eq!(names(policy(json!({"gpc": ["analytics"]})).gpc()), "analytics");
}

#[test]
fn the_rule_of_a_channel_counts_before_that_of_the_purpose() {
    let law = policy(json!({
        "jurisdiction": {"places": {"DE": "eu"}, "otherwise": "us"},
        "jurisdictions": {"eu": {"default": "deny", "topics": {"contact": "allow", "contact.sms": "deny"}}},
    }));
    let rule = |place: Option<&str>, topic: &str| {
        law.rule(law.jurisdiction_of(place), &Topic::parse(topic).unwrap())
    };
    assert_eq!(rule(Some("DE"), "contact.email"), PurposeRule::Allow);
    assert_eq!(rule(Some("DE"), "contact.sms"), PurposeRule::Deny);
    assert_eq!(rule(Some("DE"), "analytics"), PurposeRule::Deny);
    assert_eq!(rule(None, "contact.email"), PurposeRule::Deny, "us is not among them");
    assert_eq!(Topic::parse("contact"), Some(Topic::new(Purpose::Contact, "")));
    assert_eq!(Topic::parse("analytics.email"), None);
}

#[test]
fn what_is_wrong_is_told_where_it_stands() {
    says(
        "apiVersion: gyre/v1
kind: ConsentPolicy
metadata: {name: consent}
spec:
  jurisdiction: {from: [properties.country]}
  jurisdictions:
    eu: {default: deny, topics: {analytic: allow}, expires: 0d}
  gpc: [everything]
  tcf: {'12': [analytics]}
  google: {ad_storag: [ads_share]}
  page:
    brand: {colour: red, logo: 'https://shop.example/logo.svg'}
    asks: [{topic: contact.email, label: {}}]
---
apiVersion: gyre/v1
kind: ConsentPolicy
metadata: {name: second}
spec: {}
",
        &expect![[r##"
            x.yaml:5:25: `properties.country` is nothing of an event
            5 |   jurisdiction: {from: [properties.country]}
              |                         ^^^^^^^^^^^^^^^^^^
            hint: for example traits.country or context.location.country
            x.yaml:7:34: there is no topic `analytic`
            7 |     eu: {default: deny, topics: {analytic: allow}, expires: 0d}
              |                                  ^^^^^^^^
            hint: collect, analytics, personalise, model_training, profiling, ads_share, contact or contact.<channel>
            x.yaml:7:61: the length of time must be above zero
            7 |     eu: {default: deny, topics: {analytic: allow}, expires: 0d}
              |                                                             ^^
            hint: for example 14d
            x.yaml:8:9: there is no topic `everything`
            8 |   gpc: [everything]
              |         ^^^^^^^^^^
            hint: collect, analytics, personalise, model_training, profiling, ads_share, contact or contact.<channel>
            x.yaml:9:10: there is no word of theirs `12`
            9 |   tcf: {'12': [analytics]}
              |          ^^
            hint: did you mean `10`?
            x.yaml:10:12: there is no word of theirs `ad_storag`
            10 |   google: {ad_storag: [ads_share]}
               |            ^^^^^^^^^
            hint: did you mean `ad_storage`?
            x.yaml:12:21: this is not a colour
            12 |     brand: {colour: red, logo: 'https://shop.example/logo.svg'}
               |                     ^^^
            hint: six hexadecimal digits, for example "#1d4ed8"
            x.yaml:12:32: the logo is not a data address
            12 |     brand: {colour: red, logo: 'https://shop.example/logo.svg'}
               |                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            hint: the page loads nothing from elsewhere: write data:image/svg+xml;base64,…
            x.yaml:13:42: what is asked has no name
            13 |     asks: [{topic: contact.email, label: {}}]
               |                                          ^^
            hint: for example {en: "News by e-mail"}
            x.yaml:17:18: a workspace has one consent policy
            17 | metadata: {name: second}
               |                  ^^^^^^
            hint: there is `consent` already; change or remove it
        "##]],
    );
}
