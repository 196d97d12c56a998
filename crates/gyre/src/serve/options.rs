//! What a server is told when it starts; all of it also by variables.

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use gyre_model::{Family, Span, Timestamp};
use gyre_ring::Retention;
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
    /// How long records of a family are kept, for example event=400d; those not named are kept for ever. May be given several times.
    #[arg(long, env = "GYRE_RETAIN", value_name = "FAMILY=SPAN", value_delimiter = ',', value_parser = Retention::parse)]
    pub(crate) retain: Vec<(Family, Span)>,
    /// Within what time a request of a person about their own data has to be carried out.
    #[arg(long, env = "GYRE_SUBJECT_DUE", value_name = "SPAN", default_value = "30d", value_parser = span)]
    pub(crate) subject_due: Span,
    /// How long an export made for a person can be fetched.
    #[arg(long, env = "GYRE_KEEP_EXPORTS", value_name = "SPAN", default_value = "7d", value_parser = span)]
    pub(crate) keep_exports: Span,
    /// Makes chance follow from a text, so that two runs are equal. Only with a manual clock, and only for a new data folder.
    #[arg(long, env = "GYRE_SECRET_SEED", value_name = "TEXT")]
    pub(crate) secret_seed: Option<String>,
    /// Where clients and people reach this server, for example https://events.shop.example. Without it, SDKs and snippets are told the address that they called, and messages have no links to be written to no more.
    #[arg(long, env = "GYRE_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,
    /// What is answered to a write key that no source has. Nothing of such a request is kept; it is counted.
    #[arg(long, env = "GYRE_UNKNOWN_KEYS", value_enum, default_value_t = UnknownKeys::Refuse)]
    pub(crate) unknown_keys: UnknownKeys,
    /// The folder with the files that resources name as secrets.
    #[arg(long, env = "GYRE_SECRETS", value_name = "DIR")]
    pub(crate) secrets: Option<PathBuf>,
    /// The folder below which backups may be made over HTTP; without it they are refused.
    #[arg(long, env = "GYRE_BACKUPS", value_name = "DIR")]
    pub(crate) backups: Option<PathBuf>,
    /// The folder with the programs that connectors may run. Without one, none runs.
    #[arg(long, env = "GYRE_CONNECTORS", value_name = "DIR")]
    pub(crate) connectors: Option<PathBuf>,
    /// Where SQL clients are answered, in the protocol of PostgreSQL, for example 127.0.0.1:5433; port 0 takes any that is free. Without it they are not.
    #[arg(long, env = "GYRE_POSTGRES", value_name = "ADDRESS")]
    pub(crate) postgres: Option<SocketAddr>,
    /// The certificates that connections of SQL clients are encrypted with, in PEM. With it, those that are not encrypted are refused.
    #[arg(long, env = "GYRE_POSTGRES_TLS_CERT", value_name = "FILE", requires_all = ["postgres", "postgres_tls_key"])]
    pub(crate) postgres_tls_cert: Option<PathBuf>,
    /// The private key of that certificate, in PEM.
    #[arg(long, env = "GYRE_POSTGRES_TLS_KEY", value_name = "FILE", requires_all = ["postgres", "postgres_tls_cert"])]
    pub(crate) postgres_tls_key: Option<PathBuf>,
    /// The longest that a statement of an SQL client may run, and the longest that it may wait for its turn; it may ask for less.
    #[arg(long, env = "GYRE_POSTGRES_TIMEOUT", value_name = "SPAN", default_value = "30s", value_parser = span)]
    pub(crate) postgres_timeout: Span,
    /// The most rows of an answer to an SQL client; more is an error.
    #[arg(long, env = "GYRE_POSTGRES_MAX_ROWS", value_name = "ROWS", default_value_t = 1_000_000)]
    pub(crate) postgres_max_rows: usize,
    /// The most SQL clients at once.
    #[arg(long, env = "GYRE_POSTGRES_CONNECTIONS", value_name = "COUNT", default_value_t = 64)]
    pub(crate) postgres_connections: usize,
    /// Shows SQL clients a schema raw too: the tables of the lake alone.
    #[arg(long, env = "GYRE_POSTGRES_RAW")]
    pub(crate) postgres_raw: bool,
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

/// What is answered to a write key that no source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownKeys {
    /// 401, so that the client notices.
    Refuse,
    /// 200, as Segment does.
    Accept,
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
    /// How collection behaves.
    pub(crate) fn collection(&self) -> gyre_api::Collection {
        gyre_api::Collection {
            public_url: self.public_url.clone(),
            unknown_keys: match self.unknown_keys {
                UnknownKeys::Refuse => gyre_api::UnknownKeys::Refuse,
                UnknownKeys::Accept => gyre_api::UnknownKeys::Accept,
            },
        }
    }

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

/// A base that paths are put behind.
fn public_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if !plain {
        return Err("it is not of the form https://host or https://host/path".to_owned());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

pub(crate) fn timestamp(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}

pub(crate) fn span(text: &str) -> Result<Span, String> {
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
