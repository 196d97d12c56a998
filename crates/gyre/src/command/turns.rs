//! `gyre loop`: loops, their turns, and what they propose.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::out;
use crate::print::table::{Table, cell};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Loops, their turns, and what they propose.
#[derive(Debug, Subcommand)]
pub(crate) enum LoopCommand {
    /// Lists the loops.
    List(List),
    /// Shows a loop: its turns, their lift against the holdout, its proposals.
    Show(Show),
    /// Lets a proposal take effect.
    Approve(Approve),
    /// Turns a proposal down.
    Reject(Reject),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The loop.
    name: String,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The proposal, as `gyre loop show` names it.
    id: String,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Reject {
    /// The proposal, as `gyre loop show` names it.
    id: String,
    /// Why; it is kept with the proposal.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: LoopCommand) -> anyhow::Result<()> {
    match command {
        LoopCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "loops"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            Ok(out(&loops(&answer))?)
        }
        LoopCommand::Show(args) => {
            let path = ["v1", "loops", &args.name];
            let answer = Client::new(&args.server)?.get(&path, &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            Ok(out(&crate::print::turns::show(&answer)?)?)
        }
        LoopCommand::Approve(args) => {
            settle(&args.server, &args.id, "approve", &json!({}), "approved").await
        }
        LoopCommand::Reject(args) => {
            let body = json!({"reason": args.reason});
            settle(&args.server, &args.id, "reject", &body, "rejected").await
        }
    }
}

fn loops(answer: &Value) -> String {
    let mut table =
        Table::new(&["loop", "campaign", ">turns", "last turn", ">lift in points", ">interval"]);
    for one in list(answer, "loops") {
        let last = &one["latest"];
        let [lift, low, high] =
            ["value", "low", "high"].map(|key| last["lift"][key].as_f64().map(|lift| 100.0 * lift));
        let range = low.zip(high).map(|(low, high)| format!("[{low:+.1}, {high:+.1}]"));
        table.row([
            cell(&one["name"]),
            cell(&last["campaign"]),
            cell(&one["turns"]),
            cell(&last["to"]),
            lift.map_or_else(String::new, |lift| format!("{lift:+.1}")),
            range.unwrap_or_default(),
        ]);
    }
    table.to_string()
}

async fn settle(
    server: &ServerArgs,
    id: &str,
    verb: &str,
    body: &Value,
    done: &str,
) -> anyhow::Result<()> {
    let answer = Client::new(server)?.post(&["v1", "proposals", id, verb], body).await?;
    if server.json {
        return json(&answer);
    }
    let version = match answer["applied_version"].as_u64() {
        Some(version) => {
            format!("; {} runs version {version} now", cell(&answer["campaign"]))
        }
        None => String::new(),
    };
    Ok(out(&format!("proposal {id} is {done}{version}"))?)
}
