//! `gyre status`: how far the server has come.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::out;
use crate::print::say;
use crate::print::table::{Table, cell};
use clap::Args;
use serde_json::Value;

/// Shows how far the server has come.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(args: StatusArgs) -> anyhow::Result<()> {
    let answer = Client::new(&args.server)?.get(&["v1", "status"], &[]).await?;
    if args.server.json {
        return json(&answer);
    }
    Ok(out(&show(&answer))?)
}

fn show(status: &Value) -> String {
    let manual = if status["manual_clock"] == true { " (manual clock)" } else { "" };
    let mut text = format!("it is {}{manual}\n\n", cell(&status["now"]));
    let keys =
        ["partition", "end", "synced", "processed", "archived", "processor_lag", "archivist_lag"];
    let mut table = Table::new(&[
        ">partition",
        ">records",
        ">synced",
        ">processed",
        ">archived",
        ">to process",
        ">to archive",
    ]);
    for partition in list(&status["partitions"], "") {
        table.row(keys.map(|key| cell(&partition[key])));
    }
    text.push_str(&table.to_string());
    let outbox = &status["outbox"];
    say!(
        text,
        "\noutbox: {} waiting, {} sending, {} done\nlake: {} rows not yet committed\n",
        cell(&outbox["waiting"]),
        cell(&outbox["sending"]),
        cell(&outbox["done"]),
        cell(&status["lake"]["tail_rows"])
    );
    let subjects = &status["subjects"];
    say!(
        text,
        "people: {} requests open, {} identifiers barred, {} nodes restricted, {} late records refused\n",
        cell(&subjects["open"]),
        cell(&subjects["suppressed"]),
        cell(&subjects["restricted"]),
        cell(&subjects["blocked"])
    );
    for one in list(&subjects["retention"], "") {
        say!(
            text,
            "retention: {} kept {}, {} removed\n",
            cell(&one["family"]),
            cell(&one["kept"]),
            cell(&one["removed"])
        );
    }
    text
}
