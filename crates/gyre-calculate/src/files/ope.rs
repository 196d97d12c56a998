//! `gyre math ope FILE`: one row per decision.

use super::{file, given};
use crate::answer::Node;
use crate::command::{Common, requested};
use crate::failure::Failure;
use crate::request::Estimate as _;
use crate::request::ope::{DemandValues, Log, Request};
use crate::rows;
use std::io::Read;
use std::path::PathBuf;

/// Arguments of `ope`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// One row per decision: CSV with a header, or Parquet. `-` is CSV from standard input.
    #[arg(conflicts_with = "input")]
    file: Option<PathBuf>,
    /// Column with the reward.
    #[arg(long, value_name = "COLUMN")]
    reward: Option<String>,
    /// Column with the probability with which the logged action was chosen.
    #[arg(long, value_name = "COLUMN")]
    logging: Option<String>,
    /// Column with the probability with which the policy in question chooses it.
    #[arg(long, value_name = "COLUMN")]
    evaluation: Option<String>,
    /// Column with the predicted reward of the logged action.
    #[arg(long, value_name = "COLUMN", requires = "baseline")]
    predicted: Option<String>,
    /// Column with the predicted value of the policy at this decision.
    #[arg(long, value_name = "COLUMN", requires = "predicted")]
    baseline: Option<String>,
    /// Share of the policy's choices that the log could not have made.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    unsupported: f64,
    /// Error rate.
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// Resamples of the bootstrap.
    #[arg(long, default_value_t = 1000)]
    rounds: usize,
    /// Seed of the bootstrap.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Args {
    pub(crate) fn answer(&self, input: &mut dyn Read) -> Result<Node, Failure> {
        if let Some(path) = &self.common.input {
            return requested::<Request>(path, "ope", input);
        }
        let path = file(self.file.as_ref())?;
        let mut columns = vec![
            given(self.reward.as_ref(), "reward")?.clone(),
            given(self.logging.as_ref(), "logging")?.clone(),
            given(self.evaluation.as_ref(), "evaluation")?.clone(),
        ];
        columns.extend(self.predicted.iter().chain(&self.baseline).cloned());
        let mut log = Log::default();
        if self.predicted.is_some() {
            (log.predicted, log.baseline) = (Some(Vec::new()), Some(Vec::new()));
        }
        rows::read(path, &columns, input, &mut |row| {
            log.rewards.push(row.number(0)?);
            let logging = row.number(1)?;
            if !(logging > 0.0 && logging <= 1.0) {
                let wrong = row.wrong(1, format!("{logging} is no chance of what was chosen"));
                return Err(wrong.hint("it must be above 0 and at most 1"));
            }
            log.logging.push(logging);
            let evaluation = row.number(2)?;
            if !(0.0..=1.0).contains(&evaluation) {
                let wrong = row.wrong(2, format!("{evaluation} is no probability"));
                return Err(wrong.hint("it must be from 0 to 1"));
            }
            log.evaluation.push(evaluation);
            if let (Some(predicted), Some(baseline)) = (&mut log.predicted, &mut log.baseline) {
                predicted.push(row.number(3)?);
                baseline.push(row.number(4)?);
            }
            Ok(())
        })?;
        let (alpha, rounds) = (Some(self.alpha), Some(self.rounds));
        let demands = DemandValues { alpha, rounds, ..DemandValues::default() };
        let Self { unsupported, seed, .. } = *self;
        Ok(Request::Report { log, unsupported, demands, seed }.answer()?)
    }
}
