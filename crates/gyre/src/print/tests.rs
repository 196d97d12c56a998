//! What is shown, as snapshots.

use super::{campaign, decision, person, turns};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(text);
}

fn comparison(value: f64, alpha: f64, adjusted: Option<f64>) -> Value {
    json!({
        "value": value, "relative": 0.7216, "standard_error": 0.003,
        "fixed": {"low": value - 0.0066, "high": value + 0.0066},
        "always_valid": {"low": value - 0.0121, "high": value + 0.0121},
        "p": 0.000_000_1, "p_always_valid": 0.000_02, "p_adjusted": adjusted, "alpha": alpha,
    })
}

#[test]
fn a_campaign_that_others_ran() {
    let row = |variant: &str, people: u64, responders: u64, lift: Value| {
        json!({
            "variant": variant, "people": people, "responders": responders,
            "rate": responders as f64 / people as f64, "sum": 0.0, "sum_squares": 0.0,
            "mean": null, "rate_lift": lift, "mean_lift": null,
        })
    };
    let valued = json!([
        {"variant": "mens", "people": 21307, "responders": 267, "rate": 0.012_531,
         "mean": 1.4226, "rate_lift": comparison(0.0068, 0.05, None),
         "mean_lift": comparison(0.7698, 0.05, None)},
        {"variant": "none", "people": 21306, "responders": 122, "rate": 0.005_726, "mean": 0.6528},
    ]);
    let cut = |value: &str, adjusted: f64| {
        json!({"key": "newbie", "value": value, "rows": [
            row("mens", 10_596, 1700, comparison(0.0735, 0.0125, Some(adjusted))),
            row("none", 10_667, 900, Value::Null),
        ]})
    };
    let answer = json!({
        "name": "email_test", "version": 1, "by": "people", "at": "2026-01-01T00:00:00Z",
        "spec": {"external": true}, "managed": null, "performance": null,
        "report": {
            "campaign": "email_test", "control": "none", "alpha": 0.05,
            "variants": [{"variant": "mens", "people": 21307}, {"variant": "none", "people": 21306}],
            "comparisons": 4,
            "measures": [
                {"kind": "visit",
                 "overall": [row("mens", 21307, 3894, comparison(0.0766, 0.05, None)),
                             row("none", 21306, 2262, Value::Null)],
                 "cuts": [cut("known", 0.0001), cut("new", 0.031)]},
                {"kind": "spend", "overall": valued, "cuts": []},
            ],
            "warnings": ["one variant has fewer people than planned"],
        },
    });
    check(
        &campaign::show(&answer).unwrap(),
        &expect![[r"
            campaign email_test, version 1 by people at 2026-01-01T00:00:00Z, run by another system
            warning: one variant has fewer people than planned

            people enrolled
            variant  people
            mens     21,307
            none     21,306  control

            visit: intervals of 95.00 %
            variant  people  responders     rate  lift, points        interval  valid at every look  relative        p
            mens     21,307       3,894  18.28 %         +7.66  [+7.00, +8.32]       [+6.45, +8.87]   +72.2 %  <0.0001
            none     21,306       2,262  10.62 %

            visit by newbie: intervals and p hold for all 4 comparisons together (each interval alone: 98.750 %)
            value  variant  people  responders     rate  lift, points        interval  valid at every look  relative       p
            known  mens     10,596       1,700  16.04 %         +7.35  [+6.69, +8.01]       [+6.14, +8.56]   +72.2 %  0.0001
            known  none     10,667         900   8.44 %
            new    mens     10,596       1,700  16.04 %         +7.35  [+6.69, +8.01]       [+6.14, +8.56]   +72.2 %  0.0310
            new    none     10,667         900   8.44 %

            spend: intervals of 95.00 %
            variant  people  responders    rate  lift, points        interval  valid at every look  relative        p
            mens     21,307         267  1.25 %         +0.68  [+0.02, +1.34]       [-0.53, +1.89]   +72.2 %  <0.0001
            none     21,306         122  0.57 %

            value per person
            variant  people  responders    mean     lift            interval  valid at every look  relative        p
            mens     21,307         267  1.4226  +0.7698  [+0.7632, +0.7764]   [+0.7577, +0.7819]   +72.2 %  <0.0001
            none     21,306         122  0.6528
        "]],
    );
}

#[test]
fn a_campaign_of_our_own() {
    let answer = json!({
        "name": "win_back", "version": 3, "by": "loop:repurchase", "at": "2026-02-01T00:00:00Z",
        "spec": {}, "report": {"variants": []},
        "performance": [
            {"variant": "", "channel": "email", "refused": 12},
            {"variant": "discount", "channel": "email", "decisions": 300, "sent": 290, "opens": 80,
             "clicks": 20, "closed": 200, "reward": 410.5, "other_outcomes": {"uncertain": 1},
             "other_responses": {"unsubscribe": 2}},
        ],
    });
    check(
        &campaign::show(&answer).unwrap(),
        &expect![[r"
        campaign win_back, version 3 by loop:repurchase at 2026-02-01T00:00:00Z

        what was decided and came of it (counts, not effects)
        variant       channel  decided  sent  shown  refused  opened  clicked  closed  reward each  other
        (none drawn)  email          0     0      0       12       0        0       0
        discount      email        300   290      0        0      80       20     200       2.0525  uncertain 1, unsubscribe 2

        nobody was put into a variant by another system
    "]],
    );
}

#[test]
fn a_loop_with_a_turn_and_a_proposal_that_waits() {
    let arm = |people: u64, repeaters: u64| {
        json!({"people": people, "repeaters": repeaters, "margin": 4000.0, "offer_cost": 350.5,
               "contacts": 900})
    };
    let proposal = |state: &str| {
        json!({
            "id": "00ff", "turn": 1, "campaign": "win_back", "base_version": 1, "state": state,
            "by": "loop:repurchase", "expected": {"value": 0.5, "low": 0.1, "high": 0.9},
            "changes": [
                {"change": "reweight", "segment": "rest", "weights": {"nothing": 0.8, "reminder": 0.2}},
                {"change": "drop", "variant": "discount", "because": "it is surely worse"},
            ],
        })
    };
    let answer = json!({
        "name": "repurchase",
        "spec": {"campaign": "win_back", "autonomy": {"mode": "approve"}},
        "turns": [{
            "number": 1, "from": "2026-01-01T00:00:00Z", "to": "2026-01-29T00:00:00Z",
            "treated": arm(2250, 620), "holdout": arm(750, 170),
            "lift": {"value": 0.049, "low": -0.012, "high": 0.11, "alpha": 0.05},
            "net_lift": {"value": 0.31, "low": -0.2, "high": 0.82, "alpha": 0.05},
            "evidence": [{"segment": "rest", "variant": "nothing", "n": 120, "sum": 90.0,
                          "best_probability": 0.91, "weight": 0.8}],
            "warnings": ["12 decisions are not mature yet"],
        }],
        "proposals": [proposal("held"), proposal("applied")],
    });
    check(
        &turns::show(&answer).unwrap(),
        &expect![[r"
            loop repurchase, through campaign win_back, autonomy approve

            turn  until          people  contacts  repeat rate  lift, points       interval   net each  net lift        interval  offers each
               1  2026-01-29  2,250/750   900/900  27.6/22.7 %          +4.9  [-1.2, +11.0]  1.62/4.87     +0.31  [-0.20, +0.82]    0.16/0.47
            treated/holdout; lifts are the difference, and their intervals of 95.00 % hold at every look
            turn 1 warns: 12 decisions are not mature yet

            what turn 1 learnt
            segment  variant  decisions  reward each     best   weight
            rest     nothing        120       0.7500  91.00 %  80.00 %

            proposals
            00ff  turn 1, held by loop:repurchase: campaign win_back, made for version 1; expected +0.5000 [+0.1000, +0.9000] each
              in rest: nothing 80.00 %, reminder 20.00 %
              drop discount: it is surely worse
              to take it: gyre loop approve 00ff
              to leave it: gyre loop reject 00ff --reason TEXT
            00ff  turn 1, applied by loop:repurchase: campaign win_back, made for version 1; expected +0.5000 [+0.1000, +0.9000] each
              in rest: nothing 80.00 %, reminder 20.00 %
              drop discount: it is surely worse
        "]],
    );
    check(
        &turns::show(&json!({"name": "new"})).unwrap(),
        &expect![[r"
        loop new
        it has taken no turn yet
    "]],
    );
}

#[test]
fn a_decision_and_why() {
    let answer = json!({"decision": "00ff", "campaign": "win_back", "variant": "reminder",
        "probability": 0.25, "arm": "treated", "token": "t",
        "content": {"title": "Are you running out?"}});
    check(
        &decision::answer(&answer),
        &expect![[r"
        decision 00ff
        campaign: win_back
        variant: reminder
        probability: 0.25
        arm: treated
        token: t
        content:
          title: Are you running out?

        why: gyre decisions explain 00ff
    "]],
    );
    check(
        &decision::answer(&json!({"decision": null})),
        &expect![[r"
        no campaign has this person in its audience here
    "]],
    );
    let explained = json!({
        "decision": {
            "decision": "00ff", "decided_at": "2026-01-29T10:00:00Z", "campaign": "win_back",
            "campaign_version": 2, "channel": "email", "mode": "queued", "segment": "rest",
            "chosen": "reminder", "probability": 0.6, "uniform": 0.3,
            "candidates": [
                {"variant": "reminder", "probability": 0.6},
                {"variant": "discount", "probability": 0.0,
                 "refusal": {"reason": "budget_spent", "by": "discount_15"}},
            ],
            "features": {"orders": 3},
        },
        "deliveries": [{"occurred_at": "2026-01-29T10:00:00Z", "channel": "email",
                        "outcome": "sent", "attempt": 1}],
        "responses": [],
    });
    check(
        &decision::explain(&explained),
        &expect![[r"
        decision 00ff
        decided at: 2026-01-29T10:00:00Z
        campaign: win_back
        campaign version: 2
        channel: email
        mode: queued
        segment: rest

        candidate  probability  refused because             until
        reminder       60.00 %                                     drawn
        discount        0.00 %  budget_spent (discount_15)
        drawn with the uniform number 0.300000

        what was known
        feature  value
        orders   3

        delivered
        occurred_at           channel  outcome  attempt  detail
        2026-01-29T10:00:00Z  email    sent     1
    "]],
    );
}

#[test]
fn somebody() {
    let answer = json!({
        "person": "01aa", "next_change_at": "2026-01-26T12:00:00Z",
        "nodes": [{"kind": "user", "identifier": "ada", "first_seen": "2026-01-05T10:00:00Z",
                   "last_seen": "2026-01-05T12:00:00Z"}],
        "features": {"orders": 1, "revenue": 40.0, "first_name": "Ada"},
        "audiences": {"customers": "2026-01-05T12:00:00Z"},
        "arms": {"repurchase": "treated"}, "consent": {"email": true}, "decisions": [],
    });
    check(
        &person::show(&answer),
        &expect![[r"
        person 01aa
        time alone changes something at 2026-01-26T12:00:00Z

        known as  identifier  first seen            last seen
        user      ada         2026-01-05T10:00:00Z  2026-01-05T12:00:00Z

        features
        feature     value
        first_name  Ada
        orders      1
        revenue     40.0

        audiences
        audience   since
        customers  2026-01-05T12:00:00Z

        arms
        loop        arm
        repurchase  treated

        consent
        channel  given
        email    true
    "]],
    );
}
