//! Consent: said by servers on a person's behalf, asked about, and the ledger held against its chain.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use crate::app::Server;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named, Params};
use crate::shape::consent as shape;
use axum::Json;
use axum::extract::State;
use gyre_model::{ConsentDecision, Timestamp, Topic};
use gyre_ring::{ConsentView, GateCount, LedgerReport, Stated};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What somebody said, told by a server.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ConsentSaid)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    anonymous_id: Option<String>,
    #[serde(default)]
    email: Option<String>,
    /// Topics (`analytics`, `contact.email`, …), each with `granted`, `denied` or `withdrawn`.
    #[serde(default)]
    topics: BTreeMap<String, String>,
    /// Consent strings and objects as events carry them: `consent`, `consentManagement`,
    /// `IABTCF_TCString`, `IABGPP_HDR_GppString`, ….
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    context: Map<String, Value>,
    /// When it was said; now if not given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Option<Timestamp>,
    /// Until when a yes counts.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    #[serde(default)]
    legal_basis: Option<String>,
    #[serde(default)]
    jurisdiction: Option<String>,
    #[serde(default)]
    notice_version: Option<String>,
    #[serde(default)]
    notice_hash: Option<String>,
    #[serde(default)]
    language: Option<String>,
    /// How it was said, for example `phone`; `api` if not given.
    #[serde(default)]
    method: Option<String>,
    /// Who wrote it down; whoever calls if not given.
    #[serde(default)]
    actor: Option<String>,
    #[serde(default)]
    cmp: Option<String>,
    /// The same id again is the same statement.
    #[serde(default)]
    id: Option<String>,
}

/// What was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsentWritten)]
pub(crate) struct Written {
    /// The messages that entries of the ledger refer to.
    messages: Vec<String>,
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// The instant; now if not given.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    as_of: Option<Timestamp>,
    /// Only by what was known then.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    known_at: Option<Timestamp>,
}

/// What the gates of consent have said since the server started.
#[derive(Debug, Serialize)]
pub(crate) struct Gates {
    gates: Vec<GateCount>,
}

/// Writes down what somebody said. In effect when it answers.
#[utoipa::path(post, path = "/v1/consent", operation_id = "state_consent", tag = "consent",
    request_body = Said, responses((status = 200, body = Written)))]
pub(crate) async fn state(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Input(said): Input<Said>,
) -> Result<Json<Written>> {
    let mut topics = Vec::new();
    for (topic, decision) in &said.topics {
        let known = Topic::parse(topic).ok_or_else(|| {
            Error::invalid(
                format!("there is no topic `{topic}`"),
                "collect, analytics, personalise, model_training, profiling, ads_share, contact or \
                 contact.<channel>",
            )
        })?;
        let decision = ConsentDecision::parse(decision)
            .filter(|decision| *decision != ConsentDecision::Expired)
            .ok_or_else(|| {
                let message = format!("`{decision}` is nothing that can be said about `{topic}`");
                Error::invalid(message, "granted, denied or withdrawn")
            })?;
        topics.push((known, decision));
    }
    let texts = [
        ("legal_basis", said.legal_basis),
        ("jurisdiction", said.jurisdiction),
        ("notice_version", said.notice_version),
        ("notice_hash", said.notice_hash),
        ("language", said.language),
        ("cmp", said.cmp),
        ("method", said.method.or_else(|| Some("api".to_owned()))),
        ("actor", said.actor.or(Some(caller.name))),
        ("expires_at", said.expires_at.map(|time| time.to_string())),
    ];
    let properties: Map<String, Value> = texts
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), Value::String(text?))))
        .collect();
    let stated = Stated {
        through: "api",
        user_id: said.user_id,
        anonymous_id: said.anonymous_id,
        email: said.email,
        topics,
        occurred_at: said.occurred_at,
        id: said.id,
        properties,
        context: said.context,
        answers: None,
    };
    let ids = server
        .soon(|engine| async move { engine.state_consent(&workspace, &stated).await })
        .await?;
    Ok(Json(Written { messages: ids.iter().map(|id| format!("consent-{id}")).collect() }))
}

/// Where somebody stands, now or as of an instant.
#[utoipa::path(get, path = "/v1/people/{id}/consent", operation_id = "get_consent", tag = "consent",
    params(("id" = String, Path), AsOf), responses((status = 200, body = shape::ConsentView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(text): Named<String>,
    Params(when): Params<AsOf>,
) -> Result<Json<ConsentView>> {
    let found = server.apart(|engine| async move {
        engine.consent(&workspace, &text, when.as_of, when.known_at).await
    });
    // The identifier is personal, so the answer does not repeat it.
    let missing = || Error::NotFound { what: "a person", name: "of that id".to_owned() };
    found.await?.map(Json).ok_or_else(missing)
}

/// Walks the ledger and holds every entry against its hash and its place.
#[utoipa::path(get, path = "/v1/consent/verify", operation_id = "verify_consent", tag = "consent",
    responses((status = 200, body = shape::LedgerReport)))]
pub(crate) async fn verify(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<LedgerReport>> {
    let report =
        server.apart(|engine| async move { engine.verify_consents(&workspace).await }).await?;
    Ok(Json(report))
}

/// What the gates of consent have said since the server started.
#[utoipa::path(get, path = "/v1/consent/gates", operation_id = "list_gates", tag = "consent",
    responses((status = 200, body = shape::Gates)))]
pub(crate) async fn gates(State(server): State<Arc<Server>>) -> Json<Gates> {
    Json(Gates { gates: server.engine().shared.gates.all() })
}
