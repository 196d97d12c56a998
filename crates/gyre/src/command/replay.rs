//! `gyre replay`: history once more, by today's rules, into fresh stores; and what is otherwise than it
//! was.

use crate::clock::SystemClock;
use crate::command::check::said;
use crate::data::DataFolder;
use crate::failure::Failure;
use crate::files;
use crate::print::number::count;
use crate::print::table::Table;
use crate::print::{note, out, say};
use crate::serve::options::{span, timestamp};
use crate::wiring::{self, Adapters, PARTITIONS};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use gyre_config::{Parsed, Resource, parse};
use gyre_fold::FjallFold;
use gyre_model::{Dice, Span, Timestamp, Workspace};
use gyre_ports::clock::ManualClock;
use gyre_ports::{Clock, Fold as _, Lake as _, State as _};
use gyre_ring::{Options, Ports, ReplayRules, Replayed, Replaying, SubjectOptions, replay};
use gyre_state::SqliteState;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs history again, and compares.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The data folder. Nothing of its history is changed.
    #[arg(long, env = "GYRE_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Where the fresh stores go: a folder that is not there yet, or empty.
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Compares only what follows from records of this instant and later. What was before is replayed all the same: people have a past.
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    from: Option<Timestamp>,
    /// Replays only records before this instant.
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    to: Option<Timestamp>,
    /// The rules: those of today from the beginning on, or each version from where it was applied.
    #[arg(long, value_enum, default_value_t = RulesOf::Today)]
    rules: RulesOf,
    /// Files, or folders of them, whose resources take the place of today's: what would have been. May be given several times.
    #[arg(long, value_name = "PATH")]
    with: Vec<PathBuf>,
    /// The workspace of the files.
    #[arg(long, value_name = "NAME", default_value = "main")]
    workspace: String,
    /// How long the same message counts as the same: as the server is told.
    #[arg(long, env = "GYRE_DEDUP_WINDOW", value_name = "SPAN", default_value = "7d", value_parser = span)]
    dedup_window: Span,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Which rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RulesOf {
    /// The newest versions, from the beginning on.
    Today,
    /// Each version from where it was applied.
    Recorded,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

pub(crate) fn run(args: &ReplayArgs) -> anyhow::Result<()> {
    let rules = rules(args)?;
    let data = DataFolder::existing(&args.data)?;
    let into = fresh(&args.into, &data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(play(args, rules, &data, &into))?;
    match args.format {
        Format::Json => out(&serde_json::to_string_pretty(&report)?)?,
        Format::Text => out(&text(&report))?,
    }
    if report.same {
        return Ok(());
    }
    let hint = if report.unexplained > 0 {
        "differences without a reason are a mistake of ours, or of the disk: see `gyre fsck`"
    } else {
        "the reasons stand beside the differences; with --rules recorded nothing should differ"
    };
    Err(Failure::differs("history comes out otherwise").hint(hint).into())
}

fn rules(args: &ReplayArgs) -> anyhow::Result<ReplayRules> {
    if args.with.is_empty() {
        return Ok(match args.rules {
            RulesOf::Today => ReplayRules::Today,
            RulesOf::Recorded => ReplayRules::Recorded,
        });
    }
    if args.rules == RulesOf::Recorded {
        return Err(Failure::usage("--with changes today's rules, not those of the record")
            .hint("leave out --rules recorded")
            .into());
    }
    Ok(ReplayRules::With(Workspace::new(&args.workspace), resources(&args.with)?))
}

/// The resources of files. Whether they fit what runs is seen when they are compiled with it.
fn resources(paths: &[PathBuf]) -> anyhow::Result<Vec<Resource>> {
    let mut resources = Vec::new();
    let mut wrong = Vec::new();
    for file in files::read(paths)? {
        let (parsed, found) = parse(&file.name(), &file.text);
        resources.extend(parsed.iter().filter_map(Parsed::resource).cloned());
        wrong.extend(found.into_iter().filter(gyre_config::Diagnostic::is_error));
    }
    if wrong.is_empty() {
        return Ok(resources);
    }
    out(&said(&wrong))?;
    Err(Failure::new("the files cannot be read").hint("see `gyre check`").into())
}

/// The folder of the replay; nothing is in it.
fn fresh(into: &Path, data: &DataFolder) -> anyhow::Result<DataFolder> {
    let used = std::fs::read_dir(into).is_ok_and(|mut entries| entries.next().is_some());
    if used {
        let message = format!("the folder {} is not empty", into.display());
        return Err(Failure::new(message).hint("replay into a new folder").into());
    }
    let within =
        into.ancestors().any(|one| std::fs::canonicalize(one).is_ok_and(|one| one == data.root()));
    if within {
        return Err(Failure::usage("--into is inside of --data")
            .hint("replay into a folder elsewhere")
            .into());
    }
    DataFolder::open(into)
}

async fn play(
    args: &ReplayArgs,
    rules: ReplayRules,
    data: &DataFolder,
    into: &DataFolder,
) -> anyhow::Result<Replayed> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let journal = wiring::journal(data, &clock)?;
    let live_lake = wiring::lake(data, &clock, None)?;
    live_lake.open(&gyre_ring::tables()).await.context("the lake cannot be opened")?;
    let state = SqliteState::open(data.state()).await.context("the state cannot be opened")?;
    let archived = state.position("lake", 0).await?.map_or(0, |offset| offset + 1);
    state.close().await;
    let newest = wiring::newest(&journal).await?.unwrap_or(Timestamp(0));
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(newest));
    let fresh = Adapters::open(into, &clock, None).await?;
    let ports = Ports {
        journal: Arc::clone(&fresh.journal) as _,
        state: Arc::clone(&fresh.state) as _,
        fold: Arc::clone(&fresh.fold),
        lake: Arc::clone(&fresh.lake),
        rules: wiring::rules()?,
        channels: Vec::new(),
        clock,
    };
    let secret = data.secret(None)?;
    let options = Options {
        dice: Dice::new(&secret.derive("dice")),
        token_key: secret.derive("token").to_vec(),
        dedup_window: args.dedup_window,
        manual_step: Span::SECOND,
        public_url: None,
        subjects: SubjectOptions {
            key: secret.derive("subjects").to_vec(),
            ..SubjectOptions::in_memory()
        },
    };
    let replaying = Replaying {
        live: Arc::new(journal),
        lake: Arc::new(live_lake),
        archived,
        folded: folded(data),
        from: args.from,
        to: args.to,
        rules,
    };
    let report = replay(replaying, ports, options).await.context("history cannot be replayed")?;
    fresh.fold.sync()?;
    fresh.state.close().await;
    Ok(report)
}

/// Up to where the fold has come; 0 where there is none, or none that can be read.
fn folded(data: &DataFolder) -> u64 {
    if !data.fold().is_dir() {
        return 0;
    }
    match FjallFold::open(data.fold(), PARTITIONS).and_then(|fold| fold.position(0)) {
        Ok(position) => position.map_or(0, |offset| offset + 1),
        Err(error) => {
            note(&format!("the fold cannot be read, and is left aside: {error}"));
            0
        }
    }
}

/// The report as people read it.
fn text(report: &Replayed) -> String {
    let records = &report.records;
    let mut text = format!(
        "replayed {} records ({} of them sources, {} blank) by {}\n\
         compared what follows from offsets {} to {}\n",
        count(records.replayed),
        count(records.sources),
        count(records.blank),
        match report.rules.as_str() {
            "recorded" => "the rules as they were applied",
            "today" => "the rules of today",
            _ => "the rules of today, with the files' in their place",
        },
        records.compared_from,
        records.compared_to
    );
    let mut table = Table::new(&[
        "derived records",
        ">same",
        ">different",
        ">only live",
        ">only replayed",
        ">moved",
        ">blank",
    ]);
    for one in &report.families {
        let numbers =
            [one.same, one.different, one.only_live, one.only_replayed, one.moved, one.blank];
        let cells = std::iter::once(one.family.clone()).chain(numbers.map(count));
        table.row(cells.collect::<Vec<_>>());
    }
    say!(text, "\n{table}");
    let people = &report.people;
    say!(
        text,
        "\npeople: {} of {} identifiers belong to another person; {} people parted, {} joined\n",
        count(people.differ),
        count(people.nodes),
        count(people.parted),
        count(people.joined)
    );
    match &report.tables_left_out {
        Some(why) => say!(text, "rows were not counted: {why}\n"),
        None => {
            let differ: Vec<_> =
                report.tables.iter().filter(|one| one.live != one.replayed).collect();
            let rows: u64 = report.tables.iter().map(|one| one.live).sum();
            if differ.is_empty() {
                let tables = report.tables.len();
                say!(text, "rows: {} in {tables} tables, the same\n", count(rows));
            }
            for one in differ {
                let (live, replayed) = (count(one.live), count(one.replayed));
                say!(text, "rows of {}: {live} live, {replayed} replayed\n", one.table);
            }
        }
    }
    if !report.rule_changes.is_empty() {
        text.push_str("\nrules that were others in this history:\n");
        for change in &report.rule_changes {
            let versions: Vec<String> =
                change.other_versions.iter().map(|version| format!("version {version}")).collect();
            let how = if versions.is_empty() {
                "there was none at first".to_owned()
            } else {
                versions.join(", ")
            };
            let since = change.same_from.map_or_else(
                || "never the same".to_owned(),
                |offset| format!("the same from offset {offset}"),
            );
            say!(text, "{} {}: {how}; {since}\n", change.kind, change.name);
        }
    }
    if !report.samples.is_empty() {
        let mut table = Table::new(&["for example", "family", ">follows from", "fields", "why"]);
        for one in &report.samples {
            table.row([
                one.what.replace('_', " "),
                one.family.clone(),
                one.offset.to_string(),
                one.fields.join(", "),
                one.reason.clone(),
            ]);
        }
        say!(text, "\n{table}");
    }
    let verdict = match (report.same, report.unexplained) {
        (true, _) => "the same\n".to_owned(),
        (false, 0) => "not the same, and all of it explained\n".to_owned(),
        (false, many) => format!("not the same: {} differences have no reason\n", count(many)),
    };
    say!(text, "\n{verdict}");
    text
}
