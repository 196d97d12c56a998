//! `gyre clock`: a manual clock, read and moved.

use super::json;
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::out;
use crate::print::table::cell;
use clap::{Args, Subcommand};
use gyre_model::Timestamp;
use serde_json::json;

/// The server's clock; a manual one can be moved.
#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// Shows what time it is for the server.
    Show(Show),
    /// Moves a manual clock forward, by way of everything that is due until then.
    Advance(Advance),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Advance {
    /// The time to move to, for example 2026-03-01T09:00:00Z.
    #[arg(long, value_name = "TIME")]
    to: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: ClockCommand) -> anyhow::Result<()> {
    let (server, answer) = match command {
        ClockCommand::Show(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "clock"], &[]).await?;
            (args.server, answer)
        }
        ClockCommand::Advance(args) => {
            let to = Timestamp::parse(&args.to).map_err(|why| Failure::usage(why.to_string()))?;
            let body = json!({"to": to});
            let answer =
                Client::new(&args.server)?.post(&["v1", "clock", "advance"], &body).await?;
            (args.server, answer)
        }
    };
    if server.json {
        return json(&answer);
    }
    let kind = match answer["manual"].as_bool() {
        Some(true) => " (manual)",
        Some(false) => " (system)",
        None => "",
    };
    Ok(out(&format!("it is {}{kind}", cell(&answer["now"])))?)
}
