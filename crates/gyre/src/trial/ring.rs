//! A ring in memory, on which one test is played.

use super::expect::Seen;
use crate::wiring;
use anyhow::Context as _;
use gyre_collect::{Call, Route, SourceFacts, collect};
use gyre_config::Resource;
use gyre_config::Spec;
use gyre_config::case::{Case, Decide, Given};
use gyre_config::kinds::SourceType;
use gyre_lake::MemoryLake;
use gyre_model::record::body::Decision;
use gyre_model::{Dice, Span, Timestamp, Workspace};
use gyre_ports::Clock;
use gyre_ports::clock::ManualClock;
use gyre_ports::lake::{Parameter, Query, Sql};
use gyre_ports::memory::channel::MemoryChannel;
use gyre_ports::memory::fold::MemoryFold;
use gyre_ports::memory::journal::MemoryJournal;
use gyre_ports::memory::state::MemoryState;
use gyre_ring::{Applying, Engine, Options, PersonView, Ports, Question, objects};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Chance of tests: the same every time.
const DICE: &[u8] = b"gyre test";

/// Plays a test and says what came.
pub(super) async fn run(resources: &[Resource], name: &str, case: &Case) -> anyhow::Result<Seen> {
    let times = times(case)?;
    let begin = times.given.first().copied().unwrap_or(times.when) - Span::SECOND;
    let play = Play::new(resources, begin).await?;
    for (index, (given, at)) in case.given.iter().zip(&times.given).enumerate() {
        play.engine.advance(*at).await?;
        play.collect(name, index, given).await?;
    }
    play.engine.advance(times.when).await?;
    let person = case
        .person
        .clone()
        .or_else(|| case.given.iter().find_map(|given| given.user_id.clone()))
        .unwrap_or_default();
    play.seen(&person, case.when.decide.as_ref()).await
}

struct Times {
    given: Vec<Timestamp>,
    when: Timestamp,
}

/// When everything happens; the check has seen to it that exactly one of `at` and `after` is there.
fn times(case: &Case) -> anyhow::Result<Times> {
    let mut last = None;
    let mut given = Vec::new();
    for one in &case.given {
        let at = instant(one.at, one.after, last)?;
        given.push(at);
        last = Some(at);
    }
    Ok(Times { given, when: instant(case.when.at, case.when.after, last)? })
}

fn instant(
    at: Option<Timestamp>,
    after: Option<Span>,
    last: Option<Timestamp>,
) -> anyhow::Result<Timestamp> {
    at.or_else(|| Some(last? + after?)).context("a call of the test has no time")
}

struct Play {
    engine: Arc<Engine>,
    workspace: Workspace,
    sources: Vec<(SourceType, SourceFacts)>,
    campaigns: Vec<(String, Vec<String>)>,
}

impl Play {
    async fn new(resources: &[Resource], begin: Timestamp) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(begin));
        let ports = Ports {
            journal: Arc::new(MemoryJournal::new(1, Arc::clone(&clock))),
            state: Arc::new(MemoryState::new()),
            fold: Arc::new(MemoryFold::new()),
            lake: Arc::new(MemoryLake::new(Arc::clone(&clock))?),
            rules: wiring::rules()?,
            channels: vec![Arc::new(MemoryChannel::new("email"))],
            clock,
        };
        let options = Options {
            dice: Dice::new(DICE),
            token_key: DICE.to_vec(),
            dedup_window: Span::days(7),
            manual_step: Span::SECOND,
            subjects: gyre_ring::SubjectOptions::in_memory(),
        };
        let engine = Engine::open(ports, options).await?;
        let workspace = Workspace::default();
        // In an order in which references exist.
        let mut sorted = resources.to_vec();
        sorted.sort_by_key(Resource::kind);
        let applying = Applying {
            resources: sorted,
            remove: Vec::new(),
            reset_managed: true,
            by: "people".to_owned(),
        };
        engine.apply(&workspace, applying).await?;
        let mut play = Self { engine, workspace, sources: Vec::new(), campaigns: Vec::new() };
        for resource in resources {
            play.note(resource);
        }
        Ok(play)
    }

    fn note(&mut self, resource: &Resource) {
        let name = resource.metadata.name.clone();
        match &resource.spec {
            Spec::Source(source) => {
                let facts = SourceFacts {
                    workspace: self.workspace.clone(),
                    name,
                    public: source.r#type.is_public(),
                    enabled: source.enabled,
                    max_event_bytes: source.max_event_bytes as usize,
                    max_request_bytes: source.max_request_bytes as usize,
                };
                self.sources.push((source.r#type, facts));
            }
            Spec::Campaign(campaign) => self.campaigns.push((name, campaign.placements.clone())),
            _ => {}
        }
    }

    async fn collect(&self, test: &str, index: usize, given: &Given) -> anyhow::Result<()> {
        let source = self.sources.iter().find(|(kind, source)| match &given.source {
            Some(name) => source.name == *name,
            None => *kind == SourceType::Server,
        });
        let (_, facts) = source.context("the test names no source, and none is of type server")?;
        let mut call = given.call();
        if call["messageId"].is_null() {
            call["messageId"] = Value::String(format!("{test}-{index}"));
        }
        let body = json!({"batch": [call]}).to_string();
        let call = Call {
            route: Route::Batch,
            body: body.as_bytes(),
            basic_key: Some(String::new()),
            query_key: None,
            received_at: self.engine.shared.clock.now(),
        };
        let collected = collect(&call, &|_| Some(facts.clone()))
            .map_err(|reject| anyhow::anyhow!("call {index} is refused: {}", reject.message))?;
        if let Some(reject) = collected.rejected.first() {
            anyhow::bail!("call {index} is rejected: {}: {}", reject.code, reject.message);
        }
        self.engine.ingest(collected.entries).await?;
        Ok(self.engine.drain().await?)
    }

    async fn seen(&self, person: &str, decide: Option<&Decide>) -> anyhow::Result<Seen> {
        let view = self.engine.person(&self.workspace, person).await?;
        let mut seen = Seen { known: view.is_some(), ..Seen::default() };
        if let Some(view) = view {
            seen.queued = self.queued(&view).await?;
            seen.audiences = view.audiences.into_keys().collect();
            seen.features = view.features;
        }
        if let Some(decide) = decide {
            seen.decision = self.decide(person, decide).await?;
        }
        Ok(seen)
    }

    /// Campaigns that have queued a send for the person: what was drawn or refused, and what waits.
    async fn queued(&self, view: &PersonView) -> anyhow::Result<BTreeSet<String>> {
        let query = Query {
            sql: Sql::Text(
                "SELECT DISTINCT node, campaign FROM deliveries \
                 WHERE workspace = $1 AND channel <> 'in_app'"
                    .to_owned(),
            ),
            parameters: vec![Parameter::Text(self.workspace.to_string())],
            max_rows: 100_000,
            timeout: Duration::from_mins(1),
        };
        let rows = objects(&self.engine.query(query).await?);
        let delivered = rows.iter().filter_map(|row| {
            Some((row["node"].as_str()?.to_owned(), row["campaign"].as_str()?.to_owned()))
        });
        let state = &self.engine.shared.state;
        let mut waiting = state.due(Timestamp::MAX, 100_000).await?;
        waiting.extend(state.sending().await?);
        let waiting =
            waiting.into_iter().map(|row| (row.intent.node.to_string(), row.intent.campaign));
        let nodes: BTreeSet<String> = view.nodes.iter().map(|node| node.node.to_string()).collect();
        Ok(delivered
            .chain(waiting)
            .filter(|(node, _)| nodes.contains(node))
            .map(|(_, campaign)| campaign)
            .collect())
    }

    /// The decision of the placement; where no campaign has the person in its audience, the refusals of
    /// the first that would decide there.
    async fn decide(&self, person: &str, decide: &Decide) -> anyhow::Result<Option<Decision>> {
        let mut question = Question {
            user_id: Some(decide.user_id.clone().unwrap_or_else(|| person.to_owned())),
            placement: decide.placement.clone(),
            context: decide.context.clone(),
            ..Question::default()
        };
        let decider = &self.engine.decider;
        let mut decision = decider.decide(&self.workspace, &question).await?.decision;
        for (campaign, placements) in &self.campaigns {
            if decision.is_some() {
                break;
            }
            if placements.contains(&decide.placement) {
                question.campaign = Some(campaign.clone());
                decision = decider.decide(&self.workspace, &question).await?.decision;
            }
        }
        Ok(decision)
    }
}
