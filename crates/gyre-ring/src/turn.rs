//! The turner: at its cadence a loop is measured, learns, proposes, and, as far as it may, changes its
//! campaign. Everything a turn decides is one write.

use crate::apply::version;
use crate::catalog::{Catalog, CompiledCampaign};
use crate::consent::withheld;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::report::ask;
use crate::send::entry;
use crate::shared::Shared;
use gyre_config::kinds::{Loop, Managed};
use gyre_govern::Gate;
use gyre_measure::turn::{self as question, Subject};
use gyre_measure::{Window, judge, lift};
use gyre_model::record::body::{Proposal, ProposalState, Turn, VERSION};
use gyre_model::resource::Kind;
use gyre_model::{NodeId, RecordId, Timestamp, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::{Op, ResourceRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a turn waits for the lake to have everything before it is put off, in real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// How far a loop has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    /// When it began to turn.
    started: Timestamp,
    /// End of the last turn's window.
    from: Timestamp,
    /// When it turns next.
    next: Timestamp,
    /// The number of the next turn.
    number: u64,
    /// People of the first turn: what its intervals are tuned to, for ever.
    #[serde(default)]
    expected_people: Option<u64>,
}

/// Takes turns.
#[derive(Debug)]
pub(crate) struct Turner {
    shared: Arc<Shared>,
}

impl Turner {
    /// Opens the turner.
    pub(crate) fn open(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// When a loop turns next.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>> {
        let mut next = None;
        let catalogs = self.shared.catalogs.read().clone();
        for (workspace, catalog) in &catalogs.0 {
            for (name, spec) in &catalog.loops {
                let progress = self.progress(workspace, name, spec).await?;
                next =
                    Some(next.map_or(progress.next, |known: Timestamp| known.min(progress.next)));
            }
        }
        Ok(next)
    }

    /// Takes one turn that is due; `false` when none is.
    pub(crate) async fn step(&mut self) -> Result<bool> {
        let now = self.shared.clock.now();
        let catalogs = self.shared.catalogs.read().clone();
        for (workspace, catalog) in &catalogs.0 {
            for (name, spec) in &catalog.loops {
                let progress = self.progress(workspace, name, spec).await?;
                if progress.next > now {
                    continue;
                }
                let Some(campaign) = catalog.campaigns.get(&spec.campaign) else { continue };
                self.wait_for_lake().await?;
                self.turn(workspace, catalog, name, spec, campaign, progress).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn progress(&self, workspace: &Workspace, name: &str, spec: &Loop) -> Result<Progress> {
        let key = progress_key(name);
        if let Some(value) = self.shared.state.value(workspace, &key).await? {
            return serde_json::from_value(value).map_err(|why| Error::corrupt("loop", why));
        }
        // The loop begins when its first version took effect, not when somebody first looked.
        let history = self.shared.state.history(workspace, Kind::Loop, name).await?;
        let started = history.first().map_or_else(|| self.shared.clock.now(), |row| row.at);
        let next = started + spec.cadence;
        Ok(Progress { started, from: started, next, number: 1, expected_people: None })
    }

    /// A turn measures everything that was there when it fell due.
    async fn wait_for_lake(&self) -> Result<()> {
        let shared = &self.shared;
        let ends: Vec<u64> = (0..shared.journal.partitions())
            .map(|partition| shared.journal.end(partition))
            .collect();
        let all = async {
            loop {
                let woken = shared.progress.notified();
                let there = (0u32..)
                    .zip(&ends)
                    .all(|(partition, &end)| shared.marks(partition).archived() >= end);
                if there {
                    return;
                }
                let _ = tokio::time::timeout(Duration::from_millis(50), woken).await;
            }
        };
        tokio::time::timeout(PATIENCE, all).await.map_err(|_| {
            Error::Port(gyre_ports::Error::new(
                gyre_ports::ErrorKind::Busy,
                "the lake is behind; the turn waits",
            ))
        })
    }

    async fn turn(
        &self,
        workspace: &Workspace,
        catalog: &Catalog,
        name: &str,
        spec: &Loop,
        campaign: &CompiledCampaign,
        mut progress: Progress,
    ) -> Result<()> {
        let window = Window { from: progress.from, to: progress.next };
        let id = RecordId::of(&[
            b"turn",
            workspace.as_str().as_bytes(),
            name.as_bytes(),
            &progress.number.to_le_bytes(),
        ]);
        let mut measured =
            self.measure(workspace, name, spec, campaign, window, &mut progress, id).await?;
        let rewards = self.rewards(workspace, name, spec, progress.started, window.to).await?;
        let candidates = gyre_learn::candidates(&campaign.spec, &campaign.managed);
        let mut ops = Vec::new();
        let mut made = None;
        if let Some((policy, _)) = &campaign.policy {
            let weights = &campaign.managed.weights;
            measured.evidence = gyre_learn::learn(policy, &candidates, &rewards, weights)?;
            made = gyre_optimise::propose(&gyre_optimise::Situation {
                name,
                spec,
                campaign: &campaign.spec,
                policy,
                managed: &campaign.managed,
                base_version: campaign.version,
                turn: progress.number,
                treated: &measured.treated,
                holdout: &measured.holdout,
                evidence: &measured.evidence,
                id: RecordId::of(&[b"proposal", &id.0]),
                at: window.to,
            });
        }
        if let Some(proposal) = &made {
            measured.proposal = Some(proposal.id);
            if proposal.state == ProposalState::Applied {
                let row = self
                    .changed(workspace, catalog, campaign, proposal, window.to, progress.number)
                    .await?;
                ops.extend(version(row, Some(id)));
            }
            ops.extend(proposal_ops(workspace, proposal));
        }
        ops.push(Op::Decided(entry(workspace, NodeId::default(), &measured)));
        ops.push(put(workspace, turn_key(name, progress.number), &measured)?);
        progress.from = window.to;
        progress.next = window.to + spec.cadence;
        progress.number += 1;
        ops.push(put(workspace, progress_key(name), &progress)?);
        failpoint::reach("turn.before_commit");
        self.shared.state.commit(self.shared.epoch, None, ops).await?;
        failpoint::reach("turn.after_commit");
        self.shared.progress.notify_waiters();
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what one turn is made of")]
    async fn measure(
        &self,
        workspace: &Workspace,
        name: &str,
        spec: &Loop,
        campaign: &CompiledCampaign,
        window: Window,
        progress: &mut Progress,
        id: RecordId,
    ) -> Result<Turn> {
        let lake = self.shared.lake.as_ref();
        let withheld = withheld(&self.shared, workspace, Gate::Measuring)?;
        let subject = Subject { workspace: workspace.as_str(), name, spec, withheld: &withheld };
        let asked = question::arms(subject, window)?;
        let mut queries = BTreeMap::from([(asked.name.to_owned(), asked.sql())]);
        let arms = question::read_arms(&ask(lake, asked).await?)?;
        let asked = question::assignments(subject, window.to)?;
        queries.insert(asked.name.to_owned(), asked.sql());
        let assignments = question::read_assignments(&ask(lake, asked).await?)?;
        let asked = question::immature(subject, window.to)?;
        queries.insert(asked.name.to_owned(), asked.sql());
        let immature = question::read_immature(&ask(lake, asked).await?)?;
        let people = arms.treated.people + arms.holdout.people;
        let expected = *progress.expected_people.get_or_insert(people.max(1));
        let lifts = lift(&arms, spec.alpha, expected);
        let warnings = judge(spec, &arms, &assignments)
            .into_iter()
            .chain(lifts.warnings)
            .map(|warning| warning.to_string())
            .collect();
        Ok(Turn {
            v: VERSION,
            id,
            r#loop: name.to_owned(),
            number: progress.number,
            from: window.from,
            to: window.to,
            campaign: campaign.name.clone(),
            campaign_version: campaign.version,
            treated: arms.treated,
            holdout: arms.holdout,
            lift: lifts.repeat,
            net_lift: lifts.net,
            evidence: Vec::new(),
            immature,
            proposal: None,
            warnings,
            queries,
        })
    }

    async fn rewards(
        &self,
        workspace: &Workspace,
        name: &str,
        spec: &Loop,
        started: Timestamp,
        to: Timestamp,
    ) -> Result<question::Rewards> {
        let withheld = withheld(&self.shared, workspace, Gate::Training)?;
        let subject = Subject { workspace: workspace.as_str(), name, spec, withheld: &withheld };
        let asked = question::rewards(subject, Window { from: started, to })?;
        Ok(question::read_rewards(&ask(self.shared.lake.as_ref(), asked).await?)?)
    }

    /// The next version of the campaign: people's half as it is, the loop's half changed.
    async fn changed(
        &self,
        workspace: &Workspace,
        catalog: &Catalog,
        campaign: &CompiledCampaign,
        proposal: &Proposal,
        at: Timestamp,
        turn: u64,
    ) -> Result<ResourceRow> {
        debug_assert!(catalog.campaigns.contains_key(&campaign.name));
        let state = self.shared.state.as_ref();
        next_version(state, workspace, proposal, &campaign.managed, at, turn).await
    }
}

/// The next version of a proposal's campaign, to be written.
async fn next_version(
    state: &dyn gyre_ports::State,
    workspace: &Workspace,
    proposal: &Proposal,
    managed: &Managed,
    at: Timestamp,
    turn: u64,
) -> Result<ResourceRow> {
    let row = state
        .resource(workspace, Kind::Campaign, &proposal.campaign)
        .await?
        .ok_or_else(|| Error::NotFound { what: "campaign", name: proposal.campaign.clone() })?;
    let mut managed = gyre_optimise::apply(managed, proposal);
    managed.turn = Some(turn);
    Ok(ResourceRow {
        version: row.version + 1,
        managed: serde_json::to_value(managed).map_err(|why| Error::corrupt("managed", why))?,
        by: format!("loop:{}", proposal.r#loop),
        at,
        ..row
    })
}

fn proposal_ops(workspace: &Workspace, proposal: &Proposal) -> Vec<Op> {
    let value = serde_json::to_value(proposal).unwrap_or_default();
    vec![
        Op::Decided(entry(workspace, NodeId::default(), proposal)),
        Op::Put { workspace: workspace.clone(), key: proposal_key(proposal.id), value },
    ]
}

fn put<T: Serialize>(workspace: &Workspace, key: String, value: &T) -> Result<Op> {
    let value = serde_json::to_value(value).map_err(|why| Error::corrupt("value", why))?;
    Ok(Op::Put { workspace: workspace.clone(), key, value })
}

fn progress_key(name: &str) -> String {
    format!("loop:{name}")
}
fn turn_key(name: &str, number: u64) -> String {
    format!("turn:{name}:{number:08}")
}
fn proposal_key(id: RecordId) -> String {
    format!("proposal:{id}")
}

impl Engine {
    /// All loops with their latest turn.
    pub async fn loops(&self, workspace: &Workspace) -> Result<Vec<Value>> {
        let names: Vec<String> = self.shared.catalog(workspace).loops.keys().cloned().collect();
        let mut loops = Vec::new();
        for name in names {
            let turns = self.turns(workspace, &name).await?;
            let latest = turns.last().cloned().unwrap_or_default();
            loops.push(serde_json::json!({
                "name": name,
                "turns": turns.len(),
                "latest": latest,
            }));
        }
        Ok(loops)
    }

    /// A loop with all its turns and proposals.
    pub async fn loop_view(&self, workspace: &Workspace, name: &str) -> Result<Option<Value>> {
        let catalog = self.shared.catalog(workspace);
        let Some(spec) = catalog.loops.get(name) else { return Ok(None) };
        let turner = Turner { shared: Arc::clone(&self.shared) };
        let progress = turner.progress(workspace, name, spec).await?;
        let proposals: Vec<Value> = self
            .shared
            .state
            .values(workspace, "proposal:")
            .await?
            .into_iter()
            .map(|(_, value)| value)
            .filter(|value| value.get("loop").and_then(Value::as_str) == Some(name))
            .collect();
        let mut proposals = proposals;
        proposals.sort_by_key(|value| value.get("turn").and_then(Value::as_u64));
        Ok(Some(serde_json::json!({
            "name": name,
            "spec": spec,
            "next_turn": progress.number,
            "next_turn_at": progress.next,
            "turns": self.turns(workspace, name).await?,
            "proposals": proposals,
        })))
    }

    async fn turns(&self, workspace: &Workspace, name: &str) -> Result<Vec<Value>> {
        let turns = self.shared.state.values(workspace, &format!("turn:{name}:")).await?;
        Ok(turns.into_iter().map(|(_, value)| value).collect())
    }

    /// Approves or rejects a proposal that waits.
    pub async fn decide_proposal(
        &self,
        workspace: &Workspace,
        id: RecordId,
        approve: bool,
        by: &str,
        reason: Option<&str>,
    ) -> Result<Proposal> {
        let missing = || Error::NotFound { what: "proposal", name: id.to_string() };
        let value = self.shared.state.value(workspace, &proposal_key(id)).await?;
        let proposal: Proposal = serde_json::from_value(value.ok_or_else(missing)?)
            .map_err(|why| Error::corrupt("proposal", why))?;
        let state = self.shared.state.as_ref();
        let row = state.resource(workspace, Kind::Campaign, &proposal.campaign).await?;
        let row = row.ok_or_else(missing)?;
        let at = self.shared.clock.now();
        let verdict =
            if approve { gyre_optimise::Verdict::Approve } else { gyre_optimise::Verdict::Reject };
        let decided =
            gyre_optimise::decide_proposal(&proposal, verdict, by, reason, row.version, at)
                .map_err(|refusal| Error::Invalid {
                    message: refusal.to_string(),
                    hint: Some("look at the loop again: gyre loop show".to_owned()),
                })?;
        let mut ops = proposal_ops(workspace, &decided);
        if decided.state == ProposalState::Applied {
            let managed: Managed = match &row.managed {
                Value::Null => Managed::default(),
                value => serde_json::from_value(value.clone())
                    .map_err(|why| Error::corrupt("managed", why))?,
            };
            let mut row =
                next_version(state, workspace, &decided, &managed, at, decided.turn).await?;
            row.by = by.to_owned();
            ops.extend(version(row, None));
        }
        state.commit(self.shared.epoch, None, ops).await?;
        self.settle().await?;
        Ok(decided)
    }
}
