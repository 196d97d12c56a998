//! Calls of other systems become records, once, and only when they are signed.

use crate::server::{Options, Server, left_out, text};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::process::Command;

const SECRET: &str = "a-secret-for-tests";

async fn with_examples() -> Server {
    let mut options = Options::default();
    for name in ["STRIPE", "SHOPIFY", "SHIPPING", "HELPDESK", "AD_SPEND"] {
        options = options.environment(&format!("GYRE_SECRET_{name}"), SECRET);
    }
    // Standard Webhooks keeps its secret in Base64.
    options = options.environment("GYRE_SECRET_MAILER", "whsec_Z3lyZS10ZXN0cy1zZWNyZXQ=");
    let server = Server::start(options).await;
    server.said(&["apply", "examples/webhooks"]);
    server
}

/// What Python makes of a signature: another hand than ours.
pub(crate) fn python(code: &str, arguments: &[&str]) -> String {
    let python = std::env::var_os("GYRE_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let output = Command::new(python).args(["-c", code]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

fn hmac(body: &str, encoding: &str) -> String {
    let code = "import hmac,hashlib,base64,sys\n\
        d=hmac.new(sys.argv[1].encode(),sys.argv[2].encode(),hashlib.sha256)\n\
        print(d.hexdigest() if sys.argv[3]=='hex' else base64.b64encode(d.digest()).decode())";
    python(code, &[SECRET, body, encoding])
}

#[expect(clippy::disallowed_methods, reason = "a signature says when it was made")]
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn standard(id: &str, time: u64, body: &str) -> String {
    let code = "import hmac,hashlib,base64,sys\n\
        s='.'.join(sys.argv[2:5]).encode()\n\
        print('v1,'+base64.b64encode(hmac.new(base64.b64decode(sys.argv[1]),s,hashlib.sha256).digest()).decode())";
    python(code, &["Z3lyZS10ZXN0cy1zZWNyZXQ=", id, &time.to_string(), body])
}

async fn call(
    server: &Server,
    source: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (StatusCode, Value) {
    let mut request =
        Client::new().post(format!("{}/v1/webhooks/{source}", server.url)).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

async fn mailer(server: &Server, id: &str, body: &Value) -> Value {
    let (body, time) = (body.to_string(), now());
    let signature = standard(id, time, &body);
    let time = time.to_string();
    let headers =
        [("webhook-id", id), ("webhook-timestamp", &time), ("webhook-signature", &signature)];
    let (status, answer) = call(server, "mailer", &headers, &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn what_is_not_signed_is_not_taken() {
    let server = with_examples().await;
    let body =
        json!({"id": "p1", "tracking": "T1", "status": "delivered", "at": "2026-03-01T10:00:00Z",
        "customer": {"id": "ada"}})
        .to_string();
    let right = format!("sha256={}", hmac(&body, "hex"));
    let other = format!("sha256={}", hmac("another body", "hex"));
    for headers in [vec![], vec![("X-Signature", other.as_str())], vec![("X-Signature", "sha256=")]]
    {
        let (status, answer) = call(&server, "shipping", &headers, &body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{headers:?}: {answer}");
        assert!(answer["code"].is_string() && answer["message"].is_string(), "{answer}");
    }
    assert_eq!(call(&server, "nobody", &[], &body).await.0, StatusCode::NOT_FOUND);
    let (status, answer) = call(&server, "shipping", &[("X-Signature", &right)], &body).await;
    assert_eq!((status, &answer["records"]), (StatusCode::OK, &json!(2)), "{answer}");
    server.until("select count(*) from offline", 1).await;
    // Basic and bearer.
    let ticket = json!({"event": "csat", "id": "c1", "at": "2026-03-01T10:00:00Z", "score": 4,
        "requester": {"id": "ada"}})
    .to_string();
    let basic =
        python("import base64;print(base64.b64encode(b'gyre:a-secret-for-tests').decode())", &[]);
    let header = format!("Basic {basic}");
    let (status, _) =
        call(&server, "helpdesk", &[("authorization", "Basic Z3lyZTpubw==")], &ticket).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, answer) = call(&server, "helpdesk", &[("authorization", &header)], &ticket).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let rows = json!({"rows": [
        {"date": "2026-03-01", "channel": "Search Ads", "campaign": "Spring Sale!", "spend": "1,250.50", "currency": "eur"},
        {"date": "2026-03-01", "channel": "Social", "campaign": "Spring Sale!", "spend": 80}]})
    .to_string();
    let bearer = format!("Bearer {SECRET}");
    let (status, answer) = call(&server, "ad_spend", &[("authorization", &bearer)], &rows).await;
    assert_eq!((status, &answer["accepted"]), (StatusCode::OK, &json!(2)), "{answer}");
    server.until("select count(*) from offline where kind = 'ad_spend'", 2).await;
    let told = server.query("select properties from offline where kind = 'ad_spend'").await;
    let told = format!("{told:?}");
    assert!(
        told.contains("1250.5") && told.contains("spring_sale") && told.contains("EUR"),
        "{told}"
    );
}

#[tokio::test]
async fn a_call_that_comes_again_counts_once_also_after_a_kill() {
    let mut server = with_examples().await;
    let body = json!({"tracking": "T1", "status": "delivered", "at": "2026-03-01T10:00:00Z",
        "customer": {"id": "ada", "email": "ada@example.com"}})
    .to_string();
    let signature = format!("sha256={}", hmac(&body, "hex"));
    for _ in 0..3 {
        let (status, _) = call(&server, "shipping", &[("X-Signature", &signature)], &body).await;
        assert_eq!(status, StatusCode::OK);
    }
    server.restart(vec![("GYRE_SECRET_SHIPPING".to_owned(), SECRET.to_owned())]).await;
    call(&server, "shipping", &[("X-Signature", &signature)], &body).await;
    server.until("select count(*) from offline", 1).await;
    server.until("select count(*) from events where name = 'Order Delivered'", 1).await;
    // Without the safety the same calls count as often as they came: the test can see it.
    let mutant = ("GYRE_MUTANT".to_owned(), "processor.no_fact_dedup".to_owned());
    server.restart(vec![("GYRE_SECRET_SHIPPING".to_owned(), SECRET.to_owned()), mutant]).await;
    call(&server, "shipping", &[("X-Signature", &signature)], &body).await;
    server.until("select cast(count(*) > 1 as int) from offline", 1).await;
}

#[tokio::test]
async fn a_campaign_that_others_run_is_measured() {
    let server = with_examples().await;
    let campaign = json!({"type": "campaign.created", "timestamp": "2026-03-01T09:00:00Z", "campaign": {
        "name": "Spring Sale", "control": "nothing",
        "variants": [{"name": "Red", "subject": "a", "format": 600_300}, {"name": "Blue", "subject": "b"}]}});
    let answer = mailer(&server, "msg_1", &campaign).await;
    assert_eq!(
        (answer["campaigns"].as_u64(), answer["records"].as_u64()),
        (Some(1), Some(2)),
        "{answer}"
    );
    let recipients: Vec<Value> = (0..300)
        .map(|n| json!({"id": format!("u{n}"), "variant": (["Red", "Blue", "nothing"][n % 3]), "country": "SE"}))
        .collect();
    let enrolled = json!({"type": "campaign.enrolled", "timestamp": "2026-03-02T09:00:00Z",
        "campaign": {"name": "Spring Sale"}, "recipients": recipients});
    let answer = mailer(&server, "msg_2", &enrolled).await;
    assert_eq!(answer["accepted"], 300, "{answer}");
    for n in (0..90).step_by(3) {
        let opened = json!({"type": "message.opened", "event_id": format!("o{n}"), "timestamp": "2026-03-02T12:00:00Z",
            "campaign": {"name": "Spring Sale"}, "variant": "Red", "recipient": {"id": format!("u{n}")}});
        mailer(&server, &format!("msg_o{n}"), &opened).await;
    }
    server.until("select count(*) from responses", 30).await;
    server.until("select count(*) from enrollments where scope = 'campaign'", 300).await;
    let shown = server.said(&["campaign", "show", "spring_sale"]);
    for wanted in ["red", "blue", "nothing", "open"] {
        assert!(shown.contains(wanted), "{wanted} is missing in\n{shown}");
    }
    let report = server.get("/v1/campaigns/spring_sale").await;
    let open = &report["report"]["measures"][0];
    let red =
        open["overall"].as_array().unwrap().iter().find(|row| row["variant"] == "red").unwrap();
    assert_eq!(
        (red["people"].as_i64(), red["responders"].as_i64()),
        (Some(100), Some(30)),
        "{open}"
    );
    // The same campaign again is no new version.
    mailer(&server, "msg_3", &campaign).await;
    let versions = server.get("/v1/resources/Campaign/spring_sale").await;
    assert_eq!(versions["versions"].as_array().unwrap().len(), 1, "{versions}");
    // The format of a banner was mended on its way.
    let content = format!("{:?}", server.query("select metadata from content").await);
    assert!(content.contains("600×300"), "{content}");
}

#[tokio::test]
async fn signatures_are_those_of_the_stripe_package() {
    let Some(python_path) = std::env::var_os("GYRE_TEST_PYTHON") else {
        return left_out("GYRE_TEST_PYTHON is not set");
    };
    let found = Command::new(python_path).args(["-c", "import stripe"]).output().unwrap();
    if !found.status.success() {
        return left_out("the Python package stripe is not installed");
    }
    let server = with_examples().await;
    let body = json!({"id": "evt_1", "type": "charge.succeeded", "created": 1_772_000_000,
        "data": {"object": {"customer": "cus_1", "amount": 1999, "currency": "eur", "metadata": {}}}})
    .to_string();
    let code = "import stripe,sys\n\
        t=int(sys.argv[3])\n\
        s=stripe.WebhookSignature._compute_signature('%d.%s'%(t,sys.argv[2]),sys.argv[1])\n\
        h='t=%d,v1=%s'%(t,s)\n\
        stripe.WebhookSignature.verify_header(sys.argv[2],h,sys.argv[1])if sys.argv[4]=='y' else None\n\
        print(h)";
    let fresh = python(code, &[SECRET, &body, &now().to_string(), "y"]);
    let (status, answer) = call(&server, "stripe", &[("stripe-signature", &fresh)], &body).await;
    assert_eq!((status, &answer["records"]), (StatusCode::OK, &json!(1)), "{answer}");
    let old = python(code, &[SECRET, &body, &(now() - 400).to_string(), "n"]);
    let (status, answer) = call(&server, "stripe", &[("stripe-signature", &old)], &body).await;
    assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("signature_too_old")));
    let wrong = python(code, &["another", &body, &now().to_string(), "y"]);
    let (status, answer) = call(&server, "stripe", &[("stripe-signature", &wrong)], &body).await;
    assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("signature_mismatch")));
    server.until("select count(*) from events where name = 'Payment Succeeded'", 1).await;
}

#[tokio::test]
async fn an_order_of_shopify_gives_its_lines_and_rejects_are_kept_and_replayed() {
    let server = with_examples().await;
    let order = |customer: Value| {
        json!({"id": 7, "name": "#1007", "created_at": "2026-03-01T10:00:00+01:00", "total_price": "59.80",
            "currency": "EUR", "customer": customer, "line_items": [
                {"sku": "a", "title": "Cup", "quantity": 2, "price": "9.90"},
                {"sku": "b", "title": "Jug", "quantity": 1, "price": "40.00"}]})
        .to_string()
    };
    let send = async |body: &str| {
        let signature = hmac(body, "base64");
        let headers =
            [("x-shopify-topic", "orders/paid"), ("x-shopify-hmac-sha256", signature.as_str())];
        call(&server, "shopify", &headers, body).await
    };
    let (status, answer) = send(&order(json!(null))).await;
    assert_eq!(
        (status, &answer["rejected"][0]["code"]),
        (StatusCode::OK, &json!("no_person")),
        "{answer}"
    );
    server.until("select count(*) from dead_letters", 1).await;
    let lines = "select count(*) from events where name = 'Product Bought'";
    server.said(&["dead-letters", "mend", "--code", "no_person", "--set", "body.customer.id=5"]);
    server.until(lines, 2).await;
    // The same order comes again and says more of who it is: that, the order and its two lines.
    let (_, answer) = send(&order(json!({"id": 5, "first_name": "Ada"}))).await;
    assert_eq!(answer["records"], 4, "{answer}");
    server.until("select count(*) from events where kind = 'identify'", 1).await;
    assert_eq!(server.count(lines).await, 2);
    // Nobody's order with another topic is about nothing that a mapping knows.
    let (status, answer) = {
        let body = order(json!({"id": 5}));
        let signature = hmac(&body, "base64");
        let headers =
            [("x-shopify-topic", "orders/edited"), ("x-shopify-hmac-sha256", signature.as_str())];
        call(&server, "shopify", &headers, &body).await
    };
    assert_eq!((status, &answer["ignored"]), (StatusCode::OK, &json!(1)), "{answer}");
}

/// What the ready mappings make of the calls that the tests before do not have.
#[tokio::test]
async fn checkouts_subscriptions_cancellations_and_tickets_become_what_their_mappings_say() {
    let server = with_examples().await;
    let stripe = async |body: Value| {
        let (body, time) = (body.to_string(), now());
        let signature = format!("t={time},v1={}", hmac(&format!("{time}.{body}"), "hex"));
        let headers = [("stripe-signature", signature.as_str())];
        let (status, answer) = call(&server, "stripe", &headers, &body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    };
    stripe(json!({"id": "evt_2", "type": "checkout.session.completed", "created": 1_772_000_000,
        "data": {"object": {"client_reference_id": "ada", "customer": "cus_1",
            "customer_details": {"email": "ada@example.com"}, "amount_total": 4990,
            "currency": "eur", "payment_status": "paid"}}}))
    .await;
    for (id, what, status) in [("evt_3", "created", "active"), ("evt_4", "deleted", "canceled")] {
        stripe(json!({"id": id, "type": format!("customer.subscription.{what}"),
            "created": 1_772_000_001, "data": {"object": {"customer": "cus_1", "status": status,
                "metadata": {"user_id": "ada"}, "cancel_at_period_end": false,
                "items": {"data": [{"price": {"lookup_key": "gold"}}]}}}}))
        .await;
    }
    let cancelled = json!({"id": 7, "name": "#1007", "cancelled_at": "2026-03-02T10:00:00Z",
        "cancel_reason": "customer", "email": "bob@example.com", "customer": {"id": 5}})
    .to_string();
    let signature = hmac(&cancelled, "base64");
    let headers =
        [("x-shopify-topic", "orders/cancelled"), ("x-shopify-hmac-sha256", signature.as_str())];
    assert_eq!(call(&server, "shopify", &headers, &cancelled).await.0, StatusCode::OK);
    let basic =
        python("import base64;print(base64.b64encode(b'gyre:a-secret-for-tests').decode())", &[]);
    let header = format!("Basic {basic}");
    for ticket in [
        json!({"event": "ticket.created", "id": "h1", "at": "2026-03-01T10:00:00Z",
            "requester": {"id": "ada"},
            "ticket": {"id": "T-9", "priority": "high", "topic": "Late Parcel!"}}),
        json!({"event": "ticket.solved", "id": "h2", "at": "2026-03-02T10:00:00Z",
            "requester": {"id": "ada"}, "ticket": {"id": "T-9", "priority": "high"}}),
        json!({"event": "csat", "id": "h3", "at": "2026-03-03T10:00:00Z", "score": 4,
            "requester": {"id": "ada"}}),
    ] {
        let headers = [("authorization", header.as_str())];
        let (status, answer) = call(&server, "helpdesk", &headers, &ticket.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    server.until("select count(*) from events where kind = 'track'", 5).await;
    server.until("select count(*) from offline", 2).await;
    server.until("select count(*) from responses", 1).await;
    let told = server
        .query("select name, user_id, properties from events where kind = 'track' order by name")
        .await;
    let told: Vec<(String, String, Value)> = told
        .iter()
        .map(|row| {
            let text = |at: usize| row[at].as_str().unwrap().to_owned();
            (text(0), text(1), serde_json::from_str(&text(2)).unwrap())
        })
        .collect();
    let told: Vec<(&str, &str, &Value)> =
        told.iter().map(|(name, user, said)| (name.as_str(), user.as_str(), said)).collect();
    let subscribed =
        |status: &str| json!({"status": status, "plan": "gold", "cancel_at_period_end": false});
    assert_eq!(
        told,
        [
            (
                "Checkout Completed",
                "ada",
                &json!({"total_minor": 4990, "currency": "EUR", "payment_status": "paid"})
            ),
            ("Order Cancelled", "shopify-5", &json!({"order_id": "#1007", "reason": "customer"})),
            ("Subscription Ended", "ada", &subscribed("canceled")),
            ("Subscription Started", "ada", &subscribed("active")),
            ("Ticket Opened", "ada", &json!({"ticket": "T-9"})),
        ]
    );
    // Who pays is who signed in, with the address that Stripe has.
    let person = server.get("/v1/people/ada@example.com").await;
    assert_eq!(person, server.get("/v1/people/ada").await);
    let offline = server.query("select kind, properties from offline order by kind").await;
    let offline: Vec<(&str, Value)> = offline
        .iter()
        .map(|row| {
            let said = serde_json::from_str(row[1].as_str().unwrap()).unwrap();
            (row[0].as_str().unwrap(), said)
        })
        .collect();
    assert_eq!(
        offline,
        [
            ("ticket_opened", json!({"ticket": "T-9", "priority": "high", "topic": "late_parcel"})),
            ("ticket_solved", json!({"ticket": "T-9", "priority": "high"})),
        ]
    );
    let responses = server.query("select kind, value from responses").await;
    assert_eq!(responses, [[json!("csat"), json!(4.0)]]);
}
