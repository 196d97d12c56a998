//! The subcommands and their arguments.

use crate::answer::Node;
use crate::failure::Failure;
use crate::files;
use crate::print;
use crate::request::{self, Estimate};
use crate::schema::{self, Family};
use clap::{Args, Subcommand};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Numbers from files, or from sums as JSON.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Reads an experiment: lift, intervals, chance to win, balance of the arms.
    Experiment(files::experiment::Args),
    /// How many people an experiment needs, or what it can find.
    Power(files::power::Args),
    /// Probabilities of a bandit's arms, from a request.
    Bandit(Requested),
    /// What another policy would have earned, if the log can say.
    Ope(files::ope::Args),
    /// What customers are still worth.
    Clv(files::clv::Args),
    /// Which channels conversions are credited to.
    Attribution(files::attribution::Args),
    /// Whether a score finds those whom a treatment helps.
    Uplift(files::uplift::Args),
    /// Whether what comes in is still what a model was built on.
    Drift(files::drift::Args),
    /// Prints the JSON schema of requests.
    Schema(SchemaArgs),
}

/// Where a request comes from and how the answer is printed.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// A file with a request as JSON; `-` reads it from standard input. `gyre math schema` says what
    /// can be asked.
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// JSON with full precision instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A request and nothing else.
#[derive(Debug, Clone, Args)]
pub struct Requested {
    /// A file with a request as JSON; `-` reads it from standard input. `gyre math schema bandit` says
    /// what can be asked.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// JSON with full precision instead of a table.
    #[arg(long)]
    json: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Clone, Args)]
pub struct SchemaArgs {
    /// Only requests of one subcommand.
    #[arg(value_name = "SUBCOMMAND")]
    family: Option<Family>,
}

/// Does what a subcommand asks for. `input` is standard input; the answer goes to `out`.
///
/// Errors name the file, line and column, or the path in the JSON, and may know a hint.
pub fn run(command: Command, input: &mut dyn Read, out: &mut dyn Write) -> Result<(), Failure> {
    let (answer, json) = match command {
        Command::Experiment(args) => (args.answer(input)?, args.common.json),
        Command::Power(args) => (args.answer(input)?, args.common.json),
        Command::Bandit(args) => {
            let found = requested::<request::bandit::Request>(&args.input, "bandit", input)?;
            (found, args.json)
        }
        Command::Ope(args) => (args.answer(input)?, args.common.json),
        Command::Clv(args) => (args.answer(input)?, args.common.json),
        Command::Attribution(args) => (args.answer(input)?, args.common.json),
        Command::Uplift(args) => (args.answer(input)?, args.common.json),
        Command::Drift(args) => (args.answer(input)?, args.common.json),
        Command::Schema(args) => {
            let schema = args.family.map_or_else(schema::all, schema::of);
            return write(&pretty(&schema)?, out);
        }
    };
    let text = if json { pretty(&answer)? } else { print::text(&answer) };
    write(&text, out)
}

fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n").map_err(|error| Failure::new(error.to_string()))
}

fn write(text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match done {
        // A reader that went away is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => {
            other.map_err(|error| Failure::new(format!("the answer cannot be written: {error}")))
        }
    }
}

/// The answer to the request in a file, `-` being standard input.
pub(crate) fn requested<E: Estimate>(
    path: &Path,
    family: &str,
    input: &mut dyn Read,
) -> Result<Node, Failure> {
    let (name, text) = if path == Path::new("-") {
        let mut text = String::new();
        let read = input.read_to_string(&mut text).map(|_| text);
        ("standard input".to_owned(), read)
    } else {
        (path.display().to_string(), std::fs::read_to_string(path))
    };
    let text = text.map_err(|error| Failure::new(format!("{name} cannot be read: {error}")))?;
    request::answer::<E>(&text, family).map_err(|failure| failure.at(name))
}
