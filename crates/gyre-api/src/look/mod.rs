//! Figures for the UI: fixed questions to the lake, each with a shape of its own.

pub(crate) mod annotations;
pub(crate) mod audiences;
pub(crate) mod flow;
pub(crate) mod lifecycles;
pub(crate) mod search;
pub(crate) mod timeline;
pub(crate) mod trend;

use crate::app::Server;
use crate::error::{Error, Result};
use gyre_model::Timestamp;
use gyre_ports::lake::{Parameter, Query, Sql};
use gyre_ring::objects;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use utoipa::IntoParams;

const TIMEOUT: Duration = Duration::from_secs(30);
/// Before everything.
const BEGINNING: Timestamp = Timestamp(0);

/// A period; without an end it reaches to now, without a beginning to everything before.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Period {
    /// Included.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Not included.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

impl Period {
    /// Both ends as parameters; what happens at this very instant counts.
    fn ends(&self, server: &Server) -> [Parameter; 2] {
        let now = server.engine().shared.clock.now() + gyre_model::Span(1);
        [Parameter::Time(self.from.unwrap_or(BEGINNING)), Parameter::Time(self.to.unwrap_or(now))]
    }
}

/// Rows of a fixed question; columns without a value are left out.
async fn ask<T: DeserializeOwned>(
    server: &Server,
    sql: &str,
    parameters: Vec<Parameter>,
    max_rows: usize,
) -> Result<Vec<T>> {
    let query = Query { sql: Sql::Text(sql.to_owned()), parameters, max_rows, timeout: TIMEOUT };
    let rows = server.ask(|engine| async move { engine.query(query).await }).await?;
    objects(&rows)
        .into_iter()
        .map(|row| {
            serde_json::from_value(row)
                .map_err(|why| Error::internal("a row has another shape", &why))
        })
        .collect()
}
