//! The lake over the wire of PostgreSQL, for SQL clients and reporting tools.
//!
//! In: [`Tables`](gyre_datafusion::Tables) (the lake), an [`Accounts`] (who may come in), and
//! [`Measures`] (the metrics). Out: a listener that speaks the protocol ([`serve()`]). Connections are taken, encrypted,
//! authenticated and bounded here; `pgwire` reads and writes messages, `arrow-pg` values,
//! `datafusion-pg-catalog` plays the system catalog.
//!
//! Laws: nobody asks anything without having shown a token that may ask in SQL, and not longer than it
//! is valid; nothing is written; every statement sees what `POST /v1/query` would see at its instant;
//! every answer is whole or an error, never cut; what clients said is not logged with its values.
#![warn(missing_docs)]

mod accounts;
mod array;
mod catalog;
mod connection;
mod cursor;
mod error;
mod handlers;
mod measures;
mod prepared;
mod query_log;
mod scram;
mod serve;
mod session;
mod settings;
mod startup;
mod statement;
mod tls;

pub use accounts::{Account, Accounts, Comments, Described, Fault, View};
pub use measures::{Ages, Asked, Condition, ConditionOperator, Measure, Measures, Topic, Topics};
pub use serve::{Options, Wire, serve};
pub use tls::{Tls, TlsError};
