//! `gyre person`: what is known of somebody.

use super::json;
use crate::client::{Client, ServerArgs};
use crate::print::out;
use crate::print::table::cell;
use clap::{Args, Subcommand};
use serde_json::json;

/// What is known of somebody.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Shows a person: identifiers, features, audiences, consent, decisions.
    Show(Show),
    /// Shows what a person consents to, now or as of an instant.
    Consent(Consent),
    /// Shows why identifiers are one person: the links, who said them, and those that do not hold.
    Graph(Show),
    /// Says that two identifiers are not one person, whatever links them, before and from now on.
    Separate(Separate),
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

#[derive(Debug, Args)]
pub(crate) struct Separate {
    /// A user id, e-mail address, anonymous id or any other identifier; or the id of a node.
    one: String,
    /// The other.
    other: String,
    /// Lifts it: they may be one person again.
    #[arg(long)]
    lift: bool,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
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
    match command {
        PersonCommand::Show(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "people", &args.id], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            Ok(out(&crate::print::person::show(&answer))?)
        }
        PersonCommand::Consent(args) => consent(args).await,
        PersonCommand::Graph(args) => {
            let path = ["v1", "people", &args.id, "graph"];
            let answer = Client::new(&args.server)?.get(&path, &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            Ok(out(&crate::print::graph::show(&answer))?)
        }
        PersonCommand::Separate(args) => separate(args).await,
    }
}

async fn separate(args: Separate) -> anyhow::Result<()> {
    let mut body = json!({"one": args.one, "other": args.other, "lift": args.lift});
    if let Some(reason) = &args.reason {
        body["reason"] = reason.as_str().into();
    }
    let answer = Client::new(&args.server)?.post(&["v1", "people", "separate"], &body).await?;
    if args.server.json {
        return json(&answer);
    }
    let (one, other) = (cell(&answer["person"]), cell(&answer["from"]));
    let said = if answer["same"] == true {
        format!("both are person {one}\n")
    } else {
        format!("they are person {one} and person {other}\n")
    };
    Ok(out(&said)?)
}
