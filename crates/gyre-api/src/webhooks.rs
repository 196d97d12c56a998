//! Calls of other systems: answered when everything taken of them is on disk.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use crate::app::Server;
use crate::body;
use crate::error::{Error, Refusal};
use crate::extract::workspace;
use crate::shape::webhooks::{RejectedRow, Taken};
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use gyre_collect::webhook::{self, Refused};
use gyre_model::Workspace;
use gyre_ring::{Engine, WebhookSource};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Where a call goes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Where {
    /// The workspace of the source; `main` when absent.
    #[serde(default)]
    workspace: Option<String>,
}

/// Takes a call of another system: signed as its source says, mapped as the mappings of its source say.
#[utoipa::path(post, path = "/v1/webhooks/{source}", operation_id = "webhook", tag = "collect",
    params(("source" = String, Path), Where),
    request_body(content = serde_json::Value, description = "JSON, or a form"),
    responses((status = 200, body = Taken), (status = 401), (status = 404)),
    security(()))]
pub(crate) async fn take(
    State(server): State<Arc<Server>>,
    Path(source): Path<String>,
    Query(asked): Query<Where>,
    request: Request,
) -> Result<Json<Taken>, Refusal> {
    let named = asked.workspace.as_deref();
    let workspace = named.map_or_else(
        || Ok(Workspace::default()),
        |name| workspace(name, "the parameter workspace"),
    )?;
    let unknown = || Refusal::new(404, "source_not_found", "there is no such webhook source");
    let known = server.engine().webhook_source(&workspace, &source).ok_or_else(unknown)?;
    let (parts, body) = request.into_parts();
    let limits = &server.app.limits;
    let limit = known.max_bytes.min(limits.unpacked);
    let body = body::read(&parts.headers, body, limit, limits).await?;
    let signed = match check(&server, &known, &parts, &body) {
        Ok(signed) => signed,
        Err(refused) => {
            tracing::warn!(source, code = code(refused), "a webhook was refused");
            return Err(Refusal::new(401, code(refused), refused.to_string()));
        }
    };
    let kind = text(&parts, CONTENT_TYPE.as_str()).unwrap_or_default().to_owned();
    let pairs = parts.headers.iter();
    let headers = webhook::headers(
        pairs.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))),
    );
    // To its end though the caller hangs up: campaigns and entries belong together.
    let engine = Arc::clone(server.engine());
    let work = async move {
        let body = webhook::parse(&kind, &body).map_err(|why| (why, body));
        match body {
            Ok(body) => {
                engine.webhook(&workspace, &source, &headers, &body, signed.as_deref()).await
            }
            Err((why, body)) => unread(&engine, &workspace, &source, &why, &body).await,
        }
    };
    let taken = server.soon(|_| work).await?;
    Ok(Json(Taken {
        success: true,
        accepted: taken.accepted as u64,
        records: taken.records as u64,
        campaigns: taken.campaigns.len() as u64,
        ignored: taken.ignored as u64,
        rejected: taken
            .rejected
            .into_iter()
            .map(|one| RejectedRow {
                index: one.index as u64,
                code: one.code,
                message: one.message,
            })
            .collect(),
    }))
}

fn text<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// Checks the signature; the id that was signed.
fn check(
    server: &Server,
    source: &WebhookSource,
    parts: &Parts,
    body: &[u8],
) -> Result<Option<String>, Refused> {
    let signature = source.signature.as_ref().ok_or(Refused::Unready)?;
    let mut secrets = Vec::with_capacity(signature.secrets.len());
    for secret in &signature.secrets {
        // One that is not there yet, or no more, must not refuse what another one signed.
        match server.app.secrets.read(secret) {
            Ok(text) if !text.is_empty() => secrets.push(text),
            Ok(_) => tracing::warn!("a secret of a webhook source is empty"),
            Err(error) => tracing::warn!(%error, "a secret of a webhook source cannot be read"),
        }
    }
    let now = server.engine().shared.clock.now();
    webhook::verify(signature, &secrets, &|name| text(parts, name), body, now)
}

fn code(refused: Refused) -> &'static str {
    match refused {
        Refused::Unsigned => "unsigned",
        Refused::Mismatch => "signature_mismatch",
        Refused::Stale => "signature_too_old",
        Refused::Unready => "source_not_ready",
    }
}

/// A body that is no JSON, from somebody who proved who they are: kept, and not sent again for ever.
async fn unread(
    engine: &Engine,
    workspace: &Workspace,
    source: &str,
    why: &webhook::Malformed,
    body: &[u8],
) -> gyre_ring::Result<webhook::Taken> {
    use gyre_collect::import::RowReject;
    let raw = String::from_utf8_lossy(body);
    let reject = RowReject::new("malformed_json", why.to_string()).hint("send JSON or a form");
    let letter = webhook::letter(workspace, source, &raw, &raw, &reject);
    engine.ingest(vec![letter]).await?;
    let rejected =
        vec![webhook::RejectedRow { index: 0, code: reject.code, message: reject.message }];
    Ok(webhook::Taken { rejected, ..webhook::Taken::default() })
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self::of(status, code, message.into())
    }
}

impl From<gyre_ring::Error> for Refusal {
    fn from(error: gyre_ring::Error) -> Self {
        Self::from(Error::from(error))
    }
}
