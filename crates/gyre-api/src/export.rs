//! The members of an audience, for others.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use crate::app::Server;
use crate::error::Result;
use crate::extract::{In, Named, Params};
use crate::shape;
use axum::Json;
use axum::extract::State;
use gyre_ring::AudienceExport;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// The `next` of the page before; absent: the first.
    after: Option<String>,
}

/// A page of the members of an audience, to be given to others such as an advertising platform: only those
/// who consent to that (`ads_share`), by user ids, addresses and phone numbers. The others are counted.
#[utoipa::path(get, path = "/v1/audiences/{name}/export", operation_id = "export_audience",
    tag = "people", params(("name" = String, Path), Page),
    responses((status = 200, body = shape::people::AudienceExport)))]
pub(crate) async fn audience(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
    Params(page): Params<Page>,
) -> Result<Json<AudienceExport>> {
    let export = server.apart(|engine| async move {
        engine.export_audience(&workspace, &name, page.after.as_deref()).await
    });
    export.await.map(Json)
}
