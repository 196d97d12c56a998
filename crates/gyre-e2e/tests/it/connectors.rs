//! Programs that read other systems, the real ones: what they say becomes people and facts, each once.

use crate::postgres::Postgres;
use crate::server::{Options, Server, left_out};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// How long a run may take; no test is decided by it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Contacts and deals as a CRM has them, read by a tap for PostgreSQL.
const CRM: &str = include_str!("connectors/crm.yaml");
/// Deals in a CSV file.
const DEALS: &str = include_str!("connectors/deals.yaml");
/// What Airbyte's own source makes up.
const FAKER: &str = include_str!("connectors/faker.yaml");

/// The folder of the programs; `None` (said aloud) where it was not prepared.
fn taps() -> Option<PathBuf> {
    let found = std::env::var_os("GYRE_TEST_TAPS").map(PathBuf::from);
    if found.is_none() {
        left_out("GYRE_TEST_TAPS is not set");
    }
    found
}

fn options(taps: &std::path::Path) -> Options {
    Options::default().argument("--connectors", &taps.display().to_string())
}

fn apply(server: &Server, yaml: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connector.yaml");
    std::fs::write(&file, yaml).unwrap();
    server.said(&["apply", file.to_str().unwrap()]);
}

/// Runs a connector to its end; how it fared.
async fn run(server: &Server, name: &str) -> Value {
    server.said(&["connector", "run", name]);
    let began = Instant::now();
    loop {
        let listed = server.get("/v1/connectors").await;
        let one = &listed["connectors"][0];
        if one["running"] == false {
            return one["progress"].clone();
        }
        assert!(began.elapsed() < PATIENCE, "the connector does not end: {one}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Begins a run on a server that will die of it, and waits until it has.
fn run_to_death(server: &mut Server, name: &str) {
    server.gyre(&["connector", "run", name]);
    assert!(!server.wait().success(), "it should have been killed");
}

fn crm(postgres: &Postgres) -> String {
    CRM.replace("{{port}}", &postgres.port.to_string())
}

const TABLES: &str = "
    create table contacts (id int primary key, email text, tier text, updated_at timestamptz not null);
    create table deals (id int primary key, contact int, stage text, amount numeric(12,2), changed_at timestamptz not null);";

#[tokio::test]
async fn rows_of_postgres_become_people_and_facts_and_later_runs_take_what_is_new() {
    let (Some(taps), Some(postgres)) = (taps(), Postgres::start()) else { return };
    postgres.run(TABLES);
    postgres.run(
        "insert into contacts select i, 'u' || i || '@example.com', 'Gold Tier!', \
         timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 40) i",
    );
    postgres.run(
        "insert into deals select i, i, 'won', i * 10.5, \
         timestamptz '2026-02-01' + i * interval '1 minute' from generate_series(1, 25) i",
    );
    let server = Server::start(options(&taps)).await;
    apply(&server, &crm(&postgres));
    let first = run(&server, "crm").await;
    assert_eq!((&first["error"], &first["accepted"]), (&Value::Null, &json!(65)), "{first}");
    server.until("select count(*) from offline where kind = 'deal_won'", 25).await;
    server.until("select count(*) from events where kind = 'identify'", 40).await;
    // Who a contact is, is known by its address too, and a deal is the contact's.
    server.until("select count(distinct person) from identities where joined", 40).await;
    let same = "select count(*) from offline join (select distinct person from identities) known \
                on known.person = offline.person";
    server.until(same, 25).await;
    let amount = "select cast(sum(json_number(properties, 'amount')) as bigint) from offline";
    assert_eq!(server.count(amount).await, 3_412);

    // What comes later, and nothing else: the tap says the last row of each stream again.
    postgres.run("insert into contacts values (41, 'u41@example.com', 'silver', '2026-03-01')");
    postgres.run("update contacts set tier = 'platinum', updated_at = '2026-03-02' where id = 7");
    postgres.run("insert into deals values (26, 41, 'lost', 1, '2026-03-03')");
    let second = run(&server, "crm").await;
    let accepted = second["accepted"].as_u64().unwrap();
    assert_eq!((&second["error"], accepted), (&Value::Null, 3 + 2), "{second}");
    server.until("select count(*) from events where kind = 'identify'", 42).await;
    server.until("select count(*) from offline", 26).await;
    let logs = server.said(&["connector", "logs", "crm"]);
    assert!(logs.contains("incremental sync"), "{logs}");
    // The source of a connector counts what it brought, like any other.
    let source = server.get("/v1/sources/crm").await;
    assert_eq!(source["type"], "connector", "{source}");
}

/// Rows in a table that is read on by a bookmark, more than one batch of them.
const ROWS: i64 = 2_500;

/// Makes them; the connector that reads them and nothing else, so that the tap says one state, last.
fn many(postgres: &Postgres) -> String {
    postgres.run(TABLES);
    postgres.run(&format!(
        "insert into deals select i, i, 'won', 1, timestamptz '2026-02-01' + i * interval '1 second' \
         from generate_series(1, {ROWS}) i"
    ));
    let contacts = ["public-contacts: crm_contacts, ", "public-contacts: updated_at, "];
    contacts.iter().fold(crm(postgres), |yaml, part| yaml.replace(part, ""))
}

#[tokio::test]
async fn wherever_the_server_dies_in_a_run_every_row_is_there_once() {
    let (Some(taps), Some(postgres)) = (taps(), Postgres::start()) else { return };
    let yaml = many(&postgres);
    let mut server = Server::start(options(&taps)).await;
    apply(&server, &yaml);
    for place in ["connector.after_batch:2", "connector.before_state:1", "connector.after_state:1"]
    {
        server.restart(vec![("GYRE_FAILPOINT".to_owned(), place.to_owned())]).await;
        run_to_death(&mut server, "crm");
    }
    // And at a moment that nobody chose: as soon as something is there.
    server.restart(Vec::new()).await;
    server.said(&["connector", "run", "crm"]);
    server.until("select cast(count(*) > 0 as int) from offline", 1).await;
    server.restart(Vec::new()).await;
    let last = run(&server, "crm").await;
    assert_eq!(last["error"], Value::Null, "{last}");
    server.until("select count(*) from offline", ROWS).await;
    assert_eq!(server.count("select count(distinct properties) from offline").await, ROWS);
    assert!(last["state"]["bookmarks"].is_object(), "{last}");
}

#[tokio::test]
async fn a_state_that_is_kept_before_its_rows_would_lose_them() {
    let (Some(taps), Some(postgres)) = (taps(), Postgres::start()) else { return };
    let yaml = many(&postgres);
    let mut server = Server::start(options(&taps)).await;
    apply(&server, &yaml);
    let mutant = ("GYRE_MUTANT".to_owned(), "connector.state_before_data".to_owned());
    let place = ("GYRE_FAILPOINT".to_owned(), "connector.after_state:1".to_owned());
    server.restart(vec![mutant, place]).await;
    run_to_death(&mut server, "crm");
    server.restart(Vec::new()).await;
    let last = run(&server, "crm").await;
    assert_eq!(last["error"], Value::Null, "{last}");
    // Whole batches were on disk; what the state ran ahead of is gone.
    server.until("select cast(max(_offset) >= 0 as int) from offline", 1).await;
    let found = server.count("select count(*) from offline").await;
    assert!(found < ROWS, "the mutant lost nothing: {found}");
}

#[tokio::test]
async fn rows_of_a_csv_file_become_facts_once_however_often_it_is_read() {
    let Some(taps) = taps() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deals.csv");
    let deals = (1..=1_500).map(|n| format!("d{n},u{n}@example.com,{n},2026-01-02T00:00:00Z\n"));
    let header = "id,email,amount,closed\n".to_owned();
    let mut rows: String = std::iter::once(header).chain(deals).collect();
    write(&file, &rows, 1);
    let mut server = Server::start(options(&taps)).await;
    apply(&server, &DEALS.replace("{{path}}", file.to_str().unwrap()));
    for place in ["connector.after_batch:1", "connector.after_state:1"] {
        server.restart(vec![("GYRE_FAILPOINT".to_owned(), place.to_owned())]).await;
        run_to_death(&mut server, "deals");
    }
    server.restart(Vec::new()).await;
    let again = run(&server, "deals").await;
    assert_eq!(again["error"], Value::Null, "{again}");
    server.until("select count(*) from offline", 1_500).await;
    // The file grew: the tap reads all of it, and what was there counts no more.
    rows += "d1501,u1@example.com,7,2026-01-03T00:00:00Z\nd1502,,7,2026-01-03T00:00:00Z\n";
    write(&file, &rows, 2);
    let grown = run(&server, "deals").await;
    assert_eq!((&grown["accepted"], &grown["rejected"]), (&json!(1_501), &json!(1)), "{grown}");
    server.until("select count(*) from offline", 1_501).await;
    server.until("select count(distinct person) from offline", 1_500).await;
    server.until("select count(*) from dead_letters where code = 'no_person'", 1).await;
    // Without the safety the same rows count again: the test can see it.
    let mutant = ("GYRE_MUTANT".to_owned(), "processor.no_fact_dedup".to_owned());
    server.restart(vec![mutant]).await;
    write(&file, &rows, 3);
    run(&server, "deals").await;
    server.until("select cast(count(*) > 1501 as int) from offline", 1).await;
}

/// Writes a file with a time of its own: that is what the tap goes by, in whole seconds.
fn write(file: &std::path::Path, rows: &str, hours: u64) {
    std::fs::write(file, rows).unwrap();
    let written = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000 + hours);
    std::fs::File::options().write(true).open(file).unwrap().set_modified(written).unwrap();
}

#[tokio::test]
async fn a_source_of_airbyte_is_read_and_goes_on_where_it_stopped() {
    let Some(taps) = taps() else { return };
    let server = Server::start(options(&taps)).await;
    apply(&server, FAKER);
    let first = run(&server, "faker").await;
    assert_eq!(
        first["error"],
        Value::Null,
        "{first}\n{}",
        server.said(&["connector", "logs", "faker"])
    );
    assert_eq!(first["accepted"], 120, "{first}");
    server.until("select count(*) from events where kind = 'identify'", 120).await;
    server.until("select count(*) from offline where kind = 'signed_up'", 120).await;
    assert!(first["state"].is_array(), "{first}");
    let second = run(&server, "faker").await;
    assert_eq!((&second["error"], &second["accepted"]), (&Value::Null, &json!(0)), "{second}");
    assert_eq!(server.count("select count(*) from offline").await, 120);
}
