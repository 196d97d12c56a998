//! The clock, and moving a manual one.

use crate::app::Server;
use crate::error::Result;
use crate::extract::Input;
use axum::Json;
use axum::extract::State;
use gyre_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize)]
pub(crate) struct Clock {
    now: Timestamp,
    manual: bool,
    /// How many instants a manual clock stood still at on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    instants: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    to: Timestamp,
}

pub(crate) async fn show(State(server): State<Arc<Server>>) -> Json<Clock> {
    let clock = &server.engine().shared.clock;
    Json(Clock { now: clock.now(), manual: clock.is_manual(), instants: None })
}

pub(crate) async fn advance(
    State(server): State<Arc<Server>>,
    Input(Advance { to }): Input<Advance>,
) -> Result<Json<Clock>> {
    let instants = server.apart(|engine| async move { engine.advance(to).await }).await?;
    let clock = &server.engine().shared.clock;
    Ok(Json(Clock { now: clock.now(), manual: clock.is_manual(), instants: Some(instants) }))
}
