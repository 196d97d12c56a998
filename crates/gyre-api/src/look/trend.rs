//! Campaigns over time: what was decided, delivered and clicked, week by week and arm by arm; and one
//! line per campaign.

use super::{Period, ask};
use crate::app::Server;
use crate::error::Result;
use crate::extract::{In, Named, Params};
use axum::Json;
use axum::extract::State;
use gyre_ports::lake::Parameter;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

const MAX_POINTS: usize = 2_000;

/// `$1` workspace, `$2` from, `$3` to, `$4` campaign.
const WEEKS: &str = "WITH decided AS ( \
    SELECT decision, date_trunc('week', decided_at) AS week, coalesce(arm, '') AS arm \
    FROM decisions WHERE workspace = $1 AND campaign = $4 AND chosen IS NOT NULL \
      AND decided_at >= $2 AND decided_at < $3), \
  sent AS (SELECT DISTINCT decision FROM deliveries \
    WHERE workspace = $1 AND campaign = $4 AND outcome IN ('sent', 'rendered')), \
  clicked AS (SELECT DISTINCT decision FROM responses \
    WHERE workspace = $1 AND campaign = $4 AND kind = 'click') \
  SELECT d.week AS week, d.arm AS arm, count(*) AS decisions, count(s.decision) AS delivered, \
    count(c.decision) AS clicked \
  FROM decided AS d LEFT JOIN sent AS s ON s.decision = d.decision \
    LEFT JOIN clicked AS c ON c.decision = d.decision \
  GROUP BY d.week, d.arm ORDER BY week, arm";

/// `$1` workspace, `$2` from, `$3` to. Every decision counts once, whatever became of it.
const CAMPAIGNS: &str = "WITH decided AS ( \
    SELECT campaign, count(*) FILTER (WHERE chosen IS NOT NULL) AS decisions, \
      count(*) FILTER (WHERE chosen IS NULL) AS refused, \
      count(DISTINCT person) FILTER (WHERE chosen IS NOT NULL) AS people \
    FROM decisions WHERE workspace = $1 AND decided_at >= $2 AND decided_at < $3 \
    GROUP BY campaign), \
  sent AS (SELECT campaign, count(*) AS delivered FROM deliveries WHERE workspace = $1 \
    AND outcome IN ('sent', 'rendered') AND occurred_at >= $2 AND occurred_at < $3 \
    GROUP BY campaign), \
  clicked AS (SELECT campaign, count(DISTINCT decision) AS clicked FROM responses \
    WHERE workspace = $1 AND kind = 'click' AND occurred_at >= $2 AND occurred_at < $3 \
    GROUP BY campaign) \
  SELECT d.campaign AS campaign, d.decisions AS decisions, d.refused AS refused, \
    d.people AS people, coalesce(s.delivered, 0) AS delivered, coalesce(c.clicked, 0) AS clicked \
  FROM decided AS d LEFT JOIN sent AS s ON s.campaign = d.campaign \
    LEFT JOIN clicked AS c ON c.campaign = d.campaign ORDER BY campaign";

/// A week of an arm.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TrendPoint {
    /// Its Monday.
    week: String,
    /// `treated`, `holdout`, or empty where no loop works through the campaign.
    arm: String,
    decisions: u64,
    /// Of these, sent or shown.
    delivered: u64,
    /// Of these, clicked.
    clicked: u64,
}

/// A campaign over time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Trend {
    /// By week and arm.
    points: Vec<TrendPoint>,
}

/// A campaign in a period. Counts, not effects.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CampaignCounts {
    campaign: String,
    decisions: u64,
    refused: u64,
    /// People for whom something was drawn.
    people: u64,
    delivered: u64,
    clicked: u64,
}

/// All campaigns in a period.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Overview {
    campaigns: Vec<CampaignCounts>,
}

/// A campaign week by week.
#[utoipa::path(get, path = "/v1/campaigns/{name}/trend", operation_id = "get_campaign_trend",
    tag = "campaigns", params(("name" = String, Path), Period),
    responses((status = 200, body = Trend)))]
pub(crate) async fn campaign(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
    Params(period): Params<Period>,
) -> Result<Json<Trend>> {
    let [from, to] = period.ends(&server);
    let parameters = vec![Parameter::Text(workspace.to_string()), from, to, Parameter::Text(name)];
    Ok(Json(Trend { points: ask(&server, WEEKS, parameters, MAX_POINTS).await? }))
}

/// What the campaigns did in a period; those that did nothing are left out.
#[utoipa::path(get, path = "/v1/overview", operation_id = "get_overview", tag = "campaigns",
    params(Period), responses((status = 200, body = Overview)))]
pub(crate) async fn overview(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Params(period): Params<Period>,
) -> Result<Json<Overview>> {
    let [from, to] = period.ends(&server);
    let parameters = vec![Parameter::Text(workspace.to_string()), from, to];
    Ok(Json(Overview { campaigns: ask(&server, CAMPAIGNS, parameters, MAX_POINTS).await? }))
}
