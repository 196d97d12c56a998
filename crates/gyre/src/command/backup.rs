//! `gyre backup` and `gyre restore`.

use super::json;
use crate::backup::{self, Source};
use crate::client::{Client, ServerArgs};
use crate::clock::SystemClock;
use crate::data::DataFolder;
use crate::print::number::count;
use crate::print::out;
use crate::print::table::cell;
use crate::wiring;
use clap::Args;
use gyre_ports::Clock;
use gyre_state::SqliteState;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// Copies everything a server has into a folder that is not there yet.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The folder to make. On the server's machine, directly below the folder that it was given as --backups.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// A data folder whose server does not run; without it, a running server is asked.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
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
    /// Also sends what was due before now, and may have left after the backup was made.
    #[arg(long)]
    send_again: bool,
}

pub(crate) async fn backup(args: BackupArgs) -> anyhow::Result<()> {
    let Some(data) = &args.data else {
        let to = json!({"to": args.to});
        let answer = Client::new(&args.server)?.post(&["v1", "backups"], &to).await?;
        if args.server.json {
            return json(&answer);
        }
        let [folder, records] = ["folder", "records"].map(|key| cell(&answer[key]));
        return Ok(out(&format!("backup {folder}: {records} records"))?);
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
    };
    let manifest = source.copy_to(&args.to).await?;
    source.state.close().await;
    let records = count(manifest.journal.iter().sum());
    Ok(out(&format!("backup {}: {records} records", args.to.display()))?)
}

pub(crate) async fn restore(args: RestoreArgs) -> anyhow::Result<()> {
    let now = SystemClock::default().now();
    let hold_before = (!args.send_again).then_some(now);
    let restored = backup::restore(&args.from, &args.data, hold_before).await?;
    let records = count(restored.manifest.journal.iter().sum());
    out(&format!("restored {records} records into {}", args.data.display()))?;
    if restored.held > 0 {
        out(&format!(
            "{} sends were due since and may have left: they count as uncertain and are not sent",
            count(restored.held)
        ))?;
    }
    Ok(())
}
