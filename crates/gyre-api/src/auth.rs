//! Who calls, and what they may do: the token of the data folder, API tokens, and people who signed in.

use crate::accounts::{Role, session, tokens};
use crate::app::Server;
use crate::error::{Error, Result};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use utoipa::ToSchema;

/// The token of this server. Only its hash is kept, and it is never shown.
#[derive(Clone)]
pub struct SecretToken([u8; 32]);

impl SecretToken {
    /// The token with this text.
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether a text is the token. Takes the same time wherever they differ: what is compared are
    /// hashes, and all bytes of them.
    pub fn is(&self, text: &str) -> bool {
        let other: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let differing = self.0.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
        std::hint::black_box(differing) == 0
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken")
    }
}

/// What a caller may do. A route asks for exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Right {
    /// Look at loops, campaigns, resources and how far the server has come.
    Read,
    /// Look at single people, their decisions, and events as they come.
    People,
    /// Ask the lake in SQL.
    Query,
    /// Change resources, decide on proposals, import, replay.
    Write,
    /// Users, tokens, the clock.
    Admin,
}

/// Whoever makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// `people` for the server's own token, else the user or the API token.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) kind: CallerKind,
}

/// How a caller proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerKind {
    Server,
    Token,
    Session,
}

impl Caller {
    pub(crate) fn may(&self, right: Right) -> bool {
        self.role.rights().contains(&right)
    }

    /// The name that a change is written under. The server's own token speaks for others.
    pub(crate) fn writes_as(&self, said: Option<String>) -> String {
        match (self.kind, said) {
            (CallerKind::Server, Some(said)) => said,
            _ => self.name.clone(),
        }
    }
}

impl FromRequestParts<Arc<Server>> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Server>) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or(Error::Unauthorized)
    }
}

/// Lets a request pass whose caller has the right.
pub(crate) async fn require(
    State((server, right)): State<(Arc<Server>, Right)>,
    mut request: Request,
    next: Next,
) -> Response {
    match admit(&server, right, request.method(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

async fn admit(
    server: &Server,
    right: Right,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller> {
    let caller = caller(server, headers).await?;
    if caller.kind == CallerKind::Session && method != Method::GET && !is_own_page(headers) {
        return Err(Error::Denied { message: "the request comes from another site".to_owned() });
    }
    if !caller.may(right) {
        let message = format!("the role {} does not allow this", caller.role.as_str());
        return Err(Error::Denied { message });
    }
    Ok(caller)
}

/// Who makes a request. A header that is wrong is not made good by a cookie.
pub(crate) async fn caller(server: &Server, headers: &HeaderMap) -> Result<Caller> {
    if let Some(header) = headers.get(AUTHORIZATION) {
        let text = header.to_str().ok().and_then(bearer).ok_or(Error::Unauthorized)?;
        if server.app.token.is(text) {
            let name = "people".to_owned();
            return Ok(Caller { name, role: Role::Admin, kind: CallerKind::Server });
        }
        return tokens::caller(server, text).await?.ok_or(Error::Unauthorized);
    }
    session::caller(server, headers).await?.ok_or(Error::Unauthorized)
}

/// Whether a browser says that the page which sends this is ours. The cookie is `SameSite=Strict`, but
/// for browsers another port of the same host is the same site.
pub(crate) fn is_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST.as_str());
    if let Some(origin) = text(ORIGIN.as_str()) {
        return origin.split_once("://").map(|(_, authority)| authority) == host;
    }
    matches!(text("sec-fetch-site"), None | Some("same-origin" | "none"))
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, text) = header.trim().split_once(char::is_whitespace)?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}
