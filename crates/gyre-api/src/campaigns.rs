//! Campaigns and how they fare.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Named};
use crate::shape;
use axum::Json;
use axum::extract::State;
use gyre_model::resource::Kind;
use serde_json::{Value, json};
use std::sync::Arc;

/// All campaigns.
#[utoipa::path(get, path = "/v1/campaigns", operation_id = "list_campaigns", tag = "campaigns",
    responses((status = 200, body = shape::campaigns::CampaignList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let rows = server.apart(|engine| async move { engine.resources(&workspace).await }).await?;
    let campaigns: Vec<Value> = rows
        .into_iter()
        .filter(|row| row.kind == Kind::Campaign)
        .map(|row| {
            json!({
                "name": row.name,
                "version": row.version,
                "by": row.by,
                "at": row.at,
                "spec": row.spec,
                "managed": row.managed,
            })
        })
        .collect();
    Ok(Json(json!({"campaigns": campaigns})))
}

/// A campaign and how it fares.
#[utoipa::path(get, path = "/v1/campaigns/{name}", operation_id = "get_campaign", tag = "campaigns",
    params(("name" = String, Path)),
    responses((status = 200, body = shape::campaigns::CampaignView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Result<Json<Value>> {
    let asked = name.clone();
    let report = server
        .apart(|engine| async move { Box::pin(engine.campaign_report(&workspace, &asked)).await })
        .await?;
    report.map(Json).ok_or(Error::NotFound { what: "Campaign", name })
}
