//! `gyre person`: what is known of somebody.

use super::json;
use crate::client::{Client, ServerArgs};
use crate::print::out;
use clap::{Args, Subcommand};

/// What is known of somebody.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Shows a person: identifiers, features, audiences, consent, decisions.
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A user id, e-mail address, anonymous id or person id.
    id: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: PersonCommand) -> anyhow::Result<()> {
    let PersonCommand::Show(args) = command;
    let answer = Client::new(&args.server)?.get(&["v1", "people", &args.id], &[]).await?;
    if args.server.json {
        return json(&answer);
    }
    Ok(out(&crate::print::person::show(&answer))?)
}
