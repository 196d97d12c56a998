//! `gyre serve`: the ring on the embedded adapters, behind HTTP.

mod logs;
mod measures;
pub(crate) mod options;
mod postgres;

use crate::backup::{Keeper, Source};
use crate::clock::SystemClock;
use crate::data::{DataFolder, Secret};
use crate::exports::FolderExports;
use crate::failure::Failure;
use crate::print::note;
use crate::secrets::KeptSecrets;
use crate::signer::Ed25519Signer;
use crate::wiring::{self, Adapters};
use anyhow::Context as _;
use gyre_api::{App, Backups, SecretToken};
use gyre_channels::smtp::{self, Smtp};
use gyre_connectors::Subprocess;
use gyre_model::{Dice, Timestamp};
use gyre_ports::clock::ManualClock;
use gyre_ports::{Channel, Clock, Connector, Secrets};
use gyre_ring::{Connectors, Engine, Options, Ports, Retention, SubjectOptions};
use gyre_seal::KeyFile;
use options::{ClockKind, ServeArgs};
use postgres::Postgres;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// Where a manual clock begins if nobody says.
const MANUAL_START: &str = "2026-01-01T00:00:00Z";
/// How long tasks may take to end once everything is on disk.
const LEAVE: Duration = Duration::from_secs(2);
/// By how much the threads of the ring, and those of reports, give way.
const RING_NICE: i32 = 5;
const LAKE_NICE: i32 = 10;
/// The exit code when a write may be lost.
const LOST: i32 = 70;

/// Serves until it is interrupted.
pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    args.check()?;
    logs::begin(args)?;
    let data = DataFolder::open(&args.data)?;
    // What somebody waits for runs on one runtime, what follows from it on another, and what may take
    // long on a third. When the processor is short, collecting and deciding go first, then the ring,
    // then reports.
    let latency = runtime("gyre", 0)?;
    let ring = runtime("gyre-ring", RING_NICE)?;
    let analytics = runtime("gyre-lake", LAKE_NICE)?;
    let runtimes = Runtimes { ring: ring.handle().clone(), analytics: analytics.handle().clone() };
    let done = latency.block_on(serve(args, &data, runtimes));
    analytics.shutdown_timeout(LEAVE);
    ring.shutdown_timeout(LEAVE);
    latency.shutdown_timeout(LEAVE);
    done
}

/// The runtimes beside the one that answers.
struct Runtimes {
    ring: Handle,
    analytics: Handle,
}

/// A runtime whose threads give way to others by `nice` steps.
fn runtime(name: &str, nice: i32) -> anyhow::Result<Runtime> {
    Builder::new_multi_thread()
        .thread_name(name)
        .on_thread_start(move || {
            if nice > 0 {
                // On Linux this is about the thread alone; where it is refused all are equal.
                rustix::process::nice(nice).ok();
            }
        })
        .enable_all()
        .build()
        .context("no threads can be started")
}

async fn serve(args: &ServeArgs, data: &DataFolder, runtimes: Runtimes) -> anyhow::Result<()> {
    let Runtimes { ring, analytics } = runtimes;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be heard")?;
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be heard")?;
    let text = data.token()?;
    let token = SecretToken::new(&text);
    let secret = data.secret(args.secret_seed.as_deref())?;
    let clock = clock(args)?;
    let adapters = Adapters::open(data, &clock, Some(analytics.clone())).await?;
    let keys = keys(data)?;
    if let Some(newest) = wiring::newest(adapters.journal.as_ref()).await? {
        // A manual clock goes on from where the journal ends; the system's is left alone.
        clock.set(newest);
    }
    let ports = Ports {
        journal: Arc::clone(&adapters.journal) as _,
        state: Arc::clone(&adapters.state) as _,
        fold: Arc::clone(&adapters.fold),
        lake: Arc::clone(&adapters.lake),
        rules: wiring::rules()?,
        channels: channels(args, &clock)?,
        clock: Arc::clone(&clock),
    };
    let options = Options {
        dice: Dice::new(&secret.derive("dice")),
        token_key: secret.derive("token").to_vec(),
        dedup_window: args.dedup_window,
        manual_step: args.tick,
        public_url: args.public_url.clone(),
        subjects: subjects(args, data, &secret, &keys)?,
    };
    let engine = Engine::open(ports, options).await.context("the ring cannot be opened")?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        Failure::new(format!("it cannot listen on {}: {error}", args.listen))
            .hint("another server may be there already; pass another --listen")
    })?;
    let backups = keeper(args, data, &adapters, &clock, keys)?;
    let address = listener.local_addr().context("the address is not known")?;
    engine.start(&ring);
    let secrets: Arc<dyn Secrets> = Arc::new(KeptSecrets { folder: args.secrets.clone() });
    let connectors = connectors(args, &engine, &secrets);
    connectors.start(&analytics);
    let postgres = Postgres::start(args, &engine, &adapters.tables, &text, &analytics).await?;
    let app = App {
        engine: Arc::clone(&engine),
        token,
        analytics,
        limits: gyre_api::Limits::default(),
        collection: args.collection(),
        backups,
        secrets,
        connectors,
    };
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    };
    tracing::info!(workspace = %args.workspace, %address, "serving");
    note(&format!("gyre is listening on http://{address}, data in {}", data.root().display()));
    if let Some(postgres) = &postgres {
        let address = postgres.address;
        tracing::info!(%address, "serving SQL clients");
        note(&format!("SQL clients: postgresql://{}@{address}/main", gyre_api::SERVER_USER));
    }
    tokio::select! {
        served = gyre_api::serve(listener, app, gyre_web::pages(), stop) => served.context("the listener failed")?,
        why = engine.failed() => lost(&why),
    }
    if let Some(postgres) = postgres {
        postgres.stop().await;
    }
    tokio::select! {
        ended = end(&engine, &adapters) => ended?,
        why = engine.failed() => lost(&why),
    }
    tracing::info!(workspace = %args.workspace, "stopped");
    Ok(())
}

/// Everything decided so far is in the journal, and everything in the journal in the lake and the fold,
/// so that the next start has nothing to catch up with.
async fn end(engine: &Engine, adapters: &Adapters) -> anyhow::Result<()> {
    let ended = async {
        engine.visible().await?;
        engine.commit_lake().await?;
        adapters.fold.sync()?;
        Ok::<(), gyre_ring::Error>(())
    };
    match ended.await {
        Err(error) if error.is_fatal() => lost(&error.to_string()),
        ended => ended.context("what was not yet in the lake is read again at the next start")?,
    }
    Ok(())
}

/// A write may be lost: nothing is acknowledged any more, and nothing is tidied up.
#[expect(clippy::exit, reason = "destructors could acknowledge what is not on disk")]
fn lost(why: &str) -> ! {
    tracing::error!(why, "a write may be lost; the process ends");
    note(&format!("error: a write may be lost: {why}\n\nhint: see to the disk, then start again"));
    std::process::exit(LOST);
}

/// What requests of people about their own data need.
fn subjects(
    args: &ServeArgs,
    data: &DataFolder,
    secret: &Secret,
    keys: &KeyFile,
) -> anyhow::Result<SubjectOptions> {
    Ok(SubjectOptions {
        key: secret.derive("subjects").to_vec(),
        signer: Arc::new(Ed25519Signer::new(&secret.derive("certificates"))?),
        backups: Arc::new(keys.clone()),
        exports: Arc::new(FolderExports::new(data.exports())),
        due: args.subject_due,
        keep_exports: args.keep_exports,
        retention: Retention(args.retain.iter().copied().collect()),
    })
}

/// The key ring of sealed backups, which may not be there yet.
fn keys(data: &DataFolder) -> anyhow::Result<KeyFile> {
    KeyFile::open(data.root()).map_err(|error| {
        let file = data.root().join(gyre_seal::NAME);
        Failure::new(format!("{}: {error}", file.display()))
            .hint(
                "put the copy that `gyre backup keys` made in its place; without one, move it away: \
                 sealed backups of before are lost then",
            )
            .into()
    })
}

/// Who makes backups, if the operator said where.
fn keeper(
    args: &ServeArgs,
    data: &DataFolder,
    adapters: &Adapters,
    clock: &Arc<dyn Clock>,
    keys: KeyFile,
) -> anyhow::Result<Option<Arc<dyn Backups>>> {
    let Some(below) = &args.backups else { return Ok(None) };
    let source = Source {
        root: data.root().to_owned(),
        journal: Arc::clone(&adapters.journal),
        state: Arc::clone(&adapters.state),
        clock: Arc::clone(clock),
        keys,
    };
    Ok(Some(Arc::new(Keeper::new(source, below)?)))
}

fn clock(args: &ServeArgs) -> anyhow::Result<Arc<dyn Clock>> {
    Ok(match args.clock {
        ClockKind::System => Arc::new(SystemClock::default()),
        ClockKind::Manual => {
            let start = args.start.map_or_else(|| Timestamp::parse(MANUAL_START), Ok)?;
            Arc::new(ManualClock::new(start))
        }
    })
}

/// Programs that read other systems; none without a folder of them.
fn connectors(
    args: &ServeArgs,
    engine: &Arc<Engine>,
    secrets: &Arc<dyn Secrets>,
) -> Arc<Connectors> {
    let runner = args.connectors.clone().map(|folder| {
        let runner: Arc<dyn Connector> = Arc::new(Subprocess::new(folder));
        runner
    });
    Connectors::new(Arc::clone(engine), runner, Arc::clone(secrets))
}

fn channels(args: &ServeArgs, clock: &Arc<dyn Clock>) -> anyhow::Result<Vec<Arc<dyn Channel>>> {
    let Some(url) = &args.smtp else { return Ok(Vec::new()) };
    let options = smtp::Options::new(url, &args.from);
    let smtp = Smtp::connect(&options, Arc::clone(clock)).map_err(|error| {
        Failure::usage(format!("the mail server cannot be used: {error}"))
            .hint("for example --smtp smtp://127.0.0.1:25 --from \"Shop <shop@example.com>\"")
    })?;
    Ok(vec![Arc::new(smtp)])
}
