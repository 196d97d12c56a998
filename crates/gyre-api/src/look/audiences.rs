//! How large audiences are and were, and who comes and goes.

use super::ask;
use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Named};
use axum::Json;
use axum::extract::State;
use gyre_derive::Purpose;
use gyre_ports::lake::Parameter;
use gyre_ring::view_sql;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

const MAX_POINTS: usize = 20_000;

const DAYS: &str = "SELECT name, date_trunc('day', effective_at) AS day, \
    sum(CASE WHEN entered THEN 1 ELSE -1 END) AS change \
  FROM enrollments WHERE workspace = $1 AND scope = 'audience' \
  GROUP BY name, date_trunc('day', effective_at) ORDER BY name, day";

/// A day on which somebody entered or left.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SizePoint {
    day: String,
    /// At its end.
    people: i64,
}

/// All audiences that anybody was ever in, by name: their sizes, oldest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AudienceSizes {
    audiences: BTreeMap<String, Vec<SizePoint>>,
}

#[derive(Deserialize)]
struct Changed {
    name: String,
    day: String,
    change: i64,
}

/// How large audiences are, and were.
#[utoipa::path(get, path = "/v1/audience-sizes", operation_id = "get_audience_sizes",
    tag = "campaigns", responses((status = 200, body = AudienceSizes)))]
pub(crate) async fn sizes(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<AudienceSizes>> {
    let parameters = vec![Parameter::Text(workspace.to_string())];
    let days: Vec<Changed> = ask(&server, DAYS, parameters, MAX_POINTS).await?;
    let mut audiences: BTreeMap<String, Vec<SizePoint>> = BTreeMap::new();
    for Changed { name, day, change } in days {
        let points = audiences.entry(name).or_default();
        let before = points.last().map_or(0, |point| point.people);
        points.push(SizePoint { day, people: before + change });
    }
    Ok(Json(AudienceSizes { audiences }))
}

/// Over the view of memberships: whoever was joined counts once, and who was erased no more.
const HISTORY: &str = "SELECT day, sum(entered) AS entered, sum(left_by) AS left_by FROM (\
    SELECT date_trunc('day', entered_at) AS day, 1 AS entered, 0 AS left_by \
      FROM memberships WHERE audience = $2 \
    UNION ALL SELECT date_trunc('day', left_at) AS day, 0 AS entered, 1 AS left_by \
      FROM memberships WHERE audience = $2 AND left_at IS NOT NULL\
  ) AS moves GROUP BY day ORDER BY day";

/// What an audience was on a day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AudienceDay {
    day: String,
    /// How often somebody entered.
    entered: i64,
    /// How often somebody left.
    left: i64,
    /// How many were in it at its end.
    size: i64,
}

/// An audience day by day: those on which somebody entered or left.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AudienceHistory {
    audience: String,
    days: Vec<AudienceDay>,
}

#[derive(Deserialize)]
struct Moved {
    day: String,
    entered: i64,
    left_by: i64,
}

/// How large an audience was, day by day, and how many entered and left.
#[utoipa::path(get, path = "/v1/audiences/{name}/history", operation_id = "get_audience_history",
    tag = "audiences", params(("name" = String, Path)),
    responses((status = 200, body = AudienceHistory)))]
pub(crate) async fn history(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Result<Json<AudienceHistory>> {
    let parameters = vec![Parameter::Text(workspace.to_string()), Parameter::Text(name.clone())];
    let memberships = view_sql("memberships").unwrap_or_default();
    let asked = format!("WITH memberships AS ({memberships}) {HISTORY}");
    let moved: Vec<Moved> = ask(&server, &asked, parameters, MAX_POINTS).await?;
    let is_there =
        server.engine().shared.catalog(&workspace).audiences.index(&name, Purpose::Declared);
    if moved.is_empty() && is_there.is_none() {
        return Err(Error::NotFound { what: "Audience", name });
    }
    let mut size = 0;
    let days = moved.into_iter().map(|Moved { day, entered, left_by }| {
        size += entered - left_by;
        AudienceDay { day, entered, left: left_by, size }
    });
    Ok(Json(AudienceHistory { days: days.collect(), audience: name }))
}
