//! The ring of a loop in numbers: how much went through each of its steps in a period.

use super::{Period, ask};
use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Named, Params};
use axum::Json;
use axum::extract::State;
use gyre_ports::lake::Parameter;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// `$1` workspace, `$2` from, `$3` to, `$4` campaign, `$5` its audience, `$6` loop.
const STEPS: &str = "SELECT \
  (SELECT count(*) FROM events WHERE workspace = $1 AND at >= $2 AND at < $3) AS collected, \
  (SELECT count(DISTINCT person) FROM events \
     WHERE workspace = $1 AND at >= $2 AND at < $3) AS people, \
  (SELECT count(*) FROM enrollments WHERE workspace = $1 AND scope = 'audience' AND name = $5 \
     AND entered AND effective_at >= $2 AND effective_at < $3) AS entered, \
  (SELECT count(*) FROM decisions WHERE workspace = $1 AND campaign = $4 AND chosen IS NOT NULL \
     AND decided_at >= $2 AND decided_at < $3) AS decided, \
  (SELECT count(*) FROM decisions WHERE workspace = $1 AND campaign = $4 AND chosen IS NULL \
     AND decided_at >= $2 AND decided_at < $3) AS refused, \
  (SELECT count(*) FROM deliveries WHERE workspace = $1 AND campaign = $4 \
     AND outcome IN ('sent', 'rendered') AND occurred_at >= $2 AND occurred_at < $3) AS delivered, \
  (SELECT count(DISTINCT decision) FROM responses WHERE workspace = $1 AND campaign = $4 \
     AND kind <> 'impression' AND occurred_at >= $2 AND occurred_at < $3) AS responded, \
  (SELECT count(*) FROM turns WHERE workspace = $1 AND loop = $6 \
     AND to_at >= $2 AND to_at < $3) AS turned, \
  (SELECT count(DISTINCT proposal) FROM proposals WHERE workspace = $1 AND loop = $6 \
     AND state = 'applied' AND at >= $2 AND at < $3) AS changed";

/// How much went through each step of the loop.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Flow {
    /// Events collected, of everybody.
    collected: u64,
    /// People whom they belong to.
    people: u64,
    /// Times somebody entered the campaign's audience.
    entered: u64,
    /// Decisions that drew something.
    decided: u64,
    /// Decisions in which nothing could be drawn.
    refused: u64,
    /// Messages that were sent or shown.
    delivered: u64,
    /// Decisions that somebody reacted to, by more than seeing it.
    responded: u64,
    /// Turns that were measured.
    turned: u64,
    /// Changes that were put into effect.
    changed: u64,
}

/// How much went through each step of a loop in a period.
#[utoipa::path(get, path = "/v1/loops/{name}/flow", operation_id = "get_loop_flow", tag = "loops",
    params(("name" = String, Path), Period), responses((status = 200, body = Flow)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
    Params(period): Params<Period>,
) -> Result<Json<Flow>> {
    let catalog = server.engine().shared.catalog(&workspace);
    let Some(spec) = catalog.loops.get(&name) else {
        return Err(Error::NotFound { what: "Loop", name });
    };
    let audience = catalog.campaigns.get(&spec.campaign);
    let audience = audience.and_then(|one| one.spec.audience.clone()).unwrap_or_default();
    let [from, to] = period.ends(&server);
    let parameters = vec![
        Parameter::Text(workspace.to_string()),
        from,
        to,
        Parameter::Text(spec.campaign.clone()),
        Parameter::Text(audience),
        Parameter::Text(name),
    ];
    let found = ask(&server, STEPS, parameters, 1).await?.into_iter().next();
    found.map(Json).ok_or_else(|| Error::internal("a flow", &"no row"))
}
