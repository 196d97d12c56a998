//! Resources as files: checked against one another and what runs, compared, applied.

use crate::app::Server;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{In, Input};
use crate::rules::{Compiler, lifted};
use crate::shape::plans;
use crate::shape::server::Problem;
use axum::Json;
use axum::extract::State;
use gyre_config::plan::{Action, Step};
use gyre_config::{
    Diagnostic, Metadata, Parsed, Part, Plan, PlanOptions, Resource, Running, Spec, all_fine,
    check, parse, plan,
};
use gyre_model::Workspace;
use gyre_model::resource::Kind;
use gyre_ports::failpoint;
use gyre_ports::state::ResourceRow;
use gyre_ring::{Applied, Applying, Engine, Regrouping};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What is written, and what may be done besides creating and updating.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    files: Vec<File>,
    #[serde(default)]
    prune: bool,
    #[serde(default)]
    reset_managed: bool,
    /// Applies identity rules though they make one of many people.
    #[serde(default)]
    allow_merges: bool,
}

/// A file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    text: String,
}

/// What would be done.
#[derive(Debug, Serialize)]
pub(crate) struct Planned {
    plan: Plan,
    /// The plan for people.
    text: String,
    /// Whether applying would change anything.
    changes: bool,
    /// What somebody should look at though it can be applied.
    warnings: Vec<Diagnostic>,
}

/// What was done.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    applied: Vec<Applied>,
    #[serde(flatten)]
    planned: Planned,
}

/// What applying files would do.
#[utoipa::path(post, path = "/v1/plan", operation_id = "plan", tag = "resources",
    request_body = Written,
    responses((status = 200, body = plans::Planned), (status = 422, body = Problem)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Input(files): Input<Written>,
) -> Result<Json<Planned>> {
    let planned = server.apart(|engine| async move {
        let Draft { set, mut planned } = Draft::new(&engine, &workspace, files).await?;
        if let Some(people) = regrouped(&engine, &workspace, &set, &planned.plan).await? {
            planned.text.push_str(&told(&people));
        }
        Ok::<_, Error>(planned)
    });
    planned.await.map(Json)
}

/// Applies files: all of it or nothing.
#[utoipa::path(post, path = "/v1/apply", operation_id = "apply", tag = "resources",
    request_body = Written,
    responses((status = 200, body = plans::Done), (status = 422, body = Problem)))]
pub(crate) async fn apply(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Input(files): Input<Written>,
) -> Result<Json<Done>> {
    let done = server.apart(|engine| async move {
        let (reset_managed, allow_merges) = (files.reset_managed, files.allow_merges);
        let Draft { set, planned } = Draft::new(&engine, &workspace, files).await?;
        if !allow_merges
            && let Some(people) = regrouped(&engine, &workspace, &set, &planned.plan).await?
            && people.is_alarming()
            && !failpoint::mutant("apply.no_alarm")
        {
            return Err(Error::Invalid {
                message: format!(
                    "the identity rules would make one with others of {} of {} people",
                    people.merged, people.people
                ),
                hint: Some("look at it with `gyre plan` or `gyre replay --with`; to do it, pass --allow-merges".to_owned()),
            });
        }
        let (resources, remove) = steps(set, &planned.plan);
        let by = caller.writes_as(None);
        let applying = Applying { resources, remove, reset_managed, by };
        let applied = engine.apply(&workspace, applying).await?;
        Ok::<_, Error>(Done { applied, planned })
    });
    done.await.map(Json)
}

/// Applies one document that was made here, as if it had been written in a file.
pub(crate) async fn apply_one(
    server: &Arc<Server>,
    workspace: &Workspace,
    caller: &Caller,
    document: &serde_json::Value,
) -> Result<()> {
    let file = File { name: "request".to_owned(), text: document.to_string() };
    let files =
        Written { files: vec![file], prune: false, reset_managed: false, allow_merges: false };
    let done =
        apply(State(Arc::clone(server)), In(workspace.clone()), caller.clone(), Input(files)).await;
    done.map(drop)
}

/// What is written, once nothing is wrong with it.
struct Draft {
    set: Vec<Parsed>,
    planned: Planned,
}

impl Draft {
    async fn new(engine: &Engine, workspace: &Workspace, files: Written) -> Result<Self> {
        let rows = engine.resources(workspace).await?;
        let options = PlanOptions { prune: files.prune, reset_managed: files.reset_managed };
        let mut set = Vec::new();
        let mut found = Vec::new();
        for file in &files.files {
            let (mut parsed, mut wrong) = parse(&file.name, &file.text);
            set.append(&mut parsed);
            found.append(&mut wrong);
        }
        found.extend(set.iter().filter_map(|parsed| elsewhere(parsed, workspace)));
        // What is pruned cannot be referred to.
        let running = if files.prune { Vec::new() } else { running(&rows) };
        let written = || set.iter().filter_map(Parsed::resource);
        let rules = engine.shared.rules.as_ref();
        let compiler = Compiler::new(rules, running.iter().chain(written()));
        found.extend(check(&set, &running, &|rule| compiler.check(rule)));
        if !all_fine(&found) {
            return Err(Error::Unfit { diagnostics: found });
        }
        let written: Vec<&Resource> = written().collect();
        let rows: Vec<Running> = rows.into_iter().map(row).collect();
        let plan = plan(&written, &rows, options);
        let (mut text, changes) = (plan.to_string(), !plan.is_empty());
        let changed = |one: &&Resource| {
            let is_it = |step: &&Step| step.kind == one.kind() && step.name == one.metadata.name;
            plan.steps.iter().find(is_it).is_some_and(|step| step.action != Action::Unchanged)
        };
        let lifted = lifted(written.iter().copied().filter(changed));
        if !lifted.is_empty() {
            text.push_str("\nfeatures that rules need, lifted out of them:\n");
            lifted.iter().for_each(|line| text.extend(["  ", line.as_str(), "\n"]));
        }
        Ok(Self { planned: Planned { plan, text, changes, warnings: found }, set })
    }
}

/// What people would be by the identity rules that a plan changes; `None` where it changes none.
async fn regrouped(
    engine: &Engine,
    workspace: &Workspace,
    set: &[Parsed],
    plan: &Plan,
) -> Result<Option<Regrouping>> {
    let step = plan
        .steps
        .iter()
        .find(|step| step.kind == Kind::IdentityRules && step.action != Action::Unchanged);
    let Some(step) = step else { return Ok(None) };
    let written = set.iter().filter_map(Parsed::resource).find_map(|one| match &one.spec {
        Spec::IdentityRules(rules) if one.metadata.name == step.name => Some(rules),
        _ => None,
    });
    Ok(Some(engine.foresee_identity(workspace, written).await?))
}

/// What a plan says of people.
fn told(people: &Regrouping) -> String {
    let Regrouping { people, merged, parted } = people;
    format!(
        "\nidentity rules: of {people} people {merged} would be one with others, {parted} would be several\n"
    )
}

/// A resource that says it belongs to another workspace than the request.
fn elsewhere(parsed: &Parsed, workspace: &Workspace) -> Option<Diagnostic> {
    let own = parsed.resource()?.metadata.workspace.as_deref()?;
    if own == workspace.as_str() {
        return None;
    }
    let message = format!("the resource belongs to workspace `{own}`, not `{workspace}`");
    let hint = Some(format!("apply it with the workspace `{own}`, or leave the key out"));
    Some(parsed.places.error("metadata.workspace", Part::Value, None, message, hint))
}

/// What runs, as resources.
fn running(rows: &[ResourceRow]) -> Vec<Resource> {
    rows.iter()
        .filter_map(|row| {
            let spec = Spec::from_json(row.kind, row.spec.clone())
                .map_err(|error| {
                    tracing::warn!(kind = %row.kind, %error, "a resource that runs cannot be read");
                })
                .ok()?;
            let metadata =
                serde_json::from_value(row.metadata.clone()).unwrap_or_else(|_| Metadata {
                    name: row.name.clone(),
                    workspace: None,
                    description: None,
                    labels: std::collections::BTreeMap::new(),
                });
            Some(Resource { metadata, spec, managed: row.managed.clone() })
        })
        .collect()
}

fn row(row: ResourceRow) -> Running {
    let ResourceRow { kind, name, version, spec, managed, .. } = row;
    Running { kind, name, version, spec, managed }
}

/// The resources that change, in the plan's order, and those that go.
fn steps(set: Vec<Parsed>, plan: &Plan) -> (Vec<Resource>, Vec<(Kind, String)>) {
    let mut written: Vec<Resource> =
        set.into_iter().filter_map(|parsed| parsed.resource().cloned()).collect();
    let mut change = Vec::new();
    let mut remove = Vec::new();
    for step in &plan.steps {
        match step.action {
            Action::Delete => remove.push((step.kind, step.name.clone())),
            Action::Unchanged => {}
            Action::Create | Action::Update { .. } | Action::Reset => {
                let at = written.iter().position(|resource| {
                    resource.kind() == step.kind && resource.metadata.name == step.name
                });
                change.extend(at.map(|at| written.swap_remove(at)));
            }
        }
    }
    (change, remove)
}
