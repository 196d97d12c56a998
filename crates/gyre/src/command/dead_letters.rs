//! `gyre dead-letters`: what was rejected or failed, seen and replayed.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::say;
use crate::print::table::{Table, cell};
use crate::print::{note, out};
use clap::{Args, Subcommand};
use serde_json::json;

/// What was rejected or failed.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLettersCommand {
    /// Lists dead letters, newest first.
    List(List),
    /// Collects the events of dead letters again, under today's rules.
    Replay(Replay),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// How many at most.
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
    /// Letters with this code only.
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Letters from here only, for example source:web or import:crm.
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The letters, as the list names them.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: DeadLettersCommand) -> anyhow::Result<()> {
    match command {
        DeadLettersCommand::List(args) => {
            let limit = args.limit.to_string();
            let mut query = vec![("limit", limit.as_str())];
            query.extend(args.code.as_deref().map(|code| ("code", code)));
            query.extend(args.origin.as_deref().map(|origin| ("origin", origin)));
            let answer = Client::new(&args.server)?.get(&["v1", "dead-letters"], &query).await?;
            if args.server.json {
                return json(&answer);
            }
            let keys = ["letter", "at", "origin", "place", "code", "message", "hint"];
            let mut table = Table::new(&keys);
            for one in list(&answer, "letters") {
                table.row(keys.map(|key| cell(&one[key])));
            }
            out(&table.to_string())?;
            if answer["truncated"] == true {
                note(&format!("there are more than {limit}; ask for more with --limit"));
            }
            Ok(())
        }
        DeadLettersCommand::Replay(args) => {
            let body = json!({"ids": args.ids});
            let client = Client::new(&args.server)?;
            let answer = client.post(&["v1", "dead-letters", "replay"], &body).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut text = format!(
                "{} accepted, {} rejected again\n",
                cell(&answer["accepted"]),
                cell(&answer["rejected"])
            );
            for left in list(&answer["left"], "") {
                say!(text, "{} left: {}\n", cell(&left[0]), cell(&left[1]));
            }
            Ok(out(&text)?)
        }
    }
}
