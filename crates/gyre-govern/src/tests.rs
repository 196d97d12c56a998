//! Tests of the laws of contact.

mod consent;

use crate::{Claim, Contacted, Facts, Limit, RefusalReason, Word, quiet_until};
use expect_test::{Expect, expect};
use gyre_config::kinds::{Cap, ConsentRule, ContactPolicy, QuietHours};
use gyre_model::{ConsentDecision, Decimal, NodeId, Purpose, RecordId, Span, Timestamp, Topic};
use proptest::prelude::*;

pub(crate) fn policy() -> ContactPolicy {
    ContactPolicy {
        consent: [
            ("email".to_owned(), ConsentRule::Required),
            ("in_app".to_owned(), ConsentRule::OptOut),
        ]
        .into(),
        caps: vec![
            Cap { channel: Some("email".into()), max: 2, per: Span::days(7) },
            Cap { channel: None, max: 3, per: Span::days(14) },
        ],
        quiet_hours: Some(QuietHours {
            from: "21:00".into(),
            to: "08:00".into(),
            utc_offset_minutes: 60,
        }),
    }
}

pub(crate) fn word(channel: &str, granted: bool, at: Timestamp) -> Word {
    let decision = if granted { ConsentDecision::Granted } else { ConsentDecision::Withdrawn };
    Word {
        id: RecordId::default(),
        node: NodeId::default(),
        joined: Timestamp(i64::MIN),
        topic: Topic::new(Purpose::Contact, channel),
        decision,
        at,
        expires_at: None,
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn check(now: &str, consent: &[(&str, bool, &str)], contacts: &[(&str, &str)], wanted: Expect) {
    let consent: Vec<Word> =
        consent.iter().map(|(channel, granted, at)| word(channel, *granted, time(at))).collect();
    let contacts: Vec<Contacted> = contacts
        .iter()
        .map(|(channel, at)| Contacted { channel: (*channel).into(), at: time(at) })
        .collect();
    let facts = Facts {
        now: time(now),
        has_address: true,
        consent: &consent,
        needs_consent: false,
        contacts: &contacts,
    };
    let policy = policy();
    let verdict = match (Claim { channel: "email", policy: &policy }).judge(&facts) {
        Ok(()) => "allowed".to_owned(),
        Err(refusal) => match refusal.until {
            Some(until) => format!("{} until {until}", refusal.reason.as_str()),
            None => refusal.reason.as_str().to_owned(),
        },
    };
    wanted.assert_eq(&verdict);
}

const YES: &[(&str, bool, &str)] = &[("email", true, "2026-01-01")];

#[test]
fn silence_is_no_consent() {
    check("2026-03-02T12:00:00Z", &[], &[], expect!["no_consent"]);
}

#[test]
fn consent_given_allows() {
    check("2026-03-02T12:00:00Z", YES, &[], expect!["allowed"]);
}

#[test]
fn a_later_withdrawal_wins_and_so_does_one_for_all_channels() {
    let later = [("email", true, "2026-01-01"), ("email", false, "2026-02-01")];
    check("2026-03-02T12:00:00Z", &later, &[], expect!["no_consent"]);
    let all = [("email", true, "2026-01-01"), ("*", false, "2026-02-01")];
    check("2026-03-02T12:00:00Z", &all, &[], expect!["no_consent"]);
    let tie = [("email", true, "2026-01-01"), ("email", false, "2026-01-01")];
    check("2026-03-02T12:00:00Z", &tie, &[], expect!["no_consent"]);
}

#[test]
fn a_capped_person_is_left_alone_until_the_cap_frees() {
    let two = [("email", "2026-02-25T12:00:00Z"), ("email", "2026-02-27T12:00:00Z")];
    check("2026-03-02T12:00:00Z", YES, &two, expect!["capped until 2026-03-04T12:00:00Z"]);
    let others = [("push", "2026-02-20"), ("in_app", "2026-02-21"), ("push", "2026-02-22")];
    check("2026-03-02T12:00:00Z", YES, &others, expect!["capped until 2026-03-06T00:00:00Z"]);
}

#[test]
fn a_cap_frees_exactly_when_its_time_is_over() {
    let two = [("email", "2026-02-25T12:00:00Z"), ("email", "2026-02-27T12:00:00Z")];
    check("2026-03-04T12:00:00Z", YES, &two, expect!["allowed"]);
}

#[test]
fn quiet_hours_are_local_and_wrap_midnight() {
    check("2026-03-02T20:30:00Z", YES, &[], expect!["quiet_hours until 2026-03-03T07:00:00Z"]);
    check("2026-03-02T06:59:59Z", YES, &[], expect!["quiet_hours until 2026-03-02T07:00:00Z"]);
    check("2026-03-02T07:00:00Z", YES, &[], expect!["allowed"]);
}

#[test]
fn a_limit_refuses_what_would_pass_it() {
    let limit = |spent: i64| Limit {
        reason: RefusalReason::OutOfStock,
        amount: Decimal::whole(1),
        spent: Decimal::whole(spent),
        limit: Decimal::whole(5),
        by: "free_shipping".into(),
    };
    assert!(Claim::judge_limits(&[limit(4)]).is_ok());
    let refusal = Claim::judge_limits(&[limit(4), limit(5)]).unwrap_err();
    assert_eq!(refusal.by.as_deref(), Some("free_shipping"));
}

proptest! {
    /// Whatever the history, a person who was never granted consent is never contacted.
    #[test]
    fn consent_is_never_bypassed(
        now in 0i64..10_000_000_000_000,
        contacts in prop::collection::vec(0i64..10_000_000_000_000, 0..5),
        refusals in prop::collection::vec(0i64..10_000_000_000_000, 0..5),
    ) {
        let contacts: Vec<_> = contacts.iter().map(|&at| Contacted { channel: "email".into(), at: Timestamp(at) }).collect();
        let said: Vec<_> = refusals.iter().map(|&at| word("email", false, Timestamp(at))).collect();
        let facts = Facts { now: Timestamp(now), has_address: true, consent: &said, needs_consent: false, contacts: &contacts };
        let verdict = Claim { channel: "email", policy: &policy() }.judge(&facts);
        prop_assert_eq!(verdict.unwrap_err().reason, RefusalReason::NoConsent);
    }

    /// Contacting whenever it is allowed never makes more contacts than the caps allow.
    #[test]
    fn caps_hold(steps in prop::collection::vec(1i64..72, 1..60)) {
        let mut policy = policy();
        policy.quiet_hours = None;
        let said = [word("email", true, Timestamp(0))];
        let mut contacts: Vec<Contacted> = Vec::new();
        let mut now = Timestamp(Span::days(20_000).0);
        for hours in steps {
            now = now + Span::hours(hours);
            let facts = Facts { now, has_address: true, consent: &said, needs_consent: false, contacts: &contacts };
            if (Claim { channel: "email", policy: &policy }).judge(&facts).is_ok() {
                contacts.push(Contacted { channel: "email".into(), at: now });
            }
        }
        for cap in &policy.caps {
            for window in contacts.windows(cap.max as usize + 1) {
                prop_assert!(window[cap.max as usize].at - window[0].at >= cap.per);
            }
        }
    }

    #[test]
    fn quiet_hours_end_outside_quiet_hours(from in 0i64..1440, to in 0i64..1440, now in 0i64..1_000_000_000_000_000, offset in -720i32..720) {
        let text = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let hours = QuietHours { from: text(from), to: text(to), utc_offset_minutes: offset };
        if let Some(until) = quiet_until(&hours, Timestamp(now)) {
            prop_assert!(until.0 > now && until.0 - now <= Span::DAY.0);
            prop_assert_eq!(quiet_until(&hours, until), None);
        }
    }
}
