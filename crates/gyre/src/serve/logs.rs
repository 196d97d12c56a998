//! Logs, on standard error.

use super::options::{LogFormat, ServeArgs};
use crate::failure::Failure;
use tracing_subscriber::EnvFilter;

/// Begins to write logs.
pub(super) fn begin(args: &ServeArgs) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&args.log_filter).map_err(|error| {
        Failure::usage(format!("the log filter cannot be read: {error}"))
            .hint("for example --log-filter gyre_ring=debug,info")
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    let begun = match args.log {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| Failure::new(format!("logs cannot be written: {error}")).into())
}
