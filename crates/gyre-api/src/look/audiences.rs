//! How large audiences are, and were.

use super::ask;
use crate::app::Server;
use crate::error::Result;
use crate::extract::In;
use axum::Json;
use axum::extract::State;
use gyre_ports::lake::Parameter;
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
