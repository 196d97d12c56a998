//! Who comes in, as what, and that nobody writes.

use super::{EVENTS, Login, Shop, has_psql, python, script, seen};
use crate::server::{Options, text};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

/// What psql says when it is let in, or not.
fn try_psql(shop: &Shop, login: &Login<'_>, sslmode: &str) -> Result<String, String> {
    let mut psql = shop.client_of("psql", login);
    psql.env("PGSSLMODE", sslmode);
    let output = psql.args(["-XAtwq", "-c", "select count(*) from events"]).output().unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() { Ok(out.trim_end().to_owned()) } else { Err(err) }
}

#[tokio::test]
async fn only_a_token_that_may_ask_in_sql_comes_in() {
    if !has_psql() {
        return;
    }
    let shop = Shop::start(Options::default()).await;
    let (analyst, good) = shop.token("nightly", "analyst").await;
    let (_, viewer) = shop.token("board", "viewer").await;
    let login = |user, password| Login { user, password, database: "main" };
    let all = EVENTS.to_string();
    let ask = |login: Login<'_>| try_psql(&shop, &login, "prefer");

    // By the token's id, by its name, and the server's own.
    assert_eq!(ask(login(&analyst, &good)).unwrap(), all);
    assert_eq!(ask(login("nightly", &good)).unwrap(), all);
    let server = shop.server.token();
    assert_eq!(ask(login("gyre", &server)).unwrap(), all);

    let wrong = "the token is wrong";
    for (user, password, why) in [
        ("nightly", "gyre_0000", wrong),
        ("nightly", viewer.as_str(), wrong),
        ("nobody", good.as_str(), wrong),
        ("gyre", good.as_str(), wrong),
        ("nightly", server.as_str(), wrong),
        ("nightly", "", "no password supplied"),
        ("board", viewer.as_str(), "the role viewer does not allow this"),
    ] {
        let refused = ask(login(user, password)).unwrap_err();
        assert!(refused.contains(why), "{user}: {refused}");
        assert!(!refused.contains(&good) && !refused.contains(&server), "{refused}");
    }
    let elsewhere = Login { user: "nightly", password: &good, database: "elsewhere" };
    assert!(ask(elsewhere).unwrap_err().contains("\"elsewhere\" does not exist"));
    let system = Login { user: "nightly", password: &good, database: "_system" };
    assert!(ask(system).unwrap_err().contains("does not exist"));

    // Two of a name: only the id tells them apart.
    let (_, other) = shop.token("nightly", "analyst").await;
    assert!(ask(login("nightly", &other)).is_err());
    assert_eq!(ask(login(&analyst, &good)).unwrap(), all);
    shop.revoke(&analyst).await;
    assert!(ask(login(&analyst, &good)).unwrap_err().contains(wrong));
    assert_eq!(ask(login("nightly", &other)).unwrap(), all);
}

/// The mutant: any proof is taken, so the test above would let everybody in.
#[tokio::test]
async fn without_the_check_of_the_proof_anybody_would_come_in() {
    if !has_psql() {
        return;
    }
    let options = Options::default().environment("GYRE_MUTANT", "sql.any_proof");
    let shop = Shop::start(options).await;
    let login = Login { user: "gyre", password: "wrong", database: "main" };
    // psql checks the server's proof too, which is made with the verifier of another password.
    let said = try_psql(&shop, &login, "prefer");
    let refused = said.unwrap_err();
    assert!(!refused.contains("the token is wrong"), "{refused}");
    assert!(refused.contains("server signature") || refused.contains("SCRAM"), "{refused}");
}

#[tokio::test]
async fn a_connection_ends_with_its_token() {
    let Some(python) = python() else { return };
    let shop = Shop::start(Options::default()).await;
    let (id, token) = shop.token("nightly", "analyst").await;
    let login = Login { user: &id, password: &token, database: "main" };
    let mut client = shop.client_of(python, &login);
    client.arg(script()).arg("revoked").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut client = client.spawn().unwrap();
    let mut told = String::new();
    let mut out = BufReader::new(client.stdout.take().unwrap());
    out.read_line(&mut told).unwrap();
    assert_eq!(told.trim(), "\"in\"");
    shop.revoke(&id).await;
    client.stdin.take().unwrap().write_all(b"gone\n").unwrap();
    told.clear();
    out.read_line(&mut told).unwrap();
    assert!(client.wait().unwrap().success());
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told, json!({"first": 1, "code": "28000", "closed": true}));
}

#[tokio::test]
async fn nothing_is_written() {
    if python().is_none() {
        return;
    }
    let shop = Shop::start(Options::default()).await;
    let writes = [
        "insert into events (name) values ('x')",
        "update events set name = 'x'",
        "delete from events",
        "truncate events",
        "drop table events",
        "create table mine (a int)",
        "create table mine as select * from events",
        "create view mine as select 1",
        "create temporary table mine (a int)",
        "alter table events add column a int",
        "copy events from stdin",
        "copy events from '/etc/passwd'",
        "with gone as (delete from events returning *) select * from gone",
        "select * into mine from events",
        "select * from events for update",
        "grant select on events to public",
        "create external table mine stored as csv location '/etc/passwd'",
        "explain analyze delete from events",
        "set default_transaction_read_only = off",
        "begin read write; drop table events",
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("writes.json");
    std::fs::write(&file, json!(writes).to_string()).unwrap();
    let codes = shop.python(&["codes", file.to_str().unwrap()]).unwrap();
    for (write, code) in writes.iter().zip(codes.as_array().unwrap()) {
        // What cannot even be read writes nothing either.
        let fine = code == "25006" || (code == "42601" && write.contains("external"));
        assert!(fine, "{write}: {code}");
    }
    shop.server.until("select count(*) from events", EVENTS).await;
    // Beside them, the codes that clients act on.
    let others = [
        ("select 1", Value::Null),
        ("selec 1", json!("42601")),
        ("select * from nothing", json!("42P01")),
        ("select nothing from events", json!("42703")),
        ("select nothing(1)", json!("42883")),
        ("select * from read_csv('/etc/passwd')", json!("25006")),
        ("copy events to stdout", json!("0A000")),
        ("show nothing", json!("42704")),
        ("fetch all from nothing", json!("34000")),
        ("listen somebody", json!("0A000")),
    ];
    let asked: Vec<_> = others.iter().map(|(sql, _)| *sql).collect();
    std::fs::write(&file, json!(asked).to_string()).unwrap();
    let codes = shop.python(&["codes", file.to_str().unwrap()]).unwrap();
    for ((sql, wanted), code) in others.iter().zip(codes.as_array().unwrap()) {
        assert_eq!(code, wanted, "{sql}");
    }
}

#[tokio::test]
async fn with_a_certificate_nothing_is_said_in_the_open() {
    let Some(python) = python() else { return };
    if !has_psql() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = std::process::Command::new(&python)
        .args(["-c", CERTIFICATE])
        .args([&certificate, &key])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    let options = Options::default()
        .argument("--postgres-tls-cert", certificate.to_str().unwrap())
        .argument("--postgres-tls-key", key.to_str().unwrap());
    let shop = Shop::start(options).await;
    let token = shop.server.token();
    let login = || Login { user: "gyre", password: &token, database: "main" };
    assert_eq!(try_psql(&shop, &login(), "require").unwrap(), EVENTS.to_string());
    let mut psql = shop.client("psql");
    psql.env("PGSSLMODE", "verify-full").env("PGSSLROOTCERT", &certificate);
    let output = psql.args(["-XAtq", "-c", "select 1"]).output().unwrap();
    assert_eq!(text(&output.stdout).trim(), "1", "{}", text(&output.stderr));
    let open = try_psql(&shop, &login(), "disable").unwrap_err();
    assert!(open.contains("has to be encrypted"), "{open}");
    // Also a cancellation in the open: old clients do no other.
    let cancelled = seen(&shop.client(python).arg(script()).arg("cancel").output().unwrap());
    assert_eq!(cancelled, json!({"code": "57014", "after": 1}));
}

/// A certificate for 127.0.0.1 that signs itself.
const CERTIFICATE: &str = r#"
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
    .not_valid_after(now + datetime.timedelta(days=1))
    .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    .sign(key, hashes.SHA256())
)
open(sys.argv[1], "wb").write(certificate.public_bytes(serialization.Encoding.PEM))
open(sys.argv[2], "wb").write(key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
"#;
