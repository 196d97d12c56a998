//! `gyre backup` and `gyre restore`.

use super::json;
use crate::backup::{self, Form, Keys, Source};
use crate::client::{Client, ServerArgs};
use crate::clock::SystemClock;
use crate::data::DataFolder;
use crate::failure::Failure;
use crate::print::number::count;
use crate::print::out;
use crate::print::table::cell;
use crate::wiring;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use gyre_ports::{Clock, ErrorKind};
use gyre_seal::KeyFile;
use gyre_state::SqliteState;
use serde_json::json;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Copies everything a server has into a folder that is not there yet.
/// It is sealed: it says nothing without the key ring of the data folder, of which `gyre backup keys` makes a copy.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct BackupArgs {
    #[command(subcommand)]
    command: Option<BackupCommand>,
    /// The folder to make. On the server's machine, directly below the folder that it was given as --backups.
    #[arg(long, value_name = "DIR", required = true)]
    to: Option<PathBuf>,
    /// Readable without keys. Erasures do not reach it.
    #[arg(long)]
    plain: bool,
    /// A data folder whose server does not run; without it, a running server is asked.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Copies the key ring of a data folder, without which its sealed backups say nothing. Keep the copy apart from them, and make a new one after every erasure and every restore: an older one still opens what was erased.
    Keys(KeysArgs),
}

#[derive(Debug, Args)]
struct KeysArgs {
    /// The data folder, whether its server runs or not.
    #[arg(long, env = "GYRE_DATA", value_name = "DIR")]
    data: PathBuf,
    /// The folder for the copy; one that is there is overwritten.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// Makes a data folder of a backup.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The data folder to make.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The key ring that opens a sealed backup; without it, the file `keys` in the data folder to make.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Also sends what was due before now, and may have left after the backup was made.
    #[arg(long)]
    send_again: bool,
}

pub(crate) async fn backup(args: BackupArgs) -> anyhow::Result<()> {
    if let Some(BackupCommand::Keys(args)) = &args.command {
        return keys(args);
    }
    let Some(to) = args.to.as_deref() else {
        return Err(Failure::usage("a backup needs a folder: --to DIR").into());
    };
    let Some(data) = &args.data else {
        let to = json!({"to": to, "plain": args.plain});
        let answer = Client::new(&args.server)?.post(&["v1", "backups"], &to).await?;
        if args.server.json {
            return json(&answer);
        }
        let [folder, records] = ["folder", "records"].map(|key| cell(&answer[key]));
        out(&format!("backup {folder}: {records} records"))?;
        return note_keys(answer["sealed"] == true, "keys, in the data folder,");
    };
    let data = DataFolder::existing(data)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let journal = wiring::journal(&data, &clock)?;
    let state = SqliteState::open(data.state()).await?;
    let source = Source {
        root: data.root().to_owned(),
        journal: Arc::new(journal),
        state: Arc::new(state),
        clock,
        keys: KeyFile::open(data.root())?,
    };
    let manifest = source.copy_to(to, Form::plain_if(args.plain)).await?;
    source.state.close().await;
    let records = count(manifest.journal.iter().sum());
    out(&format!("backup {}: {records} records", to.display()))?;
    let file = data.root().join(gyre_seal::NAME);
    note_keys(manifest.sealed.is_some(), &file.display().to_string())
}

/// What the operator must know of a sealed backup.
fn note_keys(is_sealed: bool, file: &str) -> anyhow::Result<()> {
    if !is_sealed {
        return Ok(());
    }
    Ok(out(&format!(
        "it is sealed: without the key ring {file} nobody can read it; `gyre backup keys` copies the ring"
    ))?)
}

fn keys(args: &KeysArgs) -> anyhow::Result<()> {
    let file = args.data.join(gyre_seal::NAME);
    let ring = gyre_seal::read(&file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::new(format!("{} has no key ring", args.data.display()))
            .hint("the first sealed backup makes it"),
        _ => Failure::new(format!("{}: {error}", file.display())),
    })?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&args.to)
        .with_context(|| format!("the folder {} cannot be made", args.to.display()))?;
    gyre_seal::write(&args.to, &ring)?;
    let copy = args.to.join(gyre_seal::NAME);
    Ok(out(&format!("key ring {}: {} secrets", copy.display(), count(ring.secrets() as u64)))?)
}

pub(crate) async fn restore(args: RestoreArgs) -> anyhow::Result<()> {
    let now = SystemClock::default().now();
    let hold_before = (!args.send_again).then_some(now);
    let keys = args.keys.as_deref().map_or(Keys::InPlace, Keys::File);
    let restored = backup::restore(&args.from, &args.data, keys, hold_before).await?;
    let records = count(restored.manifest.journal.iter().sum());
    out(&format!("restored {records} records into {}", args.data.display()))?;
    if restored.gone > 0 {
        out(&format!(
            "{} records and rows were left out: they were of people who were erased since",
            count(restored.gone)
        ))?;
    }
    if restored.held > 0 {
        out(&format!(
            "{} sends were due since and may have left: they count as uncertain and are not sent",
            count(restored.held)
        ))?;
    }
    Ok(())
}
