//! `gyre features`: which there are and how fresh, training sets, and whether what is served agrees with the
//! lake.

mod labels;

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::table::{Table, cell};
use crate::print::{note, out};
use anyhow::Context as _;
use arrow_ipc::reader::StreamReader;
use clap::{Args, Subcommand};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};

const ARROW: &str = "application/vnd.apache.arrow.stream";
const LEFT_OUT: &str = "x-gyre-left-out";

/// Features: values derived from people's events.
#[derive(Debug, Subcommand)]
pub(crate) enum FeaturesCommand {
    /// Lists the features: their definitions, how fresh they are, how many people have a value.
    List(List),
    /// Shows a feature.
    Show(Show),
    /// Compares what is served with what the lake has, for a sample of people. Exit code 0: the same; 3: there are differences.
    Check(Check),
    /// Writes the values of features as they were known at the instants of labels.
    TrainingSet(TrainingSet),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The feature.
    name: String,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// How many people are compared at most.
    #[arg(long, default_value_t = 500, value_name = "N")]
    sample: u64,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TrainingSet {
    #[command(flatten)]
    about: About,
    /// The instant, with --audience and --people; now when absent.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["labels", "campaign"])]
    at: Option<String>,
    /// The features, in the order of the columns; all when absent.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    features: Vec<String>,
    /// The file that is written: Parquet, or CSV where its name ends in .csv.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct About {
    /// Whoever was in this audience.
    #[arg(long, value_name = "NAME")]
    audience: Option<String>,
    /// These people, by user id or another identifier.
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    people: Vec<String>,
    /// All decisions of this campaign, each at its own instant.
    #[arg(long, value_name = "NAME")]
    campaign: Option<String>,
    /// A CSV or Parquet file with the columns user_id and at.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
}

pub(crate) async fn run(command: FeaturesCommand) -> anyhow::Result<()> {
    match command {
        FeaturesCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "features"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut table = Table::new(&[
                "feature",
                "aggregate",
                "of",
                "window",
                "state",
                ">people",
                "latest event",
                ">behind",
                ">differ",
            ]);
            for one in list(&answer, "features") {
                let spec = ["aggregate", "of", "window"].map(|key| cell(&one["spec"][key]));
                let mut row = vec![cell(&one["name"])];
                row.extend(spec);
                row.push(state(one));
                row.extend(["people", "latest_event", "behind"].map(|key| cell(&one[key])));
                row.push(cell(&one["checked"][1]["mismatched"]));
                table.row(row);
            }
            Ok(out(&table.to_string())?)
        }
        FeaturesCommand::Show(args) => {
            let path = ["v1", "features", &args.name];
            let answer = Client::new(&args.server)?.get(&path, &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            out(&shown(&answer)?)?;
            Ok(())
        }
        FeaturesCommand::Check(args) => check(&args).await,
        FeaturesCommand::TrainingSet(args) => training_set(&args).await,
    }
}

fn state(one: &Value) -> String {
    let state = one["state"].as_str().unwrap_or_default();
    match (one["progress"]["read"].as_u64(), one["progress"]["of"].as_u64()) {
        (Some(read), Some(of)) => format!("{state} {}%", read * 100 / of.max(1)),
        _ => match one["counts_from"].as_str() {
            Some(from) => format!("{state} since {from}"),
            None => state.to_owned(),
        },
    }
}

fn shown(one: &Value) -> anyhow::Result<String> {
    let mut text = format!("{}\n", cell(&one["name"]));
    if let Some(description) = one["description"].as_str() {
        text.push_str(description);
        text.push('\n');
    }
    text.push('\n');
    for (key, value) in one["spec"].as_object().into_iter().flatten() {
        let value = match value {
            Value::String(plain) => plain.clone(),
            other => serde_json::to_string(other)?,
        };
        text.push_str(&format_line(key, &value));
    }
    text.push_str(&format_line("version", &cell(&one["version"])));
    text.push_str(&format_line("state", &state(one)));
    text.push_str(&format_line("people", &cell(&one["people"])));
    text.push_str(&format_line("latest event", &cell(&one["latest_event"])));
    text.push_str(&format_line("behind", &format!("{} records", cell(&one["behind"]))));
    if let Some([at, agreement]) = one["checked"].as_array().map(Vec::as_slice) {
        let said = format!(
            "{} of {} differed from the lake at {}",
            cell(&agreement["mismatched"]),
            cell(&agreement["compared"]),
            cell(at)
        );
        text.push_str(&format_line("checked", &said));
    }
    Ok(text)
}

fn format_line(key: &str, value: &str) -> String {
    format!("{key:<14}{value}\n")
}

async fn check(args: &Check) -> anyhow::Result<()> {
    let body = json!({"sample": args.sample});
    let answer = Client::new(&args.server)?.post(&["v1", "features", "check"], &body).await?;
    if args.server.json {
        json(&answer)?;
    } else {
        let mut table = Table::new(&["feature", ">compared", ">differ", "people"]);
        for one in list(&answer, "features") {
            let people: Vec<&str> =
                list(&one["people"], "").iter().filter_map(Value::as_str).collect();
            let figures = ["name", "compared", "mismatched"].map(|key| cell(&one[key]));
            table.row(figures.into_iter().chain([people.join(" ")]).collect::<Vec<_>>());
        }
        out(&table.to_string())?;
        note(&format!(
            "{} people compared as of {}, {} left out",
            cell(&answer["people"]),
            cell(&answer["at"]),
            cell(&answer["left_out"])
        ));
    }
    let differ: u64 =
        list(&answer, "features").iter().filter_map(|one| one["mismatched"].as_u64()).sum();
    if differ > 0 {
        return Err(Failure::differs(format!("{differ} values differ from the lake")).into());
    }
    Ok(())
}

async fn training_set(args: &TrainingSet) -> anyhow::Result<()> {
    let mut body = json!({"features": args.features});
    if let Some(at) = &args.at {
        body["at"] = json!(at);
    }
    if let Some(audience) = &args.about.audience {
        body["audience"] = json!(audience);
    } else if let Some(campaign) = &args.about.campaign {
        body["campaign"] = json!(campaign);
    } else if let Some(file) = &args.about.labels {
        body["labels"] = json!(labels::read(file)?);
    } else {
        body["people"] = json!(args.about.people);
    }
    let is_csv = args.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let accept = if is_csv { "text/csv" } else { ARROW };
    let path = ["v1", "features", "training-set"];
    let client = Client::new(&args.server)?;
    let (bytes, left_out) = client.post_for_bytes(&path, &body, accept, LEFT_OUT).await?;
    if is_csv {
        std::fs::write(&args.out, bytes)
            .with_context(|| format!("{} cannot be written", args.out.display()))?;
    } else {
        let rows = write(&args.out, &bytes)
            .with_context(|| format!("{} cannot be written", args.out.display()))?;
        note(&format!("{rows} rows written"));
    }
    if let Some(left_out) = left_out.filter(|text| !text.is_empty()) {
        note(&format!("left out: {left_out}"));
    }
    Ok(())
}

/// Writes an Arrow stream as Parquet, under another name until it is whole; how many rows it has.
fn write(path: &Path, stream: &[u8]) -> anyhow::Result<usize> {
    let reader = StreamReader::try_new(stream, None)?;
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::try_new(3)?))
        .build();
    let mut writer = ArrowWriter::try_new(File::create(&part)?, reader.schema(), Some(properties))?;
    let mut rows = 0;
    for batch in reader {
        let batch = batch?;
        rows += batch.num_rows();
        writer.write(&batch)?;
    }
    writer.close()?;
    std::fs::rename(&part, path)?;
    Ok(rows)
}
