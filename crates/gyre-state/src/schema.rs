//! The tables, made and changed by numbered SQL; `user_version` is the number of the last one run.

use crate::error::{failed, invalid};
use gyre_ports::Result;
use sqlx::{Connection, SqliteConnection};

/// In order, from 1. Nothing here is ever edited once released, only added to.
const STEPS: [&str; 1] = [include_str!("schema/0001.sql")];

/// Brings the tables to the newest form, each step whole or not at all.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<()> {
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed("the form of the state can not be read"))?;
    let done = usize::try_from(version).ok().filter(|done| *done <= STEPS.len());
    let done = done.ok_or_else(|| invalid("the state was written by a newer version"))?;
    for (index, step) in STEPS.iter().copied().enumerate().skip(done) {
        let failed = failed("the state can not be brought to a new form");
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(&failed)?;
        sqlx::raw_sql(step).execute(&mut *transaction).await.map_err(&failed)?;
        let stamp = format!("PRAGMA user_version = {}", index + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(stamp))
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
    }
    Ok(())
}
