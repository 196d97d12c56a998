//! Consent as others write it, over HTTP: published strings with what is published about them, and where
//! somebody stands by them, over HTTP, on the command line and in SQL.

use crate::collect::{KEY, SOURCE, apply};
use crate::server::{Options, Server};
use serde_json::{Value, json};

/// Of IAB's description of the TC string: consent to the purposes 1, 2 and 3.
const TC_THREE: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw.ZAAgH9794ulA";
/// A refusal of everything: the core segment, as a consent manager wrote it.
const TC_NONE: &str = "COwK6gaOwK6gaFmAAAENAPCAAAAAAAAAAAAAAAAAAAAA";
/// Of a consent manager in production, published with libraries: consent to all ten purposes of its time.
const TC_ALL: &str = "COxR03kOxR1CqBcABCENAgCMAP_AAH_AAAqIF3EXySoGY2thI2YVFxBEIYwfJxyigMgChgQIsSwNQIeFLBoGLiAAHBGYJAQAGBAEEACBAQIkHGBMCQAAgAgBiRCMQEGMCzNIBIBAggEbY0FACCVmHkHSmZCY7064O__QLuIJEFQMAkSBAIACLECIQwAQDiAAAYAlAAABAhIaAAgIWBQEeAAAACAwAAgAAABBAAACAAQAAICIAAABAAAgAiAQAAAAGgIQAACBABACRIAAAEANCAAgiCEAQg4EAo4AAA";
/// Of the Global Privacy Platform's own examples: Europe (nothing consented to) and the United States.
const GPP_BOTH: &str = "DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN";
/// Of its own tests: a US citizen who did not opt out.
const GPP_NATIONAL: &str = "DBABLA~BVQqAAAAAgA.QA";
/// A header that counts its sections as a range.
const GPP_RANGE: &str = "DBABzw~1YNN~BVVqAAEABCA.QA";

/// Everything said about somebody, for example `ads_share denied, collect granted`.
async fn said(server: &Server, who: &str) -> String {
    let view = server.get(&format!("/v1/people/{who}/consent")).await;
    let mut said: Vec<String> = view["topics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["decision"].is_string())
        .map(|one| {
            let channel = one["channel"].as_str().map(|at| format!(".{at}")).unwrap_or_default();
            format!(
                "{}{channel} {}",
                one["purpose"].as_str().unwrap(),
                one["decision"].as_str().unwrap()
            )
        })
        .collect();
    said.sort();
    said.join(", ")
}

#[tokio::test]
async fn what_others_write_means_what_is_published() {
    let server = Server::start(Options::manual()).await;
    apply(&server, SOURCE).await;
    let all = "ads_share granted, analytics granted, collect granted, model_training granted, \
               personalise granted, profiling granted";
    let none = all.replace("granted", "denied");
    let google = json!({"consent": {"google": {"ad_storage": "denied", "ad_user_data": "granted",
        "ad_personalization": "denied", "analytics_storage": "granted",
        "functionality_storage": "granted", "personalization_storage": "granted",
        "security_storage": "granted"}}});
    let categories = |name: &str, yes: bool| json!({"consent": {"categoryPreferences": {name: yes, "Functional": true}}});
    let cases = [
        ("tcf", json!({"consent": {"tcString": TC_ALL}}), all),
        ("tcf", json!({"consent": {"tcString": TC_NONE}}), none.as_str()),
        (
            "tcf",
            json!({"IABTCF_TCString": TC_THREE}),
            &none.replace("collect denied", "collect granted"),
        ),
        ("gpp", json!({"consent": {"gppString": GPP_NATIONAL}}), "ads_share granted"),
        ("gpp", json!({"IABGPP_HDR_GppString": GPP_RANGE}), "ads_share granted"),
        ("gpp", json!({"consent": {"gppString": GPP_BOTH}}), none.as_str()),
        ("us_privacy", json!({"consent": {"uspString": "1YYN"}}), "ads_share denied"),
        ("us_privacy", json!({"IABUSPrivacy_String": "1YNN"}), "ads_share granted"),
        ("google", google, "ads_share denied, analytics granted, personalise granted"),
        ("segment", categories("Advertising", false), "ads_share denied, personalise granted"),
        (
            "rudderstack",
            json!({"consentManagement": {"provider": "oneTrust", "deniedConsentIds": ["C0004"],
                   "allowedConsentIds": ["C0002", "C0003"]}}),
            "ads_share denied, analytics granted, personalise granted",
        ),
    ];
    let events: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(n, (_, context, _))| {
            json!({"type": "page", "name": "Home", "userId": format!("u{n}"),
                   "messageId": format!("m{n}"), "context": context})
        })
        .collect();
    server.batch(KEY, &events).await.unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-02T00:00:00Z"})).await;
    for (n, (method, context, wanted)) in cases.iter().enumerate() {
        assert_eq!(said(&server, &format!("u{n}")).await, *wanted, "{method} {context}");
        let shown = server.said(&["person", "consent", &format!("u{n}")]);
        let first = wanted.split([' ', ',']).next().unwrap();
        assert!(shown.contains(first), "{shown}");
        // The European section of a GPP string is kept as what it is, a TC string.
        let how = format!(
            "select count(*) from consents where message_id = 'm{n}' and method = '{method}'"
        );
        assert!(server.count(&how).await > 0, "{method} {context}");
    }
    // The string as it came is the evidence.
    let raw = server.query("select distinct raw from consents where message_id = 'm3'").await;
    assert_eq!(json!(raw), json!([[GPP_NATIONAL]]));
    let letters = server.query("select code from dead_letters").await;
    assert_eq!(json!(letters), json!([]));
}

#[tokio::test]
async fn what_cannot_be_read_says_nothing_and_is_told() {
    let server = Server::start(Options::manual()).await;
    apply(&server, SOURCE).await;
    let cases = [
        (json!({"consent": {"tcString": &TC_THREE[..30]}}), "consent_tcf_malformed"),
        (json!({"consent": {"tcString": "BOOM"}}), "consent_tcf_malformed"),
        (json!({"consent": {"gppString": "DBABLA~"}}), "consent_gpp_malformed"),
        (json!({"consent": {"uspString": "2YYN"}}), "consent_us_privacy_malformed"),
        (
            json!({"consent": {"categoryPreferences": {"Advertising": "yes"}}}),
            "consent_categorypreferences_not_boolean",
        ),
    ];
    let events: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(n, (context, _))| {
            json!({"type": "page", "userId": format!("u{n}"), "messageId": format!("m{n}"),
                   "context": context})
        })
        .collect();
    server.batch(KEY, &events).await.unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-02T00:00:00Z"})).await;
    assert_eq!(server.count("select count(*) from events").await, 5);
    assert_eq!(server.count("select count(*) from consents").await, 0);
    let told = server.query("select code from dead_letters order by _offset").await;
    let wanted: Vec<Vec<&str>> = cases.iter().map(|(_, code)| vec![*code]).collect();
    assert_eq!(json!(told), json!(wanted));
}

#[tokio::test]
async fn a_withdrawal_holds_and_what_differs_is_strict_and_shown() {
    let server = Server::start(Options::manual()).await;
    apply(&server, SOURCE).await;
    let word = |user: Option<&str>, anonymous: &str, granted: bool, at: &str, message: &str| {
        json!({"type": "track", "event": "Consent Updated", "userId": user, "anonymousId": anonymous,
               "messageId": message, "timestamp": at, "sentAt": null,
               "properties": {"channel": "email", "granted": granted}})
    };
    // The phone said yes, the laptop no; then both turn out to be one person.
    server
        .batch(
            KEY,
            &[
                word(None, "phone", true, "2025-12-01T00:00:00Z", "1"),
                word(Some("ada"), "laptop", false, "2025-12-02T00:00:00Z", "2"),
                // Older than the no, and later to arrive.
                word(Some("ada"), "laptop", true, "2025-11-30T00:00:00Z", "3"),
            ],
        )
        .await
        .unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-02T00:00:00Z"})).await;
    let stands = |view: &Value| {
        let topic = view["topics"].as_array().unwrap().iter().find(|one| one["channel"] == "email");
        topic.map(|one| format!("{} {} {}", one["decision"], one["because"], one["allowed"]))
    };
    let ada = server.get("/v1/people/ada/consent").await;
    assert_eq!(stands(&ada).unwrap(), "\"denied\" \"said\" false");
    let join =
        json!({"type": "identify", "userId": "ada", "anonymousId": "phone", "messageId": "4"});
    server.batch(KEY, &[join]).await.unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-03T00:00:00Z"})).await;
    let ada = server.get("/v1/people/ada/consent").await;
    assert_eq!(stands(&ada).unwrap(), "\"denied\" \"conflict\" false");
    assert!(server.said(&["person", "consent", "ada"]).contains("conflict"));
    // Asked again, it is settled; and before that it was not.
    server.said(&["consent", "state", "--user", "ada", "--topic", "contact.email=granted"]);
    let ada = server.get("/v1/people/ada/consent").await;
    assert_eq!(stands(&ada).unwrap(), "\"granted\" \"said\" true");
    let then = "2026-01-02T12:00:00Z";
    let ada = server.get(&format!("/v1/people/ada/consent?as_of={then}")).await;
    assert_eq!(stands(&ada).unwrap(), "\"denied\" \"conflict\" false");
    let shown = server.said(&["person", "consent", "ada", "--as-of", then]);
    assert!(shown.contains("conflict") && shown.contains("denied"), "{shown}");
}
