//! `gyre tail`: records as they come.

use crate::client::{Client, ServerArgs};
use crate::print::out;
use crate::print::table::{cell, plain};
use clap::Args;
use serde_json::Value;

/// Shows records as they come, until it is interrupted.
#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// Families of records, with commas, or `all`; without it, events and dead letters.
    #[arg(long, value_name = "FAMILIES")]
    family: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: TailArgs) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let family = args.family.as_deref().map(|family| ("family", family));
    let query: Vec<(&str, &str)> = family.into_iter().collect();
    let as_json = args.server.json;
    client
        .lines(&["v1", "tail"], &query, |line| {
            // An empty line says that the stream is alive.
            if line.is_empty() {
                return Ok(());
            }
            let text = String::from_utf8_lossy(line);
            match serde_json::from_str::<Value>(&text) {
                Ok(record) if !as_json => Ok(out(&show(&record))?),
                _ => Ok(out(&text)?),
            }
        })
        .await
}

/// One line: when, where, what, then the body.
fn show(record: &Value) -> String {
    let place = match (record["partition"].as_u64(), record["offset"].as_u64()) {
        (Some(partition), Some(offset)) => format!("{partition}/{offset}"),
        _ => String::new(),
    };
    let body = plain(&record["record"].to_string());
    format!("{}  {place:>8}  {:<13}  {body}", cell(&record["at"]), cell(&record["family"]))
}
