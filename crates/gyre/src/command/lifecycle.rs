//! `gyre lifecycle`: who is in which stage, and who goes from where to where.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::out;
use crate::print::table::{Table, cell};
use clap::{Args, Subcommand};

/// Lifecycles: how many are in which stage, and how many go from where to where.
#[derive(Debug, Subcommand)]
pub(crate) enum LifecycleCommand {
    /// Lists the lifecycles, and how many are in which stage.
    List(List),
    /// Shows how many went from stage to stage, period by period.
    Flows(Flows),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Flows {
    /// The lifecycle.
    name: String,
    /// One row per `day`, `week` or `month`.
    #[arg(long, value_name = "PERIOD", default_value = "week")]
    by: String,
    /// From when on.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until when.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: LifecycleCommand) -> anyhow::Result<()> {
    match command {
        LifecycleCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "lifecycles"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut table = Table::new(&["lifecycle", "stage", ">people"]);
            for one in list(&answer, "lifecycles") {
                for stage in list(one, "stages") {
                    table.row([&one["name"], &stage["name"], &stage["people"]].map(cell));
                }
            }
            Ok(out(&table.to_string())?)
        }
        LifecycleCommand::Flows(args) => {
            let path = ["v1", "lifecycles", &args.name, "flows"];
            let mut asked = vec![("by", args.by.as_str())];
            asked.extend(args.from.as_deref().map(|from| ("from", from)));
            asked.extend(args.to.as_deref().map(|to| ("to", to)));
            let answer = Client::new(&args.server)?.get(&path, &asked).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut table = Table::new(&["period", "from", "to", ">times"]);
            for flow in list(&answer, "flows") {
                table.row(["period", "from", "to", "times"].map(|key| cell(&flow[key])));
            }
            Ok(out(&table.to_string())?)
        }
    }
}
