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
    /// Shows what a person consents to, now or as of an instant.
    Consent(Consent),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A user id, e-mail address, anonymous id or person id.
    id: String,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Consent {
    /// A user id, e-mail address, anonymous id or person id.
    id: String,
    /// As of when; now if not given.
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Only by what was known then.
    #[arg(long, value_name = "TIME")]
    known_at: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

async fn consent(args: Consent) -> anyhow::Result<()> {
    let times = [("as_of", &args.as_of), ("known_at", &args.known_at)];
    let query: Vec<(&str, &str)> =
        times.iter().filter_map(|(key, time)| Some((*key, time.as_deref()?))).collect();
    let path = ["v1", "people", &args.id, "consent"];
    let answer = Client::new(&args.server)?.get(&path, &query).await?;
    if args.server.json {
        return json(&answer);
    }
    Ok(out(&crate::print::consent::stands(&answer))?)
}

pub(crate) async fn run(command: PersonCommand) -> anyhow::Result<()> {
    let args = match command {
        PersonCommand::Show(args) => args,
        PersonCommand::Consent(args) => return consent(args).await,
    };
    let answer = Client::new(&args.server)?.get(&["v1", "people", &args.id], &[]).await?;
    if args.server.json {
        return json(&answer);
    }
    Ok(out(&crate::print::person::show(&answer))?)
}
