//! `gyre connector`: programs that read other systems.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::table::{Table, cell};
use crate::print::{note, out, say};
use clap::{Args, Subcommand};
use serde_json::json;

/// Programs that read other systems.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorCommand {
    /// Lists connectors and how they fare.
    List(List),
    /// Begins a run.
    Run(One),
    /// Shows what a connector logged since the server began.
    Logs(One),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The connector.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: ConnectorCommand) -> anyhow::Result<()> {
    match command {
        ConnectorCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "connectors"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let keys = ["began", "ended", "accepted", "rejected", "ignored", "error"];
            let columns = ["name", "running"].into_iter().chain(keys).collect::<Vec<_>>();
            let mut table = Table::new(&columns);
            for one in list(&answer, "connectors") {
                let own = [cell(&one["name"]), cell(&one["running"])];
                table.row(own.into_iter().chain(keys.map(|key| cell(&one["progress"][key]))));
            }
            Ok(out(&table.to_string())?)
        }
        ConnectorCommand::Run(args) => {
            let client = Client::new(&args.server)?;
            client.post(&["v1", "connectors", &args.name, "run"], &json!({})).await?;
            note(&format!("{} runs; see gyre connector list", args.name));
            Ok(())
        }
        ConnectorCommand::Logs(args) => {
            let path = ["v1", "connectors", &args.name, "logs"];
            let answer = Client::new(&args.server)?.get(&path, &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut text = String::new();
            for line in list(&answer, "lines") {
                say!(text, "{}  {}\n", cell(&line["at"]), cell(&line["text"]));
            }
            Ok(out(&text)?)
        }
    }
}
