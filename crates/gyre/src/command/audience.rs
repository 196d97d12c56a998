//! `gyre audience`: audiences before they are saved, and as they were.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::number::percent;
use crate::print::table::{Table, cell};
use crate::print::{note, out, say};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Audiences before they are saved, and as they were.
#[derive(Debug, Subcommand)]
pub(crate) enum AudienceCommand {
    /// Tells how many people a rule holds for, how many can be reached, and whom it shares with others.
    Preview(Preview),
    /// Shows how large an audience was day by day, and how many entered and left.
    History(History),
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// The rule, for example "did('Order Completed', within => interval '30 days')".
    rule: String,
    /// An audience to compare with; at most four.
    #[arg(long, value_name = "AUDIENCE")]
    overlap: Vec<String>,
    /// The contact policy that says what consent a channel needs.
    #[arg(long, value_name = "POLICY")]
    contact_policy: Option<String>,
    /// How many people to name; takes the right to look at people.
    #[arg(long, value_name = "N", default_value_t = 0)]
    sample: u32,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The audience.
    name: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: AudienceCommand) -> anyhow::Result<()> {
    match command {
        AudienceCommand::Preview(args) => {
            let question = json!({"rule": args.rule, "overlap": args.overlap,
                "contact_policy": args.contact_policy, "sample": args.sample});
            let client = Client::new(&args.server)?;
            let answer = client.post(&["v1", "audiences", "preview"], &question).await?;
            if args.server.json {
                return json(&answer);
            }
            for (name, feature) in answer["lifted"].as_object().into_iter().flatten() {
                note(&format!("lifted: person.{name} is {feature}"));
            }
            Ok(out(&preview(&answer))?)
        }
        AudienceCommand::History(args) => {
            let path = ["v1", "audiences", &args.name, "history"];
            let answer = Client::new(&args.server)?.get(&path, &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut table = Table::new(&["day", ">entered", ">left", ">size"]);
            for day in list(&answer, "days") {
                table.row(["day", "entered", "left", "size"].map(|key| cell(&day[key])));
            }
            Ok(out(&table.to_string())?)
        }
    }
}

fn preview(answer: &Value) -> String {
    let mut text = String::new();
    say!(
        text,
        "{} of {} people, {}\n",
        cell(&answer["size"]),
        cell(&answer["people"]),
        percent(answer["share"].as_f64().unwrap_or_default())
    );
    let mut table = Table::new(&["channel", ">reachable"]);
    for (channel, people) in answer["reachable"].as_object().into_iter().flatten() {
        table.row([channel.clone(), cell(people)]);
    }
    say!(text, "\n{table}");
    let overlap = list(answer, "overlap");
    if !overlap.is_empty() {
        let mut table = Table::new(&["in exactly these", ">people"]);
        for one in overlap {
            let this = (one["preview"] == true).then(|| "this rule".to_owned());
            let others = list(one, "audiences").iter().map(cell);
            let names: Vec<String> = this.into_iter().chain(others).collect();
            table.row([names.join(" + "), cell(&one["people"])]);
        }
        say!(text, "\n{table}");
    }
    for person in list(answer, "sample") {
        say!(text, "\n{}", cell(person));
    }
    text
}
