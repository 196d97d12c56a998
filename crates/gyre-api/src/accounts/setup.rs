//! The first user: made by whoever has the token of the data folder, and only while there is none.

use super::session::{self, SessionView};
use super::users::{self, User};
use super::{Role, store};
use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::Input;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The first admin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// What stands in the file `token` of the data folder.
    token: String,
    name: String,
    password: String,
}

/// Makes the first admin and signs them in.
#[utoipa::path(post, path = "/v1/setup", operation_id = "set_up", tag = "accounts",
    request_body = Setup, responses((status = 200, body = SessionView)), security(()))]
pub(crate) async fn set_up(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Input(setup): Input<Setup>,
) -> Result<Response> {
    if !server.app.token.is(setup.token.trim()) {
        return Err(Error::Denied { message: "that is not the token of this server".to_owned() });
    }
    let _one = server.accounts.lock().await;
    if !store::all::<User>(&server, users::PREFIX).await?.is_empty() {
        return Err(Error::Conflict { message: "there are users already".to_owned() });
    }
    users::create(&server, setup.name.clone(), Role::Admin, setup.password).await?;
    session::begin(&server, &headers, &setup.name, Role::Admin).await
}
