//! `gyre`: the command line, and the wiring of the ring to its adapters. Nothing below knows which
//! adapter is in use.
//!
//! `serve`, `doctor`, `fsck`, `replay` and `restore` work on a data folder, `backup` on one or with a server; `check`, `test`, `math` and `schema` need neither
//! folder nor server; every other command speaks HTTP with a running server.

mod backup;
mod cli;
mod client;
mod clock;
mod command;
mod data;
mod exports;
mod failure;
mod files;
mod import;
#[cfg(test)]
mod parity;
mod print;
#[cfg(test)]
mod reference;
mod secrets;
mod serve;
mod signer;
mod trial;
mod wiring;

use clap::Parser as _;
use cli::{Cli, Command};
use std::process::ExitCode;

/// Every record is decoded into many small texts on one thread and let go on another: a fifth of the
/// processor went into the allocator of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Two providers of cryptography are linked, so the one in use is said before anybody asks. It fails
    // only when one was chosen already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let command = Cli::parse().command;
    let done = std::panic::catch_unwind(|| run(command)).unwrap_or_else(|_| {
        let hint = "this is a mistake of ours; what stands above says where";
        Err(failure::Failure::internal("something went wrong inside").hint(hint).into())
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    use command::{
        apply, audience, backup, boards, campaign, check, clock, connector, consent, dead_letters,
        decide, decisions, doctor, features, fsck, import, lifecycle, math, metrics, notices,
        person, pull, query, replay, sources, status, subject, tail, tracking_plan, turns,
    };
    match command {
        Command::Serve(args) => serve::run(&args),
        Command::Check(paths) => check::run(&paths.paths),
        Command::Test(args) => trial::run(&args.paths.paths, args.only.as_deref()),
        Command::Schema => {
            Ok(print::out(&serde_json::to_string_pretty(&gyre_config::json_schema())?)?)
        }
        Command::Openapi => Ok(print::out(gyre_api::openapi().trim_end())?),
        Command::Math(command) => math::run(command),
        Command::Doctor(args) => doctor::run(&args),
        Command::Fsck(args) => fsck::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Backup(args) => wait(backup::backup(args)),
        Command::Restore(args) => wait(backup::restore(args)),
        Command::Plan(args) => wait(apply::plan(args)),
        Command::Apply(args) => wait(apply::apply(args)),
        Command::Pull(args) => wait(pull::run(args)),
        Command::Query(args) => wait(query::run(args)),
        Command::Metrics(command) => wait(metrics::run(command)),
        Command::Features(command) => wait(features::run(command)),
        Command::Boards(command) => wait(boards::run(command)),
        Command::Reports(command) => wait(notices::reports(command)),
        Command::Alerts(command) => wait(notices::alerts(command)),
        Command::Tail(args) => wait(tail::run(args)),
        Command::Campaign(command) => wait(campaign::run(command)),
        Command::Audience(command) => wait(audience::run(command)),
        Command::Lifecycle(command) => wait(lifecycle::run(command)),
        Command::Loop(command) => wait(turns::run(command)),
        Command::Person(command) => wait(person::run(command)),
        Command::Consent(command) => wait(consent::run(command)),
        Command::Decisions(command) => wait(decisions::run(command)),
        Command::Decide(args) => wait(decide::run(args)),
        Command::Import(args) => wait(import::run(args)),
        Command::DeadLetters(command) => wait(dead_letters::run(command)),
        Command::Sources(command) => wait(sources::run(command)),
        Command::Connector(command) => wait(connector::run(command)),
        Command::TrackingPlan(command) => wait(tracking_plan::run(command)),
        Command::Status(args) => wait(status::run(args)),
        Command::Clock(command) => wait(clock::run(command)),
        Command::Subject(command) => wait(subject::run(command)),
    }
}

/// Speaks with a server, on this thread.
fn wait(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
