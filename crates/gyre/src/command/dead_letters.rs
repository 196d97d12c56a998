//! `gyre dead-letters`: what was rejected or failed, seen and replayed.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::say;
use crate::print::table::{Table, cell};
use crate::print::{note, out};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// What was rejected or failed.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadLettersCommand {
    /// Lists dead letters, newest first.
    List(List),
    /// Collects the events of dead letters again, under today's rules.
    Replay(Replay),
    /// Replaces values in dead letters by a rule, and collects them again.
    Mend(Replay),
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
    /// Letters that were replayed (yes) or not (no).
    #[arg(long, value_name = "YES|NO", value_parser = ["yes", "no"])]
    replayed: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The letters, as the list names them.
    #[arg(value_name = "ID", conflicts_with_all = ["code", "origin"])]
    ids: Vec<String>,
    /// All letters with this code that were not replayed yet.
    #[arg(long, value_name = "CODE", required_unless_present_any = ["ids", "origin"])]
    code: Option<String>,
    /// All letters from here that were not replayed yet.
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// Puts a value at a path in what came, for example properties.total=12 or body.customer.id='"5"';
    /// what is not JSON is text.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// A JSON file with such values by path.
    #[arg(long, value_name = "FILE")]
    rule: Option<PathBuf>,
    /// Replaces all that came with one letter: an event, or of a file the row as an object of its columns.
    #[arg(long, value_name = "JSON", requires = "ids", conflicts_with_all = ["set", "rule"])]
    event: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

impl Replay {
    /// Values by path: those of the file, then those of the command line.
    fn values(&self) -> anyhow::Result<Map<String, Value>> {
        let mut values = Map::new();
        if let Some(path) = &self.rule {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            values = serde_json::from_str(&text)
                .with_context(|| format!("{} is not a JSON object", path.display()))?;
        }
        for one in &self.set {
            let (path, value) = one.split_once('=').ok_or_else(|| {
                Failure::usage(format!("`{one}` is no path with a value"))
                    .hint("for example --set properties.total=12")
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
            values.insert(path.to_owned(), value);
        }
        Ok(values)
    }
}

impl Replay {
    /// What stands in the place of what came.
    fn whole(&self) -> anyhow::Result<Option<Value>> {
        let parse = |text: &String| {
            serde_json::from_str(text).map_err(|why| {
                Failure::usage(format!("the event is not JSON: {why}"))
                    .hint(r#"for example --event '{"id": "5"}'"#)
                    .into()
            })
        };
        self.event.as_ref().map(parse).transpose()
    }
}

/// Replays letters, some at a time, and tells how far it has come.
async fn replay(args: Replay) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let (set, whole) = (args.values()?, args.whole()?);
    let (mut accepted, mut rejected) = (0, 0);
    let mut left: Vec<Value> = Vec::new();
    let mut next = Value::Null;
    loop {
        let mut body = json!({"ids": args.ids, "set": set});
        for (key, value) in [("code", &args.code), ("origin", &args.origin)] {
            if let Some(value) = value {
                body[key] = value.as_str().into();
            }
        }
        if let Some(whole) = &whole {
            body["event"] = whole.clone();
        }
        if !next.is_null() {
            body["next"] = next;
        }
        let answer = client.post(&["v1", "dead-letters", "replay"], &body).await?;
        accepted += answer["accepted"].as_u64().unwrap_or_default();
        rejected += answer["rejected"].as_u64().unwrap_or_default();
        left.extend(list(&answer["left"], "").iter().cloned());
        next = answer["next"].clone();
        if next.is_null() {
            break;
        }
        note(&format!("{accepted} accepted, {rejected} rejected again so far"));
    }
    if args.server.json {
        return json(&json!({"accepted": accepted, "rejected": rejected, "left": left}));
    }
    let mut text = format!("{accepted} accepted, {rejected} rejected again\n");
    for one in &left {
        say!(text, "{} left: {}\n", cell(&one[0]), cell(&one[1]));
    }
    Ok(out(&text)?)
}

pub(crate) async fn run(command: DeadLettersCommand) -> anyhow::Result<()> {
    match command {
        DeadLettersCommand::List(args) => {
            let limit = args.limit.to_string();
            let mut query = vec![("limit", limit.as_str())];
            query.extend(args.code.as_deref().map(|code| ("code", code)));
            query.extend(args.origin.as_deref().map(|origin| ("origin", origin)));
            query.extend(args.replayed.as_deref().map(|replayed| ("replayed", replayed)));
            let answer = Client::new(&args.server)?.get(&["v1", "dead-letters"], &query).await?;
            if args.server.json {
                return json(&answer);
            }
            let keys =
                ["letter", "at", "origin", "place", "code", "message", "hint", "replayed_as"];
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
        DeadLettersCommand::Replay(args) => replay(args).await,
        DeadLettersCommand::Mend(args) => {
            if args.event.is_none() && args.values()?.is_empty() {
                return Err(Failure::usage("nothing is mended")
                    .hint("add --set path=value, --rule with a file, or --event with all of it")
                    .into());
            }
            replay(args).await
        }
    }
}
