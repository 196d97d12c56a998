//! Users of this server. Only admins see and change them.

use super::{Role, password, session, store};
use crate::app::Server;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{Input, Named};
use axum::Json;
use axum::extract::State;
use gyre_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

pub(super) const PREFIX: &str = "user:";

/// A user as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) role: Role,
    pub(super) hash: String,
    pub(super) created_at: Timestamp,
}

/// A user as shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    name: String,
    role: Role,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// All users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserList {
    users: Vec<UserView>,
}

/// A user to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// Lower-case letters, digits, `.`, `_`, `-` and `@`.
    name: String,
    role: Role,
    password: String,
}

/// What changes of a user; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    password: Option<String>,
}

/// The user of a name.
pub(super) async fn find(server: &Server, name: &str) -> Result<Option<User>> {
    store::read(server, &key(name)).await
}

fn key(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// Makes a user; fails when there is one of that name. Whoever calls holds the lock of accounts.
pub(super) async fn create(
    server: &Server,
    name: String,
    role: Role,
    password: String,
) -> Result<UserView> {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@".contains(&byte);
    if !(1..=64).contains(&name.len()) || !name.bytes().all(fits) {
        let hint = "lower-case letters, digits, `.`, `_`, `-` and `@`, at most 64";
        return Err(Error::invalid("the name of a user cannot be this", hint));
    }
    if find(server, &name).await?.is_some() {
        return Err(Error::Conflict { message: format!("there is a user {name} already") });
    }
    let hash = password::hash(password).await?;
    let created_at = server.engine().shared.clock.now();
    let user = User { role, hash, created_at };
    store::commit(server, vec![store::put(key(&name), &user)?]).await?;
    tracing::info!(user = %name, role = role.as_str(), "a user was made");
    Ok(UserView { name, role, created_at })
}

/// All users, by name.
#[utoipa::path(get, path = "/v1/users", operation_id = "list_users", tag = "accounts",
    responses((status = 200, body = UserList)))]
pub(crate) async fn list(State(server): State<Arc<Server>>) -> Result<Json<UserList>> {
    let users = store::all::<User>(&server, PREFIX).await?;
    let view = |(name, user): (String, User)| UserView {
        name,
        role: user.role,
        created_at: user.created_at,
    };
    Ok(Json(UserList { users: users.into_iter().map(view).collect() }))
}

/// Makes a user.
#[utoipa::path(post, path = "/v1/users", operation_id = "create_user", tag = "accounts",
    request_body = NewUser, responses((status = 200, body = UserView)))]
pub(crate) async fn add(
    State(server): State<Arc<Server>>,
    Input(new): Input<NewUser>,
) -> Result<Json<UserView>> {
    let _one = server.accounts.lock().await;
    create(&server, new.name, new.role, new.password).await.map(Json)
}

/// Changes a user's role or password. A new password ends all their sessions.
#[utoipa::path(post, path = "/v1/users/{name}", operation_id = "change_user", tag = "accounts",
    params(("name" = String, Path)), request_body = UserChange,
    responses((status = 200, body = UserView)))]
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    Named(name): Named<String>,
    Input(change): Input<UserChange>,
) -> Result<Json<UserView>> {
    let _one = server.accounts.lock().await;
    let Some(mut user) = find(&server, &name).await? else {
        return Err(Error::NotFound { what: "user", name });
    };
    let mut ops = Vec::new();
    if let Some(role) = change.role {
        if user.role == Role::Admin && role != Role::Admin {
            keep_an_admin(&server, &name).await?;
        }
        user.role = role;
    }
    if let Some(password) = change.password {
        user.hash = password::hash(password).await?;
        ops = session::ends(&server, &name).await?;
    }
    ops.push(store::put(key(&name), &user)?);
    store::commit(&server, ops).await?;
    tracing::info!(user = %name, role = user.role.as_str(), "a user was changed");
    Ok(Json(UserView { name, role: user.role, created_at: user.created_at }))
}

/// Removes a user and ends their sessions.
#[utoipa::path(delete, path = "/v1/users/{name}", operation_id = "remove_user", tag = "accounts",
    params(("name" = String, Path)), responses((status = 200, body = UserList)))]
pub(crate) async fn remove(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Named(name): Named<String>,
) -> Result<Json<UserList>> {
    {
        let _one = server.accounts.lock().await;
        let Some(user) = find(&server, &name).await? else {
            return Err(Error::NotFound { what: "user", name });
        };
        if user.role == Role::Admin {
            keep_an_admin(&server, &name).await?;
        }
        let mut ops = session::ends(&server, &name).await?;
        ops.push(store::remove(key(&name)));
        store::commit(&server, ops).await?;
        tracing::info!(user = %name, by = %caller.name, "a user was removed");
    }
    list(State(server)).await
}

async fn keep_an_admin(server: &Server, name: &str) -> Result<()> {
    let users = store::all::<User>(server, PREFIX).await?;
    if users.iter().any(|(other, user)| other != name && user.role == Role::Admin) {
        return Ok(());
    }
    Err(Error::Conflict { message: "somebody has to be an admin".to_owned() })
}
