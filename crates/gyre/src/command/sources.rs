//! `gyre sources`: where events come from, the keys of each, and what came.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::say;
use crate::print::table::{Table, cell};
use crate::print::{note, out};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// What stands where a key belongs that the server does not know.
const PLACEHOLDER: &str = "YOUR_WRITE_KEY";

/// Where events come from.
#[derive(Debug, Subcommand)]
pub(crate) enum SourcesCommand {
    /// Lists sources with what came from each since the server started.
    List(List),
    /// Shows a source: its limits, its keys, and why events were not taken.
    Show(One),
    /// Makes a source and its first key, which is shown this once.
    Create(Create),
    /// Makes another key for a source, shown this once; those made before go on working for a while.
    Rotate(Rotate),
    /// Takes a key back, at once.
    Revoke(Revoke),
    /// Turns a source off: its events become dead letters until it is on again.
    Disable(One),
    /// Turns a source on again.
    Enable(One),
    /// Prints what to paste to send from a source.
    Snippet(Snippet),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The source.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What it is called.
    #[arg(value_name = "NAME")]
    name: String,
    /// Who holds the key: browser, mobile, server, import, webhook or connector.
    #[arg(long, value_name = "TYPE")]
    r#type: String,
    /// An origin whose pages may use the key, such as https://shop.example; all, if none is given.
    #[arg(long, value_name = "ORIGIN")]
    origin: Vec<String>,
    /// How many events are taken in how much time, such as 1000/1s.
    #[arg(long, value_name = "EVENTS/SPAN", value_parser = rate)]
    rate: Option<(u32, String)>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The source.
    #[arg(value_name = "NAME")]
    name: String,
    /// How long the keys made before go on working; 0s for not at all.
    #[arg(long, value_name = "SPAN", default_value = "24h", conflicts_with = "keep")]
    overlap: String,
    /// Lets the keys of before work on.
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The source.
    #[arg(value_name = "NAME")]
    name: String,
    /// The key, as `gyre sources show` names it.
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Snippet {
    /// The source.
    #[arg(value_name = "NAME")]
    name: String,
    /// For one client only: browser, node, python or curl.
    #[arg(long = "for", value_name = "CLIENT")]
    client: Option<String>,
    /// The write key to put in; it is not sent anywhere.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: SourcesCommand) -> anyhow::Result<()> {
    match command {
        SourcesCommand::List(args) => show_all(args).await,
        SourcesCommand::Show(args) => {
            let client = Client::new(&args.server)?;
            let answer = client.get(&["v1", "sources", &args.name], &[]).await?;
            if args.server.json { json(&answer) } else { Ok(out(&told(&answer))?) }
        }
        SourcesCommand::Create(args) => {
            let mut body = json!({"name": args.name, "type": args.r#type, "origins": args.origin});
            if let Some((events, per)) = &args.rate {
                body["rate"] = json!({"events": events, "per": per});
            }
            let answer = Client::new(&args.server)?.post(&["v1", "sources"], &body).await?;
            made(&args.server, &answer)
        }
        SourcesCommand::Rotate(args) => {
            let body =
                if args.keep { json!({"keep": true}) } else { json!({"overlap": args.overlap}) };
            let client = Client::new(&args.server)?;
            let answer = client.post(&["v1", "sources", &args.name, "keys"], &body).await?;
            made(&args.server, &answer)
        }
        SourcesCommand::Revoke(args) => {
            let client = Client::new(&args.server)?;
            let answer = client.delete(&["v1", "sources", &args.name, "keys", &args.key]).await?;
            if args.server.json { json(&answer) } else { Ok(out(&told(&answer))?) }
        }
        SourcesCommand::Disable(args) => switch(args, false).await,
        SourcesCommand::Enable(args) => switch(args, true).await,
        SourcesCommand::Snippet(args) => paste(args).await,
    }
}

async fn show_all(args: List) -> anyhow::Result<()> {
    let answer = Client::new(&args.server)?.get(&["v1", "sources"], &[]).await?;
    if args.server.json {
        return json(&answer);
    }
    let keys = ["name", "type", "enabled", "keys", "accepted", "rejected", "refused", "last_seen"];
    let mut table = Table::new(&keys);
    for source in list(&answer, "sources") {
        let counted = &source["counted"];
        table.row([
            cell(&source["name"]),
            cell(&source["type"]),
            cell(&source["enabled"]),
            list(source, "keys").len().to_string(),
            cell(&counted["accepted"]),
            sum(&counted["rejected"]).to_string(),
            sum(&counted["refused"]).to_string(),
            cell(&counted["last_seen"]),
        ]);
    }
    out(&table.to_string())?;
    let unknown = &answer["unknown_keys"];
    if unknown["requests"].as_u64().is_some_and(|requests| requests > 0) {
        note(&format!(
            "{} requests came with no key of any source, the last {}; their keys begin, as SHA-256, with {}",
            cell(&unknown["requests"]),
            cell(&unknown["last_seen"]),
            unknown["keys"].as_object().map_or_else(String::new, |keys| {
                let names: Vec<&str> = keys.keys().map(String::as_str).collect();
                if names.is_empty() {
                    "nothing: there was none".to_owned()
                } else {
                    names.join(", ")
                }
            }),
        ));
    }
    Ok(())
}

/// A source for people.
fn told(source: &Value) -> String {
    let mut text = format!("{} ({})", cell(&source["name"]), cell(&source["type"]));
    if source["enabled"] == false {
        text.push_str(", disabled");
    }
    text.push('\n');
    let limits = &source["limits"];
    for key in ["max_event_bytes", "max_request_bytes", "max_events"] {
        say!(text, "{key}: {}\n", cell(&limits[key]));
    }
    if !limits["rate"].is_null() {
        say!(
            text,
            "rate: {} / {}\n",
            cell(&limits["rate"]["events"]),
            cell(&limits["rate"]["per"])
        );
    }
    for origin in list(source, "origins") {
        say!(text, "origin: {}\n", cell(origin));
    }
    let counted = &source["counted"];
    say!(text, "accepted: {}\n", cell(&counted["accepted"]));
    for kind in ["rejected", "refused"] {
        for (code, count) in counted[kind].as_object().into_iter().flatten() {
            say!(text, "{kind} {code}: {}\n", cell(count));
        }
    }
    let columns = ["id", "declared", "by", "created_at", "expires_at", "last_used"];
    let mut table = Table::new(&["key", "declared", "by", "created_at", "expires_at", "last_used"]);
    for key in list(source, "keys") {
        table.row(columns.map(|column| cell(&key[column])));
    }
    say!(text, "\n{table}");
    text
}

fn sum(counts: &Value) -> u64 {
    counts.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum()
}

/// A key that was made: the key alone goes to standard output, for a script to keep.
fn made(server: &ServerArgs, answer: &Value) -> anyhow::Result<()> {
    if server.json {
        return json(answer);
    }
    note("this is the key; it is shown this once:");
    Ok(out(&format!("{}\n", cell(&answer["key"])))?)
}

async fn switch(args: One, enabled: bool) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let answer = client.post(&["v1", "sources", &args.name], &json!({"enabled": enabled})).await?;
    if args.server.json { json(&answer) } else { Ok(out(&told(&answer))?) }
}

async fn paste(args: Snippet) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let mut answer = client.get(&["v1", "sources", &args.name, "snippet"], &[]).await?;
    let wanted = args.client.as_deref();
    let known: Vec<String> =
        list(&answer, "snippets").iter().map(|one| cell(&one["client"])).collect();
    if let Some(wanted) = wanted
        && !known.iter().any(|one| one == wanted)
    {
        let message = format!("there is no snippet for `{wanted}` from this source");
        return Err(Failure::usage(message).hint(format!("one of {}", known.join(", "))).into());
    }
    if let Some(snippets) = answer["snippets"].as_array_mut() {
        snippets.retain(|one| wanted.is_none_or(|wanted| one["client"] == wanted));
        for one in snippets {
            if let (Some(text), Some(key)) = (one["text"].as_str(), &args.key) {
                one["text"] = text.replace(PLACEHOLDER, key).into();
            }
        }
    }
    if args.server.json {
        return json(&answer);
    }
    let mut text = String::new();
    for one in list(&answer, "snippets") {
        if wanted.is_none() {
            say!(text, "# {} ({})\n\n", cell(&one["client"]), cell(&one["needs"]));
        }
        say!(text, "{}\n", one["text"].as_str().unwrap_or_default());
    }
    out(&text)?;
    if answer["key_missing"] == true && args.key.is_none() {
        note(&format!("put the write key in the place of {PLACEHOLDER}, or pass --key"));
    }
    Ok(())
}

fn rate(text: &str) -> Result<(u32, String), String> {
    let hint = || "events and time, for example 1000/1s".to_owned();
    let (events, per) = text.split_once('/').ok_or_else(hint)?;
    gyre_model::Span::parse(per).map_err(|error| error.to_string())?;
    Ok((events.parse().map_err(|_| hint())?, per.to_owned()))
}
