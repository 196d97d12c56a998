//! `gyre campaign`: campaigns and how they fare.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::print::out;
use crate::print::table::{Table, cell};
use clap::{Args, Subcommand};

/// Campaigns and how they fare.
#[derive(Debug, Subcommand)]
pub(crate) enum CampaignCommand {
    /// Lists the campaigns.
    List(List),
    /// Shows a campaign: its variants compared, whole and by segments.
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The campaign.
    name: String,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: CampaignCommand) -> anyhow::Result<()> {
    match command {
        CampaignCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "campaigns"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut table = Table::new(&["campaign", ">version", "changed by", "at", "variants"]);
            for one in list(&answer, "campaigns") {
                let variants = list(&one["spec"]["variants"], "").iter();
                let variants: Vec<String> = variants.map(|one| cell(&one["name"])).collect();
                let mut row = ["name", "version", "by", "at"].map(|key| cell(&one[key])).to_vec();
                row.push(variants.join(", "));
                table.row(row);
            }
            Ok(out(&table.to_string())?)
        }
        CampaignCommand::Show(args) => {
            let path = ["v1", "campaigns", &args.name];
            let answer = Client::new(&args.server)?.get(&path, &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            Ok(out(&crate::print::campaign::show(&answer)?)?)
        }
    }
}
