//! Metrics: the catalogue, and questions about it.

use crate::app::Server;
use crate::auth::{Caller, Right};
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named, Patience};
use crate::rows::{self, Form};
use crate::shape::metrics::{MetricAnswer, MetricList, MetricQuestion, MetricView};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Response};
use gyre_metrics::{Catalogue, Entry, Evidence, Question, Status};
use gyre_ports::lake::Rows;
use serde_json::{Value, json};
use std::sync::Arc;

/// All metrics, by name, with what each can be split by.
#[utoipa::path(get, path = "/v1/metrics", operation_id = "list_metrics", tag = "metrics",
    responses((status = 200, body = MetricList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let catalogue =
        server.apart(|engine| async move { engine.metric_catalogue(&workspace).await }).await?;
    let metrics: Vec<Value> = catalogue.entries().map(listed).collect::<Result<_>>()?;
    Ok(Json(json!({"metrics": metrics})))
}

/// A metric: its definition, the SQL of an example, and what is made of it.
#[utoipa::path(get, path = "/v1/metrics/{id}", operation_id = "get_metric", tag = "metrics",
    params(("id" = String, Path)), responses((status = 200, body = MetricView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(id): Named<String>,
) -> Result<Json<Value>> {
    let name = id.clone();
    let (catalogue, sql) = server
        .apart(|engine| async move {
            let catalogue = engine.metric_catalogue(&workspace).await?;
            let ready = catalogue.get(&name).is_some_and(|one| one.status == Status::Ready);
            let sql = if ready {
                let plan =
                    engine.plan_metrics(&workspace, example(&catalogue, &name), true).await?;
                plan.asked().iter().map(|asked| asked.sql.clone()).collect()
            } else {
                Vec::<String>::new()
            };
            Ok::<_, gyre_ring::Error>((catalogue, sql))
        })
        .await?;
    let Some(entry) = catalogue.get(&id) else {
        return Err(Error::NotFound { what: "Metric", name: id });
    };
    let mut view = listed(entry)?;
    view["sql"] = json!(sql);
    view["example"] = serde_json::to_value(example(&catalogue, &id)).unwrap_or_default();
    Ok(Json(view))
}

/// Answers a question about metrics. The same question gives the same number through every door.
///
/// JSON unless `Accept` asks for `text/csv`, `application/x-ndjson` or
/// `application/vnd.apache.arrow.stream` or `application/vnd.apache.parquet`: those are one flat table.
///
/// With `Cache-Control: max-age=60` an answer may be given again that is not older than so many seconds (at
/// most 300), where nothing has come since or computing takes longer than a moment: `renewing` tells that a
/// newer one is on its way.
#[utoipa::path(post, path = "/v1/metrics/query", operation_id = "query_metrics", tag = "metrics",
    params(("Cache-Control" = Option<String>, Header, description = "`max-age=SECONDS`: how old an answer may be")),
    request_body = MetricQuestion, responses((status = 200, body = MetricAnswer)))]
pub(crate) async fn query(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    headers: HeaderMap,
    Patience(patience): Patience,
    Input(question): Input<Question>,
) -> Result<Response> {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = Form::wanted(accept);
    let may = caller.may(Right::People);
    let answer = server
        .ask(move |engine| async move {
            Box::pin(engine.ask_metrics(&workspace, question, may, patience)).await
        })
        .await?;
    if form == Form::Json {
        return Ok(Json(answer).into_response());
    }
    let batch = gyre_metrics::flat(&answer)
        .map_err(|why| Error::internal("an answer cannot be made a table", &why))?;
    let table = Rows { schema: batch.schema(), batches: vec![batch], truncated: answer.truncated };
    Ok(rows::answer(&server.app.analytics, table, form))
}

fn listed(entry: &Entry) -> Result<Value> {
    let mut view = serde_json::to_value(entry)
        .map_err(|why| Error::internal("a metric cannot be written", &why))?;
    view["type"] = json!(entry.definition.r#type.as_str());
    view["label"] = json!(entry.definition.label);
    view["format"] = json!(entry.definition.format.as_str());
    view["additive"] = json!(entry.definition.r#type.is_additive());
    view["needs"] = match &entry.status {
        Status::Needs(needs) => json!(needs),
        Status::Ready => Value::Null,
    };
    view["status"] = json!(if entry.status == Status::Ready { "ready" } else { "needs" });
    Ok(view)
}

/// A question that the metric can answer: the last 30 days, split where it has to be.
fn example(catalogue: &Catalogue, name: &str) -> Question {
    let entry = catalogue.get(name);
    let has = |wanted: &str| {
        entry.is_some_and(|one| one.dimensions.iter().any(|have| have.as_str() == wanted))
    };
    let effect = entry.is_some_and(|one| one.evidence == Evidence::Experiment);
    let split = ["loop", "campaign"].into_iter().find(|wanted| effect && has(wanted));
    let dimensions = split.map(str::to_owned).into_iter().collect();
    Question::of(vec![name.to_owned()], dimensions)
}
