//! The text of every question, and that nothing a user wrote gets into it.

use crate::turn::Subject;
use crate::{Asked, Window, performance, report, turn};
use expect_test::{ExpectFile, expect_file};
use gyre_config::kinds::Loop;
use gyre_model::record::body::Scope;
use gyre_model::{Span, Timestamp};
use gyre_ports::lake::{Parameter, Sql};
use serde_json::json;
use std::time::Duration;

pub(super) fn spec(name: &str) -> Loop {
    serde_json::from_value(json!({
        "campaign": name, "population": "p", "goal": {"event": name},
        "reward": {"event": name, "value": name, "cost": name, "window": "14d"},
        "holdout": {"share": 0.1}, "cadence": "7d", "autonomy": {"mode": "auto"},
    }))
    .unwrap()
}

pub(super) const WINDOW: Window =
    Window { from: Timestamp(Span::days(30).0), to: Timestamp(Span::days(60).0) };

fn all(word: &str) -> Vec<Asked> {
    let spec = spec(word);
    let subject = Subject { workspace: word, name: word, spec: &spec, withheld: word };
    let people = report::Population {
        workspace: word,
        scope: Scope::Campaign,
        name: word,
        campaign: word,
        withheld: word,
    };
    let fares = performance::ask(word, word, WINDOW, Some(subject)).unwrap();
    vec![
        turn::arms(subject, WINDOW).unwrap(),
        turn::assignments(subject, WINDOW.to).unwrap(),
        turn::rewards(subject, WINDOW).unwrap(),
        turn::immature(subject, WINDOW.to).unwrap(),
        report::people(&people, Some(word)).unwrap(),
        report::responses(&people, Some(word)).unwrap(),
        fares.decided,
        fares.delivered,
        fares.answered,
        fares.earned.unwrap(),
    ]
}

#[test]
fn questions_are_worded_so() {
    let golden: [ExpectFile; 10] = [
        expect_file!["golden/arms.sql"],
        expect_file!["golden/assignments.sql"],
        expect_file!["golden/rewards.sql"],
        expect_file!["golden/immature.sql"],
        expect_file!["golden/people.sql"],
        expect_file!["golden/responses.sql"],
        expect_file!["golden/decided.sql"],
        expect_file!["golden/delivered.sql"],
        expect_file!["golden/answered.sql"],
        expect_file!["golden/earned.sql"],
    ];
    for (asked, golden) in all("word").iter().zip(golden) {
        golden.assert_eq(&format!("{}\n", asked.sql()));
    }
}

/// Names enter as parameters only: whatever they are, the text stays the same, and every parameter is
/// named in it.
#[test]
fn what_users_write_never_enters_the_text() {
    let nasty = "x'; DROP TABLE events; --";
    for (tame, nasty) in all("word").iter().zip(all(nasty)) {
        assert_eq!(tame.sql(), nasty.sql());
        for place in 1..=nasty.parameters.len() {
            assert!(nasty.sql().contains(&format!("${place}")), "{} ${place}", nasty.name);
        }
        assert!(!nasty.sql().contains(&format!("${}", nasty.parameters.len() + 1)));
    }
}

/// The printed text is a question of its own: parsing it gives the same tree.
#[test]
fn the_text_shown_is_the_question_asked() {
    for asked in all("word") {
        let text: &'static str = asked.sql().leak();
        let again = Asked::parse(asked.name, text, Vec::new()).unwrap();
        assert_eq!(again.sql(), asked.sql());
    }
}

#[test]
fn a_decision_is_closed_one_reward_window_before_the_end() {
    let spec = spec("word");
    let subject = Subject { workspace: "main", name: "word", spec: &spec, withheld: "" };
    let asked = turn::rewards(subject, WINDOW).unwrap();
    assert_eq!(asked.parameters[3], Parameter::Time(Timestamp(Span::days(46).0)));
    assert_eq!(asked.parameters[5], Parameter::Text("1209600000000 microseconds".to_owned()));
    let query = asked.into_query(1000, Duration::from_secs(1));
    assert!(matches!(query.sql, Sql::Tree(_)));
}
