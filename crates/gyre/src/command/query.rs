//! `gyre query`: SQL on the lake.

use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::table::Table;
use crate::print::{note, out};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Asks the lake in SQL.
#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// The question, for example "select count(*) from events".
    #[arg(value_name = "SQL", required_unless_present = "file", conflicts_with = "file")]
    sql: Option<String>,
    /// A file with the question; `-` reads it from standard input.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// For rows that go to others: leaves out the rows of people who do not agree to it. The answer needs a
    /// column `person`.
    #[arg(long, value_enum, value_name = "GATE")]
    gate: Option<Gate>,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
    /// How many rows are printed at most.
    #[arg(long, default_value_t = 1000, value_name = "N", help_heading = "Output")]
    max_rows: usize,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gate {
    /// Of those who agree to their data being shared.
    Export,
    /// Of those who agree to models being trained with their data.
    Training,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned columns.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// A list of objects.
    Json,
    /// One object per line.
    Ndjson,
}

pub(crate) async fn run(args: QueryArgs) -> anyhow::Result<()> {
    let sql = match (&args.sql, &args.file) {
        (Some(sql), _) => sql.clone(),
        (None, Some(file)) => read(file)?,
        (None, None) => return Err(Failure::usage("there is no question").into()),
    };
    let mut body = json!({"sql": sql, "max_rows": args.max_rows});
    match args.gate {
        Some(Gate::Export) => body["gate"] = "export".into(),
        Some(Gate::Training) => body["gate"] = "training".into(),
        None => {}
    }
    let answer = Client::new(&args.server)?.post(&["v1", "query"], &body).await?;
    let format = if args.server.json { Format::Json } else { args.format };
    out(&show(&answer, format)?)?;
    let left_out = answer["left_out"].as_object().into_iter().flatten();
    for (reason, rows) in left_out {
        note(&format!("{rows} rows left out: {reason}"));
    }
    if answer["truncated"] == true {
        note(&format!("there are more than {} rows; ask for more with --max-rows", args.max_rows));
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(text)
}

fn show(answer: &Value, format: Format) -> anyhow::Result<String> {
    let names = answer["columns"].as_array().into_iter().flatten();
    let names: Vec<String> =
        names.map(|column| column["name"].as_str().unwrap_or_default().to_owned()).collect();
    let rows = answer["rows"].as_array().into_iter().flatten();
    let rows: Vec<Vec<Value>> =
        rows.map(|row| row.as_array().cloned().unwrap_or_default()).collect();
    let objects = || {
        rows.iter().map(|row| {
            let row = row.iter().cloned();
            Value::Object(names.iter().cloned().zip(row).collect::<Map<String, Value>>())
        })
    };
    Ok(match format {
        Format::Table => Table::of_values(&names, &rows).to_string(),
        Format::Json => serde_json::to_string_pretty(&objects().collect::<Vec<_>>())?,
        Format::Ndjson => objects().map(|row| format!("{row}\n")).collect::<Vec<_>>().concat(),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&names)?;
            for row in &rows {
                writer.write_record(row.iter().map(|cell| match cell {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                }))?;
            }
            String::from_utf8(writer.into_inner().context("csv cannot be written")?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Format, show};
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(format: Format, expected: &Expect) {
        let answer = json!({
            "columns": [{"name": "name", "type": "Utf8"}, {"name": "n", "type": "Int64"}],
            "rows": [["a, \"b\"", 3], [null, 12]],
            "truncated": false,
        });
        expected.assert_eq(&show(&answer, format).unwrap());
    }

    #[test]
    fn an_answer_in_every_format() {
        check(
            Format::Table,
            &expect![[r#"
                name     n
                a, "b"   3
                        12
            "#]],
        );
        check(
            Format::Csv,
            &expect![[r#"
                name,n
                "a, ""b""",3
                ,12
            "#]],
        );
        check(
            Format::Ndjson,
            &expect![[r#"
                {"n":3,"name":"a, \"b\""}
                {"n":12,"name":null}
            "#]],
        );
    }
}
