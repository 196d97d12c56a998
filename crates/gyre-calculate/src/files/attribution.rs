//! `gyre math attribution FILE`: one row per path.

use super::{file, given};
use crate::answer::Node;
use crate::command::{Common, requested};
use crate::failure::Failure;
use crate::request::attribution::{Numbered, Request};
use crate::rows;
use std::io::Read;
use std::path::PathBuf;

/// Arguments of `attribution`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// One row per path: CSV with a header, or Parquet. `-` is CSV from standard input.
    #[arg(conflicts_with = "input")]
    file: Option<PathBuf>,
    /// Column with the channels of the path, in order.
    #[arg(long, value_name = "COLUMN")]
    path: Option<String>,
    /// What stands between two channels.
    #[arg(long, value_name = "TEXT", default_value = ">")]
    separator: String,
    /// Column with how often the path ended in a conversion, or the value of these conversions.
    #[arg(long, value_name = "COLUMN")]
    conversions: Option<String>,
    /// Column with how often it ended without.
    #[arg(long, value_name = "COLUMN")]
    nulls: Option<String>,
    /// Order of the Markov chain.
    #[arg(long, default_value_t = 1)]
    order: usize,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Args {
    pub(crate) fn answer(&self, input: &mut dyn Read) -> Result<Node, Failure> {
        if let Some(path) = &self.common.input {
            return requested::<Request>(path, "attribution", input);
        }
        let path = file(self.file.as_ref())?;
        let mut columns = vec![
            given(self.path.as_ref(), "path")?.clone(),
            given(self.conversions.as_ref(), "conversions")?.clone(),
        ];
        columns.extend(self.nulls.iter().cloned());
        let separator = self.separator.trim();
        if separator.is_empty() {
            return Err(
                Failure::new("--separator is empty").hint("give what stands between channels")
            );
        }
        let mut all = Numbered::default();
        rows::read(path, &columns, input, &mut |row| {
            let text = row.named(0)?;
            let channels = text.split(separator).map(str::trim).filter(|name| !name.is_empty());
            let count = |column| {
                let number = row.number(column)?;
                if number < 0.0 { Err(row.wrong(column, "it is below 0")) } else { Ok(number) }
            };
            let nulls = if self.nulls.is_some() { count(2)? } else { 0.0 };
            let before = all.paths.len();
            all.add(channels, count(1)?, nulls);
            match all.paths.get(before) {
                Some(path) if path.channels.is_empty() => Err(row.wrong(0, "there is no channel")),
                _ => Ok(()),
            }
        })?;
        Ok(all.all_rules(self.order)?)
    }
}
