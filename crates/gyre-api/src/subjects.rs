//! Requests of people about their own data: written down, looked at, their exports fetched.

use crate::app::Server;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use crate::people::id;
use crate::shape::subjects::{CertificateKey, SubjectRequestList, SubjectRequestView};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gyre_model::record::body::SubjectRequestKind;
use gyre_model::{NodeKind, RecordId, Workspace};
use gyre_ring::{Asking, Correcting, Identifier, Request};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// Bytes of an export read at once.
const PIECE: usize = 256 * 1024;

/// What somebody asks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// `export`, `erase`, `restrict`, `unrestrict`, `lift` or `rectify`.
    #[schema(value_type = String)]
    kind: SubjectRequestKind,
    /// A user id, an e-mail address, an anonymous id or a person's id.
    identifier: String,
    /// What kind of identifier it is: `user`, `email` or `anonymous`; any when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    identifier_kind: Option<NodeKind>,
    /// Your own number for it: asking again with the same one is the same request.
    #[serde(default)]
    reference: Option<String>,
    /// What is to be put right; only with `rectify`.
    #[serde(default)]
    corrections: Vec<CorrectionAsked>,
}

/// One thing that is to be put right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CorrectionAsked {
    /// A trait has this value, whatever was said before.
    Set {
        /// The trait; parts of a path stand between dots.
        r#trait: String,
        /// A text, a number or a truth.
        value: Value,
    },
    /// Nothing that was said of a trait counts.
    Remove {
        /// The trait.
        r#trait: String,
    },
    /// An identifier is not theirs; another one of the same type is.
    Replace {
        /// The wrong one.
        wrong: String,
        /// The right one.
        right: String,
    },
    /// An identifier is not theirs.
    Drop {
        /// The wrong one.
        wrong: String,
    },
}

impl From<CorrectionAsked> for Correcting {
    fn from(asked: CorrectionAsked) -> Self {
        match asked {
            CorrectionAsked::Set { r#trait: name, value } => Self::Set { name, value },
            CorrectionAsked::Remove { r#trait: name } => Self::Remove { name },
            CorrectionAsked::Replace { wrong, right } => Self::Replace { wrong, right },
            CorrectionAsked::Drop { wrong } => Self::Drop { wrong },
        }
    }
}

/// Writes a request down. It is carried out behind it; look again until it is `done`.
#[utoipa::path(post, path = "/v1/subject-requests", operation_id = "ask_subject", tag = "subjects",
    request_body = Asked, responses((status = 200, body = SubjectRequestView)))]
pub(crate) async fn ask(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Input(asked): Input<Asked>,
) -> Result<Json<Value>> {
    let asking = Asking {
        kind: asked.kind,
        who: Identifier { kind: asked.identifier_kind, value: asked.identifier },
        by: caller.name,
        reference: asked.reference,
        corrections: asked.corrections.into_iter().map(Correcting::from).collect(),
    };
    let work = |engine: Arc<gyre_ring::Engine>| async move {
        engine.ask_subject(&workspace, asking).await
    };
    Ok(Json(view(&server.apart(work).await?)))
}

/// All requests, newest first.
#[utoipa::path(get, path = "/v1/subject-requests", operation_id = "list_subject_requests", tag = "subjects",
    responses((status = 200, body = SubjectRequestList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let work =
        |engine: Arc<gyre_ring::Engine>| async move { engine.subject_requests(&workspace).await };
    let requests = server.apart(work).await?;
    Ok(Json(json!({"requests": requests.iter().map(view).collect::<Vec<_>>()})))
}

/// A request.
#[utoipa::path(get, path = "/v1/subject-requests/{id}", operation_id = "get_subject_request", tag = "subjects",
    params(("id" = String, Path)), responses((status = 200, body = SubjectRequestView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(text): Named<String>,
) -> Result<Json<Value>> {
    Ok(Json(view(&find(&server, workspace, &text).await?)))
}

/// The archive of a request, while it is kept: JSON lines, as one tar file.
#[utoipa::path(get, path = "/v1/subject-requests/{id}/export", operation_id = "get_subject_export", tag = "subjects",
    params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/x-tar")))]
pub(crate) async fn export(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(text): Named<String>,
) -> Result<Response> {
    let request = find(&server, workspace, &text).await?;
    let Some(size) = request.export_bytes else {
        let name = format!("of request {}", request.id);
        return Err(Error::NotFound { what: "an export", name });
    };
    let named = format!("attachment; filename=\"gyre-export-{}.tar\"", request.id);
    let pieces = futures::stream::try_unfold(0, move |from| {
        let (engine, request) = (Arc::clone(server.engine()), request.clone());
        async move {
            let piece = engine.subject_export(&request, from, PIECE).await?;
            let next = from + piece.len() as u64;
            Ok::<_, gyre_ring::Error>((!piece.is_empty()).then(|| (Bytes::from(piece), next)))
        }
    });
    let headers = [
        (CONTENT_TYPE, "application/x-tar".to_owned()),
        (CONTENT_LENGTH, size.to_string()),
        (CONTENT_DISPOSITION, named),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// What certificates are signed with, so that they can be checked without this server.
#[utoipa::path(get, path = "/v1/certificate-key", operation_id = "get_certificate_key", tag = "subjects",
    responses((status = 200, body = CertificateKey)))]
pub(crate) async fn key(State(server): State<Arc<Server>>) -> Json<Value> {
    let (algorithm, key) = server.engine().certificate_key();
    let key = key.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    Json(json!({"algorithm": algorithm, "key": key}))
}

async fn find(server: &Server, workspace: Workspace, text: &str) -> Result<Request> {
    let id: RecordId = id(text, "request")?;
    let work = move |engine: Arc<gyre_ring::Engine>| async move {
        engine.subject_request(&workspace, id).await
    };
    let found = server.apart(work).await?;
    found.ok_or(Error::NotFound { what: "request", name: id.to_string() })
}

/// What is shown of a request: not whom it is about, and not what is still to be done.
fn view(request: &Request) -> Value {
    let mut value = serde_json::to_value(request).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for hidden in ["nodes", "plan", "corrections", "digest"] {
            fields.remove(hidden);
        }
    }
    value
}
