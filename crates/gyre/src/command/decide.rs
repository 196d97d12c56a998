//! `gyre decide`: asks for a decision, as an app does.

use super::json;
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::out;
use clap::Args;
use serde_json::{Map, Value, json};

/// Asks what to show somebody at a placement. The decision counts: it is drawn and recorded.
#[derive(Debug, Args)]
pub(crate) struct DecideArgs {
    /// The user id.
    #[arg(long, value_name = "ID", required_unless_present = "anonymous")]
    user: Option<String>,
    /// The anonymous id.
    #[arg(long, value_name = "ID")]
    anonymous: Option<String>,
    /// Where something could be shown.
    #[arg(long, value_name = "NAME")]
    placement: String,
    /// One campaign only.
    #[arg(long, value_name = "NAME")]
    campaign: Option<String>,
    /// What is known of the moment; may be given more than once.
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: DecideArgs) -> anyhow::Result<()> {
    let mut context = Map::new();
    for pair in &args.context {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{pair}` is not of the form KEY=VALUE"))
                .hint("for example --context device=phone")
        })?;
        context.insert(key.to_owned(), value.into());
    }
    let mut body = json!({"placement": args.placement, "context": context});
    let named =
        [("user_id", &args.user), ("anonymous_id", &args.anonymous), ("campaign", &args.campaign)];
    for (key, value) in named {
        if let Some(value) = value {
            body[key] = Value::String(value.clone());
        }
    }
    let answer = Client::new(&args.server)?.post(&["v1", "decide"], &body).await?;
    if args.server.json {
        return json(&answer);
    }
    Ok(out(&crate::print::decision::answer(&answer))?)
}
