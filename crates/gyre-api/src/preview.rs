//! A variant of a campaign as somebody would see it: its templates filled in by what fills them in when
//! something is sent.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use crate::app::Server;
use crate::auth::{Caller, Right};
use crate::error::{Error, Result};
use crate::extract::{self, In, Named, Params};
use crate::shape::campaigns;
use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use gyre_model::Workspace;
use gyre_ring::{Preview, Wanted};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// What an e-mail may do in a page: show itself. No script, no form, nothing from here, and no page but
/// ours around it.
pub(crate) const POLICY: &str = "sandbox; default-src 'none'; img-src https: data:; \
    style-src 'unsafe-inline'; frame-ancestors 'self'";

/// What of a campaign is to be seen.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// One of its variants.
    variant: String,
    /// The channel, for example `email`.
    channel: String,
    /// Whose features are filled in; takes the right to look at people. Nobody's if not given.
    person: Option<String>,
    /// The workspace, instead of the header: a frame sends none.
    workspace: Option<String>,
}

/// A variant as it would be delivered now. Nothing is decided or sent.
#[utoipa::path(get, path = "/v1/campaigns/{name}/preview", operation_id = "preview_campaign",
    tag = "campaigns", params(("name" = String, Path), Which),
    responses((status = 200, body = campaigns::Preview)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named(name): Named<String>,
    Params(which): Params<Which>,
) -> Result<Json<Preview>> {
    rendered(&server, workspace, &caller, name, which).await.map(Json)
}

/// The HTML of an e-mail, to be shown in a frame.
#[utoipa::path(get, path = "/v1/campaigns/{name}/preview/html", operation_id = "preview_html",
    tag = "campaigns", params(("name" = String, Path), Which),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn html(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named(name): Named<String>,
    Params(which): Params<Which>,
) -> Result<Response> {
    let channel = which.channel.clone();
    let preview = rendered(&server, workspace, &caller, name, which).await?;
    let html =
        preview.html.ok_or(Error::NotFound { what: "HTML for the channel", name: channel })?;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, html).into_response())
}

async fn rendered(
    server: &Server,
    workspace: Workspace,
    caller: &Caller,
    campaign: String,
    Which { variant, channel, person, workspace: named }: Which,
) -> Result<Preview> {
    let workspace = match named {
        Some(name) => extract::workspace(&name, "the parameter workspace")?,
        None => workspace,
    };
    if person.is_some() && !caller.may(Right::People) {
        let message = format!("the role {} does not look at people", caller.role.as_str());
        return Err(Error::Denied { message });
    }
    let wanted = Wanted { campaign, variant, channel, person };
    server.apart(|engine| async move { engine.preview(&workspace, &wanted).await }).await
}
