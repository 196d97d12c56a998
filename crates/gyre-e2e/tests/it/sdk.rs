//! The real, unmodified public SDKs send, on good days and bad: whatever goes wrong between them and
//! the server, every event arrives once.

use crate::collect::{KEY, apply, with_source};
use crate::proxy::{Fault, Proxy};
use crate::server::{Options, PATIENCE, Server, left_out, root, text};
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The SDKs for Node, each in the version that `package.json` pins.
const NODE: [&str; 5] = ["segment-1", "segment-2", "segment-3", "rudder", "posthog"];
/// The SDKs for Python, likewise.
const PYTHON: [&str; 4] = ["segment", "analytics", "rudder", "posthog"];
/// The SDKs for pages, in the modes they have.
const BROWSER: [&str; 9] = [
    "next-1.76-standard",
    "next-1.76-batching",
    "next-1.83-standard",
    "next-1.83-batching",
    "next-1.84-standard",
    "next-1.84-batching",
    "rudder-single",
    "rudder-batch",
    "rudder-beacon",
];
/// Events of one user beside the `identify`.
const EVENTS: i64 = 3;

/// One proxy for each fault before a server.
async fn proxies(server: &Server) -> Vec<Proxy> {
    let mut proxies = Vec::new();
    for fault in Fault::ALL {
        proxies.push(Proxy::start(server.port, fault).await);
    }
    proxies
}

/// Where each fault is, for the script.
fn targets(proxies: &[Proxy]) -> String {
    let map = proxies.iter().map(|proxy| (proxy.fault.name().to_owned(), json!(proxy.url())));
    Value::Object(map.collect()).to_string()
}

/// Waits until these users have all their events, then sees that none has one twice and that nothing
/// became a dead letter.
async fn arrived_once(server: &Server, users: &[String]) {
    let mut expected: Vec<Vec<Value>> =
        users.iter().map(|user| vec![json!(user), json!(EVENTS), json!(1)]).collect();
    expected.sort_by_key(|row| row[0].to_string());
    let sql = "select user_id, count(*) filter (where name = 'From SDK'), \
        count(*) filter (where kind = 'identify') from events where user_id is not null or name = 'From SDK' \
        group by 1 order by 1";
    let began = Instant::now();
    loop {
        let rows = server.query(sql).await;
        if rows == expected {
            break;
        }
        // Whose are missing stands in what is said.
        if began.elapsed() > PATIENCE {
            assert_eq!(rows, expected);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.count("select count(*) from dead_letters").await, 0);
}

/// Starts the SDKs all at once and waits until all have ended well.
fn ended_well(started: Vec<(&str, Child)>) {
    for (sdk, child) in started {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{sdk}: {}", text(&output.stderr));
    }
}

fn users(sdks: &[&str]) -> Vec<String> {
    let of = |sdk: &&str| Fault::ALL.map(|fault| format!("{sdk}-{}", fault.name()));
    sdks.iter().flat_map(of).collect()
}

fn all_struck(proxies: &[Proxy]) {
    for proxy in proxies {
        assert!(proxy.has_struck(), "{:?} did not happen", proxy.fault);
    }
}

/// The folder of the Node scripts, if its packages are installed.
pub(crate) fn node() -> Option<PathBuf> {
    let folder = root().join("crates/gyre-e2e/node");
    if folder.join("node_modules/posthog-node").exists() {
        return Some(folder);
    }
    left_out("the node packages are not installed (npm ci in crates/gyre-e2e/node)");
    None
}

fn run_node(folder: &PathBuf, sdk: &str, targets: &str) -> Child {
    let mut command = Command::new("node");
    command.arg("send.mjs").args([sdk, KEY, targets]).current_dir(folder);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_the_node_sdks_arrive_once_whatever_happens() {
    let Some(folder) = node() else { return };
    let server = with_source(Options::default()).await;
    let mut used = Vec::new();
    let started = {
        let mut started = Vec::new();
        for sdk in NODE {
            let proxies = proxies(&server).await;
            started.push((sdk, run_node(&folder, sdk, &targets(&proxies))));
            used.extend(proxies);
        }
        started
    };
    tokio::task::spawn_blocking(move || ended_well(started)).await.unwrap();
    all_struck(&used);
    arrived_once(&server, &users(&NODE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_the_python_sdks_arrive_once_whatever_happens() {
    let Some(python) = std::env::var_os("GYRE_TEST_PYTHON") else {
        return left_out("GYRE_TEST_PYTHON is not set");
    };
    let server = with_source(Options::default()).await;
    let (mut used, mut started) = (Vec::new(), Vec::new());
    for sdk in PYTHON {
        let proxies = proxies(&server).await;
        let mut command = Command::new(&python);
        command.arg(root().join("crates/gyre-e2e/python/send.py"));
        command.args([sdk, KEY, &targets(&proxies)]);
        if sdk == "analytics" {
            // It wants other versions of what the others use too.
            let environment =
                PathBuf::from(&python).parent().unwrap().parent().unwrap().join("old");
            command.env("PYTHONPATH", environment);
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        started.push((sdk, command.spawn().unwrap()));
        used.extend(proxies);
    }
    tokio::task::spawn_blocking(move || ended_well(started)).await.unwrap();
    all_struck(&used);
    arrived_once(&server, &users(&PYTHON)).await;
}

/// The mutant: without deduplication the answer that got lost is seen, as events that are there twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_dedup_an_answer_that_got_lost_is_seen() {
    let Some(folder) = node() else { return };
    let mutant = Options::default().environment("GYRE_MUTANT", "processor.no_dedup");
    let server = with_source(mutant).await;
    let proxies = vec![Proxy::start(server.port, Fault::Reset).await];
    let started = vec![("segment-3", run_node(&folder, "segment-3", &targets(&proxies)))];
    tokio::task::spawn_blocking(move || ended_well(started)).await.unwrap();
    all_struck(&proxies);
    server.until("select count(*) from events where name = 'From SDK'", 2 * EVENTS).await;
}

/// Chromium, if it is installed.
pub(crate) fn has_chromium() -> bool {
    let browser = std::env::var_os("GYRE_CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    if PathBuf::from(&browser).is_file() {
        return true;
    }
    left_out("there is no Chromium; name one in GYRE_CHROMIUM");
    false
}

/// Chromium with pages that send; they stay open until the value is dropped.
struct Browser(Child);

impl Browser {
    fn open(folder: &PathBuf, arguments: &[&str]) -> Self {
        let mut command = Command::new("node");
        command.arg("browser.mjs").args(arguments).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let browser = Self(child);
        assert_eq!(line.trim(), "sent", "what went wrong stands above");
        browser
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().ok();
    }
}

const WEB: &str = "apiVersion: gyre/v1\nkind: Source\nmetadata: {name: web}\nspec: {type: browser, write_keys: [web-key-0001]}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_pages_arrive_once_whatever_happens_and_also_of_pages_that_were_left() {
    let Some(folder) = node().filter(|_| has_chromium()) else { return };
    let server = Server::start(Options::default()).await;
    apply(&server, WEB).await;
    let (mut used, mut targets, mut users) = (Vec::new(), Map::new(), Vec::new());
    for sdk in BROWSER {
        // A beacon is sent once, whatever becomes of it.
        let faults = if sdk == "rudder-beacon" { &Fault::ALL[..1] } else { &Fault::ALL[..] };
        let mut hosts = Map::new();
        for fault in faults {
            let proxy = Proxy::start(server.port, *fault).await;
            hosts.insert(fault.name().to_owned(), json!(proxy.url()));
            users.push(format!("{sdk}-{}", fault.name()));
            used.push(proxy);
        }
        targets.insert(sdk.to_owned(), Value::Object(hosts));
        if sdk.starts_with("next-") {
            users.push(format!("{sdk}-left"));
        }
    }
    let targets = Value::Object(targets).to_string();
    let browser = tokio::task::spawn_blocking(move || Browser::open(&folder, &[KEY, &targets]));
    let browser = browser.await.unwrap();
    arrived_once(&server, &users).await;
    all_struck(&used);
    drop(browser);
    let without = r#"select count(*) from events where context not like '%"ip":"127.0.0.1"%'"#;
    assert_eq!(server.count(without).await, 0, "pages are known by the address they come from");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_snippet_of_a_source_works_as_it_is_pasted() {
    let Some(folder) = node().filter(|_| has_chromium()) else { return };
    let server = Server::start(Options::default()).await;
    apply(&server, WEB).await;
    let script = format!("{}/analytics.js/v1/{KEY}/analytics.min.js", server.url);
    if !reqwest::get(script).await.unwrap().status().is_success() {
        return left_out("the pages are not in the binary, and with them analytics.js");
    }
    let pasted = server.said(&["sources", "snippet", "web", "--for", "browser"]);
    let browser =
        tokio::task::spawn_blocking(move || Browser::open(&folder, &[KEY, "{}", &pasted]));
    let browser = browser.await.unwrap();
    server.until("select count(*) from events where name = 'From SDK'", 1).await;
    server.until("select count(*) from events where kind = 'page'", 1).await;
    drop(browser);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_to_be_pasted_into_a_server_works_there() {
    let Some(folder) = node() else { return };
    let Some(python) = std::env::var_os("GYRE_TEST_PYTHON") else {
        return left_out("GYRE_TEST_PYTHON is not set");
    };
    let server = Server::start(Options::default()).await;
    let made = server.said(&["sources", "create", "shop", "--type", "server"]);
    let pasted = |client: &str| {
        server.said(&["sources", "snippet", "shop", "--for", client, "--key", made.trim()])
    };
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", &pasted("node")]).current_dir(folder);
    let mut other = Command::new(python);
    other.args(["-c", &pasted("python")]);
    for (at, mut client) in [node, other].into_iter().enumerate() {
        let done = tokio::task::spawn_blocking(move || client.output()).await.unwrap().unwrap();
        assert!(done.status.success(), "{}", text(&done.stderr));
        let orders = "select count(*) from events where name = 'Order Completed'";
        server.until(orders, 1 + at as i64).await;
    }
    let paid = "select count(*) from events where user_id = 'ada' and json_number(properties, 'revenue') = 40";
    server.until(paid, 2).await;
}
