//! API tokens: what programs show instead of a password. A token is shown once.

use super::{Role, store};
use crate::app::Server;
use crate::auth::{Caller, CallerKind};
use crate::error::{Error, Result};
use crate::extract::{Input, Named};
use axum::Json;
use axum::extract::State;
use gyre_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

pub(super) const PREFIX: &str = "token:";
/// What every token begins with, so that one that leaked is recognised.
const BEGINS: &str = "gyre_";
/// How much of its hash names it.
pub(super) const ID: usize = 12;

/// A token as kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) name: String,
    pub(super) role: Role,
    by: String,
    created_at: Timestamp,
    /// What proves it to SQL clients; tokens of before have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scram: Option<String>,
}

/// A token as shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenView {
    id: String,
    name: String,
    role: Role,
    /// Who made it.
    by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// All tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenList {
    tokens: Vec<TokenView>,
}

/// A token to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for.
    name: String,
    role: Role,
}

/// A new token, this once with its text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenMade {
    token: String,
    made: TokenView,
}

/// All tokens, without their texts.
#[utoipa::path(get, path = "/v1/tokens", operation_id = "list_tokens", tag = "accounts",
    responses((status = 200, body = TokenList)))]
pub(crate) async fn list(State(server): State<Arc<Server>>) -> Result<Json<TokenList>> {
    let mut tokens: Vec<TokenView> = store::all::<Token>(&server, PREFIX)
        .await?
        .into_iter()
        .map(|(hash, token)| view(&hash, token))
        .collect();
    tokens.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(Json(TokenList { tokens }))
}

/// Makes a token. Its text is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/tokens", operation_id = "create_token", tag = "accounts",
    request_body = NewToken, responses((status = 200, body = TokenMade)))]
pub(crate) async fn add(
    State(server): State<Arc<Server>>,
    caller: Caller,
    Input(new): Input<NewToken>,
) -> Result<Json<TokenMade>> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.len() > 100 {
        return Err(Error::invalid("the token needs a name", "what it is for, at most 100 bytes"));
    }
    let text = format!("{BEGINS}{}", store::secret()?);
    let hash = store::hash(&text);
    let created_at = server.engine().shared.clock.now();
    let scram = Some(super::sql::verifier(&text));
    let token = Token { name, role: new.role, by: caller.name, created_at, scram };
    store::commit(&server, vec![store::put(format!("{PREFIX}{hash}"), &token)?]).await?;
    tracing::info!(token = %token.name, role = token.role.as_str(), by = %token.by, "a token was made");
    Ok(Json(TokenMade { token: text, made: view(&hash, token) }))
}

/// Revokes a token.
#[utoipa::path(delete, path = "/v1/tokens/{id}", operation_id = "revoke_token", tag = "accounts",
    params(("id" = String, Path)), responses((status = 200, body = TokenList)))]
pub(crate) async fn revoke(
    State(server): State<Arc<Server>>,
    Named(id): Named<String>,
) -> Result<Json<TokenList>> {
    let known = store::all::<Token>(&server, PREFIX).await?;
    let Some((hash, token)) = known.into_iter().find(|(hash, _)| hash.get(..ID) == Some(&id))
    else {
        return Err(Error::NotFound { what: "token", name: id });
    };
    store::commit(&server, vec![store::remove(format!("{PREFIX}{hash}"))]).await?;
    tracing::info!(token = %token.name, "a token was revoked");
    list(State(server)).await
}

/// Whose token a text is.
pub(crate) async fn caller(server: &Server, text: &str) -> Result<Option<Caller>> {
    if !text.starts_with(BEGINS) {
        return Ok(None);
    }
    let token = store::read::<Token>(server, &format!("{PREFIX}{}", store::hash(text))).await?;
    Ok(token.map(|token| Caller { name: token.name, role: token.role, kind: CallerKind::Token }))
}

fn view(hash: &str, token: Token) -> TokenView {
    let Token { name, role, by, created_at, scram: _ } = token;
    TokenView { id: hash.get(..ID).unwrap_or_default().to_owned(), name, role, by, created_at }
}
