//! Features: which there are and how fresh they are, training sets, and whether what is served agrees with
//! the lake.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use crate::rows::{self, Form};
use crate::shape::features::{FeatureCheck, FeatureList, FeatureView};
use crate::shape::server::RowsView;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::Response;
use gyre_model::Timestamp;
use gyre_ports::lake::Rows;
use gyre_ring::{LabelAsked, TrainingAsked, TrainingLabels};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// People compared when nobody says how many.
const SAMPLE: usize = 500;
/// The most people compared.
const LARGEST_SAMPLE: usize = 50_000;

/// All features, by name, with how fresh they are and how many people have a value.
#[utoipa::path(get, path = "/v1/features", operation_id = "list_features", tag = "features",
    responses((status = 200, body = FeatureList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let found =
        server.apart(|engine| async move { engine.features(&workspace, None).await }).await?;
    Ok(Json(json!({"features": found})))
}

/// A feature.
#[utoipa::path(get, path = "/v1/features/{name}", operation_id = "get_feature", tag = "features",
    params(("name" = String, Path)), responses((status = 200, body = FeatureView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Result<Json<Value>> {
    let wanted = name.clone();
    let found = server
        .apart(|engine| async move { engine.features(&workspace, Some(&wanted)).await })
        .await?;
    match found.into_iter().next() {
        Some(view) => Ok(Json(json!(view))),
        None => Err(Error::NotFound { what: "Feature", name }),
    }
}

/// How many people are compared.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = FeatureCheckAsked)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckAsked {
    /// At most; 500 when absent.
    #[serde(default)]
    sample: Option<usize>,
}

/// Compares what is served with what the lake has, for a sample of people, and remembers what came of it.
#[utoipa::path(post, path = "/v1/features/check", operation_id = "check_features", tag = "features",
    request_body = CheckAsked, responses((status = 200, body = FeatureCheck)))]
pub(crate) async fn check(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Input(asked): Input<CheckAsked>,
) -> Result<Json<Value>> {
    let sample = asked.sample.unwrap_or(SAMPLE);
    if sample == 0 || sample > LARGEST_SAMPLE {
        let hint = format!("between 1 and {LARGEST_SAMPLE}");
        return Err(Error::invalid("that is no size of a sample", hint));
    }
    let check = server
        .apart(move |engine| async move { engine.check_features(&workspace, sample).await })
        .await?;
    Ok(Json(json!(check)))
}

/// A training set: exactly one of `audience` with `at`, `campaign`, `people` with `at`, and `labels`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TrainingSetAsked)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAsked {
    /// Whoever was in this audience at `at`.
    #[serde(default)]
    audience: Option<String>,
    /// All decisions of this campaign, each at its own instant.
    #[serde(default)]
    campaign: Option<String>,
    /// These people, by user id or another identifier, at `at`.
    #[serde(default)]
    people: Option<Vec<String>>,
    /// People, each at an instant of its own.
    #[serde(default)]
    labels: Option<Vec<LabelOf>>,
    /// The instant; now when absent.
    #[serde(default)]
    at: Option<String>,
    /// The features, in the order of the columns; all when absent.
    #[serde(default)]
    features: Vec<String>,
}

/// Somebody at an instant.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TrainingLabel)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelOf {
    /// A user id or another identifier.
    user_id: String,
    at: String,
}

/// The values of features as they were known at instants: nothing that was received later is in them.
///
/// JSON unless `Accept` asks for `text/csv`, `application/x-ndjson` or
/// `application/vnd.apache.arrow.stream`. Who may not be in a training set is left out; the header
/// `x-gyre-left-out` says how many, by reason.
#[utoipa::path(post, path = "/v1/features/training-set", operation_id = "make_training_set",
    tag = "features", request_body = SetAsked, responses((status = 200, body = RowsView)))]
pub(crate) async fn training_set(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    headers: HeaderMap,
    Input(asked): Input<SetAsked>,
) -> Result<Response> {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = Form::wanted(accept);
    let now = server.engine().shared.clock.now();
    let asked = asked.read(now)?;
    let set = server
        .apart(|engine| async move { Box::pin(engine.training_set(&workspace, asked)).await })
        .await?;
    let table = Rows { schema: set.rows.schema(), batches: vec![set.rows], truncated: false };
    Ok(rows::answer_without(&server.app.analytics, table, form, Some(&set.left_out)))
}

impl SetAsked {
    fn read(self, now: Timestamp) -> Result<TrainingAsked> {
        let at = self.at.as_deref().map(|text| instant(text, "at")).transpose()?.unwrap_or(now);
        let labels = match (self.audience, self.campaign, self.people, self.labels) {
            (Some(audience), None, None, None) => TrainingLabels::Audience(audience, at),
            (None, Some(campaign), None, None) => TrainingLabels::Decisions(campaign),
            (None, None, Some(people), None) => {
                let label = |person| LabelAsked { person, at };
                TrainingLabels::People(people.into_iter().map(label).collect())
            }
            (None, None, None, Some(labels)) => TrainingLabels::People(
                (0..)
                    .zip(labels)
                    .map(|(index, one): (usize, LabelOf)| {
                        let at = instant(&one.at, &format!("labels[{index}].at"))?;
                        Ok(LabelAsked { person: one.user_id, at })
                    })
                    .collect::<Result<_>>()?,
            ),
            _ => {
                return Err(Error::invalid(
                    "a training set is about exactly one of `audience`, `campaign`, `people` and `labels`",
                    "for example {\"audience\": \"customers\", \"at\": \"2026-03-01T00:00:00Z\"}",
                ));
            }
        };
        Ok(TrainingAsked { labels, features: self.features })
    }
}

fn instant(text: &str, place: &str) -> Result<Timestamp> {
    Timestamp::parse(text).map_err(|_| {
        Error::invalid(format!("`{place}` is no instant"), "for example 2026-03-01T09:00:00Z")
    })
}
