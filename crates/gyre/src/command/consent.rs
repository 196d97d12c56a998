//! `gyre consent`: stating it for somebody, holding the ledger against its chain, and what the gates say.

use super::json;
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::out;
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

/// What people consent to: the ledger, and the gates.
#[derive(Debug, Subcommand)]
pub(crate) enum ConsentCommand {
    /// Writes down what somebody said.
    State(State),
    /// Walks the ledger: finds what was edited, deleted or moved. Ends with 1 if there is anything.
    Verify(Ask),
    /// Shows what the gates of consent have said since the server started.
    Gates(Ask),
}

#[derive(Debug, Args)]
pub(crate) struct State {
    /// The person's user id.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// The person's anonymous id.
    #[arg(long, value_name = "ID")]
    anonymous: Option<String>,
    /// The person's e-mail address.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// A topic and what was said, for example contact.email=denied; may stand several times.
    #[arg(long = "topic", required = true, value_name = "TOPIC=DECISION", value_parser = said)]
    topics: Vec<(String, String)>,
    /// When it was said; now if not given.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How it was said, for example phone.
    #[arg(long, value_name = "TEXT")]
    method: Option<String>,
    /// The version of the notice that was shown.
    #[arg(long, value_name = "TEXT")]
    notice: Option<String>,
    /// The same id again is the same statement.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    #[command(flatten)]
    server: ServerArgs,
}

fn said(text: &str) -> Result<(String, String), String> {
    let (topic, decision) = text.split_once('=').ok_or("write the topic, `=`, and the decision")?;
    Ok((topic.to_owned(), decision.to_owned()))
}

pub(crate) async fn run(command: ConsentCommand) -> anyhow::Result<()> {
    match command {
        ConsentCommand::State(args) => state(args).await,
        ConsentCommand::Verify(args) => verify(&args.server).await,
        ConsentCommand::Gates(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "consent", "gates"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            Ok(out(&crate::print::consent::gates(&answer))?)
        }
    }
}

async fn state(args: State) -> anyhow::Result<()> {
    let texts = [
        ("user_id", args.user),
        ("anonymous_id", args.anonymous),
        ("email", args.email),
        ("occurred_at", args.at),
        ("method", args.method),
        ("notice_version", args.notice),
        ("id", args.id),
    ];
    let mut body: Map<String, Value> = texts
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), Value::String(text?))))
        .collect();
    let topics: Map<String, Value> =
        args.topics.into_iter().map(|(topic, decision)| (topic, decision.into())).collect();
    body.insert("topics".to_owned(), topics.into());
    let answer = Client::new(&args.server)?.post(&["v1", "consent"], &body.into()).await?;
    if args.server.json {
        return json(&answer);
    }
    let written = answer["messages"].as_array().map_or(0, Vec::len);
    Ok(out(&format!("{written} written"))?)
}

async fn verify(server: &ServerArgs) -> anyhow::Result<()> {
    let report = Client::new(server)?.get(&["v1", "consent", "verify"], &[]).await?;
    if server.json {
        json(&report)?;
    } else {
        out(&crate::print::consent::ledger(&report))?;
    }
    if report["whole"] == true {
        return Ok(());
    }
    let hint = "the lake's files were changed by somebody else; restore them, or derive them again";
    Err(Failure::new("the consent ledger is not whole").hint(hint).into())
}
