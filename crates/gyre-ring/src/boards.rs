//! Boards, and funnels: the questions of pages that are no metric.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::metrics::{Key, MAX_ROWS, Reach, TIMEOUT, coverage, told};
use crate::shared::Shared;
use gyre_config::kinds::Board;
use gyre_config::{Funnel, Parsed, Resource, Spec};
use gyre_metrics::{FunnelAnswer, FunnelPlan};
use gyre_model::resource::Kind;
use gyre_model::{Span, Workspace};
use gyre_ports::state::ResourceRow;
use serde::Serialize;
use std::sync::Arc;

/// A board of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoardView {
    /// Its name.
    pub name: String,
    /// Whether every workspace has it; else somebody applied it.
    pub built_in: bool,
    /// Whether it is built in and somebody applied another in its place.
    pub edited: bool,
    /// The version that was applied; nothing where it is built in.
    pub version: Option<u64>,
    /// What it shows.
    pub spec: Board,
    /// The document, for editing.
    pub yaml: String,
}

impl Engine {
    /// The boards of a workspace: those built in, in their order, then those applied, by name.
    pub async fn boards(&self, workspace: &Workspace) -> Result<Vec<BoardView>> {
        let resources = self.resources(workspace).await?;
        let applied: Vec<&ResourceRow> =
            resources.iter().filter(|row| row.kind == Kind::Board && !row.spec.is_null()).collect();
        let built_in = gyre_config::boards().iter().filter_map(Parsed::resource);
        let mut boards = Vec::new();
        for resource in built_in.clone() {
            let edited = applied.iter().find(|row| row.name == resource.metadata.name);
            boards.push(match edited {
                Some(row) => view(resource_of(row)?, true, Some(row.version))?,
                None => view(resource.clone(), true, None)?,
            });
        }
        for row in applied {
            if !built_in.clone().any(|one| one.metadata.name == row.name) {
                boards.push(view(resource_of(row)?, false, Some(row.version))?);
            }
        }
        Ok(boards)
    }

    /// How many people took events one after another. Whoever may not look at people is not shown steps
    /// of few. For `patience`, see [`Engine::ask_metrics`].
    pub async fn ask_funnel(
        &self,
        workspace: &Workspace,
        funnel: Funnel,
        may_see_people: bool,
        patience: Span,
    ) -> Result<FunnelAnswer> {
        if self.shared.clock.is_manual() {
            self.visible().await?;
        }
        let applied = self.shared.metrics.version();
        let resources = self.resources(workspace).await?;
        let facts = self.metric_facts(workspace, &resources, may_see_people).await?;
        let key = Key::of(&funnel, applied, &facts)?;
        let plan = FunnelPlan::new(funnel, facts).map_err(told)?;
        let (shared, funnels) = (&self.shared, &self.shared.metrics.funnels);
        funnels
            .give(
                &shared.clock,
                Reach::of(shared),
                key,
                patience,
                answered(Arc::clone(shared), plan),
            )
            .await
    }
}

/// Asks what a plan has to ask.
async fn answered(shared: Arc<Shared>, mut plan: FunnelPlan) -> Result<FunnelAnswer> {
    let renewing = coverage::renew(&shared, plan.facts());
    let mut answers = Vec::with_capacity(plan.asked().len());
    for asked in plan.asked() {
        answers.push(shared.lake.query(asked.query(MAX_ROWS, TIMEOUT)).await?.batches);
    }
    let workspace = plan.facts().workspace.clone();
    plan.cover(coverage::known(&shared, &workspace, renewing).await);
    plan.read(&answers).map_err(told)
}

fn resource_of(row: &ResourceRow) -> Result<Resource> {
    let spec = Spec::from_json(row.kind, row.spec.clone())
        .map_err(|why| Error::corrupt("a board", why))?;
    let mut metadata = row.metadata.clone();
    if let Some(keys) = metadata.as_object_mut() {
        keys.insert("name".to_owned(), row.name.clone().into());
    } else {
        metadata = serde_json::json!({"name": row.name});
    }
    let metadata =
        serde_json::from_value(metadata).map_err(|why| Error::corrupt("a board", why))?;
    Ok(Resource { metadata, spec, managed: serde_json::Value::Null })
}

fn view(resource: Resource, built_in: bool, version: Option<u64>) -> Result<BoardView> {
    let yaml = gyre_config::print(&resource).map_err(|why| Error::corrupt("a board", why))?;
    let Spec::Board(spec) = resource.spec else {
        return Err(Error::corrupt("a board", "it is another kind"));
    };
    let edited = built_in && version.is_some();
    Ok(BoardView { name: resource.metadata.name, built_in, edited, version, spec, yaml })
}
