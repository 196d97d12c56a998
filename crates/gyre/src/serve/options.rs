//! What a server is told when it starts; all of it also by variables.

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use gyre_model::{Span, Timestamp};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs the server on a data folder, until it is interrupted.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// The data folder; made if it is not there. One server at a time.
    #[arg(long, env = "GYRE_DATA", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Where it answers; port 0 takes any that is free.
    #[arg(long, env = "GYRE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where time comes from. A manual clock stands still until it is moved, and only answers on a loopback address.
    #[arg(long, env = "GYRE_CLOCK", value_enum, default_value_t = ClockKind::System)]
    pub(crate) clock: ClockKind,
    /// Where a manual clock begins (2026-01-01 if not given), unless the data folder is further already.
    #[arg(long, env = "GYRE_START", value_name = "TIME", value_parser = timestamp)]
    pub(crate) start: Option<Timestamp>,
    /// The least time between two instants at which an advancing manual clock stands still.
    #[arg(long, env = "GYRE_TICK", value_name = "SPAN", default_value = "1s", value_parser = span)]
    pub(crate) tick: Span,
    /// The mail server, for example smtp://127.0.0.1:25 or smtps://user:password@mail.example.com. Without one, e-mail is not sent.
    #[arg(long, env = "GYRE_SMTP", value_name = "URL", hide_env_values = true)]
    pub(crate) smtp: Option<String>,
    /// Who e-mail is from, for example "Shop <shop@example.com>".
    #[arg(
        long,
        env = "GYRE_FROM",
        value_name = "ADDRESS",
        default_value = "Gyre <gyre@localhost>"
    )]
    pub(crate) from: String,
    /// What this server is called in its logs.
    #[arg(long, env = "GYRE_WORKSPACE", value_name = "NAME", default_value = "main")]
    pub(crate) workspace: String,
    /// How long the same message counts as the same.
    #[arg(long, env = "GYRE_DEDUP_WINDOW", value_name = "SPAN", default_value = "7d", value_parser = span)]
    pub(crate) dedup_window: Span,
    /// Makes chance follow from a text, so that two runs are equal. Only with a manual clock, and only for a new data folder.
    #[arg(long, env = "GYRE_SECRET_SEED", value_name = "TEXT")]
    pub(crate) secret_seed: Option<String>,
    /// The folder with the files that resources name as secrets.
    #[arg(long, env = "GYRE_SECRETS", value_name = "DIR")]
    pub(crate) secrets: Option<PathBuf>,
    /// The folder with the programs that connectors may run. Without one, none runs.
    #[arg(long, env = "GYRE_CONNECTORS", value_name = "DIR")]
    pub(crate) connectors: Option<PathBuf>,
    /// How logs are written.
    #[arg(long, env = "GYRE_LOG", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log: LogFormat,
    /// What is logged, for example warn,gyre=debug.
    #[arg(long, env = "GYRE_LOG_FILTER", value_name = "FILTER", default_value = "warn,gyre=info")]
    pub(crate) log_filter: String,
}

/// Where time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockKind {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved over HTTP.
    Manual,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

impl ServeArgs {
    /// What does not fit together.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let manual = self.clock == ClockKind::Manual;
        if manual && !self.listen.ip().is_loopback() {
            let message = format!("a manual clock does not answer on {}", self.listen.ip());
            return Err(Failure::usage(message).hint(
                "whoever reaches it can move time: listen on 127.0.0.1, or use the system's clock",
            ));
        }
        for (name, given) in
            [("--start", self.start.is_some()), ("--secret-seed", self.secret_seed.is_some())]
        {
            if given && !manual {
                let message = format!("{name} is for a manual clock");
                return Err(Failure::usage(message).hint("add --clock manual, or leave it out"));
            }
        }
        if self.tick <= Span(0) || self.dedup_window <= Span(0) {
            return Err(Failure::usage("--tick and --dedup-window are longer than nothing"));
        }
        Ok(())
    }
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use crate::cli::{Cli, Command};
    use crate::failure;
    use clap::Parser as _;
    use expect_test::{Expect, expect};

    fn check(line: &str, expected: &Expect) {
        let Command::Serve(args) = Cli::try_parse_from(line.split(' ')).unwrap().command else {
            panic!("another command");
        };
        let said = args.check().err().map(|failure| failure::text(&failure.into()));
        expected.assert_eq(&said.unwrap_or_default());
    }

    #[test]
    fn a_manual_clock_stays_on_this_machine() {
        check("gyre serve --data d --clock manual --start 2026-01-01", &expect![""]);
        check(
            "gyre serve --data d --clock manual --listen 0.0.0.0:80",
            &expect![[r"
                error: a manual clock does not answer on 0.0.0.0

                hint: whoever reaches it can move time: listen on 127.0.0.1, or use the system's clock
            "]],
        );
        check(
            "gyre serve --data d --secret-seed x",
            &expect![[r"
                error: --secret-seed is for a manual clock

                hint: add --clock manual, or leave it out
            "]],
        );
    }
}
