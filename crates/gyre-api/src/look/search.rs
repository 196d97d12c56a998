//! Finding people by a part of what identifies them.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use super::ask;
use crate::app::Server;
use crate::error::Result;
use crate::extract::{In, Params};
use axum::Json;
use axum::extract::State;
use gyre_ports::lake::Parameter;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

const FOUND: usize = 50;

/// Traits are searched too, because that is where e-mail addresses and names stand.
const MATCHING: &str = "SELECT coalesce(user_id, anonymous_id) AS id, \
    count(*) AS events, min(occurred_at) AS first_seen, max(occurred_at) AS last_seen \
  FROM events WHERE workspace = $1 AND coalesce(user_id, anonymous_id) IS NOT NULL \
    AND ($2 = '' OR strpos(lower(coalesce(user_id, '')), $2) > 0 \
      OR strpos(lower(coalesce(anonymous_id, '')), $2) > 0 \
      OR (kind = 'identify' AND strpos(lower(coalesce(traits, '')), $2) > 0)) \
  GROUP BY coalesce(user_id, anonymous_id) ORDER BY last_seen DESC, id LIMIT 50";

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// A part of a user id, an anonymous id or a trait; without it, whoever was seen last.
    #[serde(default)]
    search: String,
}

/// Somebody who was found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Found {
    /// A user id, or an anonymous id where there is none.
    id: String,
    /// Events that match.
    events: u64,
    first_seen: String,
    last_seen: String,
}

/// At most fifty, whoever was seen last first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundList {
    people: Vec<Found>,
}

/// Finds people by a part of what identifies them.
#[utoipa::path(get, path = "/v1/people", operation_id = "search_people", tag = "people",
    params(Wanted), responses((status = 200, body = FoundList)))]
pub(crate) async fn people(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Params(wanted): Params<Wanted>,
) -> Result<Json<FoundList>> {
    let text = wanted.search.trim().to_lowercase();
    let parameters = vec![Parameter::Text(workspace.to_string()), Parameter::Text(text)];
    Ok(Json(FoundList { people: ask(&server, MATCHING, parameters, FOUND).await? }))
}
