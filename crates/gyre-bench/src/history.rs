//! What people in a shop did over the last months, in a server: the table that queries and boards are
//! measured on.

use crate::events::Events;
use crate::figures::{Report, number};
use crate::people;
use crate::resources;
use crate::server::{Place, Server};
use anyhow::{Context, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Days of history.
const DAYS: u64 = 90;

/// How much there is, and where.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct History {
    /// Events in the table.
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) events: u64,
    /// The people they are of.
    #[arg(long, default_value_t = 250_000)]
    people: u64,
    /// A data folder that stays, filled where it is short of events; a fresh one otherwise.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl History {
    pub(crate) fn setting(&self) -> String {
        let (events, people) = (number(self.events as f64), number(self.people as f64));
        format!("{events} events of {people} people over {DAYS} days")
    }

    /// A server in the folder that stays, or else in this one.
    pub(crate) async fn start(&self, place: &Place, fresh: &Path) -> anyhow::Result<Server> {
        let folder = self.keep.as_deref().unwrap_or(fresh);
        std::fs::create_dir_all(folder)?;
        place.start_with(folder, resources::SHOP).await
    }

    /// Fills in what is missing, through the front door.
    pub(crate) async fn fill(&self, server: &Server, report: &mut Report) -> anyhow::Result<()> {
        let there = count(server).await?;
        if there < self.events {
            let run = 1 + there / people::BATCH;
            let history = Events::history(run, people::BATCH, self.people, DAYS);
            let batches = (self.events - there).div_ceil(people::BATCH);
            let (_, took) = people::fill(server, &history, batches).await?;
            report.figure("filled in", took.as_secs_f64(), "s");
        }
        let there = count(server).await?;
        ensure!(there >= self.events, "{there} events are in the table");
        Ok(())
    }
}

async fn count(server: &Server) -> anyhow::Result<u64> {
    let answer = server.post("/v1/query", &json!({"sql": "select count(*) from events"})).await?;
    answer["rows"][0][0].as_u64().with_context(|| format!("no count in {answer}"))
}
