//! `gyre metrics`: the catalogue, and questions about it.

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::table::{Table, cell};
use crate::print::{metrics, note, out};
use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Metrics: one definition of every number.
#[derive(Debug, Subcommand)]
pub(crate) enum MetricsCommand {
    /// Lists the metrics.
    List(List),
    /// Shows a metric: its definition, its SQL, and what is made of it.
    Show(Show),
    /// Asks for metrics.
    Query(Box<QueryArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The metric.
    name: String,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// The metrics, for example `orders revenue`.
    #[arg(value_name = "METRIC", required_unless_present = "file", conflicts_with = "file")]
    metrics: Vec<String>,
    /// A file with the whole question as JSON, as `POST /v1/metrics/query` takes it; `-` reads it from standard input.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Splits by a dimension; at most three.
    #[arg(long, value_name = "DIMENSION")]
    by: Vec<String>,
    /// The period: `30d`, `12w`, `6mo`, `2026`, `2026-Q1`, `2026-03`, `2026-03-01..2026-03-08` or `all`.
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    /// One row per hour, day, week, month, quarter or year.
    #[arg(long, value_name = "UNIT")]
    grain: Option<String>,
    /// Compares with `previous_period` or `previous_year`; both at once by naming it twice.
    #[arg(long, value_name = "WITH")]
    compare: Vec<String>,
    /// Only rows with one of these values: `channel=email,in_app`, or `channel!=email`.
    #[arg(long = "where", value_name = "DIMENSION=VALUES")]
    filters: Vec<String>,
    /// Orders by a metric or dimension; `-` before it: largest first.
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    order: Vec<String>,
    /// The most rows.
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// The time zone that days begin in.
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// The oldest age of cohorts, such as `12month` or `8week`.
    #[arg(long, value_name = "AGES")]
    cohort: Option<String>,
    /// Who counts: `human` or `all`.
    #[arg(long, value_name = "WHO")]
    population: Option<String>,
    /// Prints the SQL instead of the numbers.
    #[arg(long, help_heading = "Output")]
    sql: bool,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned columns.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// The whole answer.
    Json,
}

pub(crate) async fn run(command: MetricsCommand) -> anyhow::Result<()> {
    match command {
        MetricsCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "metrics"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let mut table =
                Table::new(&["metric", "label", "type", "evidence", ">version", "status"]);
            for one in list(&answer, "metrics") {
                let keys = ["name", "label", "type", "evidence", "version"];
                let mut row = keys.map(|key| cell(&one[key])).to_vec();
                row.push(match one["needs"].as_str() {
                    Some(needs) => format!("needs {needs}"),
                    None => "ready".to_owned(),
                });
                table.row(row);
            }
            Ok(out(&table.to_string())?)
        }
        MetricsCommand::Show(args) => {
            let path = ["v1", "metrics", &args.name];
            let answer = Client::new(&args.server)?.get(&path, &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            Ok(out(&metrics::show(&answer))?)
        }
        MetricsCommand::Query(args) => query(*args).await,
    }
}

async fn query(args: QueryArgs) -> anyhow::Result<()> {
    let question = match &args.file {
        Some(file) => read(file)?,
        None => question(&args)?,
    };
    let client = Client::new(&args.server)?;
    if args.format == Format::Csv && !args.sql {
        // As the server writes it: a number that is read and written again may end in another digit.
        let rows = client.post_for(&["v1", "metrics", "query"], &question, "text/csv").await?;
        return Ok(out(&rows)?);
    }
    let answer = client.post(&["v1", "metrics", "query"], &question).await?;
    if args.sql {
        let all = list(&answer, "metrics").iter().flat_map(|one| list(&one["sql"], ""));
        let all: Vec<&str> = all.filter_map(Value::as_str).collect();
        return Ok(out(&all.join(";\n\n"))?);
    }
    if args.server.json || args.format == Format::Json {
        return json(&answer);
    }
    out(&metrics::answer(&answer))?;
    for one in list(&answer, "notes") {
        note(&format!("note: {}", one.as_str().unwrap_or_default()));
    }
    if answer["truncated"] == true {
        note("there are more rows; ask for more with --limit");
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Value> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text)
        .map_err(|why| Failure::usage(format!("the question cannot be read: {why}")).into())
}

/// The question that the arguments say.
fn question(args: &QueryArgs) -> anyhow::Result<Value> {
    let mut question = json!({"metrics": args.metrics, "dimensions": args.by});
    let mut time = json!({"compare": args.compare});
    if let Some(period) = &args.period {
        time["range"] = range(period);
    }
    for (key, value) in [("grain", &args.grain), ("zone", &args.zone)] {
        if let Some(value) = value {
            time[key] = json!(value);
        }
    }
    question["time"] = time;
    let filters: anyhow::Result<Vec<Value>> =
        args.filters.iter().map(|text| filter(text)).collect();
    question["filters"] = json!(filters?);
    let orders = args.order.iter().map(|order| match order.strip_prefix('-') {
        Some(by) => json!({"by": by, "dir": "desc"}),
        None => json!({"by": order, "dir": "asc"}),
    });
    question["order_by"] = orders.collect();
    if let Some(limit) = args.limit {
        question["limit"] = json!(limit);
    }
    if let Some(population) = &args.population {
        question["population"] = json!(population);
    }
    if let Some(ages) = &args.cohort {
        let digits: String = ages.chars().take_while(char::is_ascii_digit).collect();
        let (Ok(most), unit) = (digits.parse::<u32>(), &ages[digits.len()..]) else {
            let hint = "for example 12month, 8week or 30day";
            return Err(Failure::usage(format!("`{ages}` says no ages")).hint(hint).into());
        };
        question["cohort"] = json!({"age_unit": unit, "max_age": most});
    }
    Ok(question)
}

fn range(text: &str) -> Value {
    if text == "all" {
        return json!({"type": "all"});
    }
    if let Some((from, to)) = text.split_once("..") {
        return json!({"type": "between", "from": from, "to": to});
    }
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = match &text[digits.len()..] {
        "h" => Some("hour"),
        "d" => Some("day"),
        "w" => Some("week"),
        "mo" => Some("month"),
        "q" => Some("quarter"),
        "y" => Some("year"),
        _ => None,
    };
    match (digits.parse::<u32>(), unit) {
        (Ok(n), Some(unit)) => json!({"type": "rolling", "n": n, "unit": unit}),
        _ => json!({"type": "period", "period": text}),
    }
}

fn filter(text: &str) -> anyhow::Result<Value> {
    let Some((field, values)) = text.split_once('=') else {
        let hint = "for example --where channel=email,in_app";
        return Err(Failure::usage(format!("`{text}` is no condition")).hint(hint).into());
    };
    let (field, op) = match field.strip_suffix('!') {
        Some(field) => (field, "not_in"),
        None => (field, "in"),
    };
    let values: Vec<&str> = values.split(',').collect();
    Ok(json!({"field": field, "op": op, "values": values}))
}

#[cfg(test)]
mod tests {
    use super::{filter, range};
    use expect_test::{Expect, expect};

    fn check(said: &str, expected: &Expect) {
        let told = if said.contains('=') { filter(said).unwrap() } else { range(said) };
        expected.assert_eq(&told.to_string());
    }

    #[test]
    fn periods_and_conditions_are_said_shortly() {
        check("30d", &expect![[r#"{"n":30,"type":"rolling","unit":"day"}"#]]);
        check("6mo", &expect![[r#"{"n":6,"type":"rolling","unit":"month"}"#]]);
        check("2026-Q1", &expect![[r#"{"period":"2026-Q1","type":"period"}"#]]);
        check(
            "2026-01-01..2026-02-01",
            &expect![[r#"{"from":"2026-01-01","to":"2026-02-01","type":"between"}"#]],
        );
        check("all", &expect![[r#"{"type":"all"}"#]]);
        check(
            "channel=email,in_app",
            &expect![[r#"{"field":"channel","op":"in","values":["email","in_app"]}"#]],
        );
        check("loop!=a", &expect![[r#"{"field":"loop","op":"not_in","values":["a"]}"#]]);
    }
}
