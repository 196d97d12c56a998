//! Events of people nobody has seen before, and how long after the acknowledgement they show: to decisions,
//! and to SQL.

use crate::events::{KEY, now};
use crate::http::{Connection, Target};
use crate::outcome::{histogram, micros};
use crate::server::Server;
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hdrhistogram::Histogram;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// After this a probe is given up, and counts with the time it waited.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who is asked whether the event shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Eye {
    /// The person, as decisions see it: the feature and the audience.
    Decisions,
    /// A query for the event.
    Sql,
}

impl Eye {
    /// The first pause between two looks. Later ones are a tenth of the time waited, so that probes
    /// do not become the load when everything is late.
    fn pause(self) -> Duration {
        match self {
            Self::Decisions => Duration::from_millis(10),
            Self::Sql => Duration::from_millis(50),
        }
    }

    /// The most probes under way at once.
    fn abreast(self) -> usize {
        match self {
            Self::Decisions => 16,
            Self::Sql => 4,
        }
    }
}

/// The probes of one kind.
#[derive(Debug)]
pub(crate) struct Probes {
    eye: Eye,
    every: Duration,
    targets: Targets,
    began: Instant,
    under_way: JoinSet<anyhow::Result<Seen>>,
    pub(crate) found: Found,
}

/// What they found.
#[derive(Debug)]
pub(crate) struct Found {
    /// From the acknowledgement, in microseconds.
    pub(crate) after: Histogram<u64>,
    /// When each was acknowledged, after the beginning, and how long it took to show.
    pub(crate) each: Vec<(Duration, Duration)>,
    /// Not sent, because too many were under way.
    pub(crate) left_out: u64,
    /// Given up; they count with the time they had waited.
    pub(crate) given_up: u64,
    /// What went wrong, the last of it.
    pub(crate) fault: Option<String>,
}

#[derive(Debug, Clone)]
struct Targets {
    collection: Target,
    api: Target,
}

struct Seen {
    acknowledged: Instant,
    after: Duration,
    shown: bool,
}

impl Probes {
    pub(crate) fn new(server: &Server, eye: Eye, every: Duration) -> anyhow::Result<Self> {
        let targets = Targets { collection: server.collection(KEY)?, api: server.api()? };
        let found =
            Found { after: histogram(3)?, each: Vec::new(), left_out: 0, given_up: 0, fault: None };
        let (began, under_way) = (Instant::now(), JoinSet::new());
        Ok(Self { eye, every, targets, began, under_way, found })
    }

    /// Sends probes at their rate until it is dropped.
    pub(crate) async fn send(&mut self) -> anyhow::Result<()> {
        let mut due = tokio::time::interval(self.every);
        for number in 0u64.. {
            due.tick().await;
            while let Some(ended) = self.under_way.try_join_next() {
                let seen = ended?;
                self.enter(seen);
            }
            if self.under_way.len() >= self.eye.abreast() {
                self.found.left_out += 1;
                continue;
            }
            self.under_way.spawn(probe(self.eye, number, self.targets.clone()));
        }
        Ok(())
    }

    /// Waits for those that are under way.
    pub(crate) async fn finish(mut self) -> anyhow::Result<Found> {
        while let Some(ended) = self.under_way.join_next().await {
            let seen = ended?;
            self.enter(seen);
        }
        self.found.each.sort();
        Ok(self.found)
    }

    fn enter(&mut self, seen: anyhow::Result<Seen>) {
        match seen {
            Ok(seen) => {
                self.found.after.saturating_record(micros(seen.after));
                let at = seen.acknowledged.saturating_duration_since(self.began);
                self.found.each.push((at, seen.after));
                self.found.given_up += u64::from(!seen.shown);
            }
            Err(error) => self.found.fault = Some(format!("{error:#}")),
        }
    }
}

async fn probe(eye: Eye, number: u64, targets: Targets) -> anyhow::Result<Seen> {
    let message = format!("{eye:?}-{number}").to_lowercase();
    let event = json!({
        "type": "track", "event": "Order Completed", "userId": message, "messageId": message,
        "timestamp": now(), "properties": {"revenue": 20, "margin": 8, "discount": 0},
    });
    let mut connection = Connection::open(targets.collection.address).await?;
    let Target { authorization, .. } = &targets.collection;
    let sent = connection.send(Method::POST, "/v1/track", authorization, event.to_string().into());
    let (status, answer) = sent.await.context("a probe")?;
    ensure!(status == StatusCode::OK, "a probe: {status}: {}", String::from_utf8_lossy(&answer));
    let acknowledged = Instant::now();
    loop {
        let looked = Instant::now();
        let shown = look(eye, &message, &mut connection, &targets.api).await?;
        let after = acknowledged.elapsed();
        if shown || after > PATIENCE {
            return Ok(Seen { acknowledged, after, shown });
        }
        let pause = eye.pause().max(after / 10);
        tokio::time::sleep(pause.saturating_sub(looked.elapsed())).await;
    }
}

/// Whether the event shows.
async fn look(
    eye: Eye,
    message: &str,
    connection: &mut Connection,
    api: &Target,
) -> anyhow::Result<bool> {
    let (method, path, body) = match eye {
        Eye::Decisions => (Method::GET, format!("/v1/people/{message}"), Bytes::new()),
        Eye::Sql => {
            let sql = "select name from events where message_id = $1";
            let query = json!({"sql": sql, "parameters": [message]}).to_string();
            (Method::POST, "/v1/query".to_owned(), query.into())
        }
    };
    let (status, answer) = connection.send(method, &path, &api.authorization, body).await?;
    if eye == Eye::Decisions && status == StatusCode::NOT_FOUND {
        return Ok(false);
    }
    ensure!(status == StatusCode::OK, "{path}: {status}: {}", String::from_utf8_lossy(&answer));
    let answer: Value = serde_json::from_slice(&answer)?;
    Ok(match eye {
        Eye::Decisions => {
            answer["features"]["orders"] == 1 && answer["audiences"]["customers"].is_string()
        }
        Eye::Sql => answer["rows"][0][0] == "Order Completed",
    })
}
