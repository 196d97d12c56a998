//! Lifecycles: how many are in which stage, and how many went from where to where.

use super::{Period, ask};
use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Named, Params};
use axum::Json;
use axum::extract::State;
use gyre_ports::lake::Parameter;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

const MAX_FLOWS: usize = 50_000;

const STAGES: &str = "SELECT name, arm AS stage, \
    sum(CASE WHEN entered THEN 1 ELSE -1 END) AS people \
  FROM enrollments WHERE workspace = $1 AND scope = 'lifecycle' GROUP BY name, arm";

/// `$5` the length of a period. Who enters says from where; who leaves and enters nothing went out.
const FLOWS: &str = "SELECT date_trunc($5, effective_at) AS period, \
    CASE WHEN entered THEN json_text(segments, 'from') ELSE arm END AS from_stage, \
    CASE WHEN entered THEN arm END AS to_stage, count(*) AS times \
  FROM enrollments WHERE workspace = $1 AND scope = 'lifecycle' AND name = $2 \
    AND effective_at >= $3 AND effective_at < $4 \
    AND (entered OR json_text(segments, 'to') IS NULL) \
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

/// A stage of a lifecycle.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct StageView {
    name: String,
    /// How many are in it now.
    people: i64,
}

/// A lifecycle and how many are where.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LifecycleView {
    name: String,
    /// From the first to the last.
    stages: Vec<StageView>,
}

/// All lifecycles, by name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LifecycleList {
    lifecycles: Vec<LifecycleView>,
}

#[derive(Deserialize)]
struct InStage {
    name: String,
    stage: String,
    people: i64,
}

/// All lifecycles, and how many are in which stage.
#[utoipa::path(get, path = "/v1/lifecycles", operation_id = "list_lifecycles", tag = "audiences",
    responses((status = 200, body = LifecycleList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<LifecycleList>> {
    let parameters = vec![Parameter::Text(workspace.to_string())];
    let inside: Vec<InStage> = ask(&server, STAGES, parameters, MAX_FLOWS).await?;
    let people: BTreeMap<(String, String), i64> =
        inside.into_iter().map(|one| ((one.name, one.stage), one.people)).collect();
    let catalog = server.engine().shared.catalog(&workspace);
    let lifecycles = catalog.lifecycles.all().iter().map(|lifecycle| LifecycleView {
        name: lifecycle.name.clone(),
        stages: (lifecycle.stages.iter())
            .map(|stage| {
                let key = (lifecycle.name.clone(), stage.name.clone());
                let people = people.get(&key).copied().unwrap_or_default();
                StageView { name: stage.name.clone(), people }
            })
            .collect(),
    });
    Ok(Json(LifecycleList { lifecycles: lifecycles.collect() }))
}

/// How long the periods are that are counted.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FlowPeriod {
    Day,
    #[default]
    Week,
    Month,
}

/// How flows are counted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HowLong {
    /// One row per day, week or month; weeks if not given.
    #[serde(default)]
    #[param(inline)]
    by: FlowPeriod,
    /// Included; the beginning if not given.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<gyre_model::Timestamp>,
    /// Not included; now if not given.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<gyre_model::Timestamp>,
}

/// How many went from one stage to another in a period.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct StageFlow {
    /// When the period begins.
    period: String,
    /// Absent: they came into the lifecycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// Absent: they went out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// How many times.
    times: i64,
}

/// How many went from stage to stage.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct StageFlows {
    lifecycle: String,
    flows: Vec<StageFlow>,
}

#[derive(Deserialize)]
struct Went {
    period: String,
    from_stage: Option<String>,
    to_stage: Option<String>,
    times: i64,
}

/// How many went from stage to stage, period by period.
#[utoipa::path(get, path = "/v1/lifecycles/{name}/flows", operation_id = "get_lifecycle_flows",
    tag = "audiences", params(("name" = String, Path), HowLong),
    responses((status = 200, body = StageFlows)))]
pub(crate) async fn flows(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
    Params(HowLong { by, from, to }): Params<HowLong>,
) -> Result<Json<StageFlows>> {
    let catalog = server.engine().shared.catalog(&workspace);
    if !catalog.lifecycles.all().iter().any(|one| one.name == name) {
        return Err(Error::NotFound { what: "Lifecycle", name });
    }
    let [from, to] = Period { from, to }.ends(&server);
    let by = match by {
        FlowPeriod::Day => "day",
        FlowPeriod::Week => "week",
        FlowPeriod::Month => "month",
    };
    let parameters = vec![
        Parameter::Text(workspace.to_string()),
        Parameter::Text(name.clone()),
        from,
        to,
        Parameter::Text(by.to_owned()),
    ];
    let went: Vec<Went> = ask(&server, FLOWS, parameters, MAX_FLOWS).await?;
    let flows = went.into_iter().map(|Went { period, from_stage, to_stage, times }| StageFlow {
        period,
        from: from_stage,
        to: to_stage,
        times,
    });
    Ok(Json(StageFlows { lifecycle: name, flows: flows.collect() }))
}
