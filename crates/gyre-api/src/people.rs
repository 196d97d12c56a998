//! Why: a person as known now, and a decision with what led to it and came of it.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Named};
use crate::shape;
use axum::Json;
use axum::extract::State;
use gyre_model::DecisionId;
use gyre_ring::PersonView;
use serde_json::Value;
use std::str::FromStr;
use std::sync::Arc;

/// A person as known now.
#[utoipa::path(get, path = "/v1/people/{id}", operation_id = "get_person", tag = "people",
    params(("id" = String, Path)), responses((status = 200, body = shape::people::PersonView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(text): Named<String>,
) -> Result<Json<PersonView>> {
    let found =
        server.apart(|engine| async move { engine.person(&workspace, &text).await }).await?;
    // The identifier is personal, so the answer does not repeat it.
    found.map(Json).ok_or(Error::NotFound { what: "a person", name: "of that id".to_owned() })
}

/// Why: a decision with what led to it and came of it.
#[utoipa::path(get, path = "/v1/decisions/{id}", operation_id = "get_decision", tag = "decisions",
    params(("id" = String, Path)),
    responses((status = 200, body = shape::decisions::DecisionView)))]
pub(crate) async fn explain(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(text): Named<String>,
) -> Result<Json<Value>> {
    let id: DecisionId = id(&text, "decision")?;
    let found = server.apart(move |engine| async move { engine.explain(&workspace, id).await });
    found.await?.map(Json).ok_or(Error::NotFound { what: "decision", name: id.to_string() })
}

/// An id of the path.
pub(crate) fn id<T: FromStr>(text: &str, what: &str) -> Result<T> {
    text.parse().map_err(|_| {
        Error::invalid(format!("that is no id of a {what}"), "an id is 32 hexadecimal digits")
    })
}
