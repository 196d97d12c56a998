//! Who may come in over the wire of PostgreSQL. There a token is proved without being said (SCRAM), so a
//! verifier of it is kept, and it is found by a name: its id, or what it is called.

use super::Role;
use super::tokens::{ID, PREFIX, Token};
use crate::auth::Right;
use gyre_model::Workspace;
use gyre_ports::{Error, ErrorKind, Result, State};
use std::sync::Arc;

/// The user whose password is the server's own token.
pub const SERVER_USER: &str = "gyre";

/// A token as SQL clients know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlLogin {
    /// The beginning of its hash; the user's name for the server's own.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What its role is called.
    pub role: &'static str,
    /// Whether the role may ask in SQL.
    pub may_query: bool,
    /// Whether the role may be told of few people.
    pub may_see_people: bool,
    /// The verifier, as PostgreSQL keeps it; none for tokens that were made before there were any.
    pub verifier: Option<String>,
}

/// The tokens of a server, for SQL clients.
#[derive(Debug, Clone)]
pub struct SqlLogins {
    state: Arc<dyn State>,
    server: Arc<SqlLogin>,
}

impl SqlLogins {
    /// With the server's own token.
    pub fn new(state: Arc<dyn State>, token: &str) -> Self {
        let server = SqlLogin {
            id: SERVER_USER.to_owned(),
            // As its caller is named over HTTP.
            name: "people".to_owned(),
            role: Role::Admin.as_str(),
            may_query: true,
            may_see_people: true,
            verifier: Some(verifier(token)),
        };
        Self { state, server: Arc::new(server) }
    }

    /// Whose token is asked for under a name: an id, or the name of exactly one.
    pub async fn find(&self, user: &str) -> Result<Option<SqlLogin>> {
        if user == SERVER_USER {
            return Ok(Some(self.server.as_ref().clone()));
        }
        let all = self.all().await?;
        if let Some(login) = all.iter().find(|login| login.id == user) {
            return Ok(Some(login.clone()));
        }
        let mut called = all.into_iter().filter(|login| login.name == user);
        Ok(called.next().filter(|_| called.next().is_none()))
    }

    /// Whether a token is still there and may do the same.
    pub async fn is_valid(&self, login: &str, role: &str) -> Result<bool> {
        if login == SERVER_USER {
            return Ok(true);
        }
        Ok(self.all().await?.iter().any(|one| one.id == login && one.role == role))
    }

    async fn all(&self) -> Result<Vec<SqlLogin>> {
        let values = self.state.values(&Workspace::new("_system"), PREFIX).await?;
        values
            .into_iter()
            .map(|(key, value)| {
                let token: Token = serde_json::from_value(value).map_err(|why| {
                    Error::new(ErrorKind::Corrupt, "a token cannot be read").with(why)
                })?;
                let hash = key.strip_prefix(PREFIX).unwrap_or(&key);
                Ok(SqlLogin {
                    id: hash.get(..ID).unwrap_or_default().to_owned(),
                    role: token.role.as_str(),
                    may_query: token.role.rights().contains(&Right::Query),
                    may_see_people: token.role.rights().contains(&Right::People),
                    name: token.name,
                    verifier: token.scram,
                })
            })
            .collect()
    }
}

/// What proves a token without telling it.
pub(super) fn verifier(token: &str) -> String {
    postgres_protocol::password::scram_sha_256(token.as_bytes())
}
