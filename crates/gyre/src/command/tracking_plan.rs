//! `gyre tracking-plan`: what plans counted, and plans inferred from traffic.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::table::{Table, cell};
use crate::print::{note, out};
use clap::{Args, Subcommand};
use serde_json::json;

/// What events should look like.
#[derive(Debug, Subcommand)]
pub(crate) enum TrackingPlanCommand {
    /// Shows what plans counted: events checked, values mended, duplicates dropped, violations.
    Show(Show),
    /// Lists the columns that plans promote, and the views that have them.
    Columns(Show),
    /// Prints a plan that the newest calls keep to. Nothing is applied.
    Infer(Infer),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Infer {
    /// The plan's name.
    #[arg(long, default_value = "inferred", value_name = "NAME")]
    name: String,
    /// Events of this source only.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// How many events at most, newest first.
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    events: usize,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: TrackingPlanCommand) -> anyhow::Result<()> {
    match command {
        TrackingPlanCommand::Show(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "tracking-plans"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let keys = ["plan", "event", "what", "rule", "property", "count"];
            let mut table = Table::new(&keys);
            for one in list(&answer, "counts") {
                table.row(keys.map(|key| cell(&one[key])));
            }
            Ok(out(&table.to_string())?)
        }
        TrackingPlanCommand::Columns(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "tracking-plans"], &[]).await?;
            if args.server.json {
                return json(&answer["columns"]);
            }
            let keys = ["view", "column", "type", "plan", "property", "description"];
            let mut table = Table::new(&keys);
            for one in list(&answer, "columns") {
                table.row(keys.map(|key| cell(&one[key])));
            }
            Ok(out(&table.to_string())?)
        }
        TrackingPlanCommand::Infer(args) => {
            let mut body = json!({"name": args.name, "events": args.events});
            if let Some(source) = args.source {
                body["source"] = source.into();
            }
            let path = ["v1", "tracking-plans", "infer"];
            let answer = Client::new(&args.server)?.post(&path, &body).await?;
            if args.server.json {
                return json(&answer);
            }
            out(answer["yaml"].as_str().unwrap_or_default())?;
            for (event, count) in answer["events"].as_object().into_iter().flatten() {
                note(&format!("{event}: seen {count} times"));
            }
            Ok(())
        }
    }
}
