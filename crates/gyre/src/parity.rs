//! What is served and what the lake says of the same instant are equal, bit by bit.
//!
//! Random histories: orders, some late, some twice, devices that become somebody's, identifiers set apart,
//! people erased, features that come in the middle. The served side takes them one by one, as they come, and
//! is asked on the way. The other side is another engine that begins with an empty fold and an empty lake,
//! takes the whole journal in batches of its own, and is asked at the end, through SQL alone, what was true
//! at every instant on the way.

use crate::wiring;
use gyre_collect::{Call, Route, SourceFacts, collect};
use gyre_lake::MemoryLake;
use gyre_model::record::body::SubjectRequestKind;
use gyre_model::{Dice, Span, Timestamp, Workspace};
use gyre_ports::Clock;
use gyre_ports::clock::ManualClock;
use gyre_ports::memory::fold::MemoryFold;
use gyre_ports::memory::journal::MemoryJournal;
use gyre_ports::memory::state::MemoryState;
use gyre_ring::{
    Applying, Asking, Engine, Identifier, LabelAsked, Options, Ports, SubjectOptions,
    TrainingAsked, TrainingLabels, cell_json,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

const EARLY: &str = r#"
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [shop-key-0001]}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: orders}, spec: {event: Order, aggregate: count}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: orders_6h}, spec: {event: Order, aggregate: count, window: 6h}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: orders_3d}, spec: {event: Order, aggregate: count, window: 3d, ttl: 60h}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: revenue}, spec: {event: Order, aggregate: sum, of: properties.price}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: last_price}, spec: {event: Order, aggregate: last, of: properties.price}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: last_at}, spec: {event: Order, aggregate: last, of: at}}
"#;

const LATE: &str = r#"
{apiVersion: gyre/v1, kind: Feature, metadata: {name: usual_3d}, spec: {event: Order, aggregate: mean, of: properties.price, window: 3d}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: spread}, spec: {event: Order, aggregate: stddev, of: properties.price}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: variance}, spec: {event: Order, aggregate: variance, of: properties.price, window: 2d}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: least}, spec: {event: Order, aggregate: min, of: properties.price, window: 12h}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: most}, spec: {event: Order, aggregate: max, of: properties.price}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: kinds}, spec: {event: Order, aggregate: distinct, of: properties.item.kind, window: 5d}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: first_kind}, spec: {event: Order, aggregate: first, of: properties.item.kind, type: text, window: 4d}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: gift}, spec: {event: Order, aggregate: last, of: properties.gift, type: boolean}}
---
{apiVersion: gyre/v1, kind: Feature, metadata: {name: wanted_by}, spec: {event: Order, aggregate: last, of: properties.by, type: time}}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: dear}
spec:
  event: Order
  aggregate: count
  window: 1h
  filter:
    - {of: properties.price, greater_than: 10.5}
    - {of: properties.item.kind, not_in: [hat, 7]}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: gifts}
spec:
  event: Order
  aggregate: sum
  of: properties.price
  filter: [{of: properties.gift, equals: true}, {of: context.channel, is_null: true}]
"#;

const PEOPLE: [&str; 4] = ["u0", "u1", "u2", "u3"];

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// An order by a user (or by a device, from four on), so long ago, of what, and how often it is sent.
    Order { who: usize, minutes_ago: i64, price: i64, form: u8, times: u8 },
    /// A user signs in on a device.
    SignIn { user: usize, device: usize },
    /// Two identifiers are said to be two people.
    Separate { user: usize, device: usize },
    /// Somebody has everything removed.
    Erase(usize),
    /// Time goes by.
    Minutes(i64),
    /// Further features are applied.
    Apply,
}

fn step() -> impl Strategy<Value = Step> {
    let order = (0usize..8, prop_oneof![3 => Just(0), 2 => 0i64..9_000], -2_000i64..200_000)
        .prop_flat_map(|(who, minutes_ago, price)| {
            (0u8..8, 1u8..3).prop_map(move |(form, times)| Step::Order {
                who,
                minutes_ago,
                price,
                form,
                times,
            })
        });
    prop_oneof![
        12 => order,
        3 => (0usize..4, 0usize..4).prop_map(|(user, device)| Step::SignIn { user, device }),
        1 => (0usize..4, 0usize..4).prop_map(|(user, device)| Step::Separate { user, device }),
        1 => (0usize..4).prop_map(Step::Erase),
        5 => prop_oneof![1i64..200, 1_000i64..3_000].prop_map(Step::Minutes),
        1 => Just(Step::Apply),
    ]
}

struct World {
    clock: Arc<ManualClock>,
    journal: Arc<MemoryJournal>,
    state: Arc<MemoryState>,
}

impl World {
    fn new() -> Self {
        let start = Timestamp::parse("2026-03-01T00:30:00Z").unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let journal = MemoryJournal::new(1, Arc::clone(&clock) as Arc<dyn Clock>);
        Self { clock, journal: Arc::new(journal), state: Arc::new(MemoryState::new()) }
    }

    /// An engine with a fold and a lake of its own.
    async fn open(&self) -> Arc<Engine> {
        let ports = Ports {
            journal: Arc::clone(&self.journal) as _,
            state: Arc::clone(&self.state) as _,
            fold: Arc::new(MemoryFold::new()),
            lake: Arc::new(MemoryLake::new(Arc::clone(&self.clock) as _).unwrap()),
            rules: wiring::rules().unwrap(),
            clock: Arc::clone(&self.clock) as _,
            channels: Vec::new(),
        };
        let options = Options {
            dice: Dice::new(b"parity"),
            token_key: b"parity".to_vec(),
            dedup_window: Span::days(7),
            manual_step: Span::SECOND,
            public_url: None,
            subjects: SubjectOptions::in_memory(),
        };
        Engine::open(ports, options).await.unwrap()
    }
}

async fn apply(engine: &Engine, yaml: &str) {
    let (parsed, diagnostics) = gyre_config::parse("parity.yaml", yaml);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let resources = parsed.iter().filter_map(|one| one.resource().cloned()).collect();
    let applying =
        Applying { resources, remove: Vec::new(), reset_managed: false, by: "people".to_owned() };
    engine.apply(&Workspace::default(), applying).await.unwrap();
}

async fn post(engine: &Engine, events: &[Value]) {
    let body = json!({ "batch": events }).to_string();
    let call = Call {
        route: Route::Batch,
        body: body.as_bytes(),
        basic_key: Some("shop-key-0001".to_owned()),
        query_key: None,
        ip: None,
        gpc: false,
        received_at: engine.shared.clock.now(),
    };
    let facts = SourceFacts {
        workspace: Workspace::default(),
        name: "shop".to_owned(),
        public: false,
        enabled: true,
        max_event_bytes: 32_768,
        max_request_bytes: 4_000_000,
        max_events: 2_500,
        keep_ip: false,
    };
    let collected = collect(&call, &|_| Some(facts.clone())).unwrap();
    assert!(collected.rejected.is_empty(), "{:?}", collected.rejected);
    engine.ingest(collected.entries).await.unwrap();
}

/// An order in one of several forms: numbers as text, things that are missing or odd.
fn order(message: usize, at: Timestamp, who: usize, price: i64, form: u8) -> Value {
    let price = price as f64 / 1_000.0;
    let properties = match form {
        0 => json!({"price": price, "item": {"kind": "hat"}, "gift": true}),
        1 => json!({"price": price.to_string(), "item": {"kind": 7}, "gift": false}),
        2 => json!({"price": price, "item": {"kind": "shoe"}, "by": "2026-03-09T10:00:00Z"}),
        3 => json!({"price": null, "item": "hat", "gift": "yes"}),
        4 => json!({"price": price / 3.0, "item.kind": "flat", "by": "2026-03-10"}),
        5 => json!({"price": [price], "item": {"kind": ["hat"]}, "by": 7}),
        6 => json!({"price": 1e15 + price, "item": {"kind": true}, "gift": true}),
        _ => json!({"price": -price, "item": {"kind": "Hat"}, "gift": true}),
    };
    let mut event = json!({"type": "track", "event": "Order", "messageId": format!("m{message}"),
                           "timestamp": at.to_string(), "properties": properties});
    let key = if who < PEOPLE.len() { "userId" } else { "anonymousId" };
    event[key] = json!(name(who));
    if form % 2 == 1 {
        event["context"] = json!({"channel": "web"});
    }
    event
}

fn name(who: usize) -> String {
    match PEOPLE.get(who) {
        Some(user) => (*user).to_owned(),
        None => format!("d{}", who - PEOPLE.len()),
    }
}

/// What was served of somebody at an instant.
struct Served {
    person: &'static str,
    at: Timestamp,
    values: Map<String, Value>,
}

/// Lives through the steps; what was served on the way.
async fn live(world: &World, steps: &[Step]) -> Vec<Served> {
    let workspace = Workspace::default();
    let engine = world.open().await;
    apply(&engine, EARLY).await;
    let mut served = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let now = world.clock.now();
        match step {
            Step::Order { who, minutes_ago, price, form, times } => {
                let at = now - Span(minutes_ago * 60_000_000);
                for _ in 0..*times {
                    post(&engine, &[order(number, at, *who, *price, *form)]).await;
                    engine.drain().await.unwrap();
                }
            }
            Step::SignIn { user, device } => {
                let event = json!({"type": "identify", "messageId": format!("i{number}"),
                                   "userId": PEOPLE[*user], "anonymousId": format!("d{device}")});
                post(&engine, &[event]).await;
            }
            Step::Separate { user, device } => {
                let ids = [PEOPLE[*user], &format!("d{device}")];
                // One that is not known cannot be set apart.
                drop(engine.separate(&workspace, ids, false, None).await);
            }
            Step::Erase(user) => {
                let asking = Asking {
                    kind: SubjectRequestKind::Erase,
                    who: Identifier { kind: None, value: PEOPLE[*user].to_owned() },
                    by: "people".to_owned(),
                    reference: None,
                    corrections: Vec::new(),
                };
                engine.ask_subject(&workspace, asking).await.unwrap();
            }
            Step::Minutes(minutes) => {
                engine.drain().await.unwrap();
                for person in PEOPLE {
                    let view = engine.person(&workspace, person).await.unwrap();
                    let at = world.clock.now();
                    served.extend(view.map(|view| Served { person, at, values: view.features }));
                }
                engine.advance(now + Span(minutes * 60_000_000)).await.unwrap();
            }
            Step::Apply => apply(&engine, LATE).await,
        }
        engine.drain().await.unwrap();
    }
    served
}

/// Asks the lake of an engine of its own what was true when something was served, and compares.
async fn compare(world: &World, steps: &[Step], served: &[Served]) -> Result<usize, String> {
    let workspace = Workspace::default();
    // An empty lake is filled from the first record on.
    world.state.forget(gyre_ring::LAKE, gyre_ring::LAKE_CAUSES);
    let engine = world.open().await;
    engine.drain().await.unwrap();
    let people = served.iter().map(|one| LabelAsked { person: one.person.to_owned(), at: one.at });
    let asked =
        TrainingAsked { labels: TrainingLabels::People(people.collect()), features: Vec::new() };
    let set = engine.training_set(&workspace, asked).await.unwrap();
    let mut erased = BTreeSet::new();
    for person in PEOPLE {
        if engine.person(&workspace, person).await.unwrap().is_none() {
            erased.insert(person);
        }
    }
    let shared = shared_with(steps, &erased);
    let left: usize = served.iter().filter(|one| erased.contains(one.person)).count();
    if set.rows.num_rows() + left != served.len() {
        return Err(format!("{} rows for {} labels", set.rows.num_rows(), served.len()));
    }
    let mut compared = 0;
    for row in 0..set.rows.num_rows() {
        let cell = |name: &str| {
            let column = set.rows.column_by_name(name).unwrap();
            cell_json(column.as_ref(), row).unwrap_or_default()
        };
        let one = &served[cell("label").as_u64().unwrap() as usize];
        if erased.contains(one.person) {
            return Err(format!("{} was erased and is in the set", one.person));
        }
        if shared.contains(one.person) {
            continue;
        }
        for (name, online) in &one.values {
            let offline = cell(name);
            let bits = |value: &Value| value.as_f64().map(f64::to_bits);
            if *online != offline || bits(online) != bits(&offline) {
                return Err(format!(
                    "{name} of {} at {}: {online} was served, the lake says {offline}",
                    one.person, one.at
                ));
            }
            compared += 1;
        }
    }
    Ok(compared)
}

/// Who was on a device with somebody who was erased: what was done there is gone with them.
fn shared_with(steps: &[Step], erased: &BTreeSet<&str>) -> BTreeSet<&'static str> {
    let on = |wanted: &dyn Fn(usize, usize) -> bool| {
        let all = steps.iter().filter_map(|step| match step {
            Step::SignIn { user, device } if wanted(*user, *device) => Some((*user, *device)),
            _ => None,
        });
        all.collect::<Vec<_>>()
    };
    let theirs = on(&|user, _| erased.contains(PEOPLE[user]));
    let others = on(&|_, device| theirs.iter().any(|(_, one)| *one == device));
    others.into_iter().map(|(user, _)| PEOPLE[user]).collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn agree(steps: &[Step]) -> Result<usize, String> {
    runtime().block_on(async {
        let world = World::new();
        let served = live(&world, steps).await;
        compare(&world, steps, &served).await
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn what_is_served_is_what_the_lake_says(steps in prop::collection::vec(step(), 8..40)) {
        let found = agree(&steps);
        prop_assert!(found.is_ok(), "{}", found.unwrap_err());
    }
}

/// A history with everything in it, the same every time: what mutants are shown to.
fn everything() -> Vec<Step> {
    let order =
        |who, minutes_ago, price, form| Step::Order { who, minutes_ago, price, form, times: 2 };
    vec![
        order(0, 0, 12_345, 0),
        order(4, 0, 5_000, 1),
        Step::Minutes(90),
        order(1, 30, 9_999, 2),
        order(0, 4_000, 7_777, 4),
        Step::Minutes(120),
        Step::SignIn { user: 0, device: 0 },
        order(4, 0, 333, 7),
        Step::Minutes(1_500),
        Step::SignIn { user: 2, device: 1 },
        order(5, 10, 1_000, 6),
        Step::Apply,
        Step::Minutes(10),
        order(2, 20, 4_242, 0),
        order(0, 2_000, 11_111, 2),
        Step::Separate { user: 0, device: 0 },
        Step::Minutes(2_000),
        Step::Erase(1),
        order(3, 0, 100, 5),
        Step::Minutes(60),
        Step::Minutes(3_000),
    ]
}

#[test]
fn a_history_with_everything_in_it_agrees() {
    let compared = agree(&everything()).unwrap();
    assert!(compared > 150, "only {compared} values were compared");
}

#[test]
fn mutants_are_noticed() {
    let passes = |mutant: Option<&str>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "parity::a_history_with_everything_in_it_agrees"])
            .env_remove("GYRE_MUTANT");
        if let Some(mutant) = mutant {
            command.env("GYRE_MUTANT", mutant);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("running 1 test"), "{said}");
        output.status.success()
    };
    assert!(passes(None), "it fails as it is");
    for mutant in
        ["offline.future", "tiles.late_events_dropped", "history.none", "history.all_events"]
    {
        assert!(!passes(Some(mutant)), "{mutant} is not noticed");
    }
}
