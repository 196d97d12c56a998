//! Questions to the lake that reports are made of.

use crate::apply::BEGINNING;
use crate::consent::withheld;
use crate::engine::Engine;
use crate::error::{Error, Result};
use arrow_array::RecordBatch;
use gyre_config::Spec;
use gyre_config::kinds::{Campaign, Loop};
use gyre_govern::Gate;
use gyre_measure::performance::{self, Answers};
use gyre_measure::report::{self, Population, Table};
use gyre_measure::turn::Subject;
use gyre_measure::{Asked, Window};
use gyre_model::record::body::Scope;
use gyre_model::resource::Kind;
use gyre_model::{Timestamp, Workspace};
use gyre_ports::lake::{Query, Rows};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a report may take.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Rows a report may need.
const MAX_ROWS: usize = 1_000_000;
/// The level of reports.
const ALPHA: f64 = 0.05;

impl Engine {
    /// Asks the lake, after everything appended so far is visible there when the clock is manual.
    pub async fn query(&self, query: Query) -> Result<Rows> {
        if self.shared.clock.is_manual() {
            self.visible().await?;
        }
        Ok(self.shared.lake.query(query).await?)
    }

    /// Answers a question of a stage.
    pub(crate) async fn ask(&self, asked: Asked) -> Result<Vec<RecordBatch>> {
        ask(self.shared.lake.as_ref(), asked).await
    }

    /// A campaign and how it fares: for campaigns that others ran, its variants compared with its
    /// control; for Gyre's own, what was decided, delivered, answered and earned, and both arms of its
    /// loop compared.
    pub async fn campaign_report(
        &self,
        workspace: &Workspace,
        name: &str,
    ) -> Result<Option<Value>> {
        let Some(row) = self.shared.state.resource(workspace, Kind::Campaign, name).await? else {
            return Ok(None);
        };
        let Ok(Spec::Campaign(spec)) = Spec::from_json(Kind::Campaign, row.spec.clone()) else {
            return Err(Error::corrupt("campaign", "not a campaign"));
        };
        self.visible().await?;
        let compared = self.compared(workspace, name, &spec).await?;
        let performance =
            if spec.external { Value::Null } else { self.performance(workspace, name).await? };
        Ok(Some(serde_json::json!({
            "name": name,
            "version": row.version,
            "spec": row.spec,
            "managed": row.managed,
            "by": row.by,
            "at": row.at,
            "report": compared,
            "performance": performance,
        })))
    }

    async fn compared(&self, workspace: &Workspace, name: &str, spec: &Campaign) -> Result<Value> {
        let withheld = withheld(&self.shared, workspace, Gate::Measuring)?;
        let population = Population {
            workspace: workspace.as_str(),
            scope: Scope::Campaign,
            name,
            campaign: name,
            withheld: &withheld,
        };
        let whole = self.table(&population, None).await?;
        let mut cuts = BTreeMap::new();
        for key in &spec.segments {
            cuts.insert(key.clone(), self.table(&population, Some(key)).await?);
        }
        let report =
            report::report(name, spec, &whole, &cuts, ALPHA, gyre_measure::EXPECTED_UNITS)?;
        serde_json::to_value(report).map_err(|why| Error::corrupt("report", why))
    }

    async fn table(&self, population: &Population<'_>, key: Option<&str>) -> Result<Table> {
        let mut table = Table::new();
        let people = self.ask(report::people(population, key)?).await?;
        report::read_people(&people, &mut table)?;
        let responses = self.ask(report::responses(population, key)?).await?;
        report::read_responses(&responses, &mut table)?;
        Ok(table)
    }

    async fn performance(&self, workspace: &Workspace, name: &str) -> Result<Value> {
        let catalog = self.shared.catalog(workspace);
        let the_loop: Option<(&str, &Loop)> =
            catalog.campaigns.get(name).and_then(|campaign| catalog.loop_of(campaign));
        let withheld = withheld(&self.shared, workspace, Gate::Measuring)?;
        let subject = the_loop.map(|(name, spec)| Subject {
            workspace: workspace.as_str(),
            name,
            spec,
            withheld: &withheld,
        });
        let window = Window { from: BEGINNING, to: self.shared.clock.now() + gyre_model::Span(1) };
        let questions = performance::ask(workspace.as_str(), name, window, subject)?;
        let decided = self.ask(questions.decided).await?;
        let delivered = self.ask(questions.delivered).await?;
        let answered = self.ask(questions.answered).await?;
        let earned = match questions.earned {
            Some(asked) => self.ask(asked).await?,
            None => Vec::new(),
        };
        let rows = performance::read(Answers {
            decided: &decided,
            delivered: &delivered,
            answered: &answered,
            earned: &earned,
        })?;
        serde_json::to_value(rows).map_err(|why| Error::corrupt("performance", why))
    }

    /// How far every role has come.
    pub async fn status(&self) -> Result<Value> {
        let shared = &self.shared;
        let partitions: Vec<Value> = (0..shared.journal.partitions())
            .map(|partition| {
                let (end, synced) =
                    (shared.journal.end(partition), shared.journal.synced(partition));
                let processed = shared.marks(partition).next();
                let archived = shared.marks(partition).archived();
                serde_json::json!({
                    "partition": partition,
                    "end": end,
                    "synced": synced,
                    "processed": processed,
                    "archived": archived,
                    "processor_lag": end.saturating_sub(processed),
                    "archivist_lag": end.saturating_sub(archived),
                })
            })
            .collect();
        let [waiting, sending, done] = shared.state.outbox_counts().await?;
        let now: Timestamp = shared.clock.now();
        Ok(serde_json::json!({
            "now": now,
            "manual_clock": shared.clock.is_manual(),
            "partitions": partitions,
            "outbox": {"waiting": waiting, "sending": sending, "done": done},
            "lake": {"tail_rows": shared.lake.tail_rows()},
            "subjects": self.subject_status().await?,
            "features": self.feature_status(),
        }))
    }
}

/// Answers a question of a stage.
pub(crate) async fn ask(lake: &dyn gyre_ports::Lake, asked: Asked) -> Result<Vec<RecordBatch>> {
    Ok(lake.query(asked.into_query(MAX_ROWS, TIMEOUT)).await?.batches)
}
