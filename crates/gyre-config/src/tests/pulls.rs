//! Turns written back into files.

use crate::{ManagedHalf, pull};
use expect_test::expect;
use gyre_model::resource::Kind;
use serde_json::{Value, json};

const FILE: &str = "\
# The campaigns.
apiVersion: gyre/v1
kind: Campaign
metadata: {name: a} # the first
managed:
  turn: 1 # old
  dropped:
    - x

# What people own.
spec: {external: true, variants: []}
---
kind: Campaign
apiVersion: gyre/v1
metadata:
  name: b
spec:
  external: true
  variants:
    - name: x

# Nothing belongs to this comment.
---
apiVersion: gyre/v1
kind: Campaign
metadata: {name: c}
spec: {external: true, variants: []}";

fn half<'a>(name: &'a str, managed: &'a Value) -> ManagedHalf<'a> {
    ManagedHalf { kind: Kind::Campaign, name, managed }
}

#[test]
fn only_the_sections_change() {
    let turn = json!({"weights": {"rest": {"x": 0.95, "y": 0.05}}, "dropped": ["z"], "turn": 7});
    let other = json!({"turn": 2});
    let pulled = pull("x", FILE, &[half("a", &turn), half("b", &turn), half("c", &other)]).unwrap();
    expect![[r##"
        # The campaigns.
        apiVersion: gyre/v1
        kind: Campaign
        metadata: {name: a} # the first
        managed:
          dropped:
            - z
          turn: 7
          weights:
            rest:
              x: 0.95
              "y": 0.05

        # What people own.
        spec: {external: true, variants: []}
        ---
        kind: Campaign
        apiVersion: gyre/v1
        metadata:
          name: b
        spec:
          external: true
          variants:
            - name: x
        managed:
          dropped:
            - z
          turn: 7
          weights:
            rest:
              x: 0.95
              "y": 0.05

        # Nothing belongs to this comment.
        ---
        apiVersion: gyre/v1
        kind: Campaign
        metadata: {name: c}
        spec: {external: true, variants: []}
        managed:
          turn: 2"##]]
    .assert_eq(&pulled.text);
    assert_eq!(pulled.changed.len(), 3);
    let again = pull("x", &pulled.text, &[half("a", &turn), half("b", &turn), half("c", &other)]);
    assert!(again.unwrap().changed.is_empty());
}

#[test]
fn a_file_without_the_resource_stays() {
    let turn = json!({"turn": 7});
    let pulled = pull("x", FILE, &[half("elsewhere", &turn)]).unwrap();
    assert_eq!((pulled.text.as_str(), pulled.changed.len()), (FILE, 0));
}

#[test]
fn a_document_in_braces_is_refused() {
    let turn = json!({"turn": 7});
    let text = "{apiVersion: gyre/v1, kind: Campaign, metadata: {name: a}, spec: {}}\n";
    let error = pull("x.yaml", text, &[half("a", &turn)]).unwrap_err();
    assert_eq!(error.to_string(), "x.yaml cannot be pulled into");
}
