//! `gyre plan` and `gyre apply`: files compared with what runs, and put into effect.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::files;
use crate::print::say;
use crate::print::table::cell;
use crate::print::{note, out};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Which files, and what may be done besides creating and updating.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Files, or folders whose .yaml files are read.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Removes what runs and is not written.
    #[arg(long)]
    prune: bool,
    /// Replaces what loops wrote by what the files say.
    #[arg(long)]
    reset_managed: bool,
    /// Applies identity rules though they make one of more than 5 % of people.
    #[arg(long)]
    allow_merges: bool,
    #[command(flatten)]
    server: ServerArgs,
}

impl ApplyArgs {
    fn body(&self) -> anyhow::Result<Value> {
        let files: Vec<Value> = files::read(&self.paths)?
            .into_iter()
            .map(|file| json!({"name": file.name(), "text": file.text}))
            .collect();
        Ok(json!({"files": files, "prune": self.prune, "reset_managed": self.reset_managed,
            "allow_merges": self.allow_merges}))
    }
}

/// Shows what applying would do.
pub(crate) async fn plan(args: ApplyArgs) -> anyhow::Result<()> {
    let answer = Client::new(&args.server)?.post(&["v1", "plan"], &args.body()?).await?;
    if args.server.json {
        return json(&answer);
    }
    warnings(&answer);
    Ok(out(answer["text"].as_str().unwrap_or_default())?)
}

/// Applies, and says what was done.
pub(crate) async fn apply(args: ApplyArgs) -> anyhow::Result<()> {
    let answer = Client::new(&args.server)?.post(&["v1", "apply"], &args.body()?).await?;
    if args.server.json {
        return json(&answer);
    }
    warnings(&answer);
    let applied = list(&answer["applied"], "");
    let mut text = String::new();
    for one in applied.iter().filter(|one| one["action"] != "unchanged") {
        say!(
            text,
            "{} {} {}, version {}\n",
            cell(&one["action"]),
            cell(&one["kind"]),
            cell(&one["name"]),
            cell(&one["version"])
        );
    }
    if text.is_empty() {
        text.push_str("nothing changes: what is written already runs\n");
    }
    Ok(out(&text)?)
}

fn warnings(answer: &Value) {
    for warning in list(&answer["warnings"], "") {
        note(&format!(
            "{}:{}:{}: warning: {}",
            cell(&warning["file"]),
            cell(&warning["line"]),
            cell(&warning["column"]),
            cell(&warning["message"])
        ));
        if let Some(hint) = warning["hint"].as_str() {
            note(&format!("hint: {hint}"));
        }
    }
}
