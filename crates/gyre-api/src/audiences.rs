//! Audiences before they are saved.

use crate::app::Server;
use crate::auth::{Caller, Right};
use crate::error::{Error, Result};
use crate::extract::{In, Input};
use crate::shape::audiences;
use axum::Json;
use axum::extract::State;
use gyre_ring::{AudiencePreview, AudienceQuestion, MAX_SAMPLE};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// An audience as it would be saved, and what to tell of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AudienceAsked {
    /// The rule.
    rule: String,
    /// Audiences to compare with, at most four.
    #[serde(default)]
    overlap: Vec<String>,
    /// The contact policy that says what consent a channel needs; the only one there is if not given.
    #[serde(default)]
    contact_policy: Option<String>,
    /// How many people to name, at most twenty; takes the right to look at people.
    #[serde(default)]
    sample: usize,
}

/// How many people a rule holds for, how many of them can be reached, and whom it shares with other
/// audiences. Nothing is saved.
#[utoipa::path(post, path = "/v1/audiences/preview", operation_id = "preview_audience",
    tag = "audiences", request_body = AudienceAsked,
    responses((status = 200, body = audiences::AudiencePreview)))]
pub(crate) async fn preview(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Input(AudienceAsked { rule, overlap, contact_policy, sample }): Input<AudienceAsked>,
) -> Result<Json<AudiencePreview>> {
    if sample > 0 && !caller.may(Right::People) {
        let message = format!("the role {} does not look at people", caller.role.as_str());
        return Err(Error::Denied { message });
    }
    if sample > MAX_SAMPLE {
        let hint = format!("at most {MAX_SAMPLE}");
        return Err(Error::invalid("sample is too large", hint));
    }
    let question = AudienceQuestion { rule, overlap, contact_policy, sample };
    let told =
        server.apart(|engine| async move { engine.preview_audience(&workspace, &question).await });
    told.await.map(Json)
}
