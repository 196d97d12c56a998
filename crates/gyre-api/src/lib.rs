//! HTTP: collection for the Segment SDKs, decisions, queries, resources, and what shows how the loop
//! fares.
//!
//! In: an [`App`] (the engine, the token, where heavy work runs). Out: a [`router()`], or a server on a
//! listener ([`serve()`]). Every route is declared once in `routes.rs`; every status other than 200 is
//! made in `error.rs`.
//!
//! Laws: collection answers 200 only when everything taken is on disk; no route but collection and
//! `/healthz` answers without the token; nobody makes the server hold more of a body than the limits
//! say; what was begun is finished though the caller hangs up.
#![warn(missing_docs)]

mod accounts;
mod app;
mod audiences;
mod auth;
mod backups;
mod boards;
mod body;
mod campaigns;
mod changes;
mod clients;
mod clock;
mod collect;
mod connectors;
mod consent;
mod cors;
mod decide;
mod error;
mod export;
mod extract;
mod features;
mod files;
mod gate;
mod identity;
mod imports;
mod letters;
mod look;
mod loops;
mod metrics;
mod notices;
mod openapi;
mod people;
mod preferences;
mod preview;
mod query;
mod resources;
mod routes;
mod rows;
mod rules;
mod saved;
mod serve;
mod shape;
mod sources;
mod status;
mod subjects;
mod tail;
mod tracking;
mod webhooks;
mod workspaces;

pub use accounts::sql::{SERVER_USER, SqlLogin, SqlLogins};
pub use app::{App, Collection, Limits, UnknownKeys};
pub use auth::SecretToken;
pub use backups::{Backups, MadeBackup};
pub use openapi::document as openapi;
pub use routes::router;
pub use rules::{Compiler as RuleCompiler, lifted as lifted_features};
pub use serve::serve;

#[cfg(test)]
mod tests;
