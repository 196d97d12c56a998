//! In-app decisions.

use crate::app::Server;
use crate::error::Result;
use crate::extract::{In, Input};
use axum::Json;
use axum::extract::State;
use gyre_model::DecisionId;
use gyre_ring::{Answer, Question};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// What is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DecisionAsked)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    anonymous_id: Option<String>,
    placement: String,
    #[serde(default)]
    campaign: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    context: Map<String, Value>,
    #[serde(default)]
    strict: bool,
}

/// What is answered. Everything is null when no campaign is for this person here.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Decided {
    #[schema(value_type = Option<String>)]
    decision: Option<DecisionId>,
    campaign: Option<String>,
    campaign_version: Option<u64>,
    variant: Option<String>,
    probability: Option<f64>,
    arm: Option<String>,
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    content: Option<Map<String, Value>>,
    token: Option<String>,
}

impl From<Answer> for Decided {
    fn from(answer: Answer) -> Self {
        let Some(decision) = answer.decision else { return Self::default() };
        Self {
            decision: Some(decision.id),
            campaign: Some(decision.campaign),
            campaign_version: Some(decision.campaign_version),
            variant: decision.chosen,
            probability: Some(decision.probability),
            arm: decision.arm,
            content: answer.content,
            token: answer.token,
        }
    }
}

/// What to show a person at a placement.
#[utoipa::path(post, path = "/v1/decide", operation_id = "decide", tag = "decisions",
    request_body = Asked, responses((status = 200, body = Decided)))]
pub(crate) async fn decide(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Input(asked): Input<Asked>,
) -> Result<Json<Decided>> {
    let question = Question {
        user_id: asked.user_id,
        anonymous_id: asked.anonymous_id,
        placement: asked.placement,
        campaign: asked.campaign,
        context: asked.context,
        strict: asked.strict,
    };
    let answer = server
        .soon(|engine| async move {
            // Under a manual clock two runs must be alike, so what was sent before counts.
            if engine.shared.clock.is_manual() {
                engine.caught_up().await?;
            }
            engine.decider.decide(&workspace, &question).await
        })
        .await?;
    Ok(Json(answer.into()))
}
