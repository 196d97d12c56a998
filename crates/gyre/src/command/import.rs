//! `gyre import`: a file's rows, sent in chunks. It may be stopped at any time and begun again.

mod suggest;

use super::json;
use crate::client::{Client, ServerArgs, Try};
use crate::failure::Failure;
use crate::import::{FileRow, Rows, fingerprint};
use crate::print::number::count;
use crate::print::say;
use crate::print::table::cell;
use crate::print::{note, out};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use gyre_collect::import::{Importer, Row, Scope};
use gyre_config::Spec;
use gyre_config::kinds::Mapping;
use gyre_model::Workspace;
use gyre_model::resource::Kind;
use serde_json::{Value, json};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Bytes of rows sent at once; the server takes sixteen times as much.
const CHUNK_BYTES: usize = 1 << 20;
/// How often a chunk is sent again before the import stops.
const TRIES: u32 = 6;
/// How often progress is told where it is not shown live.
const TOLD: Duration = Duration::from_secs(10);

/// Imports a file: each row becomes records, as a Mapping on the server says. Begun again, it goes on
/// where it stopped; rows that cannot be used become dead letters.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ImportCommand>,
    #[command(flatten)]
    pub(crate) file: Option<FileArgs>,
    // Not in `FileArgs`: arguments that have flattened ones of their own are never there when they are
    // optional.
    #[command(flatten)]
    server: ServerArgs,
}

/// What else can be done with a file.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Prints a mapping suggested from a file's columns and first rows. Asks no server.
    Suggest(suggest::SuggestArgs),
}

/// A file that is imported.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// The file: CSV, JSON lines or Parquet, as the mapping says.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The mapping.
    #[arg(long, value_name = "NAME")]
    mapping: String,
    /// Shows what the first N rows would become, and sends nothing.
    #[arg(long, value_name = "N")]
    dry_run: Option<usize>,
    /// Rows sent at once.
    #[arg(long, default_value_t = 1000, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    chunk: u32,
}

pub(crate) async fn run(args: ImportArgs) -> anyhow::Result<()> {
    match (args.command, args.file) {
        (Some(ImportCommand::Suggest(args)), _) => suggest::run(&args),
        (None, Some(file)) => import(&file, &args.server).await,
        (None, None) => Err(Failure::usage("no file is named").into()),
    }
}

async fn import(args: &FileArgs, server: &ServerArgs) -> anyhow::Result<()> {
    let client = Client::new(server)?;
    let mapping = mapping(&client, &args.mapping).await?;
    let rows = Rows::open(&args.file, &mapping)?;
    if let Some(most) = args.dry_run {
        let name = server.workspace.as_deref();
        let workspace = name.map_or_else(Workspace::default, Workspace::new);
        return dry_run(&args.mapping, &mapping, &workspace, rows, most);
    }
    let import = format!("{}-{}", args.mapping, fingerprint(&args.file)?);
    let known = client.find(&["v1", "imports", &import]).await?.unwrap_or_default();
    let mut sending = Sending {
        path: ["v1".into(), "imports".into(), args.mapping.clone(), "rows".into()],
        client,
        import,
        done: known["line"].as_u64().unwrap_or_default(),
        progress: known,
        told: Told::new(),
    };
    if sending.progress["done"] == true {
        note("this file was already imported under this mapping; nothing is sent");
        return finish(args, server, &sending.progress);
    }
    if sending.done > 0 {
        note(&format!("it goes on after line {}", sending.done));
    }
    sending.all(rows, args.chunk as usize).await?;
    finish(args, server, &sending.progress)
}

async fn mapping(client: &Client, name: &str) -> anyhow::Result<Mapping> {
    let missing = || {
        Failure::new(format!("there is no mapping `{name}` on the server"))
            .hint("write one and apply it; see docs/guides/import.md")
    };
    let found = client.find(&["v1", "resources", "Mapping", name]).await?.ok_or_else(missing)?;
    let last = found["versions"].as_array().and_then(|versions| versions.last());
    let spec = last.map(|row| row["spec"].clone()).filter(|spec| !spec.is_null());
    match Spec::from_json(Kind::Mapping, spec.ok_or_else(missing)?) {
        Ok(Spec::Mapping(mapping)) => Ok(mapping),
        Ok(_) => Err(missing().into()),
        Err(error) => Err(error).context("the server's mapping cannot be read by this version"),
    }
}

fn finish(args: &FileArgs, server: &ServerArgs, progress: &Value) -> anyhow::Result<()> {
    if server.json {
        return json(progress);
    }
    let number = |key: &str| count(progress[key].as_u64().unwrap_or_default());
    let (accepted, rejected) = (number("accepted"), number("rejected"));
    let mut text =
        format!("{accepted} rows imported as {} records, {rejected} rejected\n", number("records"));
    if progress["rejected"].as_u64().unwrap_or_default() > 0 {
        say!(text, "see them with: gyre dead-letters list --origin import:{}\n", args.mapping);
    }
    Ok(out(&text)?)
}

/// An import under way.
struct Sending {
    client: Client,
    path: [String; 4],
    import: String,
    /// The last line that the server has dealt with.
    done: u64,
    progress: Value,
    told: Told,
}

impl Sending {
    async fn all(&mut self, rows: Rows, chunk: usize) -> anyhow::Result<()> {
        let mut batch: Vec<Value> = Vec::with_capacity(chunk);
        let mut bytes = 0;
        for row in rows {
            let row = row?;
            if row.line <= self.done {
                continue;
            }
            bytes += row.raw.len();
            batch.push(body(row));
            if batch.len() >= chunk || bytes >= CHUNK_BYTES {
                self.send(std::mem::take(&mut batch), false).await?;
                bytes = 0;
            }
        }
        self.send(batch, true).await?;
        self.told.end();
        Ok(())
    }

    async fn send(&mut self, rows: Vec<Value>, done: bool) -> anyhow::Result<()> {
        let sent = rows.len() as u64;
        let body = json!({"import": self.import, "rows": rows, "done": done});
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        for attempt in 1.. {
            match self.client.try_post(&path, &body).await? {
                Try::Done(progress) => {
                    self.progress = progress;
                    break;
                }
                Try::Later(failure) if attempt >= TRIES => {
                    let line = self.progress["line"].as_u64().unwrap_or_default();
                    return Err(anyhow::Error::new(failure.maybe_hint(Some(
                        "run the same command again: it goes on where it stopped".to_owned(),
                    )))
                    .context(format!("the import stopped after line {line}")));
                }
                Try::Later(_) => tokio::time::sleep(Duration::from_secs(1 << (attempt - 1))).await,
            }
        }
        self.told.more(sent, &self.progress);
        Ok(())
    }
}

/// A row as the server takes it.
fn body(row: FileRow) -> Value {
    let mut body = json!({"line": row.line, "raw": row.raw});
    match row.values {
        Ok(values) => body["values"] = Value::Object(values),
        Err(why) => {
            body["values"] = json!({});
            body["malformed"] = Value::String(why);
        }
    }
    body
}

/// Progress on standard error: one line written over in a terminal, a line now and then elsewhere.
struct Told {
    begun: Instant,
    last: Instant,
    rows: u64,
    live: bool,
}

impl Told {
    fn new() -> Self {
        let now = Instant::now();
        Self { begun: now, last: now, rows: 0, live: std::io::stderr().is_terminal() }
    }

    fn more(&mut self, rows: u64, progress: &Value) {
        self.rows += rows;
        if !self.live && self.last.elapsed() < TOLD {
            return;
        }
        self.last = Instant::now();
        let line = format!(
            "line {}, {} rejected, {}",
            count(progress["line"].as_u64().unwrap_or_default()),
            count(progress["rejected"].as_u64().unwrap_or_default()),
            self.speed()
        );
        if self.live {
            // Progress that cannot be shown does not stop the import.
            let mut err = std::io::stderr().lock();
            drop(write!(err, "\r\x1b[K{line}").and_then(|()| err.flush()));
        } else {
            note(&line);
        }
    }

    fn end(&self) {
        let over = if self.live { "\r\x1b[K" } else { "" };
        let seconds = self.begun.elapsed().as_secs_f64();
        note(&format!("{over}{} rows in {seconds:.1} s, {}", count(self.rows), self.speed()));
    }

    fn speed(&self) -> String {
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        format!("{} rows/s", count((self.rows as f64 / seconds) as u64))
    }
}

/// What the first rows would become.
fn dry_run(
    name: &str,
    mapping: &Mapping,
    workspace: &Workspace,
    rows: Rows,
    most: usize,
) -> anyhow::Result<()> {
    let importer = Importer { workspace, name, mapping };
    let mut text = String::new();
    for row in rows.take(most) {
        let row = row?;
        say!(text, "line {}: {}\n", row.line, row.raw.trim_end());
        let values = match &row.values {
            Ok(values) => values,
            Err(why) => {
                say!(text, "  rejected, malformed_row: {why}\n");
                continue;
            }
        };
        let own = Row { line: row.line, values, raw: &row.raw, scope: Scope::default() };
        match importer.entries(&own) {
            Ok(entries) => {
                for entry in entries {
                    let family = serde_json::to_value(entry.family)?;
                    let body = String::from_utf8_lossy(&entry.payload);
                    say!(text, "  {}: {body}\n", cell(&family));
                }
            }
            Err(reject) => {
                say!(text, "  rejected, {reject}\n");
                if let Some(hint) = reject.hint {
                    say!(text, "  hint: {hint}\n");
                }
            }
        }
    }
    Ok(out(&text)?)
}
