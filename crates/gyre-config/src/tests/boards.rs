//! What is said of boards: every tile that cannot be answered or shown, at its place.

use super::says;
use expect_test::expect;

#[test]
fn tiles_that_cannot_be_answered_are_told_where_they_stand() {
    says(
        "apiVersion: gyre/v1
kind: Board
metadata: {name: mine}
spec:
  title: ''
  filters: [campain]
  sections: []
",
        &expect![[r#"
            x.yaml:6:13: `filters[0]` cannot be `campain`
            6 |   filters: [campain]
              |             ^^^^^^^
            hint: did you mean `campaign`?
        "#]],
    );
    says(
        "apiVersion: gyre/v1
kind: Board
metadata: {name: mine}
spec:
  title: ''
  sections:
    - title: All
      tiles:
        - {title: A, display: number, query: {metrics: [ordrs]}}
        - {title: B, display: table, query: {metrics: [orders, reach], dimensions: [campaign]}}
        - {title: C, display: bar, query: {metrics: [orders]}}
        - {title: D, display: heatmap, query: {metrics: [ctr], dimensions: [channel]}}
        - {title: E, display: table, opens: audience, query: {metrics: [ctr], dimensions: [channel]}}
        - {title: F, display: number, query: {metrics: [drift_psi]}}
        - {title: G, display: funnel, query: {metrics: [ctr]}}
        - {title: H, display: funnel, funnel: {steps: [{event: A}], window: 0d}}
        - {title: I, display: line, funnel: {steps: [{event: A}, {event: B}]}}
        - title: J
          display: table
          query:
            metrics: [roi]
            dimensions: [offer]
            filters: [{field: channel, op: not_null, values: [x]}]
            order_by: [{by: revenue}]
",
        &expect![[r#"
            x.yaml:5:10: the board has no title
            5 |   title: ''
              |          ^^
            hint: for example Campaign performance
            x.yaml:9:57: there is no Metric `ordrs`
            9 |         - {title: A, display: number, query: {metrics: [ordrs]}}
              |                                                         ^^^^^
            hint: did you mean `orders`?
            x.yaml:10:85: `Orders` cannot be split or filtered by campaign
            10 |         - {title: B, display: table, query: {metrics: [orders, reach], dimensions: [campaign]}}
               |                                                                                     ^^^^^^^^
            hint: it has: audience, source, currency, customer_type, hour_of_day, weekday
            x.yaml:11:31: bars and intervals are of rows
            11 |         - {title: C, display: bar, query: {metrics: [orders]}}
               |                               ^^^
            hint: add `dimensions: […]`
            x.yaml:12:31: a heatmap has two keys
            12 |         - {title: D, display: heatmap, query: {metrics: [ctr], dimensions: [channel]}}
               |                               ^^^^^^^
            hint: two dimensions; or one and a grain; or a grain and a cohort
            x.yaml:13:45: the rows are not of one audience
            13 |         - {title: E, display: table, opens: audience, query: {metrics: [ctr], dimensions: [channel]}}
               |                                             ^^^^^^^^
            hint: add `audience` to the dimensions, or leave it out
            x.yaml:14:56: `Drift` cannot be computed: it needs models with fixed reference bins
            14 |         - {title: F, display: number, query: {metrics: [drift_psi]}}
               |                                                        ^^^^^^^^^^^
            hint: `gyre metrics list` shows what can be
            x.yaml:15:11: a funnel has `funnel` and no `query`
            15 |         - {title: G, display: funnel, query: {metrics: [ctr]}}
               |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            hint: add `funnel: {steps: […]}`
            x.yaml:16:55: a funnel has too few steps, or too many
            16 |         - {title: H, display: funnel, funnel: {steps: [{event: A}], window: 0d}}
               |                                                       ^^^^^^^^^^^^
            hint: 2 to 10
            x.yaml:16:77: the length of time must be above zero
            16 |         - {title: H, display: funnel, funnel: {steps: [{event: A}], window: 0d}}
               |                                                                             ^^
            hint: for example 14d
            x.yaml:17:11: a tile has a `query` and no `funnel`
            17 |         - {title: I, display: line, funnel: {steps: [{event: A}, {event: B}]}}
               |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            hint: add `query: {metrics: […]}`
            x.yaml:22:26: `Attributed return on investment` cannot be split or filtered by offer
            22 |             dimensions: [offer]
               |                          ^^^^^
            hint: it has: campaign, channel
            x.yaml:23:62: it takes no values
            23 |             filters: [{field: channel, op: not_null, values: [x]}]
               |                                                              ^^^
            hint: for example [email]
            x.yaml:24:29: `revenue` is no metric and no dimension of the question
            24 |             order_by: [{by: revenue}]
               |                             ^^^^^^^
            hint: a metric or dimension of the question, or time
        "#]],
    );
}

#[test]
fn a_board_that_can_be_answered_is_fine() {
    says(
        "apiVersion: gyre/v1
kind: Board
metadata: {name: mine}
spec:
  title: Mine
  range: {type: to_date, unit: quarter}
  sections:
    - title: All
      tiles:
        - title: Cohorts
          display: heatmap
          width: full
          query: {metrics: [retention_rate], time: {grain: month}, cohort: {age_unit: month}}
        - title: By campaign
          display: table
          opens: campaign
          query: {metrics: [roi, cost], dimensions: [campaign]}
        - title: Steps
          display: funnel
          funnel: {steps: [{event: A}, {event: B}], filters: [{field: device, values: [phone]}]}
  annotations:
    - {at: \"2026-03-09\", title: It rained}
",
        &expect![[""]],
    );
}
