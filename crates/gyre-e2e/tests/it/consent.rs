//! Consent through the real binary: the ledger, links in mails, the pages behind them, and as of when.

use crate::collect::{KEY, SOURCE, apply};
use crate::server::{Options, Server, text};
use crate::smtp::Sink;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// Where the server says people reach it; the tests reach it elsewhere.
const PUBLIC: &str = "http://mail.shop.example";

const CAMPAIGN: &str = r##"
apiVersion: gyre/v1
kind: Feature
metadata: {name: orders}
spec: {event: Order Completed, aggregate: count}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: customers}
spec: {rule: person.orders > 0}
---
apiVersion: gyre/v1
kind: Content
metadata: {name: mail}
spec: {channel: email, subject: Hello, text: "No more? {{ unsubscribe_url }} Choose: {{ preferences_url }} ."}
---
apiVersion: gyre/v1
kind: ContactPolicy
metadata: {name: gentle}
spec: {consent: {email: required}}
---
apiVersion: gyre/v1
kind: DecisionPolicy
metadata: {name: policy}
spec: {method: thompson, floor: 0.05}
---
apiVersion: gyre/v1
kind: Campaign
metadata: {name: thanks}
spec:
  audience: customers
  policy: policy
  contact_policy: gentle
  channel: email
  schedule: {delay: 1d}
  variants: [{name: thanks, content: {email: mail}}]
---
apiVersion: gyre/v1
kind: ConsentPolicy
metadata: {name: consent}
spec:
  jurisdiction: {from: [traits.country], places: {DE: eu}, otherwise: us}
  jurisdictions:
    eu: {default: deny, topics: {profiling: allow, personalise: allow}}
    us: {default: allow}
  notice: {version: "7", url: "https://shop.example/privacy"}
  page:
    brand: {name: Shop & Sons, colour: "#0f766e"}
    asks:
      - {topic: contact.email, label: {en: News by e-mail, de: Neues per E-Mail}}
      - {topic: analytics, label: {en: Counting visits, de: Besuche zählen}}
    languages: {de: {title: Ihre Einstellungen, save: Speichern, saved: Gespeichert.}}
"##;

/// A shop whose clock stands at the first of January, and its mail.
async fn shop(environment: &[(&str, &str)]) -> (Server, Sink) {
    let sink = Sink::start().await;
    let mut options =
        Options::manual().argument("--smtp", &sink.url()).argument("--public-url", PUBLIC);
    for (name, value) in environment {
        options = options.environment(name, value);
    }
    let server = Server::start(options).await;
    apply(&server, SOURCE).await;
    apply(&server, CAMPAIGN).await;
    (server, sink)
}

fn customer(user: &str, consent: bool) -> Vec<Value> {
    vec![
        json!({"type": "identify", "userId": user, "messageId": format!("i-{user}"),
               "traits": {"email": format!("{user}@example.com"), "email_consent": consent}}),
        json!({"type": "track", "event": "Order Completed", "userId": user,
               "messageId": format!("o-{user}")}),
    ]
}

async fn advance(server: &Server, to: &str) {
    server.post("/v1/clock/advance", &json!({"to": to})).await;
}

/// What somebody's standing is, for example `granted said true`.
async fn stands(server: &Server, who: &str, topic: &str, query: &str) -> String {
    let view = server.get(&format!("/v1/people/{who}/consent{query}")).await;
    let (purpose, channel) = topic.split_once('.').unwrap_or((topic, ""));
    let found = view["topics"].as_array().unwrap().iter().find(|one| {
        one["purpose"] == purpose && one["channel"].as_str().unwrap_or_default() == channel
    });
    found.map_or("-".to_owned(), |one| {
        let decision = one["decision"].as_str().unwrap_or("nothing");
        format!("{decision} {} {}", one["because"].as_str().unwrap(), one["allowed"])
    })
}

/// The first address in a letter that begins so, as the test reaches it.
fn link(server: &Server, letter: &str, page: &str) -> String {
    // Quoted-printable: soft line ends and `=3D`.
    let letter = letter.replace("=\n", "").replace("=3D", "=");
    let from = letter.find(&format!("{PUBLIC}/{page}")).expect("a link");
    let rest = &letter[from..];
    let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
    rest[..end].replace(PUBLIC, &server.url)
}

#[tokio::test]
async fn one_click_ends_it_and_looking_does_not() {
    let (server, sink) = shop(&[]).await;
    server.batch(KEY, &customer("ada", true)).await.unwrap();
    advance(&server, "2026-01-03T00:00:00Z").await;
    let letters = sink.letters();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert!(letter.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{letter}");
    let header = letter.lines().find(|line| line.starts_with("List-Unsubscribe:")).unwrap();
    let unsubscribe = link(&server, header, "unsubscribe");
    assert_eq!(link(&server, letter.split("\n\n").nth(1).unwrap(), "unsubscribe"), unsubscribe);

    let client = Client::new();
    // A scanner opens every link of a mail.
    for _ in 0..2 {
        let page = client.get(&unsubscribe).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(page.text().await.unwrap().contains("<button type=\"submit\">"));
    }
    assert_eq!(stands(&server, "ada", "contact.email", "").await, "granted said true");

    let done = client
        .post(&unsubscribe)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click")
        .send()
        .await
        .unwrap();
    assert_eq!(done.status(), StatusCode::OK);
    assert_eq!(stands(&server, "ada", "contact.email", "").await, "withdrawn said false");
    let answered = "select count(*) from responses r join decisions d on d.decision = r.decision \
                    where r.kind = 'unsubscribe' and d.campaign = 'thanks'";
    assert_eq!(server.count(answered).await, 1, "the mail that made somebody leave is known");
    let how = server.query("select method, source, granted from consents order by number").await;
    assert_eq!(how.last().unwrap(), &[json!("one_click"), json!("gyre:unsubscribe"), json!(false)]);
}

#[tokio::test]
async fn a_server_that_ends_it_by_looking_would_be_noticed() {
    let (server, sink) = shop(&[("GYRE_MUTANT", "unsubscribe.by_get")]).await;
    server.batch(KEY, &customer("ada", true)).await.unwrap();
    advance(&server, "2026-01-03T00:00:00Z").await;
    let unsubscribe = link(&server, &sink.letters()[0], "unsubscribe");
    Client::new().get(&unsubscribe).send().await.unwrap();
    assert_ne!(stands(&server, "ada", "contact.email", "").await, "granted said true");
}

#[tokio::test]
async fn a_link_that_was_changed_or_is_for_something_else_is_refused() {
    let (server, sink) = shop(&[]).await;
    server.batch(KEY, &customer("ada", true)).await.unwrap();
    advance(&server, "2026-01-03T00:00:00Z").await;
    let letter = sink.letters().remove(0);
    let body = letter.split("\n\n").nth(1).unwrap().to_owned();
    let (unsubscribe, preferences) =
        (link(&server, &body, "unsubscribe"), link(&server, &body, "preferences"));
    let client = Client::new();
    let token = |url: &str| {
        let from = url.find("token=").unwrap() + 6;
        url[from..].split('&').next().unwrap().to_owned()
    };
    let changed = |token: &str, at: usize| {
        let mut letters: Vec<char> = token.chars().collect();
        letters[at] = if letters[at] == 'A' { 'B' } else { 'A' };
        letters.into_iter().collect::<String>()
    };
    let mut refused = Vec::new();
    for at in [0, 2, 10, 40, 60] {
        refused.push(format!("unsubscribe?token={}", changed(&token(&unsubscribe), at)));
        refused.push(format!("preferences?token={}", changed(&token(&preferences), at)));
    }
    refused.push(format!("unsubscribe?token={}", token(&preferences)));
    refused.push(format!("preferences?token={}", token(&unsubscribe)));
    refused.extend(["unsubscribe", "preferences", "preferences?token="].map(str::to_owned));
    for path in refused {
        let url = format!("{}/{path}", server.url);
        let got = client.get(&url).send().await.unwrap().status();
        let posted = client.post(&url).body("asked=contact.email").send().await.unwrap().status();
        assert_eq!((got, posted), (StatusCode::BAD_REQUEST, StatusCode::BAD_REQUEST), "{path}");
    }
    assert_eq!(stands(&server, "ada", "contact.email", "").await, "granted said true");
    // Ninety days later the page is closed; to be left alone works for years.
    advance(&server, "2026-06-01T00:00:00Z").await;
    let closed = client.get(&preferences).send().await.unwrap().status();
    let open = client.get(&unsubscribe).send().await.unwrap().status();
    assert_eq!((closed, open), (StatusCode::BAD_REQUEST, StatusCode::OK));
}

#[tokio::test]
async fn the_preference_page_speaks_the_readers_language_and_keeps_the_answers() {
    let (server, sink) = shop(&[]).await;
    server.batch(KEY, &customer("ada", true)).await.unwrap();
    advance(&server, "2026-01-03T00:00:00Z").await;
    let letter = sink.letters().remove(0);
    let url = link(&server, letter.split("\n\n").nth(1).unwrap(), "preferences");
    let client = Client::new();
    let get = |language: &'static str| client.get(&url).header("accept-language", language).send();
    let english = get("fr, en;q=0.8").await.unwrap().text().await.unwrap();
    assert!(english.contains("News by e-mail") && english.contains("Shop &amp; Sons"), "{english}");
    assert!(english.contains("value=\"contact.email\" checked"), "{english}");
    let german = get("de-AT,de;q=0.9,en;q=0.5").await.unwrap().text().await.unwrap();
    assert!(german.contains("<html lang=\"de\">") && german.contains("Besuche zählen"), "{german}");
    // What ships is spoken where every question has a name in it; here only in two languages.
    let french = client.get(&url).header("accept-language", "fr-FR").send().await.unwrap();
    assert!(french.text().await.unwrap().contains("<html lang=\"en\">"));
    // Everything the page needs is in it; only the notice is elsewhere.
    let away: Vec<_> = german.match_indices("http").collect();
    assert_eq!(away.len(), 1, "{german}");

    advance(&server, "2026-01-04T00:00:00Z").await;
    let saved = client
        .post(&url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("asked=contact.email&asked=analytics&granted=analytics&asked=ads_share&language=de")
        .send()
        .await
        .unwrap();
    assert_eq!(saved.status(), StatusCode::OK);
    let page = saved.text().await.unwrap();
    assert!(
        page.contains("Gespeichert.") && page.contains("value=\"analytics\" checked"),
        "{page}"
    );
    assert_eq!(stands(&server, "ada", "contact.email", "").await, "withdrawn said false");
    assert_eq!(stands(&server, "ada", "analytics", "").await, "granted said true");
    assert_eq!(stands(&server, "ada", "ads_share", "").await, "nothing silence true");
    // As of the day before, and by what was known the day before.
    let before = "?as_of=2026-01-03T12:00:00Z";
    assert_eq!(stands(&server, "ada", "contact.email", before).await, "granted said true");
    let known = "?known_at=2026-01-03T12:00:00Z";
    assert_eq!(stands(&server, "ada", "contact.email", known).await, "granted said true");
    let kept = "select notice_version, language, length(notice_hash), method, subject_kind from \
                consents where purpose = 'analytics'";
    let row = json!(["7", "de", 64, "page", "user"]);
    assert_eq!(json!(server.query(kept).await), json!([row]));
    // The same question in SQL, as the reference has it.
    let sql = |at: &str| {
        format!(
            "select purpose, channel, bool_and(granted) from (select node, purpose, channel, \
             granted, row_number() over (partition by node, purpose, channel order by occurred_at \
             desc, granted) as nth from consents where occurred_at <= timestamp '{at}' and \
             (expires_at is null or expires_at > timestamp '{at}')) where nth = 1 \
             group by purpose, channel order by 1, 2"
        )
    };
    let then = server.query(&sql("2026-01-03T12:00:00Z")).await;
    assert_eq!(json!(then), json!([["contact", "email", true]]));
    let now = server.query(&sql("2026-01-05T00:00:00Z")).await;
    assert_eq!(json!(now), json!([["analytics", "", true], ["contact", "email", false]]));
}

#[tokio::test]
async fn servers_state_consent_and_nobody_is_written_to_against_it() {
    let (server, sink) = shop(&[]).await;
    for user in ["ada", "bob"] {
        server.batch(KEY, &customer(user, true)).await.unwrap();
    }
    // Both are queued; one of them calls.
    advance(&server, "2026-01-01T12:00:00Z").await;
    server.said(&[
        "consent",
        "state",
        "--email",
        "ada@example.com",
        "--topic",
        "contact.email=denied",
        "--method",
        "phone",
    ]);
    advance(&server, "2026-01-05T00:00:00Z").await;
    let letters = sink.letters();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains("bob@example.com"));
    let refused =
        "select count(*) from deliveries where outcome = 'refused' and detail = 'no_consent'";
    assert_eq!(server.count(refused).await, 1);
    let shown = server.said(&["person", "consent", "ada@example.com"]);
    assert!(
        shown.contains("conflict") || shown.contains("withdrawn") || shown.contains("denied"),
        "{shown}"
    );
    assert!(server.said(&["consent", "gates"]).contains("delivery"));
    for (body, why) in [
        (json!({"topics": {"analytics": "granted"}}), "names nobody"),
        (json!({"email": "a@b.c", "topics": {"anything": "granted"}}), "no topic"),
        (json!({"email": "a@b.c", "topics": {"analytics": "maybe"}}), "nothing that can be said"),
        (json!({"email": "a@b.c"}), "nothing is said"),
    ] {
        let (status, answer) =
            server.call(reqwest::Method::POST, "/v1/consent", Some(&body)).await.unwrap();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains(why), "{answer}");
    }
}

#[tokio::test]
async fn an_edited_ledger_is_found() {
    let (mut server, _sink) = shop(&[]).await;
    let state = |server: &Server, user: &str| {
        server.said(&["consent", "state", "--user", user, "--topic", "analytics=granted"]);
    };
    for user in ["ada", "bob", "cy"] {
        state(&server, user);
    }
    let whole = server.said(&["consent", "verify"]);
    assert!(whole.contains("3 entries") && whole.contains("the ledger is whole"), "{whole}");
    server.restart(vec![]).await;
    assert_eq!(server.said(&["consent", "verify"]), whole, "a restart changes nothing");
    // An entry that is not what it was when it was chained.
    server.restart(vec![("GYRE_MUTANT".into(), "ledger.edited_after_it_was_chained".into())]).await;
    state(&server, "dan");
    server.restart(vec![]).await;
    state(&server, "eve");
    let found = server.gyre(&["consent", "verify"]);
    assert!(!found.status.success());
    let said = text(&found.stdout);
    assert!(said.contains("entry 4 was edited") && !said.contains("entry 5"), "{said}");
}

#[tokio::test]
async fn a_browser_that_objects_is_heard() {
    let (server, _sink) = shop(&[]).await;
    let event = json!({"type": "page", "userId": "ada", "messageId": "p"});
    let answer = Client::new()
        .post(format!("{}/v1/batch", server.url))
        .basic_auth(KEY, Some(""))
        .header("Sec-GPC", "1")
        .json(&json!({"batch": [event]}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    advance(&server, "2026-01-02T00:00:00Z").await;
    assert_eq!(stands(&server, "ada", "ads_share", "").await, "denied said false");
    let how = server.query("select purpose, method from consents").await;
    assert_eq!(json!(how), json!([["ads_share", "gpc"]]));
}

#[tokio::test]
async fn the_pages_speak_eight_languages_by_browser_or_link() {
    let server = Server::start(Options::manual().argument("--public-url", PUBLIC)).await;
    apply(&server, SOURCE).await;
    server.batch(KEY, &customer("ada", true)).await.unwrap();
    advance(&server, "2026-01-02T00:00:00Z").await;
    let view = server.get("/v1/people/ada/consent").await;
    let url = view["preferences_url"].as_str().unwrap().replace(PUBLIC, &server.url);
    let client = Client::new();
    let open = async |url: &str, accepts: &str| {
        let answer = client.get(url).header("accept-language", accepts).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let shipped = [
        ("de-AT,de;q=0.9", "de", "Ihre Einstellungen"),
        ("en-GB", "en", "Your preferences"),
        ("es-MX", "es", "Sus preferencias"),
        ("da,fr;q=0.5,en;q=0.4", "fr", "Vos préférences"),
        ("it", "it", "Le sue preferenze"),
        ("ja-JP", "ja", "配信とプライバシーの設定"),
        ("en;q=0.3,nl-BE;q=0.8", "nl", "Uw voorkeuren"),
        ("pt-BR", "pt", "As suas preferências"),
        ("fr;q=0,da", "en", "Your preferences"),
        ("*", "en", "Your preferences"),
    ];
    for (accepts, language, title) in shipped {
        let (status, page) = open(&url, accepts).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(&format!("<html lang=\"{language}\">")), "{accepts}: {page}");
        assert!(page.contains(title), "{accepts}: {page}");
        // The link's own language goes before the browser's.
        let (_, page) = open(&format!("{url}&language={language}"), "sv,de;q=0.1").await;
        assert!(page.contains(title), "{language}: {page}");
    }
    let (status, page) = open(&format!("{}/preferences?token=none", server.url), "ja").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("このリンクは使用できません"), "{page}");
    // The answer is kept in the language in which it was given.
    let saved = client
        .post(&url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("asked=contact.email&language=ja")
        .send()
        .await
        .unwrap();
    assert!(saved.text().await.unwrap().contains("設定を保存しました。"));
    let kept = server.query("select language, decision from consents where method = 'page'").await;
    assert_eq!(json!(kept), json!([["ja", "withdrawn"]]));
}
