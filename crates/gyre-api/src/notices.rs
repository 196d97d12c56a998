//! Reports and alerts: how they stand, a report as it would be sent now, and sending one at once.

use crate::app::Server;
use crate::error::Result;
use crate::extract::{In, Named};
use crate::preview::POLICY;
use crate::shape::notices::{AlertList, Mailing, ReportList};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// Reports: when each is due, and what came of those that were.
#[utoipa::path(get, path = "/v1/reports", operation_id = "list_reports", tag = "notices",
    responses((status = 200, body = ReportList)))]
pub(crate) async fn reports(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let reports = server.apart(|engine| async move { engine.reports(&workspace).await }).await?;
    Ok(Json(json!({"reports": reports})))
}

/// A report as it would be sent now, as HTML, or as plain text where `Accept` asks for it. Nothing is sent.
#[utoipa::path(post, path = "/v1/reports/{name}/preview", operation_id = "preview_report",
    tag = "notices", params(("name" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn preview(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let mail = server
        .ask(move |engine| async move { engine.preview_report(&workspace, &name).await })
        .await?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.starts_with("text/plain") {
        let text = format!("{}\n\n{}", mail.subject, mail.text);
        return Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response());
    }
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, mail.html).into_response())
}

/// Sends a report at once, beside those that are due; what came of it.
#[utoipa::path(post, path = "/v1/reports/{name}/send", operation_id = "send_report", tag = "notices",
    params(("name" = String, Path)), responses((status = 200, body = Mailing)))]
pub(crate) async fn send(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Result<Json<Value>> {
    let sent = server
        .apart(move |engine| async move { engine.send_report(&workspace, &name).await })
        .await?;
    Ok(Json(json!(sent)))
}

/// Alerts: whether each fires and since when, its number, and what was sent.
#[utoipa::path(get, path = "/v1/alerts", operation_id = "list_alerts", tag = "notices",
    responses((status = 200, body = AlertList)))]
pub(crate) async fn alerts(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let alerts = server.apart(|engine| async move { engine.alerts(&workspace).await }).await?;
    Ok(Json(json!({"alerts": alerts})))
}
