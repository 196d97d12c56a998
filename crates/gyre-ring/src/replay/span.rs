//! Where an instant is in a journal, and how many rows tables have.

use super::report::TableCount;
use crate::damage;
use crate::error::Result;
use crate::explain::objects;
use gyre_model::{Offset, Timestamp};
use gyre_ports::lake::{Query, Sql};
use gyre_ports::{Journal, Lake};
use serde_json::Value;
use std::time::Duration;

/// How long counting a table may take.
const PATIENCE: Duration = Duration::from_hours(1);

/// The first offset that is stamped at an instant or later. Stamps never go back.
pub(super) async fn first_at(journal: &dyn Journal, at: Timestamp) -> Result<Offset> {
    let (mut low, mut high) = (journal.start(0), journal.end(0));
    while low < high {
        let middle = low + (high - low) / 2;
        let read = damage::read(journal, 0, middle, 1).await?;
        // A damaged record says nothing of its time; it counts as early.
        if read.first().is_some_and(|record| record.at >= at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// The rows of every table in two lakes.
pub(super) async fn count_tables(live: &dyn Lake, replayed: &dyn Lake) -> Result<Vec<TableCount>> {
    let mut counts = Vec::new();
    for table in crate::tables::specs() {
        counts.push(TableCount {
            table: table.name.to_owned(),
            live: count(live, table.name).await?,
            replayed: count(replayed, table.name).await?,
        });
    }
    Ok(counts)
}

async fn count(lake: &dyn Lake, table: &str) -> Result<u64> {
    let query = Query {
        // The name is one of our own tables.
        sql: Sql::Text(format!("SELECT count(*) FROM {table}")),
        parameters: Vec::new(),
        max_rows: 1,
        timeout: PATIENCE,
    };
    let rows = objects(&lake.query(query).await?);
    let first = rows.first().and_then(Value::as_object);
    Ok(first.and_then(|row| row.values().find_map(Value::as_u64)).unwrap_or_default())
}
