//! What applying would do.

use crate::plan::Running;
use crate::{PlanOptions, Resource, parse, plan};
use expect_test::{Expect, expect};
use gyre_model::resource::Kind;
use serde_json::{Value, json};

const FILES: &str = "\
apiVersion: gyre/v1
kind: Audience
metadata: {name: due}
spec: {rule: person.orders > 1}
---
apiVersion: gyre/v1
kind: Offer
metadata: {name: gift}
spec: {cost: 3}
---
apiVersion: gyre/v1
kind: Campaign
metadata: {name: win_back}
spec:
  audience: due
  policy: best
  contact_policy: gentle
  placements: [home]
  variants:
    - {name: a, content: {in_app: hello}}
    - {name: c}
    - {name: b, when: person.orders > 2}
managed: {turn: 3}
";

fn files() -> Vec<Resource> {
    parse("x.yaml", FILES).0.iter().map(|parsed| parsed.resource().unwrap().clone()).collect()
}

fn running() -> Vec<Running> {
    let row = |kind, name: &str, version, spec, managed| Running {
        kind,
        name: name.to_owned(),
        version,
        spec,
        managed,
    };
    vec![
        row(Kind::Offer, "gift", 1, json!({"cost": 3.0}), Value::Null),
        row(Kind::Offer, "old", 2, json!({"cost": 1.0}), Value::Null),
        row(
            Kind::Campaign,
            "win_back",
            7,
            json!({"audience": "due", "policy": "best", "contact_policy": "gentle", "budget": 100.0,
                   "variants": [{"name": "a", "content": {"in_app": "hallo"}}, {"name": "b"}, {"name": "d"}]}),
            json!({"weights": {"rest": {"a": 0.7, "b": 0.3}}, "dropped": ["d"], "turn": 4}),
        ),
    ]
}

fn shows(options: PlanOptions, expected: &Expect) {
    let files = files();
    let files: Vec<&Resource> = files.iter().collect();
    expected.assert_eq(&plan(&files, &running(), options).to_string());
}

#[test]
fn the_loops_half_is_kept() {
    shows(
        PlanOptions::default(),
        &expect![[r#"
        + create Audience due
        ~ update Campaign win_back (version 7 runs)
            budget: removed 100.0
            placements[0]: added "home"
            variants[a].content.in_app: "hallo" -> "hello"
            variants[b].when: added "person.orders > 2"
            variants[d]: removed {"content":{},"name":"d"}
            variants[c]: added {"content":{},"name":"c"}
            managed, kept:
              dropped: ["d"]
              turn: 4
              weights.rest.a: 0.7
              weights.rest.b: 0.3
        1 to create, 1 to update, 0 to delete, 1 unchanged
    "#]],
    );
}

#[test]
fn only_when_asked_is_it_reset_and_the_rest_deleted() {
    shows(
        PlanOptions { prune: true, reset_managed: true },
        &expect![[r#"
        + create Audience due
        ~ update Campaign win_back (version 7 runs)
            budget: removed 100.0
            placements[0]: added "home"
            variants[a].content.in_app: "hallo" -> "hello"
            variants[b].when: added "person.orders > 2"
            variants[d]: removed {"content":{},"name":"d"}
            variants[c]: added {"content":{},"name":"c"}
            managed, reset to what the file says:
              dropped: removed ["d"]
              turn: 4 -> 3
              weights: removed {"rest":{"a":0.7,"b":0.3}}
        - delete Offer old (version 2 runs)
        1 to create, 1 to update, 1 to delete, 1 unchanged
    "#]],
    );
}

#[test]
fn what_runs_as_it_is_written_is_no_difference() {
    let files = files();
    let rows: Vec<Running> = files
        .iter()
        .map(|resource| Running {
            kind: resource.kind(),
            name: resource.metadata.name.clone(),
            version: 1,
            spec: resource.spec.to_json(),
            managed: json!({"turn": 9}),
        })
        .collect();
    let files: Vec<&Resource> = files.iter().collect();
    let plan = plan(&files, &rows, PlanOptions { prune: true, reset_managed: false });
    assert!(plan.is_empty());
    assert!(plan.steps.iter().all(|step| step.managed == json!({"turn": 9})));
}

#[test]
fn as_json_it_says_the_same() {
    let files = files();
    let files: Vec<&Resource> = files.iter().collect();
    let plan = plan(&files, &running(), PlanOptions::default());
    let step = serde_json::to_value(&plan.steps[1]).unwrap();
    expect![[r#"
        {
          "action": {
            "do": "unchanged"
          },
          "kind": "Offer",
          "managed": null,
          "managed_changes": [],
          "name": "gift",
          "spec": {
            "cost": 3.0
          },
          "version": 1
        }
    "#]]
    .assert_eq(&format!("{step:#}\n"));
}
