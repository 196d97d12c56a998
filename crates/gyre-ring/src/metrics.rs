//! Metrics over the lake: the one function behind every door.

mod answers;
pub(crate) mod coverage;
mod kept;

pub(crate) use answers::{Key, Reach};
pub(crate) use kept::Kept;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::shared::Shared;
use gyre_config::Spec;
use gyre_govern::Gate;
use gyre_metrics::{Answer, Catalogue, Creative, Facts, LoopFacts, Plan, Question};
use gyre_model::resource::Kind;
use gyre_model::{Span, Timestamp, Workspace};
use gyre_ports::state::ResourceRow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What one statement may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);
/// The most rows one statement may give.
pub(crate) const MAX_ROWS: usize = 500_000;

impl Engine {
    /// The metrics of a workspace: those built in, and those applied.
    ///
    /// It is kept as long as nothing is applied: then the same is given again.
    pub async fn metric_catalogue(&self, workspace: &Workspace) -> Result<Arc<Catalogue>> {
        if let Some(kept) = self.shared.metrics.catalogue(workspace) {
            return Ok(kept);
        }
        let version = self.shared.metrics.version();
        Ok(self.built(workspace, version, &self.resources(workspace).await?))
    }

    /// The catalogue that is kept, or else that of resources that were read after `version`.
    fn built(
        &self,
        workspace: &Workspace,
        version: u64,
        resources: &[ResourceRow],
    ) -> Arc<Catalogue> {
        self.shared.metrics.catalogue(workspace).unwrap_or_else(|| {
            let built = Arc::new(catalogue(resources));
            self.shared.metrics.keep(workspace, version, &built);
            built
        })
    }

    /// Answers a question about metrics. Whoever may not look at people is not shown rows of few. An answer
    /// that was given before and is not older than `patience` may be given again: one without a newer record,
    /// or one that takes long to compute (then it says so by `renewing`).
    ///
    /// Every door calls this: HTTP, the command line, pages, and SQL clients.
    pub async fn ask_metrics(
        &self,
        workspace: &Workspace,
        question: Question,
        may_see_people: bool,
        patience: Span,
    ) -> Result<Answer> {
        if self.shared.clock.is_manual() {
            self.visible().await?;
        }
        let applied = self.shared.metrics.version();
        let plan = self.plan_metrics(workspace, question.clone(), may_see_people).await?;
        let key = Key::of(&question, applied, plan.facts())?;
        let (shared, answers) = (&self.shared, &self.shared.metrics.answers);
        answers
            .give(
                &shared.clock,
                Reach::of(shared),
                key,
                patience,
                answered(Arc::clone(shared), plan),
            )
            .await
    }

    /// Compiles a question without asking it.
    pub async fn plan_metrics(
        &self,
        workspace: &Workspace,
        question: Question,
        may_see_people: bool,
    ) -> Result<Plan> {
        let version = self.shared.metrics.version();
        let resources = self.resources(workspace).await?;
        let facts = self.metric_facts(workspace, &resources, may_see_people).await?;
        self.built(workspace, version, &resources).plan(question, facts).map_err(told)
    }

    /// What questions are compiled against.
    pub(crate) async fn metric_facts(
        &self,
        workspace: &Workspace,
        resources: &[ResourceRow],
        may_see_people: bool,
    ) -> Result<Facts> {
        let withheld = crate::consent::withheld(&self.shared, workspace, Gate::Measuring)?;
        let (creatives, loops) = shown(resources);
        Ok(Facts {
            workspace: workspace.clone(),
            watermark: self.watermark().await?,
            withheld,
            creatives,
            loops,
            may_see_people,
            coverage: None,
        })
    }

    /// Everything that happened up to here can be queried: now, or where something still waits, the
    /// stamp of what waits first.
    pub(crate) async fn watermark(&self) -> Result<Timestamp> {
        let shared = &self.shared;
        let mut watermark = shared.clock.now();
        for partition in 0..shared.journal.partitions() {
            let archived = shared.marks(partition).archived();
            if archived >= shared.journal.end(partition) {
                continue;
            }
            if let Some(next) = shared.journal.read(partition, archived, 1).await?.first() {
                watermark = watermark.min(next.at);
            }
        }
        Ok(watermark)
    }
}

/// Asks what a plan has to ask.
async fn answered(shared: Arc<Shared>, mut plan: Plan) -> Result<Answer> {
    let renewing = coverage::renew(&shared, plan.facts());
    let mut answers = Vec::with_capacity(plan.asked().len());
    for asked in plan.asked() {
        let rows = shared.lake.query(asked.query(MAX_ROWS, TIMEOUT)).await?;
        if rows.truncated {
            return Err(Error::Invalid {
                message: format!("the question has more than {MAX_ROWS} rows"),
                hint: Some("take a larger grain, fewer dimensions or a shorter period".to_owned()),
            });
        }
        answers.push(rows.batches);
    }
    let workspace = plan.facts().workspace.clone();
    plan.cover(coverage::known(&shared, &workspace, renewing).await);
    plan.read(&answers).map_err(told)
}

fn catalogue(resources: &[ResourceRow]) -> Catalogue {
    let applied = resources.iter().filter(|row| row.kind == Kind::Metric);
    Catalogue::new(applied.filter_map(|row| {
        let Ok(Spec::Metric(metric)) = Spec::from_json(Kind::Metric, row.spec.clone()) else {
            tracing::error!(metric = row.name, "an applied metric cannot be read");
            return None;
        };
        let description = row.metadata["description"].as_str().map(str::to_owned);
        Some((row.name.as_str(), description, row.version, metric))
    }))
}

/// What campaigns show, and the loops.
fn shown(resources: &[ResourceRow]) -> (Vec<Creative>, Vec<LoopFacts>) {
    let mut creatives = BTreeMap::new();
    let mut loops = Vec::new();
    for row in resources {
        match Spec::from_json(row.kind, row.spec.clone()) {
            Ok(Spec::Campaign(campaign)) => {
                for variant in &campaign.variants {
                    for (channel, content) in &variant.content {
                        let one = Creative {
                            campaign: row.name.clone(),
                            variant: variant.name.clone(),
                            channel: channel.clone(),
                            content: Some(content.clone()),
                            offer: variant.offer.clone(),
                        };
                        let key = (one.campaign.clone(), one.variant.clone(), one.channel.clone());
                        creatives.entry(key).or_insert(one);
                    }
                }
            }
            Ok(Spec::Loop(one)) => loops.push(LoopFacts {
                name: row.name.clone(),
                campaign: one.campaign.clone(),
                holdout: one.holdout.share,
            }),
            _ => {}
        }
    }
    (creatives.into_values().collect(), loops)
}

pub(crate) fn told(error: gyre_metrics::Error) -> Error {
    match error {
        gyre_metrics::Error::Fault(fault) => {
            Error::Invalid { message: fault.to_string(), hint: fault.hint }
        }
        other => Error::corrupt("metrics", other),
    }
}
