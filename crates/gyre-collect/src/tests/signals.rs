//! What events say about consent and responses, and the token.

use super::{batch_of, stored};
use crate::{LinkAction, LinkError, PageLink, Token, TokenError, consents, read, response};
use expect_test::{Expect, expect};
use gyre_model::event::Event;
use gyre_model::{DecisionId, NodeId, NodeKind, Timestamp, Workspace};
use proptest::prelude::*;

fn event(json: &str) -> Event {
    read(&stored(batch_of(json).entries.remove(0))).unwrap()
}

#[test]
fn consent_is_what_was_said_and_never_guessed() {
    let check = |rest: &str, expect: Expect| {
        let event = event(&format!(r#"{{"userId":"u",{rest}}}"#));
        let said: Vec<_> = consents(&event)
            .into_iter()
            .map(|(channel, granted)| format!("{channel}:{granted}"))
            .collect();
        expect.assert_eq(&said.join(" "));
    };
    check(
        r#""type":"identify","traits":{"email_consent":true,"sms_consent":false}"#,
        expect!["email:true sms:false"],
    );
    check(
        r#""type":"identify","traits":{"email_consent":"yes","cookie_consent":true}"#,
        expect![""],
    );
    check(r#""type":"group","traits":{"email_consent":true}"#, expect![""]);
    let track = |name: &str, properties: &str| {
        format!(r#""type":"track","event":"{name}","properties":{properties}"#)
    };
    check(&track("Consent Updated", r#"{"channel":"sms","granted":true}"#), expect!["sms:true"]);
    check(&track("Consent Updated", r#"{"channel":"*","granted":false}"#), expect!["*:false"]);
    check(&track("Consent Updated", r#"{"granted":true}"#), expect![""]);
    check(&track("Consent Updated", r#"{"channel":"sms","granted":1}"#), expect![""]);
    check(&track("Unsubscribed", "{}"), expect!["email:false"]);
    check(&track("Unsubscribed", r#"{"channel":"push"}"#), expect!["push:false"]);
    check(&track("Paid", r#"{"channel":"push","granted":true}"#), expect![""]);
}

#[test]
fn a_message_event_answers_with_its_token() {
    let check = |name: &str, expect: Expect| {
        let event = event(&format!(
            r#"{{"type":"track","userId":"u","event":"{name}","properties":{{"gyre_token":" t "}}}}"#
        ));
        let shown = response(&event).map(|answer| format!("{} {}", answer.kind, answer.token));
        expect.assert_eq(&shown.unwrap_or_default());
    };
    check("Message Shown", expect!["impression t"]);
    check("Message Opened", expect!["open t"]);
    check("Message Clicked", expect!["click t"]);
    check("Message Dismissed", expect!["dismiss t"]);
    check("Message Bounced", expect!["bounce t"]);
    check("Message Complained", expect!["complaint t"]);
    check("Unsubscribed", expect!["unsubscribe t"]);
    check("Paid", expect![""]);
    let bare = event(r#"{"type":"track","userId":"u","event":"Message Shown"}"#);
    assert_eq!(response(&bare), None);
}

fn token() -> Token {
    Token {
        decision: DecisionId::of(&[b"d"]),
        campaign: "win-back".to_owned(),
        variant: "free_shipping".to_owned(),
        node: NodeId::node("main", NodeKind::User, "u1"),
    }
}

#[test]
fn a_token_keeps_its_form() {
    // Tokens are out in mails for months: one sealed today must open tomorrow.
    let sealed = token().seal(b"key");
    expect!["AWIQdIJA73IEaQkxMmCzsvYB1SgeR35o5k8qhBDPQGIEd2luLWJhY2v_ZnJlZV9zaGlwcGluZ8k9Ym35tHfd3tQtOmQIgpo"].assert_eq(&sealed);
    assert_eq!(Token::open(&sealed, b"key"), Ok(token()));
}

#[test]
fn a_token_opens_with_its_own_key_only() {
    let sealed = token().seal(b"key");
    assert_eq!(Token::open(&sealed, b"other"), Err(TokenError::Forged));
    for bad in ["", "A", "AAAA", "not base64!", "é", &sealed[..20]] {
        assert!(Token::open(bad, b"key").is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn any_token_opens_again(d in any::<[u8; 16]>(), n in any::<[u8; 16]>(), c in ".{0,60}", v in ".{0,60}", key in any::<Vec<u8>>()) {
        let token = Token { decision: DecisionId(d), campaign: c, variant: v, node: NodeId(n) };
        prop_assert_eq!(Token::open(&token.seal(&key), &key), Ok(token));
    }

    #[test]
    fn a_changed_token_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
        let sealed = token().seal(b"key");
        let at = at.index(sealed.len());
        let mut changed = sealed.clone();
        changed.replace_range(at..=at, &to);
        prop_assert_eq!(Token::open(&changed, b"key").is_ok(), changed == sealed);
    }

    #[test]
    fn any_text_is_opened_or_refused(text in ".*") {
        prop_assert!(Token::open(&text, b"key").is_err());
    }
}

fn link() -> PageLink {
    PageLink {
        action: LinkAction::Unsubscribe,
        workspace: Workspace::default(),
        node: NodeId::node("main", NodeKind::User, "u"),
        channel: "email".to_owned(),
        expires: Timestamp(1_000),
    }
}

#[test]
fn a_link_does_what_it_is_for_until_its_time_is_over() {
    let sealed = link().seal(b"key");
    let open = |action, now| PageLink::open(&sealed, action, Timestamp(now), b"key");
    assert_eq!(open(LinkAction::Unsubscribe, 1_000), Ok(link()));
    assert_eq!(open(LinkAction::Preferences, 0), Err(LinkError::Action));
    assert_eq!(open(LinkAction::Unsubscribe, 1_001), Err(LinkError::Expired));
    let other = PageLink::open(&sealed, LinkAction::Unsubscribe, Timestamp(0), b"other");
    assert_eq!(other, Err(LinkError::Token(TokenError::Forged)));
    // A decision token is none, though the same key seals it.
    let token = Token {
        decision: DecisionId::of(&[b"d"]),
        campaign: "c".to_owned(),
        variant: "v".to_owned(),
        node: link().node,
    };
    let opened = PageLink::open(&token.seal(b"key"), LinkAction::Unsubscribe, Timestamp(0), b"key");
    assert_eq!(opened, Err(LinkError::Token(TokenError::Forged)));
}

proptest! {
    #[test]
    fn a_changed_link_is_refused(at in 0usize..80, digit in "[A-Za-z0-9_-]") {
        let sealed = link().seal(b"key");
        let at = at % sealed.len();
        let mut changed = sealed.clone();
        changed.replace_range(at..=at, &digit);
        // The last character has bits that mean nothing.
        let same = changed == sealed || at + 1 == sealed.len();
        prop_assert!(same || PageLink::open(&changed, LinkAction::Unsubscribe, Timestamp(0), b"key").is_err());
    }
}
