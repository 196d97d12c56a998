//! `gyre math uplift FILE`: one row per person of an experiment.

use super::{file, given};
use crate::answer::Node;
use crate::command::{Common, requested};
use crate::failure::Failure;
use crate::request::uplift::{People, Request, all};
use crate::rows;
use std::io::Read;
use std::path::PathBuf;

/// Arguments of `uplift`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// One row per person: CSV with a header, or Parquet. `-` is CSV from standard input.
    #[arg(conflicts_with = "input")]
    file: Option<PathBuf>,
    /// Column with the score; higher comes first.
    #[arg(long, value_name = "COLUMN")]
    score: Option<String>,
    /// Column with the outcome.
    #[arg(long, value_name = "COLUMN")]
    outcome: Option<String>,
    /// Column with whether the person was treated, 1 or 0.
    #[arg(long, value_name = "COLUMN")]
    treated: Option<String>,
    /// Top parts to look at.
    #[arg(long, value_name = "PARTS", value_delimiter = ',', default_values_t = [0.1, 0.2, 0.3])]
    top: Vec<f64>,
    /// Error rate.
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// Seed of intervals.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Args {
    pub(crate) fn answer(&self, input: &mut dyn Read) -> Result<Node, Failure> {
        if let Some(path) = &self.common.input {
            return requested::<Request>(path, "uplift", input);
        }
        let path = file(self.file.as_ref())?;
        let columns = [
            given(self.score.as_ref(), "score")?.clone(),
            given(self.outcome.as_ref(), "outcome")?.clone(),
            given(self.treated.as_ref(), "treated")?.clone(),
        ];
        let mut people = People::default();
        rows::read(path, &columns, input, &mut |row| {
            people.scores.push(row.number(0)?);
            people.outcomes.push(row.number(1)?);
            people.treated.push(row.flag(2)?);
            Ok(())
        })?;
        Ok(all(&people, &self.top, self.alpha, self.seed)?)
    }
}
