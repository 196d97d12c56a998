//! Signing in and out. A session is a cookie that no script can read and no other site can send.

use super::users::{self, User};
use super::{Role, password, store};
use crate::app::Server;
use crate::auth::{self, Caller, CallerKind, Right};
use crate::error::{Error, Result};
use crate::extract::Input;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use gyre_model::{Span, Timestamp};
use gyre_ports::state::Op;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

const PREFIX: &str = "session:";
/// The name of the cookie.
const NAME: &str = "gyre_session";
/// How long a session holds.
const DAYS: i64 = 14;
/// How long whoever guesses waits.
const WRONG: Duration = Duration::from_millis(300);

/// A session as kept.
#[derive(Debug, Serialize, Deserialize)]
struct Session {
    user: String,
    expires_at: Timestamp,
}

/// Who is signed in, or what it takes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Null when nobody is signed in.
    user: Option<String>,
    role: Option<Role>,
    /// What the role may do.
    rights: Vec<Right>,
    /// Whether there is no user yet: the first is made with the server's token.
    setup_needed: bool,
}

impl SessionView {
    pub(super) fn of(user: &str, role: Role) -> Self {
        Self {
            user: Some(user.to_owned()),
            role: Some(role),
            rights: role.rights().to_vec(),
            setup_needed: false,
        }
    }
}

/// Name and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    name: String,
    password: String,
}

/// Who is signed in.
#[utoipa::path(get, path = "/v1/session", operation_id = "get_session", tag = "accounts",
    responses((status = 200, body = SessionView)), security(()))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
) -> Result<Response> {
    let view = match auth::caller(&server, &headers).await {
        Ok(caller) => SessionView::of(&caller.name, caller.role),
        Err(Error::Unauthorized) => SessionView {
            user: None,
            role: None,
            rights: Vec::new(),
            setup_needed: store::all::<User>(&server, users::PREFIX).await?.is_empty(),
        },
        Err(other) => return Err(other),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(view)).into_response())
}

/// Signs in: the answer sets a cookie.
#[utoipa::path(post, path = "/v1/session", operation_id = "sign_in", tag = "accounts",
    request_body = SignIn, responses((status = 200, body = SessionView)), security(()))]
pub(crate) async fn sign_in(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Input(said): Input<SignIn>,
) -> Result<Response> {
    if !auth::is_own_page(&headers) {
        return Err(Error::Denied { message: "the request comes from another site".to_owned() });
    }
    let user = users::find(&server, &said.name).await?;
    let hash = user.as_ref().map(|user| user.hash.clone());
    let right = password::is(said.password, hash).await?;
    let Some(user) = user.filter(|_| right) else {
        tokio::time::sleep(WRONG).await;
        return Err(Error::WrongPassword);
    };
    begin(&server, &headers, &said.name, user.role).await
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/session", operation_id = "sign_out", tag = "accounts",
    responses((status = 200, body = SessionView)), security(()))]
pub(crate) async fn sign_out(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(secret) = secret(&headers) {
        store::commit(&server, vec![store::remove(key(secret))]).await?;
    }
    let view = SessionView { user: None, role: None, rights: Vec::new(), setup_needed: false };
    let cookie = format!("{NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok(([(SET_COOKIE, cookie)], Json(view)).into_response())
}

/// Begins a session, in place of the one that the browser may have.
pub(super) async fn begin(
    server: &Server,
    headers: &HeaderMap,
    user: &str,
    role: Role,
) -> Result<Response> {
    let token = store::secret()?;
    let expires_at = server.engine().shared.clock.now() + Span::days(DAYS);
    let session = Session { user: user.to_owned(), expires_at };
    let mut ops = vec![store::put(key(&token), &session)?];
    ops.extend(secret(headers).map(|old| store::remove(key(old))));
    store::commit(server, ops).await?;
    let proxied = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if proxied { "; Secure" } else { "" };
    let cookie = format!(
        "{NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{secure}",
        DAYS * 86_400
    );
    Ok(([(SET_COOKIE, cookie)], Json(SessionView::of(user, role))).into_response())
}

/// Who is signed in, from the cookie.
pub(crate) async fn caller(server: &Server, headers: &HeaderMap) -> Result<Option<Caller>> {
    let Some(secret) = secret(headers) else { return Ok(None) };
    let Some(session) = store::read::<Session>(server, &key(secret)).await? else {
        return Ok(None);
    };
    // A manual clock moves by months at once, and nobody is to be signed out by that.
    let clock = &server.engine().shared.clock;
    if !clock.is_manual() && session.expires_at <= clock.now() {
        store::commit(server, vec![store::remove(key(secret))]).await?;
        return Ok(None);
    }
    let Some(User { role, .. }) = users::find(server, &session.user).await? else {
        return Ok(None);
    };
    Ok(Some(Caller { name: session.user, role, kind: CallerKind::Session }))
}

/// What ends all sessions of a user.
pub(super) async fn ends(server: &Server, user: &str) -> Result<Vec<Op>> {
    let sessions = store::all::<Session>(server, PREFIX).await?;
    let of_user = sessions.into_iter().filter(|(_, session)| session.user == user);
    Ok(of_user.map(|(hash, _)| store::remove(format!("{PREFIX}{hash}"))).collect())
}

fn key(secret: &str) -> String {
    format!("{PREFIX}{}", store::hash(secret))
}

fn secret(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
}
