//! `gyre boards`: what boards there are, and what is on one.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::out;
use crate::print::table::{Table, cell};
use clap::{Args, Subcommand};
use serde_json::Value;

/// Boards: numbers and charts on a page.
#[derive(Debug, Subcommand)]
pub(crate) enum BoardsCommand {
    /// Lists the boards.
    List(List),
    /// Shows what is on a board, or its document.
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The board.
    name: String,
    /// Prints the document, to be edited and applied.
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    yaml: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: BoardsCommand) -> anyhow::Result<()> {
    match command {
        BoardsCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "boards"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut table = Table::new(&["board", "title", ">tiles", "status"]);
            for one in list(&answer, "boards") {
                let sections = list(&one["spec"]["sections"], "");
                let tiles: usize = sections.iter().map(|one| list(&one["tiles"], "").len()).sum();
                let title = cell(&one["spec"]["title"]);
                table.row(vec![cell(&one["name"]), title, tiles.to_string(), status(one)]);
            }
            Ok(out(&table.to_string())?)
        }
        BoardsCommand::Show(args) => {
            let path = ["v1", "boards", &args.name];
            let board = Client::new(&args.server)?.get(&path, &[]).await?;
            if args.server.json {
                return json(&board);
            }
            if args.yaml {
                return Ok(out(board["yaml"].as_str().unwrap_or_default())?);
            }
            Ok(out(&shown(&board))?)
        }
    }
}

fn status(board: &Value) -> String {
    let version = cell(&board["version"]);
    match (board["built_in"] == true, board["edited"] == true) {
        (true, false) => "built in".to_owned(),
        (true, true) => format!("built in, edited, version {version}"),
        _ => format!("version {version}"),
    }
}

fn shown(board: &Value) -> String {
    let mut table = Table::new(&["section", "tile", "display", "metrics", "by"]);
    for section in list(&board["spec"]["sections"], "") {
        for tile in list(&section["tiles"], "") {
            let query = &tile["query"];
            let steps = list(&tile["funnel"]["steps"], "").iter().map(|step| cell(&step["event"]));
            let asked = list(&query["metrics"], "").iter().map(cell).chain(steps);
            let by = list(&query["dimensions"], "").iter().map(cell);
            table.row(vec![
                cell(&section["title"]),
                cell(&tile["title"]),
                cell(&tile["display"]),
                asked.collect::<Vec<_>>().join(", "),
                by.collect::<Vec<_>>().join(", "),
            ]);
        }
    }
    let about = cell(&board["spec"]["description"]);
    let head = format!("{} ({})", cell(&board["spec"]["title"]), status(board));
    format!("{head}\n{about}\n\n{table}")
}
