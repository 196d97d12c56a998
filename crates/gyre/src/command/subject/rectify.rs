//! `gyre subject rectify`: what is wrong about somebody is put right.

use super::{Ask, ask, keep, show};
use crate::failure::Failure;
use crate::print::say;
use crate::print::table::{Table, cell};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Rectify {
    #[command(flatten)]
    ask: Ask,
    /// A trait has this value, whatever was said before. Numbers and true and false are taken as such where a feature asks for them.
    #[arg(long, value_name = "TRAIT=VALUE")]
    set: Vec<String>,
    /// Nothing that was said of a trait counts.
    #[arg(long, value_name = "TRAIT")]
    remove: Vec<String>,
    /// An identifier is not theirs; another one of the same type is.
    #[arg(long, value_name = "WRONG=RIGHT")]
    replace: Vec<String>,
    /// An identifier is not theirs.
    #[arg(long, value_name = "WRONG")]
    drop: Vec<String>,
    /// Where the certificate goes; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

pub(super) async fn run(args: Rectify) -> anyhow::Result<()> {
    let corrections = corrections(&args)?;
    let request = ask("rectify", &args.ask, &corrections).await?;
    keep(args.certificate.as_deref(), &request)?;
    show(&args.ask.server, &request)
}

fn corrections(args: &Rectify) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for text in &args.set {
        let (name, value) = pair("--set", "TRAIT=VALUE", text)?;
        let value = match value {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            // A feature that asks for a number takes one from a text.
            text => text.into(),
        };
        all.push(json!({"set": {"trait": name, "value": value}}));
    }
    all.extend(args.remove.iter().map(|name| json!({"remove": {"trait": name}})));
    for text in &args.replace {
        let (wrong, right) = pair("--replace", "WRONG=RIGHT", text)?;
        all.push(json!({"replace": {"wrong": wrong, "right": right}}));
    }
    all.extend(args.drop.iter().map(|wrong| json!({"drop": {"wrong": wrong}})));
    if all.is_empty() {
        return Err(Failure::usage("nothing is to be put right")
            .hint("give --set, --remove, --replace or --drop"));
    }
    Ok(all)
}

fn pair<'a>(option: &str, form: &str, text: &'a str) -> Result<(&'a str, &'a str), Failure> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim(), value.trim()))
        }
        // What was typed is personal, and is not repeated.
        _ => Err(Failure::usage(format!("{option} is not of the form {form}"))
            .hint("both sides of the = are needed; --remove and --drop take away")),
    }
}

/// What was put right.
pub(super) fn table(corrected: &[Value]) -> String {
    let mut text = String::from("\nput right:\n");
    let mut table = Table::new(&["what", "name", "done", "features made anew"]);
    for one in corrected {
        let features: Vec<String> =
            one["features"].as_array().into_iter().flatten().map(cell).collect();
        table.row([
            cell(&one["what"]),
            cell(&one["name"]),
            cell(&one["done"]),
            features.join(", "),
        ]);
    }
    text.push_str(&table.to_string());
    for one in corrected {
        if let Some(why) = one["refused"].as_str() {
            say!(text, "{} {}: {why}\n", cell(&one["what"]), cell(&one["name"]));
        }
        for feature in one["unfit"].as_array().into_iter().flatten() {
            say!(
                text,
                "the value does not fit the feature {}, which has none now\n",
                cell(feature)
            );
        }
    }
    text.push_str(
        "\nevents of before stay in the journal and the tables as they were said; see the certificate\n",
    );
    text
}
