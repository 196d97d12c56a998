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
mod auth;
mod body;
mod campaigns;
mod changes;
mod clock;
mod collect;
mod connectors;
mod cors;
mod decide;
mod error;
mod extract;
mod files;
mod imports;
mod letters;
mod look;
mod loops;
mod openapi;
mod people;
mod preview;
mod query;
mod resources;
mod routes;
mod rows;
mod rules;
mod saved;
mod serve;
mod shape;
mod status;
mod tail;
mod tracking;
mod webhooks;
mod workspaces;

pub use app::{App, Limits};
pub use auth::SecretToken;
pub use openapi::document as openapi;
pub use routes::router;
pub use rules::Compiler as RuleCompiler;
pub use serve::serve;

#[cfg(test)]
mod tests;
