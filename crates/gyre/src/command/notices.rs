//! `gyre reports` and `gyre alerts`: mails to people who work here.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::out;
use crate::print::table::{Table, cell};
use clap::{Args, Subcommand};
use serde_json::{Value, json as object};

/// Reports: boards as mails, again and again.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportsCommand {
    /// Lists the reports: when each is due, and how the last one fared.
    List(List),
    /// Shows what a report would say now, and how its mails fared. Nothing is sent.
    Show(Show),
    /// Sends a report at once, beside those that are due.
    SendNow(SendNow),
}

/// Alerts: numbers that somebody is told about.
#[derive(Debug, Subcommand)]
pub(crate) enum AlertsCommand {
    /// Lists the alerts: whether each fires, since when, and its number.
    List(List),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The report.
    name: String,
    /// Prints the HTML of the mail.
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    html: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SendNow {
    /// The report.
    name: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn reports(command: ReportsCommand) -> anyhow::Result<()> {
    match command {
        ReportsCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "reports"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut table = Table::new(&["report", "board", "every", "next", "state", "why"]);
            for one in list(&answer, "reports") {
                let spec = &one["spec"];
                let told = [&one["name"], &spec["board"], &spec["every"], &one["next_at"]];
                let fared = [&one["state"], &one["why"]];
                table.row(told.into_iter().chain(fared).map(cell));
            }
            Ok(out(&table.to_string())?)
        }
        ReportsCommand::Show(args) => show(&args).await,
        ReportsCommand::SendNow(args) => {
            let path = ["v1", "reports", &args.name, "send"];
            let sent = Client::new(&args.server)?.post(&path, &object!({})).await?;
            if args.server.json {
                return json(&sent);
            }
            Ok(out(&letters(std::slice::from_ref(&sent)))?)
        }
    }
}

async fn show(args: &Show) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    let answer = client.get(&["v1", "reports"], &[]).await?;
    let found = list(&answer, "reports").iter().find(|one| one["name"] == *args.name);
    let Some(found) = found else {
        let told = format!("there is no report `{}`", args.name);
        return Err(Failure::new(told).hint("`gyre reports list` shows those there are").into());
    };
    if args.server.json {
        return json(found);
    }
    let path = ["v1", "reports", &args.name, "preview"];
    let accept = if args.html { "text/html" } else { "text/plain" };
    let said = client.post_for(&path, &object!({}), accept).await?;
    if args.html {
        return Ok(out(&said)?);
    }
    let mailings = list(&found["mailings"], "");
    let fared =
        if mailings.is_empty() { "Nothing was sent yet.\n".to_owned() } else { letters(mailings) };
    Ok(out(&format!("{said}\n\n{fared}"))?)
}

/// What was sent to whom, and what came of it.
fn letters(mailings: &[Value]) -> String {
    let mut table = Table::new(&["about", "to", "state", "at", ">attempts", "why"]);
    for mailing in mailings {
        for letter in list(&mailing["letters"], "") {
            let told = ["to", "state", "at", "attempt", "why"].map(|key| cell(&letter[key]));
            table.row([cell(&mailing["key"])].into_iter().chain(told));
        }
    }
    table.to_string()
}

pub(crate) async fn alerts(command: AlertsCommand) -> anyhow::Result<()> {
    let AlertsCommand::List(args) = command;
    let answer = Client::new(&args.server)?.get(&["v1", "alerts"], &[]).await?;
    if args.server.json {
        return json(&answer);
    }
    let mut table =
        Table::new(&["alert", "metric", "when", ">value", "state", "since", "last sent", "why"]);
    for one in list(&answer, "alerts") {
        let sent = list(&one["mailings"], "").iter().find(|mailing| mailing["state"] == "sent");
        let sent = sent.map(|mailing| cell(&mailing["letters"][0]["at"])).unwrap_or_default();
        table.row(vec![
            cell(&one["name"]),
            cell(&one["spec"]["metric"]),
            when(&one["spec"]["when"]),
            cell(&one["value"]),
            cell(&one["state"]),
            cell(&one["since"]),
            sent,
            cell(&one["why"]),
        ]);
    }
    Ok(out(&table.to_string())?)
}

/// The line of an alert.
fn when(line: &Value) -> String {
    let told = line.as_object().and_then(|keys| keys.iter().next());
    told.map(|(key, value)| match key.as_str() {
        "changes_by" => format!("changes by {} %", cell(value)),
        other => format!("{other} {}", cell(value)),
    })
    .unwrap_or_default()
}
