//! `gyre subject`: the rights of people over their own data.

mod rectify;

use super::{json, list};
use crate::client::{Client, ServerArgs};
use crate::failure::Failure;
use crate::print::table::{Table, cell};
use crate::print::{note, out, say};
use crate::signer;
use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use rectify::Rectify;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often it is asked whether a request is done.
const PAUSE: Duration = Duration::from_millis(100);

/// The rights of people over their own data.
#[derive(Debug, Subcommand)]
pub(crate) enum SubjectCommand {
    /// Makes an archive of everything that is known of somebody, and fetches it.
    Export(Export),
    /// Removes everything that is known of somebody, and bars their identifiers.
    Erase(Erase),
    /// Keeps what is known of somebody, and uses it no more.
    Restrict(Ask),
    /// Lets what is known of somebody be used again.
    Unrestrict(Ask),
    /// Lets somebody be collected again who was erased and came back.
    Lift(Ask),
    /// Puts right what is wrong about somebody: traits and identifiers.
    Rectify(Rectify),
    /// Shows where a request stands.
    Status(One),
    /// Lists requests, newest first.
    List(List),
    /// Checks a certificate of an erasure or a rectification.
    Verify(Verify),
    /// Carries erasures into a data folder that was restored from a backup of before them, by their
    /// certificates.
    EraseAgain(EraseAgain),
}

/// What kind of identifier it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A user id.
    User,
    /// An e-mail address.
    Email,
    /// An anonymous id.
    Anonymous,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// A user id, e-mail address, anonymous id or person id.
    identifier: String,
    /// What kind of identifier it is; any if not given.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    /// Your own number for the request: asking again with it is the same request.
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// Does not wait until it is done.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    ask: Ask,
    /// Where the archive goes; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    ask: Ask,
    /// Where the certificate goes; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The request.
    id: String,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct EraseAgain {
    /// The certificates.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The certificate.
    file: PathBuf,
    /// The public key it must be signed with; the server's if not given.
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(command: SubjectCommand) -> anyhow::Result<()> {
    match command {
        SubjectCommand::Export(args) => export(args).await,
        SubjectCommand::Erase(args) => erase(args).await,
        SubjectCommand::Restrict(args) => plain("restrict", args).await,
        SubjectCommand::Unrestrict(args) => plain("unrestrict", args).await,
        SubjectCommand::Lift(args) => plain("lift", args).await,
        SubjectCommand::Rectify(args) => rectify::run(args).await,
        SubjectCommand::Status(args) => {
            let path = ["v1", "subject-requests", args.id.as_str()];
            let answer = Client::new(&args.server)?.get(&path, &[]).await?;
            show(&args.server, &answer)
        }
        SubjectCommand::List(args) => {
            let answer = Client::new(&args.server)?.get(&["v1", "subject-requests"], &[]).await?;
            if args.server.json {
                return json(&answer);
            }
            let keys =
                ["id", "kind", "state", "requested_at", "due_at", "done_at", "by", "reference"];
            let mut table = Table::new(&keys);
            for one in list(&answer, "requests") {
                table.row(keys.map(|key| cell(&one[key])));
            }
            Ok(out(&table.to_string())?)
        }
        SubjectCommand::Verify(args) => verify(args).await,
        SubjectCommand::EraseAgain(args) => erase_again(args).await,
    }
}

/// Asks, and waits until it is done.
async fn ask(kind: &str, args: &Ask, corrections: &[Value]) -> anyhow::Result<Value> {
    let client = Client::new(&args.server)?;
    let identifier_kind = args.kind.map(|kind| match kind {
        Kind::User => "user",
        Kind::Email => "email",
        Kind::Anonymous => "anonymous",
    });
    let body = json!({"kind": kind, "identifier": args.identifier,
        "identifier_kind": identifier_kind, "reference": args.reference,
        "corrections": corrections});
    let mut request = client.post(&["v1", "subject-requests"], &body).await?;
    let began = Instant::now();
    let mut told = false;
    while !args.no_wait && request["state"] == "received" {
        tokio::time::sleep(PAUSE).await;
        if !told && began.elapsed() > Duration::from_secs(5) {
            note(&format!("request {} is being carried out", cell(&request["id"])));
            told = true;
        }
        let id = request["id"].as_str().unwrap_or_default().to_owned();
        request = client.get(&["v1", "subject-requests", &id], &[]).await?;
    }
    if request["state"] == "failed" {
        let message = format!("request {} failed", cell(&request["id"]));
        let why = cell(&request["detail"]);
        return Err(Failure::new(message).hint(format!("{why}; see the server's log")).into());
    }
    Ok(request)
}

async fn plain(kind: &str, args: Ask) -> anyhow::Result<()> {
    let request = ask(kind, &args, &[]).await?;
    show(&args.server, &request)
}

async fn export(args: Export) -> anyhow::Result<()> {
    let request = ask("export", &args.ask, &[]).await?;
    if request["state"] != "done" {
        return show(&args.ask.server, &request);
    }
    let id = request["id"].as_str().unwrap_or_default();
    let path = args.out.unwrap_or_else(|| PathBuf::from(format!("gyre-export-{id}.tar")));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("{} cannot be made", path.display()))?;
    let client = Client::new(&args.ask.server)?;
    let from = ["v1", "subject-requests", id, "export"];
    client.pieces(&from, |piece| Ok(file.write_all(piece)?)).await?;
    file.sync_all()?;
    note(&format!("the archive is in {}", path.display()));
    show(&args.ask.server, &request)
}

async fn erase(args: Erase) -> anyhow::Result<()> {
    let request = ask("erase", &args.ask, &[]).await?;
    keep(args.certificate.as_deref(), &request)?;
    show(&args.ask.server, &request)
}

/// Writes the certificate of a request to a file, if there is one and somebody wants it.
fn keep(path: Option<&Path>, request: &Value) -> anyhow::Result<()> {
    if let (Some(path), Some(_)) = (path, request["certificate"].as_object()) {
        let text = serde_json::to_string_pretty(&request["certificate"])?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("{} cannot be made", path.display()))?;
    }
    Ok(())
}

async fn erase_again(args: EraseAgain) -> anyhow::Result<()> {
    for file in &args.files {
        let signed = read(file)?;
        let certificate = &signed["certificate"];
        let hashes: Vec<&str> =
            list(certificate, "subject").iter().filter_map(Value::as_str).collect();
        if hashes.is_empty() {
            let message = format!("{} is no certificate of an erasure", file.display());
            let hint = "give the file that `gyre subject erase --certificate` made";
            return Err(Failure::new(message).hint(hint).into());
        }
        let asked = Ask {
            identifier: format!("subject:{}", hashes.join(",")),
            kind: None,
            reference: Some(format!("again {}", cell(&certificate["request"]))),
            no_wait: false,
            server: args.server.clone(),
        };
        plain("erase", asked).await?;
    }
    Ok(())
}

fn show(server: &ServerArgs, request: &Value) -> anyhow::Result<()> {
    if server.json {
        return json(request);
    }
    let mut text = format!(
        "request {}\n{} is {}, due {}\n",
        cell(&request["id"]),
        cell(&request["kind"]),
        cell(&request["state"]),
        cell(&request["due_at"])
    );
    if let Some(detail) = request["detail"].as_str() {
        say!(text, "{detail}\n");
    }
    if let Some(until) = request["export_until"].as_str() {
        say!(text, "its archive of {} bytes is kept until {until}\n", request["export_bytes"]);
    }
    let corrected = list(&request["corrected"], "");
    if !corrected.is_empty() {
        text.push_str(&rectify::table(corrected));
    }
    let removed = list(&request["removed"], "");
    if !removed.is_empty() {
        text.push_str("\nremoved:\n");
        let mut table = Table::new(&["store", "what", ">count", ">bytes"]);
        for one in removed {
            table.row(["store", "table", "count", "bytes"].map(|key| cell(&one[key])));
        }
        text.push_str(&table.to_string());
    }
    Ok(out(&text)?)
}

async fn verify(args: Verify) -> anyhow::Result<()> {
    let signed = read(&args.file)?;
    let key = match args.key {
        Some(key) => key,
        None => {
            let answer = Client::new(&args.server)?.get(&["v1", "certificate-key"], &[]).await?;
            answer["key"].as_str().unwrap_or_default().to_owned()
        }
    };
    let text = |name: &str| signed[name].as_str().unwrap_or_default().to_owned();
    let message = serde_json::to_vec(&signed["certificate"])?;
    let signature = from_hex(&text("signature")).unwrap_or_default();
    let expected = from_hex(&key).ok_or_else(|| {
        Failure::usage("the key is not made of hexadecimal digits")
            .hint("it is what `gyre subject verify` says, or GET /v1/certificate-key")
    })?;
    let is_good = text("algorithm") == signer::ALGORITHM
        && signer::is_signed(&expected, &message, &signature);
    if !is_good {
        let message = format!("{} is not what was signed with this key", args.file.display());
        return Err(Failure::new(message)
            .hint("it was changed, or another server signed it")
            .into());
    }
    let certificate = &signed["certificate"];
    Ok(out(&format!(
        "the certificate is good: request {} of {}, done {}, key {key}\n",
        cell(&certificate["request"]),
        cell(&certificate["requested_at"]),
        cell(&certificate["done_at"])
    ))?)
}

fn read(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).map_err(|why| {
        let place = format!("{}:{}:{}", path.display(), why.line(), why.column());
        Failure::new(format!("{place} is not JSON"))
            .hint("give the file that `gyre subject erase --certificate` made")
            .into()
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let pairs = digits.chunks_exact(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
