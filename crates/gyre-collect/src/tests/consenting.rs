//! What consent managers say, held against strings that others published with their meaning.

use super::{batch_of, stored};
use crate::{GppString, TcString, read, signals};
use expect_test::{Expect, expect};
use gyre_config::kinds::ConsentPolicy;
use gyre_model::event::Event;
use proptest::prelude::*;
use std::fmt::Write as _;

/// The core of 2020 that the framework's documents use: purposes 1 to 3, platform 27.
const CORE: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA";
const SEGMENTS: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw.ZAAgH9794ulA";

fn tcf(text: &str, wanted: Expect) {
    let said = match TcString::parse(text) {
        Ok(one) => {
            let of = |has: &dyn Fn(u8) -> bool| {
                (1..=24).filter(|&p| has(p)).map(|p| p.to_string()).collect::<Vec<_>>().join(",")
            };
            format!(
                "updated {} cmp {} {} list {} policy {} {} consents {} interests {}",
                one.updated / 10,
                one.cmp_id,
                one.language,
                one.vendor_list_version,
                one.policy_version,
                one.country,
                of(&|p| one.consents(p)),
                of(&|p| one.has_interest(p)),
            )
        }
        Err(why) => why.to_string(),
    };
    wanted.assert_eq(&said);
}

#[test]
fn published_tc_strings_mean_what_is_published() {
    tcf(
        CORE,
        expect!["updated 1582243059 cmp 27 EN list 15 policy 2 AA consents 1,2,3 interests "],
    );
    tcf(
        SEGMENTS,
        expect!["updated 1582243059 cmp 27 EN list 15 policy 2 AA consents 1,2,3 interests "],
    );
    tcf(
        "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA",
        expect!["updated 1650492000 cmp 31 EN list 126 policy 2 DE consents  interests "],
    );
}

#[test]
fn a_broken_tc_string_says_nothing() {
    tcf("", expect!["it is cut off"]);
    tcf("CPX", expect!["it is cut off"]);
    tcf(&CORE[..40], expect!["it is cut off"]);
    tcf(&format!("{CORE}B"), expect!["something stands behind its end"]);
    tcf(&CORE.replace('v', "!"), expect!["a character is not one of base64url"]);
    tcf(&format!("B{}", &CORE[1..]), expect!["it is not of version 2"]);
    tcf(&format!("{CORE}.{CORE}"), expect!["a segment is of no known kind"]);
    tcf(&format!("{CORE}."), expect!["it is cut off"]);
}

fn gpp(text: &str, wanted: Expect) {
    let said = match GppString::parse(text) {
        Ok(one) => {
            let mut said = String::new();
            for (signal, out) in &one.signals {
                let _ = write!(said, "{signal}={out} ");
            }
            if one.tcf.is_some() {
                said.push_str("tcf");
            }
            said.trim_end().to_owned()
        }
        Err(why) => why.to_string(),
    };
    wanted.assert_eq(&said);
}

#[test]
fn published_gpp_strings_mean_what_is_published() {
    gpp("DBABM~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", expect!["tcf"]);
    gpp(
        "DBACNY~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN",
        expect!["sale_opt_out=false tcf"],
    );
    gpp("DBABTA~1YYY", expect!["sale_opt_out=true"]);
    gpp("DBABTA~1YN-", expect!["sale_opt_out=false"]);
    gpp(
        "DBABjw~BPXuQIAPXuQIAAfKABENB-CgAAAAAAAAAAAAAAAA.YAAAAAAAAAA~1YNN",
        expect!["sale_opt_out=false"],
    );
    let national =
        expect!["sale_opt_out=true sharing_opt_out=true targeted_advertising_opt_out=true"];
    gpp("DBABLA~BVVVVVVVVWA", national);
    gpp(
        "DBABLA~BVVVVVVVVWA.YA",
        expect![
            "sale_opt_out=true sharing_opt_out=true targeted_advertising_opt_out=true gpc=true"
        ],
    );
    gpp("DBABLA~CAAAAAAAAAWA.Q", expect![""]);
    gpp("DBABBg~BVVVVVVY", expect!["sale_opt_out=true sharing_opt_out=true"]);
    gpp("DBABBg~BVqqqqpY.YA", expect!["sale_opt_out=false sharing_opt_out=false gpc=true"]);
    gpp("DBABRg~BVVVVWY", expect!["sale_opt_out=true targeted_advertising_opt_out=true"]);
    gpp(
        "DBABJg~BVVVVVg.YA",
        expect!["sale_opt_out=true targeted_advertising_opt_out=true gpc=true"],
    );
    gpp("DBABVg~BVVVVVVg", expect!["sale_opt_out=true targeted_advertising_opt_out=true"]);
    gpp("DBABFg~BVVVVVmA", expect!["sale_opt_out=true targeted_advertising_opt_out=true"]);
}

#[test]
fn a_broken_gpp_string_says_nothing() {
    gpp("", expect!["it is cut off"]);
    gpp(CORE, expect!["it does not begin with a header of version 1"]);
    gpp("DBACNY~1YNN", expect!["the header names other sections than follow"]);
    gpp("DBABTA~2YNN", expect!["the US privacy string is not of the form 1YNN"]);
    gpp("DBABTA~1YN", expect!["the US privacy string is not of the form 1YNN"]);
    gpp("DBABLA~BVVVV", expect!["it is cut off"]);
    gpp("DBABLA~D_______", expect!["a section is of no known version"]);
    gpp("DBABLA~B_VVVVVVVWA", expect!["a field has no value that there is"]);
    gpp("DBABRg~BVVVVWY.YA", expect!["a segment is of no known kind"]);
    // A header that counts to more sections than fit anywhere.
    gpp("DB__________________________", expect!["it is cut off"]);
}

fn event(rest: &str) -> Event {
    read(&stored(batch_of(&format!(r#"{{"userId":"u",{rest}}}"#)).entries.remove(0))).unwrap()
}

fn check_with(policy: &ConsentPolicy, event: &Event, wanted: Expect) {
    let found = signals(event, policy);
    let mut lines: Vec<String> = found
        .statements
        .iter()
        .map(|one| {
            let method = one.evidence.method.as_deref().unwrap_or("?");
            format!("{} {} by {method}", one.topic, one.decision.as_str())
        })
        .collect();
    lines.extend(found.unclear.iter().map(|one| format!("unclear {}: {}", one.code, one.message)));
    wanted.assert_eq(&lines.join("\n"));
}

fn check(rest: &str, wanted: Expect) {
    check_with(&ConsentPolicy::default(), &event(rest), wanted);
}

#[test]
fn what_is_stated_is_read_as_stated() {
    let track = |properties: &str| {
        format!(r#""type":"track","event":"Consent Updated","properties":{properties}"#)
    };
    check(&track(r#"{"channel":"sms","granted":true}"#), expect!["contact.sms granted by event"]);
    check(
        &track(r#"{"purpose":"analytics","granted":false}"#),
        expect!["analytics denied by event"],
    );
    check(
        &track(r#"{"purpose":"contact","channel":"email","decision":"withdrawn"}"#),
        expect!["contact.email withdrawn by event"],
    );
    check(
        &track(r#"{"purpose":"contact","channel":"email","granted":true}"#),
        expect!["contact.email granted by event"],
    );
    check(
        &track(r#"{"purpose":"analytics","channel":"email","granted":true}"#),
        expect!["analytics granted by event"],
    );
    check(
        &track(r#"{"purpose":"anything","granted":true}"#),
        expect!["unclear consent_purpose_not_known: the purpose is none of Gyre's"],
    );
    check(
        &track(r#"{"purpose":"analytics","granted":"yes"}"#),
        expect![
            "unclear consent_decision_not_known: it says neither `granted` (a boolean) nor a decision"
        ],
    );
    // A stranger does not say who wrote it down.
    let claimed = event(&track(
        r#"{"purpose":"analytics","granted":true,"actor":"root","method":"page","legal_basis":"contract"}"#,
    ));
    let evidence = &signals(&claimed, &ConsentPolicy::default()).statements[0].evidence;
    assert_eq!(
        (evidence.actor.as_deref(), evidence.method.as_deref(), evidence.legal_basis.as_deref()),
        (None, Some("event"), Some("contract"))
    );
}

#[test]
fn segments_categories_are_granted_when_all_that_mean_the_same_are() {
    let with = |preferences: &str| {
        format!(
            r#""type":"track","event":"E","context":{{"consent":{{"categoryPreferences":{preferences}}}}}"#
        )
    };
    check(
        &with(r#"{"Advertising":true,"Targeting":false,"Analytics":true,"Own":true}"#),
        expect![[r#"
            ads_share denied by segment
            analytics granted by segment"#]],
    );
    check(&with("{}"), expect![""]);
    check(
        &with(r#"{"Advertising":"yes"}"#),
        expect![
            "unclear consent_categorypreferences_not_boolean: `categoryPreferences` is not an object of booleans"
        ],
    );
    check(
        r#""type":"track","event":"Segment Consent Preference Updated""#,
        expect![
            "unclear consent_categorypreferences_should_exist: `context.consent.categoryPreferences` is missing"
        ],
    );
    let preferences = r#""context":{"consent":{"categoryPreferences":{"Analytics":true}}}"#;
    for (name, repeated) in [("Segment Consent Preference Updated", false), ("E", true)] {
        let chosen = event(&format!(r#""type":"track","event":"{name}",{preferences}"#));
        let found = signals(&chosen, &ConsentPolicy::default());
        assert_eq!(found.statements[0].repeated, repeated, "{name}");
    }
    let policy = ConsentPolicy {
        categories: [(
            "Own".to_owned(),
            vec!["model_training".to_owned(), "contact.email".to_owned()],
        )]
        .into(),
        ..ConsentPolicy::default()
    };
    check_with(
        &policy,
        &event(&with(r#"{"Own":true}"#)),
        expect![[r#"
            model_training granted by segment
            contact.email granted by segment"#]],
    );
}

#[test]
fn the_words_of_other_consent_managers_are_read() {
    let with = |context: &str| format!(r#""type":"page","context":{context}"#);
    check(
        &with(
            r#"{"consentManagement":{"provider":"oneTrust","deniedConsentIds":["C0004"],"allowedConsentIds":["C0002"]}}"#,
        ),
        expect![[r#"
            ads_share denied by rudderstack
            analytics granted by rudderstack"#]],
    );
    check(
        &with(r#"{"consentManagement":{"deniedConsentIds":"C0004"}}"#),
        expect![
            "unclear consent_management_malformed: the ids of `consentManagement` are not lists of texts"
        ],
    );
    check(
        &with(
            r#"{"consent":{"google":{"ad_storage":"denied","ad_user_data":"granted","analytics_storage":"granted","wait_for_update":500}}}"#,
        ),
        expect![[r#"
            ads_share denied by google
            analytics granted by google"#]],
    );
    check(
        &with(r#"{"consent":{"google":{"ad_storage":true}}}"#),
        expect!["unclear consent_google_malformed: it is not an object of `granted` and `denied`"],
    );
    let tcf = expect![[r#"
        collect granted by tcf
        ads_share denied by tcf
        profiling denied by tcf
        personalise denied by tcf
        analytics denied by tcf
        model_training denied by tcf"#]];
    check(&with(&format!(r#"{{"consent":{{"tcString":"{CORE}"}}}}"#)), tcf);
    check(
        &with(r#"{"IABTCF_TCString":"CPX"}"#),
        expect!["unclear consent_tcf_malformed: it is cut off"],
    );
    check(&with(r#"{"IABGPP_HDR_GppString":"DBABTA~1YYY"}"#), expect!["ads_share denied by gpp"]);
    check(&with(r#"{"consent":{"uspString":"1YNN"}}"#), expect!["ads_share granted by us_privacy"]);
    check(
        &with(r#"{"consent":{"gppString":7}}"#),
        expect!["unclear consent_gpp_malformed: it is not a text"],
    );
    let mut browser = event(&with("{}"));
    browser.gpc = true;
    check_with(&ConsentPolicy::default(), &browser, expect!["ads_share denied by gpc"]);
}

/// A string that names every vendor four thousand times is read without spelling them out.
#[test]
fn ranges_are_never_spelled_out() {
    let mut bits = String::new();
    let mut push = |value: u64, count: usize| {
        let _ = write!(bits, "{value:0count$b}");
    };
    push(2, 6);
    for count in [36, 36, 12, 12, 6] {
        push(0, count);
    }
    push(0, 12);
    for count in [12, 6, 1, 1, 12, 24, 24, 1, 12] {
        push(0, count);
    }
    push(65_535, 16);
    push(1, 1);
    push(4_095, 12);
    for _ in 0..4_095 {
        push(1, 1);
        push(1, 16);
        push(65_535, 16);
    }
    push(0, 17);
    push(0, 12);
    let alphabet: Vec<char> =
        ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    while !bits.len().is_multiple_of(6) {
        bits.push('0');
    }
    let text: String = bits
        .as_bytes()
        .chunks(6)
        .map(|six| alphabet[usize::from_str_radix(std::str::from_utf8(six).unwrap(), 2).unwrap()])
        .collect();
    tcf(&text, expect!["updated 0 cmp 0 AA list 0 policy 0 AA consents  interests "]);
}

proptest! {
    #[test]
    fn no_string_makes_it_panic(text in "[A-Za-z0-9~._-]{0,80}", any in ".{0,40}") {
        drop(TcString::parse(&text));
        drop(GppString::parse(&text));
        drop(GppString::parse(&format!("DB{text}")));
        drop(GppString::parse(&format!("DBABLA~B{text}")));
        drop(TcString::parse(&any));
        drop(GppString::parse(&any));
    }

    /// A string with one character less never says what the whole one says.
    #[test]
    fn a_cut_string_says_nothing(at in 1usize..40) {
        prop_assert!(TcString::parse(&CORE[..at]).is_err());
    }
}
