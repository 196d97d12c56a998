//! `gyre import suggest`: a mapping made from a file's columns and first rows.

use crate::failure::Failure;
use crate::import::Rows;
use crate::print::say;
use crate::print::{note, out};
use clap::Args;
use gyre_collect::import::suggest;
use gyre_config::kinds::{CsvOptions, Format, Mapping, PersonIds};
use gyre_config::{Metadata, Resource, Spec};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Rows that are looked at.
const ROWS: usize = 1_000;
/// What may stand between two values.
const DELIMITERS: [&str; 4] = [",", ";", "\t", "|"];

/// A row by the names of its columns.
type Row = BTreeMap<String, Value>;

/// Prints a mapping suggested from a file's columns and first rows. Asks no server.
#[derive(Debug, Args)]
pub(crate) struct SuggestArgs {
    /// The file: `.csv`, `.tsv`, `.jsonl`, `.ndjson` or `.parquet`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The mapping's name; the file's when absent.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The source the records are written under; the mapping's name when absent.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
}

pub(super) fn run(args: &SuggestArgs) -> anyhow::Result<()> {
    let stem = args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = args.name.clone().or_else(|| gyre_collect::repair::name(&stem?));
    let name = name.unwrap_or_else(|| "imported".to_owned());
    let source = args.source.clone().unwrap_or_else(|| name.clone());
    let end = args.file.extension().map(|end| end.to_string_lossy().to_lowercase());
    let format = match end.as_deref() {
        Some("csv" | "tsv" | "txt") => Format::Csv,
        Some("jsonl" | "ndjson" | "json") => Format::Jsonl,
        Some("parquet") => Format::Parquet,
        _ => {
            let hint = "name it .csv, .tsv, .jsonl, .ndjson or .parquet";
            return Err(Failure::usage("the file's name does not say how it is written")
                .hint(hint)
                .into());
        }
    };
    // What divides a CSV file is what gives the most columns.
    let mut best: Option<(Vec<Row>, Option<CsvOptions>)> = None;
    let tries: &[&str] = if format == Format::Csv { &DELIMITERS } else { &[","] };
    for delimiter in tries {
        let csv = CsvOptions { delimiter: (*delimiter).to_owned(), ..CsvOptions::default() };
        let csv = (format == Format::Csv).then_some(csv);
        let reader = Mapping { csv: csv.clone(), ..empty(format) };
        let mut rows = Vec::new();
        for row in Rows::open(&args.file, &reader)?.take(ROWS) {
            if let Ok(values) = row?.values {
                rows.push(values.into_iter().collect::<Row>());
            }
        }
        let width = |rows: &[Row]| rows.first().map_or(0, BTreeMap::len);
        if best.as_ref().is_none_or(|(found, _)| width(&rows) > width(found)) {
            best = Some((rows, csv));
        }
    }
    let (rows, csv) = best.unwrap_or_default();
    if rows.is_empty() {
        return Err(Failure::new("the file has no rows that can be read").into());
    }
    let rows: Vec<_> = rows.into_iter().map(|row| row.into_iter().collect()).collect();
    let mut columns: Vec<String> = Vec::new();
    for row in &rows {
        let row: &serde_json::Map<String, Value> = row;
        for column in row.keys() {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
    }
    let (mut mapping, taken) = suggest(&name, &source, format, &columns, &rows);
    mapping.csv = csv.filter(|csv| csv.delimiter != ",");
    let metadata = Metadata {
        name,
        workspace: None,
        description: Some(format!("Suggested from {} rows; read it before applying.", rows.len())),
        labels: BTreeMap::new(),
    };
    let resource = Resource { metadata, spec: Spec::Mapping(mapping), managed: Value::Null };
    let mut text = gyre_config::print(&resource)?;
    say!(text, "---\napiVersion: gyre/v1\nkind: Source\nmetadata: {{name: {source}}}\n");
    say!(text, "spec: {{type: import, write_keys: []}}\n");
    out(&text)?;
    for column in taken {
        note(&format!("{}: {}", column.name, column.taken));
    }
    Ok(())
}

/// A mapping that reads a file and says nothing of it.
fn empty(format: Format) -> Mapping {
    Mapping {
        source: String::new(),
        format,
        csv: None,
        rows: None,
        when: Vec::new(),
        required: Vec::new(),
        reject: Vec::new(),
        row_id: None,
        person: PersonIds::default(),
        at: gyre_config::kinds::Extract::default(),
        traits: BTreeMap::new(),
        records: Vec::new(),
    }
}
