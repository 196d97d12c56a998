//! What the wire asks of the server it stands in: who somebody is, which workspaces there are, and what
//! their tables mean.

use async_trait::async_trait;
use sqlparser::ast::Query;
use std::collections::BTreeMap;

/// Why the server could not say.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Whoever may sign in under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Names the token, whatever it is called.
    pub id: String,
    /// What is written into the log.
    pub name: String,
    /// What the token's role is called, for the message to somebody who may not ask.
    pub role: String,
    /// Whether the role may ask in SQL.
    pub may_query: bool,
    /// Whether the role may be told of few people.
    pub may_see_people: bool,
    /// What proves the token, as PostgreSQL keeps it (`SCRAM-SHA-256$…`); none for a token that was made
    /// before there were verifiers.
    pub verifier: Option<String>,
}

/// A view over the tables of a workspace.
#[derive(Debug, Clone)]
pub struct View {
    /// Its name.
    pub name: String,
    /// What it is.
    pub query: Box<Query>,
    /// What it and its columns mean.
    pub described: Described,
}

/// What a table means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// The table itself.
    pub table: Option<String>,
    /// Its columns, by name.
    pub columns: BTreeMap<String, String>,
}

/// What tables mean, by name.
pub type Comments = BTreeMap<String, Described>;

/// The server as the wire sees it.
#[async_trait]
pub trait Accounts: Send + Sync + std::fmt::Debug + 'static {
    /// Who signs in under this name, if anybody may.
    async fn account(&self, user: &str) -> Result<Option<Account>, Fault>;

    /// Whether the token is still there and may still do the same.
    async fn is_valid(&self, account: &Account) -> Result<bool, Fault>;

    /// Whether there is such a workspace: a database, to clients.
    async fn has_workspace(&self, name: &str) -> Result<bool, Fault>;

    /// Returns when everything taken so far can be queried, where that has to be waited for.
    async fn settle(&self) -> Result<(), Fault>;

    /// The views of a workspace.
    fn views(&self, workspace: &str) -> Vec<View>;

    /// What the lake's tables mean.
    fn comments(&self) -> Comments;
}
