//! A small shop on in-memory ports, and what can be asked of it.

use super::lake::KeepingLake;
use crate::{Applying, Engine, Options, Ports};
use gyre_collect::{Call, Route, SourceFacts, collect};
use gyre_config::parse;
use gyre_model::record::body::{Body, Decision, Delivery, Enrollment};
use gyre_model::{Cause, Dice, Family, Span, Stored, Timestamp, Workspace};
use gyre_ports::clock::ManualClock;
use gyre_ports::memory::channel::MemoryChannel;
use gyre_ports::memory::fold::MemoryFold;
use gyre_ports::memory::journal::MemoryJournal;
use gyre_ports::memory::rules::MemoryRules;
use gyre_ports::memory::state::MemoryState;
use gyre_ports::{Clock, Journal, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const SHOP: &str = r#"
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [shop-key-0001]}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: orders}
spec: {event: Order Completed, aggregate: count}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: last_order_at}
spec: {event: Order Completed, aggregate: last, of: at}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: customers}
spec: {rule: person.orders > 0}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: due}
spec: {rule: "person.orders > 0 and person.last_order_at < at - interval '21 days'"}
---
apiVersion: gyre/v1
kind: Content
metadata: {name: mail}
spec: {channel: email, subject: Hello, text: "Hello {{ person.orders }}"}
---
apiVersion: gyre/v1
kind: Content
metadata: {name: card}
spec: {channel: in_app, fields: {title: "Hello {{ person.orders }}"}}
---
apiVersion: gyre/v1
kind: Offer
metadata: {name: coupon}
spec: {cost: 2, stock: 3}
---
apiVersion: gyre/v1
kind: ContactPolicy
metadata: {name: gentle}
spec:
  consent: {email: required, in_app: opt_out}
  caps: [{channel: in_app, max: 2, per: 7d}]
---
apiVersion: gyre/v1
kind: DecisionPolicy
metadata: {name: policy}
spec: {method: thompson, floor: 0.05}
---
apiVersion: gyre/v1
kind: Campaign
metadata: {name: win_back}
spec:
  audience: due
  policy: policy
  contact_policy: gentle
  channel: email
  placements: [home]
  variants:
    - {name: discount, content: {email: mail, in_app: card}, offer: coupon}
    - {name: reminder, content: {email: mail, in_app: card}}
    - {name: nothing}
---
apiVersion: gyre/v1
kind: Loop
metadata: {name: repurchase}
spec:
  campaign: win_back
  population: customers
  goal: {event: Order Completed}
  reward: {event: Order Completed, value: margin, window: 14d}
  holdout: {share: 0.3}
  cadence: 1000d
  autonomy: {mode: auto}
"#;

pub(super) fn start() -> Timestamp {
    Timestamp::parse("2026-01-01T10:00:00Z").unwrap()
}

/// The ports, which outlive an engine that dies.
#[derive(Clone)]
pub(super) struct World {
    pub clock: Arc<ManualClock>,
    pub journal: Arc<MemoryJournal>,
    pub state: Arc<MemoryState>,
    pub fold: Arc<MemoryFold>,
    pub channel: Arc<MemoryChannel>,
    pub retention: crate::Retention,
}

impl World {
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        Self {
            journal: Arc::new(MemoryJournal::new(1, Arc::clone(&clock) as Arc<dyn Clock>)),
            clock,
            state: Arc::new(MemoryState::new()),
            fold: Arc::new(MemoryFold::new()),
            channel: Arc::new(MemoryChannel::new("email")),
            retention: crate::Retention::default(),
        }
    }

    pub(super) async fn open(
        &self,
        wrap: impl FnOnce(&Self) -> Wrapped,
    ) -> (Arc<Engine>, Arc<KeepingLake>) {
        let lake = Arc::new(KeepingLake::default());
        let wrapped = wrap(self);
        let ports = Ports {
            journal: wrapped.journal,
            state: wrapped.state,
            fold: Arc::clone(&self.fold) as _,
            lake: Arc::clone(&lake) as _,
            rules: Arc::new(MemoryRules::default()),
            clock: Arc::clone(&self.clock) as _,
            channels: vec![Arc::clone(&self.channel) as _],
        };
        let options = Options {
            dice: Dice::new(b"test"),
            token_key: b"key".to_vec(),
            dedup_window: Span::days(7),
            manual_step: Span::SECOND,
            public_url: Some("http://localhost".to_owned()),
            subjects: crate::SubjectOptions {
                retention: self.retention.clone(),
                ..crate::SubjectOptions::in_memory()
            },
        };
        (Engine::open(ports, options).await.unwrap(), lake)
    }

    pub(super) async fn shop(&self) -> (Arc<Engine>, Arc<KeepingLake>) {
        let (engine, lake) = self.open(Wrapped::plain).await;
        apply(&engine, SHOP).await;
        (engine, lake)
    }

    /// All records of the journal.
    pub(super) async fn records(&self) -> Vec<Stored> {
        self.journal.read(0, 0, 1_000_000).await.unwrap()
    }

    /// Derived and decided records by their causes: what must be equal whatever died in between.
    pub(super) async fn by_cause(&self) -> BTreeMap<Cause, (Family, String)> {
        let mut all = BTreeMap::new();
        for record in self.records().await {
            let Some(cause) = record.entry.cause else { continue };
            let text = String::from_utf8(record.entry.payload).unwrap();
            all.entry(cause).or_insert((record.entry.family, text));
        }
        all
    }

    pub(super) async fn bodies<B: Body>(&self) -> Vec<B> {
        let mut seen = std::collections::BTreeSet::new();
        self.records()
            .await
            .into_iter()
            .filter(|record| record.entry.family == B::FAMILY)
            .filter(|record| record.entry.cause.is_none_or(|cause| seen.insert(cause)))
            .map(|record| B::decode(&record.entry.payload).unwrap())
            .collect()
    }

    pub(super) async fn told(&self) -> Vec<String> {
        let mut told: Vec<String> = self
            .bodies::<Enrollment>()
            .await
            .iter()
            .map(|one| {
                let verb = if one.entered { "entered" } else { "left" };
                let arm = one.arm.as_deref().map(|arm| format!(" as {arm}")).unwrap_or_default();
                format!("{} {verb} {}{arm}", one.at, one.name)
            })
            .collect();
        told.extend(self.bodies::<Decision>().await.iter().map(|one| {
            let chosen = one.chosen.as_deref().unwrap_or("-");
            format!("{} decided {chosen} p={:.3} on {}", one.at, one.probability, one.channel)
        }));
        told.extend(self.bodies::<Delivery>().await.iter().map(|one| {
            let detail = one.detail.as_deref().unwrap_or("");
            format!("{} {} {detail}", one.at, one.outcome.as_str()).trim_end().to_owned()
        }));
        told
    }
}

/// Ports with something between them and the ring.
pub(super) struct Wrapped {
    pub journal: Arc<dyn Journal>,
    pub state: Arc<dyn State>,
}

impl Wrapped {
    pub(super) fn plain(world: &World) -> Self {
        Self { journal: Arc::clone(&world.journal) as _, state: Arc::clone(&world.state) as _ }
    }
}

pub(super) async fn apply(engine: &Engine, yaml: &str) {
    let (parsed, diagnostics) = parse("shop.yaml", yaml);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let resources = parsed.iter().filter_map(|one| one.resource().cloned()).collect();
    let applying =
        Applying { resources, remove: Vec::new(), reset_managed: false, by: "people".to_owned() };
    engine.apply(&Workspace::default(), applying).await.unwrap();
}

pub(super) async fn post(engine: &Engine, events: &[Value]) -> crate::Result<()> {
    post_as(engine, "shop", events).await
}

/// Events of the shop's server, or of a browser where the source is another.
pub(super) async fn post_as(engine: &Engine, source: &str, events: &[Value]) -> crate::Result<()> {
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
        name: source.to_owned(),
        public: source != "shop",
        enabled: true,
        max_event_bytes: 32_768,
        max_request_bytes: 4_000_000,
        max_events: 2_500,
        keep_ip: true,
    };
    let collected = collect(&call, &|_| Some(facts.clone())).unwrap();
    assert_eq!(collected.rejected.len(), 0, "{:?}", collected.rejected);
    engine.ingest(collected.entries).await
}

pub(super) fn order(user: &str, message: &str) -> Value {
    json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
           "properties": {"margin": 10.0}})
}

pub(super) fn identify(user: &str, message: &str) -> Value {
    json!({"type": "identify", "userId": user, "messageId": message,
           "traits": {"email": format!("{user}@example.com"), "email_consent": true}})
}
