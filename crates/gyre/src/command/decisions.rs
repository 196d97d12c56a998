//! `gyre decisions`: why something was shown or sent.

use super::json;
use crate::client::{Client, ServerArgs};
use crate::print::out;
use clap::{Args, Subcommand};

/// Why something was shown or sent, or not.
#[derive(Debug, Subcommand)]
pub(crate) enum DecisionsCommand {
    /// Explains a decision: the candidates, their probabilities, what was known, what came of it.
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The decision's id.
    id: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: DecisionsCommand) -> anyhow::Result<()> {
    let DecisionsCommand::Explain(args) = command;
    let answer = Client::new(&args.server)?.get(&["v1", "decisions", &args.id], &[]).await?;
    if args.server.json {
        return json(&answer);
    }
    Ok(out(&crate::print::decision::explain(&answer))?)
}
