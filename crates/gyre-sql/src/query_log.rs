//! Who asked what, how many rows it gave and how long it took. What was asked is written without its
//! values: they may be somebody's data.

use crate::session::Session;
use crate::statement::without_values;
use pgwire::error::PgWireError;
use sqlparser::ast::Statement;
use std::time::Duration;

/// Writes down one statement.
pub(crate) fn write(
    session: &Session,
    statement: &Statement,
    rows: Result<usize, &PgWireError>,
    took: Duration,
) {
    let (token, database) = (&session.account.name, &session.database);
    let sql = without_values(statement);
    let milliseconds = took.as_millis();
    match rows {
        Ok(rows) => {
            tracing::info!(%token, %database, sql, rows, milliseconds, "a query was answered");
        }
        Err(error) => {
            let code = match error {
                PgWireError::UserError(info) => info.code.clone(),
                _ => String::new(),
            };
            tracing::info!(%token, %database, sql, code, milliseconds, "a query failed");
        }
    }
}
