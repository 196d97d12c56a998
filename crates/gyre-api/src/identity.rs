//! Identity: why identifiers are one person, and setting them apart.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use crate::shape;
use axum::Json;
use axum::extract::State;
use gyre_ring::{GraphView, Separated};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

const LONGEST_REASON: usize = 500;

/// Two identifiers that are not one person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Separate {
    /// A user id, e-mail address, anonymous id or any other identifier; or the id of a node.
    one: String,
    /// The other.
    other: String,
    /// Whether they may be one person again.
    #[serde(default)]
    lift: bool,
    /// Why.
    #[serde(default)]
    reason: Option<String>,
}

/// Why identifiers are one person: the links, who said them, and those that do not hold.
#[utoipa::path(get, path = "/v1/people/{id}/graph", operation_id = "get_person_graph",
    tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = shape::identity::GraphView)))]
pub(crate) async fn graph(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(text): Named<String>,
) -> Result<Json<GraphView>> {
    let found =
        server.apart(|engine| async move { engine.person_graph(&workspace, &text).await }).await?;
    // The identifier is personal, so the answer does not repeat it.
    found.map(Json).ok_or(Error::NotFound { what: "a person", name: "of that id".to_owned() })
}

/// Says that two identifiers are not one person, whatever links them; or lifts that.
#[utoipa::path(post, path = "/v1/people/separate", operation_id = "separate_people",
    tag = "people", request_body = Separate,
    responses((status = 200, body = shape::identity::Separated)))]
pub(crate) async fn separate(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Input(said): Input<Separate>,
) -> Result<Json<Separated>> {
    if said.reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        let hint = format!("at most {LONGEST_REASON} characters");
        return Err(Error::invalid("the reason is too long", hint));
    }
    let done = server.apart(|engine| async move {
        let Separate { one, other, lift, reason } = said;
        engine.separate(&workspace, [&one, &other], lift, reason).await
    });
    done.await.map(Json)
}
