//! What becomes of a proposal.

use super::world;
use crate::{Refused, Verdict, apply, decide_proposal, rebase};
use expect_test::expect;
use gyre_config::kinds::Managed;
use gyre_model::Timestamp;
use gyre_model::record::body::{Change, Proposal, ProposalState};
use serde_json::json;

fn held() -> Proposal {
    let rows = [
        ("rest", "a", 400, 1.0, 0.001, 0.06),
        ("rest", "b", 400, 1.5, 0.399, 0.34),
        ("rest", "c", 400, 1.6, 0.600, 0.60),
    ];
    let approve = json!({"autonomy": {"mode": "approve"}});
    world(&["a", "b", "c"], approve).with(&rows).propose().unwrap()
}

#[test]
fn an_approved_proposal_is_the_next_version() {
    let proposal = held();
    assert_eq!((proposal.state, proposal.applied_version), (ProposalState::Held, None));
    let decided =
        decide_proposal(&proposal, Verdict::Approve, "ada", Some("fine"), 4, Timestamp(9)).unwrap();
    assert_eq!((decided.state, decided.applied_version), (ProposalState::Applied, Some(5)));
    assert_eq!((decided.by.as_str(), decided.reason.as_deref()), ("ada", Some("fine")));
    assert_eq!((decided.at, &decided.changes), (Timestamp(9), &proposal.changes));
    let again = decide_proposal(&decided, Verdict::Reject, "bob", None, 5, Timestamp(10));
    let refused = again.unwrap_err();
    assert_eq!(refused, Refused::Settled { state: ProposalState::Applied });
    assert_eq!(refused.to_string(), "the proposal is already applied");
}

#[test]
fn what_was_only_proposed_can_be_approved_by_people() {
    let proposal = Proposal { state: ProposalState::Proposed, ..held() };
    let decided = decide_proposal(&proposal, Verdict::Approve, "ada", None, 4, Timestamp(9));
    assert_eq!(decided.unwrap().state, ProposalState::Applied);
}

#[test]
fn a_stale_proposal_is_turned_down_or_rebased_never_applied() {
    let proposal = held();
    let stale = decide_proposal(&proposal, Verdict::Approve, "ada", None, 6, Timestamp(9));
    assert_eq!(stale.unwrap_err(), Refused::Stale { base: 4, current: 6 });
    let rejected =
        decide_proposal(&proposal, Verdict::Reject, "ada", None, 6, Timestamp(9)).unwrap();
    assert_eq!((rejected.state, rejected.applied_version), (ProposalState::Rejected, None));

    let campaign = world(&["a", "b", "c"], json!({})).campaign;
    let rebased = rebase(&proposal, &campaign, &Managed::default(), 6).unwrap();
    let decided = decide_proposal(&rebased, Verdict::Approve, "ada", None, 6, Timestamp(9));
    assert_eq!(decided.unwrap().applied_version, Some(7));
}

#[test]
fn what_no_longer_fits_is_not_rebased() {
    let proposal = held();
    let told = |variants: &[&str], dropped: &[&str]| {
        let managed = Managed {
            dropped: dropped.iter().map(|name| (*name).to_owned()).collect(),
            ..Managed::default()
        };
        let campaign = world(variants, json!({})).campaign;
        rebase(&proposal, &campaign, &managed, 6).unwrap_err().to_string()
    };
    expect!["the proposal no longer fits: a is no candidate any more"]
        .assert_eq(&told(&["a", "b", "c"], &["a"]));
    expect!["the proposal no longer fits: fewer than two candidates would remain"]
        .assert_eq(&told(&["a", "b"], &[]));
    expect!["the proposal no longer fits: the candidates of segment rest are others now"]
        .assert_eq(&told(&["a", "b", "c", "d"], &[]));
}

#[test]
fn applying_moves_weights_and_takes_dropped_variants_out() {
    let weights = |rows: &[(&str, f64)]| {
        rows.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect()
    };
    let managed = Managed {
        weights: [("new".to_owned(), weights(&[("a", 0.5), ("b", 0.1), ("c", 0.4)]))].into(),
        turn: Some(1),
        ..Managed::default()
    };
    let next = apply(&managed, &held());
    expect![[r#"{"weights":{"new":{"b":0.2,"c":0.8},"rest":{"b":0.3617021276595745,"c":0.6382978723404256}},"dropped":["a"],"turn":3}"#]]
        .assert_eq(&serde_json::to_string(&next).unwrap());
    assert_eq!(apply(&next, &held()), next);
    let only = Proposal { changes: vec![], ..held() };
    assert_eq!(apply(&managed, &only).weights, managed.weights);
    assert!(held().changes.iter().any(|change| matches!(change, Change::Drop { .. })));
}
