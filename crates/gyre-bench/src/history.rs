//! What people in a shop did over the last months, in a server: the table that queries and boards are
//! measured on.

use crate::events::Events;
use crate::figures::Report;
use crate::people;
use crate::server::Server;
use anyhow::{Context, ensure};
use serde_json::json;

/// Days of history.
pub(crate) const DAYS: u64 = 90;

/// Fills in what is missing, through the front door.
pub(crate) async fn fill(
    server: &Server,
    events: u64,
    people: u64,
    report: &mut Report,
) -> anyhow::Result<()> {
    let there = count(server).await?;
    if there < events {
        let run = 1 + there / people::BATCH;
        let history = Events::history(run, people::BATCH, people, DAYS);
        let batches = (events - there).div_ceil(people::BATCH);
        let (_, took) = people::fill(server, &history, batches).await?;
        report.figure("filled in", took.as_secs_f64(), "s");
    }
    let there = count(server).await?;
    ensure!(there >= events, "{there} events are in the table");
    Ok(())
}

async fn count(server: &Server) -> anyhow::Result<u64> {
    let answer = server.post("/v1/query", &json!({"sql": "select count(*) from events"})).await?;
    answer["rows"][0][0].as_u64().with_context(|| format!("no count in {answer}"))
}
