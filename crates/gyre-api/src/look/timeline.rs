//! What happened with a person: what they did, what was decided, sent and answered, and why their
//! identifiers are one person.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use super::ask;
use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Named, Params};
use axum::Json;
use axum::extract::State;
use gyre_ports::lake::Parameter;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

const DEFAULT: usize = 100;
const MOST: usize = 1_000;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HowMuch {
    /// At most so many, 100 unless said.
    #[serde(default)]
    limit: Option<usize>,
}

/// Something that happened.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Happened {
    at: String,
    /// `event`, `decision`, `delivery`, `response`, `audience`, `loop`, `consent` or `identity`.
    kind: String,
    /// The event, the variant, the outcome, …
    what: String,
    /// The campaign, audience, channel, …
    #[serde(default)]
    about: Option<String>,
    /// Its id: of a decision, of a message.
    #[serde(default)]
    id: Option<String>,
    /// More of it, as JSON text or words.
    #[serde(default)]
    detail: Option<String>,
}

/// Newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Timeline {
    entries: Vec<Happened>,
    /// Whether there is more.
    truncated: bool,
}

/// What happened with a person, newest first.
#[utoipa::path(get, path = "/v1/people/{id}/timeline", operation_id = "get_timeline",
    tag = "people", params(("id" = String, Path), HowMuch),
    responses((status = 200, body = Timeline)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(id): Named<String>,
    Params(how_much): Params<HowMuch>,
) -> Result<Json<Timeline>> {
    let limit = how_much.limit.unwrap_or(DEFAULT);
    if limit == 0 || limit > MOST {
        return Err(Error::invalid("limit is out of range", format!("from 1 to {MOST}")));
    }
    let asked = workspace.clone();
    let found = server.apart(|engine| async move { engine.person(&asked, &id).await }).await?;
    let Some(person) = found else {
        return Err(Error::NotFound { what: "a person", name: "of that id".to_owned() });
    };
    let mut parameters = vec![Parameter::Text(workspace.to_string())];
    parameters.extend(person.nodes.iter().map(|node| Parameter::Text(node.node.to_string())));
    let sql = question(person.nodes.len(), limit);
    let mut entries: Vec<Happened> = ask(&server, &sql, parameters, limit + 1).await?;
    let truncated = entries.len() > limit;
    entries.truncate(limit);
    Ok(Json(Timeline { entries, truncated }))
}

/// The question about so many nodes. Only numbers are put into the text.
fn question(nodes: usize, limit: usize) -> String {
    let holes: Vec<String> = (2..nodes + 2).map(|number| format!("${number}")).collect();
    let of = format!("WHERE workspace = $1 AND node IN ({})", holes.join(", "));
    let more = limit + 1;
    format!(
        "SELECT occurred_at AS at, 'event' AS kind, coalesce(name, kind) AS what, \
            source AS about, message_id AS id, \
            coalesce(nullif(properties, '{{}}'), traits) AS detail FROM events {of} \
         UNION ALL SELECT decided_at, 'decision', coalesce(chosen, 'nothing could be drawn'), \
            campaign, decision, channel FROM decisions {of} \
         UNION ALL SELECT occurred_at, 'delivery', outcome, campaign, decision, \
            coalesce(detail, variant) FROM deliveries {of} \
         UNION ALL SELECT occurred_at, 'response', concat(kind, ''), campaign, decision, variant \
            FROM responses {of} \
         UNION ALL SELECT effective_at, scope, \
            CASE WHEN entered THEN 'entered' ELSE 'left' END, name, CAST(NULL AS VARCHAR), arm \
            FROM enrollments {of} \
         UNION ALL SELECT occurred_at, 'consent', \
            CASE WHEN granted THEN 'given' ELSE 'taken back' END, channel, \
            CAST(NULL AS VARCHAR), source FROM consents {of} \
         UNION ALL SELECT occurred_at, 'identity', \
            CASE WHEN joined THEN 'joined' ELSE 'kept apart' END, event_kind, message_id, reason \
            FROM identities {of} \
         ORDER BY at DESC, kind, what LIMIT {more}"
    )
}
