//! Where people stand, the gates, and the chain of the ledger.

use super::{policy, time, word};
use crate::ledger::{Fault, Head, Removed, Walk};
use crate::{Because, Claim, Facts, Gate, Law, Word, standing};
use expect_test::{Expect, expect};
use gyre_config::kinds::{ConsentPolicy, Jurisdiction, JurisdictionRule, PurposeRule};
use gyre_model::record::body::{Consent, Evidence, Subject};
use gyre_model::{
    ConsentDecision, NodeId, NodeKind, Purpose, RecordId, RefusalReason, Timestamp, Topic,
};
use proptest::prelude::*;

fn node(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::User, name)
}

fn analytics() -> Topic {
    Topic::new(Purpose::Analytics, "")
}

/// `node decision at [joined at] [until at]`, days of January 2026; one word a line.
fn words(text: &str) -> Vec<Word> {
    let day = |text: &str| time(&format!("2026-01-{text:0>2}"));
    let one = |(index, line): (usize, &str)| {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let after = |key: &str| {
            parts
                .iter()
                .position(|part| *part == key)
                .and_then(|at| parts.get(at + 1))
                .map(|d| day(d))
        };
        Word {
            id: RecordId([index as u8 + 1; 16]),
            node: node(parts[0]),
            joined: after("joined").unwrap_or(Timestamp(i64::MIN)),
            topic: analytics(),
            decision: ConsentDecision::parse(parts[1]).unwrap(),
            at: day(parts[2]),
            expires_at: after("until"),
        }
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate().map(one).collect()
}

fn check(text: &str, at: &str, wanted: Expect) {
    let stands = standing(&words(text), &analytics(), time(&format!("2026-01-{at:0>2}")));
    let decision = stands.decision.map_or("nothing", ConsentDecision::as_str);
    let ids: Vec<String> = stands.ledger.iter().map(|id| id.0[0].to_string()).collect();
    wanted.assert_eq(&format!("{decision} {} [{}]", stands.because.as_str(), ids.join(" ")));
}

#[test]
fn the_latest_word_holds_as_of_every_instant() {
    let said = "a granted 5
                a withdrawn 10
                a granted 7";
    check(said, "4", expect!["nothing silence []"]);
    check(said, "6", expect!["granted said [1]"]);
    check(said, "8", expect!["granted said [3]"]);
    check(said, "20", expect!["withdrawn said [2]"]);
}

#[test]
fn at_the_same_time_the_most_restrictive_holds() {
    check("a granted 5\na denied 5", "9", expect!["denied said [1 2]"]);
}

#[test]
fn a_yes_ends_and_then_counts_as_nothing_said() {
    check("a granted 5 until 10", "9", expect!["granted said [1]"]);
    check("a granted 5 until 10", "10", expect!["expired expired [1]"]);
    check("a granted 5 until 10\nb denied 6 joined 7", "11", expect!["denied said [2]"]);
}

#[test]
fn identifiers_that_became_one_person_are_bound_by_the_strictest_until_asked_again() {
    let joined = "a granted 8
                  b denied 3 joined 9";
    check(joined, "10", expect!["denied conflict [1 2]"]);
    let asked_again = "a granted 8
                       b denied 3 joined 9
                       a granted 12";
    check(asked_again, "11", expect!["denied conflict [1 2]"]);
    check(asked_again, "12", expect!["granted said [3]"]);
    let of_one_person = "a granted 8
                         b denied 3 joined 2";
    check(of_one_person, "10", expect!["granted said [1]"]);
}

fn law(default: PurposeRule) -> ConsentPolicy {
    let eu = Jurisdiction {
        default,
        topics: [("contact.email".to_owned(), PurposeRule::Deny)].into(),
        expires: None,
    };
    ConsentPolicy {
        jurisdiction: JurisdictionRule {
            from: vec!["traits.country".into()],
            places: [("DE".to_owned(), "eu".to_owned())].into(),
            otherwise: None,
        },
        jurisdictions: [("eu".to_owned(), eu)].into(),
        ..ConsentPolicy::default()
    }
}

#[test]
fn silence_is_what_the_jurisdiction_says_and_an_unknown_one_denies() {
    let (allow, deny) = (law(PurposeRule::Allow), law(PurposeRule::Deny));
    let asked = |policy, place, gate: Gate| {
        let law = Law { policy, place };
        law.judge(gate, "email", &[], time("2026-01-01")).map(|verdict| verdict.allowed)
    };
    for gate in Gate::ALL {
        assert_eq!(asked(None, Some("DE"), gate), None, "without a policy nobody asks");
        assert_eq!(asked(Some(&allow), Some("DE"), gate), Some(gate != Gate::Delivery), "{gate:?}");
        assert_eq!(asked(Some(&deny), Some("DE"), gate), Some(false), "{gate:?}");
        assert_eq!(asked(Some(&allow), Some("FR"), gate), Some(false), "{gate:?}");
        assert_eq!(asked(Some(&allow), None, gate), Some(false), "{gate:?}");
    }
}

#[test]
fn a_refusal_says_which_entries_it_rests_on() {
    let mut said = word("email", false, time("2026-01-01"));
    said.id = RecordId([7; 16]);
    let facts = Facts {
        now: time("2026-01-02"),
        has_address: true,
        consent: &[said],
        needs_consent: false,
        contacts: &[],
    };
    let refusal = Claim { channel: "email", policy: &policy() }.judge(&facts).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.ledger),
        (RefusalReason::NoConsent, vec![RecordId([7; 16])])
    );
    // In-app needs no consent by its own policy, but here the law wants one.
    let strict = Facts { consent: &[], needs_consent: true, ..facts };
    let refusal = Claim { channel: "in_app", policy: &policy() }.judge(&strict).unwrap_err();
    assert_eq!(refusal.reason, RefusalReason::NoConsent);
}

fn entry(number: u64) -> Consent {
    Consent {
        v: 1,
        node: node("a"),
        person: node("a").as_person(),
        channel: "email".into(),
        granted: number.is_multiple_of(2),
        occurred_at: Timestamp(number as i64),
        source: "web".into(),
        purpose: Purpose::Contact,
        decision: Some(ConsentDecision::Granted),
        subject: Some(Subject { kind: "user".into(), hash: "00".into() }),
        evidence: Evidence { method: Some("event".into()), ..Evidence::default() },
        received_at: Some(Timestamp(9)),
        expires_at: None,
        chain: None,
    }
}

fn chain(count: u64) -> (Vec<Consent>, Head) {
    let mut head = Head::default();
    let entries = (1..=count).map(|number| {
        let mut entry = entry(number);
        head.append(RecordId([number as u8; 16]), &mut entry);
        entry
    });
    (entries.collect::<Vec<_>>(), head)
}

fn walked(entries: &[Consent], head: &Head) -> Vec<Fault> {
    let mut walk = Walk::default();
    entries.iter().for_each(|entry| walk.take(entry));
    walk.end(head);
    walk.faults
}

#[test]
fn a_whole_ledger_has_no_fault() {
    let (entries, head) = chain(9);
    assert_eq!(walked(&entries, &head), []);
}

#[test]
fn what_was_erased_leaves_its_place_and_no_more() {
    let (entries, head) = chain(9);
    let place = |number: usize| entries[number - 1].chain.clone().unwrap();
    let without = |erased: &[usize], places: &[usize]| {
        let mut walk = Walk::default();
        for number in 1..=9 {
            if !erased.contains(&number) {
                walk.take(&entries[number - 1]);
            } else if places.contains(&number) {
                walk.pass(&place(number));
            }
        }
        walk.end(&head);
        (walk.entries, walk.erased, walk.faults)
    };
    assert_eq!(without(&[1, 4, 5, 9], &[1, 4, 5, 9]), (5, 4, vec![]));
    let (.., faults) = without(&[4, 5], &[4]);
    assert_eq!(faults, [Fault::Missing { from: 5, to: 5 }]);
    let mut walk = Walk::default();
    walk.take(&entries[0]);
    let forged = gyre_model::record::body::ChainLink { hash: "0b".into(), ..place(2) };
    walk.pass(&forged);
    walk.take(&entries[2]);
    assert_eq!(walk.faults, [Fault::Unlinked { number: 3 }]);
}

#[test]
fn what_was_removed_by_age_is_known_and_what_was_kept_of_it_is_missed() {
    let (entries, head) = chain(9);
    let link = |number: usize| entries[number - 1].chain.clone().unwrap();
    // Of the first five, 2 and 4 were kept.
    let mut removed = Removed { number: 5, hash: link(5).hash, ..Removed::default() };
    removed.keep(&link(2).hash);
    removed.keep(&link(4).hash);
    let walked = |there: &[usize], places: &[usize], removed: &Removed| {
        let mut walk = Walk::behind(Some(removed.clone()));
        for number in 1..=9 {
            if there.contains(&number) {
                walk.take(&entries[number - 1]);
            } else if places.contains(&number) {
                walk.pass(&link(number));
            }
        }
        walk.end(&head);
        walk.faults
    };
    let all = [2, 4, 6, 7, 8, 9];
    assert_eq!(walked(&all, &[], &removed), []);
    assert_eq!(walked(&[2, 6, 7, 8, 9], &[4], &removed), [], "erased later");
    let kept = |found| Fault::Kept { through: 5, kept: 2, found };
    assert_eq!(walked(&[2, 6, 7, 8, 9], &[], &removed), [kept(1)]);
    assert_eq!(walked(&[3, 4, 6, 7, 8, 9], &[], &removed), [kept(2)], "another in its place");
    assert_eq!(walked(&[1, 2, 4, 6, 7, 8, 9], &[], &removed), [kept(3)]);
    assert_eq!(
        walked(&[2, 4, 7, 8, 9], &[], &removed),
        [Fault::Missing { from: 6, to: 6 }],
        "behind them nothing may be missing"
    );
    let forged = Removed { hash: "0b".into(), ..removed.clone() };
    assert_eq!(walked(&all, &[], &forged), [Fault::Unlinked { number: 6 }]);
    let none = Walk::behind(Some(Removed { number: 9, hash: head.hash.clone(), ..removed }));
    assert_eq!(none.head(), head);
}

#[test]
fn an_edit_of_any_field_is_found() {
    type Edit = fn(&mut Consent);
    let edits: [Edit; 16] = [
        |one| one.granted ^= true,
        |one| one.occurred_at.0 += 1,
        |one| one.channel = "sms".into(),
        |one| one.purpose = Purpose::Analytics,
        |one| one.decision = Some(ConsentDecision::Denied),
        |one| one.node = node("b"),
        |one| one.person = node("b").as_person(),
        |one| one.source = "other".into(),
        |one| one.received_at = None,
        |one| one.expires_at = Some(Timestamp(1)),
        |one| one.subject = None,
        |one| one.evidence.raw = Some(String::new()),
        |one| one.evidence.method = None,
        |one| one.evidence.actor = Some("me".into()),
        |one| one.chain.as_mut().unwrap().id = RecordId([0; 16]),
        |one| one.chain.as_mut().unwrap().previous.clear(),
    ];
    for (index, edit) in edits.iter().enumerate() {
        let (mut entries, head) = chain(5);
        edit(&mut entries[2]);
        assert!(walked(&entries, &head).contains(&Fault::Edited { number: 3 }), "edit {index}");
    }
    // Whoever edits and writes the hash anew breaks the link to the next entry.
    let (mut entries, head) = chain(5);
    let mut forged = Head { number: 2, hash: entries[1].chain.as_ref().unwrap().hash.clone() };
    entries[2].granted ^= true;
    let id = entries[2].chain.as_ref().unwrap().id;
    forged.append(id, &mut entries[2]);
    assert_eq!(walked(&entries, &head), [Fault::Unlinked { number: 4 }]);
}

#[test]
fn what_is_deleted_moved_or_cut_off_is_found() {
    let (mut entries, head) = chain(5);
    entries.remove(1);
    assert_eq!(walked(&entries, &head), [Fault::Missing { from: 2, to: 2 }]);
    let (mut entries, head) = chain(5);
    entries.swap(1, 2);
    assert!(walked(&entries, &head).contains(&Fault::Moved { number: 2 }));
    let (mut entries, head) = chain(5);
    entries.truncate(3);
    assert_eq!(walked(&entries, &head), [Fault::Missing { from: 4, to: 5 }]);
    let (mut entries, head) = chain(5);
    entries.insert(3, entries[2].clone());
    assert_eq!(walked(&entries, &head), [Fault::Moved { number: 3 }]);
    let (mut entries, head) = chain(5);
    entries[3].chain = None;
    assert!(walked(&entries, &head).contains(&Fault::Unchained { after: 3 }));
    assert_eq!(walked(&[], &head), [Fault::Missing { from: 1, to: 5 }]);
}

#[test]
fn entries_of_before_the_chain_may_stand_before_it_only() {
    let (entries, head) = chain(5);
    let mut all = vec![entry(1), entry(2)];
    all.extend(entries[2..].iter().cloned());
    assert_eq!(walked(&all, &head), []);
}

fn any_word() -> impl Strategy<Value = Word> {
    let decision = prop::sample::select(vec![
        ConsentDecision::Granted,
        ConsentDecision::Denied,
        ConsentDecision::Withdrawn,
    ]);
    let expires = prop::option::of(0i64..40);
    (any::<u8>(), 0..3usize, 0i64..20, decision, 0i64..20, expires).prop_map(
        |(id, who, joined, decision, at, expires)| Word {
            id: RecordId([id; 16]),
            node: node(["a", "b", "c"][who]),
            // A node joins once.
            joined: Timestamp(joined % 3 * who as i64),
            topic: analytics(),
            decision,
            at: Timestamp(at),
            expires_at: expires.map(Timestamp),
        },
    )
}

proptest! {
    /// In whatever order words arrive, the person stands where they stand.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        (words, shuffled) in prop::collection::vec(any_word(), 0..8)
            .prop_flat_map(|words| (Just(words.clone()), Just(words).prop_shuffle())),
        at in 0i64..40,
    ) {
        let (a, b) = (standing(&words, &analytics(), Timestamp(at)), standing(&shuffled, &analytics(), Timestamp(at)));
        prop_assert_eq!((a.decision, a.because, a.ledger), (b.decision, b.because, b.ledger));
    }

    /// An older yes that arrives late never undoes a refusal of the same node.
    #[test]
    fn an_older_yes_never_beats_a_refusal(words in prop::collection::vec(any_word(), 0..6), at in 0i64..20, older in 0i64..20) {
        let mut said: Vec<Word> = words.into_iter().map(|word| Word { at: Timestamp(word.at.0.min(at)), ..word }).collect();
        let mut no = said.first().cloned().unwrap_or_else(|| Word { topic: analytics(), ..word("x", false, Timestamp(at)) });
        (no.decision, no.at) = (ConsentDecision::Withdrawn, Timestamp(at));
        let mut yes = no.clone();
        (yes.decision, yes.at, yes.expires_at) = (ConsentDecision::Granted, Timestamp(at - older), None);
        said.extend([no, yes]);
        prop_assert!(!standing(&said, &analytics(), Timestamp(30)).allows(true));
    }

    /// One more refusal never turns a no into a yes.
    #[test]
    fn a_refusal_never_allows(words in prop::collection::vec(any_word(), 0..6), mut no in any_word(), at in 0i64..40) {
        no.decision = ConsentDecision::Denied;
        let before = standing(&words, &analytics(), Timestamp(at));
        let mut more = words.clone();
        more.push(no);
        let after = standing(&more, &analytics(), Timestamp(at));
        prop_assert!(before.allows(true) || !after.allows(true) || before.because == Because::Conflict);
    }
}
