//! The clock, and moving a manual one.

use crate::app::Server;
use crate::error::Result;
use crate::extract::Input;
use axum::Json;
use axum::extract::State;
use gyre_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The clock.
#[derive(Serialize, ToSchema)]
pub(crate) struct Clock {
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    manual: bool,
    /// How many instants a manual clock stood still at on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    instants: Option<u64>,
}

/// Where to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
}

/// The clock.
#[utoipa::path(get, path = "/v1/clock", operation_id = "get_clock", tag = "server",
    responses((status = 200, body = Clock)))]
pub(crate) async fn show(State(server): State<Arc<Server>>) -> Json<Clock> {
    let clock = &server.engine().shared.clock;
    Json(Clock { now: clock.now(), manual: clock.is_manual(), instants: None })
}

/// Moves a manual clock.
#[utoipa::path(post, path = "/v1/clock/advance", operation_id = "advance_clock", tag = "server",
    request_body = Advance, responses((status = 200, body = Clock)))]
pub(crate) async fn advance(
    State(server): State<Arc<Server>>,
    Input(Advance { to }): Input<Advance>,
) -> Result<Json<Clock>> {
    let instants = server.apart(|engine| async move { engine.advance(to).await }).await?;
    let clock = &server.engine().shared.clock;
    Ok(Json(Clock { now: clock.now(), manual: clock.is_manual(), instants: Some(instants) }))
}
