//! What is said of reports and alerts that cannot be right.

use super::says;
use crate::Spec;
use expect_test::expect;

#[test]
fn a_report_of_no_board_to_nobody_is_pointed_at() {
    says(
        "apiVersion: gyre/v1
kind: Report
metadata: {name: weekly}
spec:
  title: ' '
  board: campain_performance
  every: weekly
  hour: 24
  zone: Europe/Berln
  to: [team@example.com, team, team@example.com, 'a b@example.com']
  where: [{field: chanel, values: [email]}, {field: channel}]
  range: {type: rolling, n: 0, unit: day}
---
apiVersion: gyre/v1
kind: Report
metadata: {name: hourly}
spec: {board: executive, every: hourly, to: []}
---
apiVersion: gyre/v1
kind: Report
metadata: {name: daily}
spec: {board: executive, every: daily, to: []}
",
        &expect![[r#"
            x.yaml:17:33: `every` cannot be `hourly`
            17 | spec: {board: executive, every: hourly, to: []}
               |                                 ^^^^^^
            hint: one of `daily`, `weekly`, `monthly`
            x.yaml:5:10: the title is empty
            5 |   title: ' '
              |          ^^^
            hint: leave it out, or say what it is
            x.yaml:6:10: there is no Board `campain_performance`
            6 |   board: campain_performance
              |          ^^^^^^^^^^^^^^^^^^^
            hint: did you mean `campaign_performance`?
            x.yaml:8:9: a day has no such hour
            8 |   hour: 24
              |         ^^
            hint: 0 to 23
            x.yaml:9:9: there is no time zone `Europe/Berln`
            9 |   zone: Europe/Berln
              |         ^^^^^^^^^^^^
            hint: did you mean `Europe/Berlin`?
            x.yaml:10:26: `team` is no address
            10 |   to: [team@example.com, team, team@example.com, 'a b@example.com']
               |                          ^^^^
            hint: for example team@example.com
            x.yaml:10:32: `team@example.com` stands here twice
            10 |   to: [team@example.com, team, team@example.com, 'a b@example.com']
               |                                ^^^^^^^^^^^^^^^^
            hint: give each its own name
            x.yaml:10:50: `a b@example.com` is no address
            10 |   to: [team@example.com, team, team@example.com, 'a b@example.com']
               |                                                  ^^^^^^^^^^^^^^^^^
            hint: for example team@example.com
            x.yaml:11:19: there is no dimension `chanel`
            11 |   where: [{field: chanel, values: [email]}, {field: channel}]
               |                   ^^^^^^
            hint: did you mean `channel`?
            x.yaml:11:45: the filter has no values
            11 |   where: [{field: chanel, values: [email]}, {field: channel}]
               |                                             ^^^^^^^^^^^^^^^^
            hint: for example [email]
            x.yaml:12:29: a period has at least one unit
            12 |   range: {type: rolling, n: 0, unit: day}
               |                             ^
            hint: for example 7
            x.yaml:22:44: it goes to nobody, or to too many
            22 | spec: {board: executive, every: daily, to: []}
               |                                            ^^
            hint: 1 to 20, for example [team@example.com]
        "#]],
    );
}

#[test]
fn an_alert_of_no_metric_is_pointed_at() {
    says(
        "apiVersion: gyre/v1
kind: Alert
metadata: {name: orders}
spec:
  metric: ordrs
  when: {below: 10}
  every: 10s
  to: [team@example.com]
  quiet: 0d
---
apiVersion: gyre/v1
kind: Alert
metadata: {name: drift}
spec: {metric: drift_psi, when: {above: 1, below: 0}, every: 1h, to: [team@example.com]}
---
apiVersion: gyre/v1
kind: Alert
metadata: {name: needs}
spec: {metric: drift_psi, when: {changes_by: 0}, every: 1h, to: [team@example.com]}
---
apiVersion: gyre/v1
kind: Alert
metadata: {name: split}
spec:
  metric: roi
  where: [{field: offer, values: [coupon]}]
  when: {above: 2}
  every: 1h
  to: [team@example.com]
",
        &expect![[r#"
            x.yaml:14:33: `when` needs exactly one of `above`, `below`, `changes_by`
            14 | spec: {metric: drift_psi, when: {above: 1, below: 0}, every: 1h, to: [team@example.com]}
               |                                 ^^^^^^^^^^^^^^^^^^^^
            hint: write one key with its values; it is one of `above`, `below`, `changes_by`
            x.yaml:5:11: there is no Metric `ordrs`
            5 |   metric: ordrs
              |           ^^^^^
            hint: did you mean `orders`?
            x.yaml:7:10: it is looked at too often
            7 |   every: 10s
              |          ^^^
            hint: 1m or longer, for example 1h
            x.yaml:9:10: the length of time must be above zero
            9 |   quiet: 0d
              |          ^^
            hint: for example 14d
            x.yaml:19:16: `Drift` cannot be computed: it needs models with fixed reference bins
            19 | spec: {metric: drift_psi, when: {changes_by: 0}, every: 1h, to: [team@example.com]}
               |                ^^^^^^^^^
            hint: `gyre metrics list` shows what can be
            x.yaml:19:46: every number is off by as much
            19 | spec: {metric: drift_psi, when: {changes_by: 0}, every: 1h, to: [team@example.com]}
               |                                              ^
            hint: for example 20
            x.yaml:26:19: `Attributed return on investment` cannot be split or filtered by offer
            26 |   where: [{field: offer, values: [coupon]}]
               |                   ^^^^^
            hint: it has: campaign, channel
        "#]],
    );
}

#[test]
fn what_can_be_sent_is_fine_and_reads_the_same_when_printed() {
    let text = "apiVersion: gyre/v1
kind: Report
metadata: {name: weekly}
spec:
  title: Numbers
  board: executive
  every: monthly
  hour: 9
  zone: Europe/Berlin
  to: [team@example.com, ops@localhost]
  where: [{field: channel, values: [email]}]
  range: {type: previous, unit: quarter}
---
apiVersion: gyre/v1
kind: Alert
metadata: {name: orders}
spec:
  metric: orders
  where: [{field: currency, op: not_null}]
  range: {type: rolling, n: 7, unit: day}
  zone: Asia/Tokyo
  when: {changes_by: 20}
  every: 1h
  to: [team@example.com]
  quiet: 1d
";
    says(text, &expect![[""]]);
    for parsed in crate::parse("x.yaml", text).0 {
        let resource = parsed.resource().unwrap();
        let printed = crate::print(resource).unwrap();
        let (again, found) = crate::parse("x.yaml", &printed);
        assert!(found.is_empty(), "{printed}");
        assert_eq!(again[0].resource(), Some(resource), "{printed}");
        let json = resource.spec.to_json();
        assert_eq!(Spec::from_json(resource.kind(), json).unwrap(), resource.spec);
    }
}
