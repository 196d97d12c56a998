//! `gyre math experiment FILE`: one row per person, summed as it is read.

use super::{file, given};
use crate::answer::{Node, fields};
use crate::command::{Common, requested};
use crate::failure::Failure;
use crate::request::experiment::{Request, balance};
use crate::rows::{self, Row};
use gyre_math::experiment::bayes::Prior;
use gyre_math::experiment::cuped::{Paired, PairedArms, arms_theta, pooled_theta};
use gyre_math::experiment::joint::Joint;
use gyre_math::experiment::ratio::Ratio;
use gyre_math::lift::{Arms, Lift, Scale};
use gyre_math::moments::{Metric as _, Proportion, Sample};
use gyre_math::sequential::Mixing;
use gyre_math::{multiple, srm};
use std::io::Read;
use std::path::PathBuf;

/// Arguments of `experiment`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// One row per person: CSV with a header, or Parquet. `-` is CSV from standard input.
    #[arg(conflicts_with = "input")]
    file: Option<PathBuf>,
    /// Column with the arm.
    #[arg(long, value_name = "COLUMN")]
    arm: Option<String>,
    /// The arm without treatment; the one called `control` if it is not given.
    #[arg(long, value_name = "ARM")]
    control: Option<String>,
    /// Columns with metrics. One that holds 0 and 1 only is a rate.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    metric: Vec<String>,
    /// Column that the metrics are divided by, sum over sum.
    #[arg(long, value_name = "COLUMN")]
    denominator: Option<String>,
    /// Column with the metric from before, for CUPED.
    #[arg(long, value_name = "COLUMN", conflicts_with = "denominator")]
    before: Option<String>,
    /// What shares the arms ought to have, as control=1,treated=1; equal ones if it is not given.
    #[arg(long, value_name = "ARM=WEIGHT", value_delimiter = ',')]
    shares: Vec<String>,
    /// Absolute lifts, in the metric's unit, instead of relative ones.
    #[arg(long)]
    absolute: bool,
    /// Error rate.
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// People of both arms at which the always-valid interval is tightest. Fix it beforehand.
    #[arg(long, value_name = "PEOPLE", default_value_t = 5000)]
    expected_units: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Sums of \[metric, denominator or value before\], and whether the metric is yes or no.
#[derive(Debug, Clone, Copy)]
struct Sums {
    joint: Joint<2>,
    is_rate: bool,
}

impl Sums {
    const NONE: Self =
        Self { joint: Joint { n: 0, sums: [0.0; 2], products: [[0.0; 2]; 2] }, is_rate: true };

    fn take(&mut self, values: [f64; 2]) {
        self.joint = self.joint.merge(Joint::of(values));
        self.is_rate &= [0.0, 1.0].contains(&values[0]);
    }

    fn sample(&self, is_rate: bool) -> gyre_math::Result<Sample> {
        if is_rate {
            let (n, successes) = (self.joint.n, self.joint.sums[0] as u64);
            return Proportion { n, successes }.sample();
        }
        self.joint.value(0).sample()
    }
}

/// Arms in order of their appearance, with the sums of every metric.
type ByArm = Vec<(String, Vec<Sums>)>;

impl Args {
    pub(crate) fn answer(&self, input: &mut dyn Read) -> Result<Node, Failure> {
        if let Some(path) = &self.common.input {
            return requested::<Request>(path, "experiment", input);
        }
        let path = file(self.file.as_ref())?;
        if self.metric.is_empty() {
            given::<String>(None, "metric")?;
        }
        let second = self.denominator.iter().chain(&self.before);
        let mut columns = vec![given(self.arm.as_ref(), "arm")?.clone()];
        columns.extend(self.metric.iter().chain(second).cloned());
        let has_second = columns.len() > 1 + self.metric.len();
        let mut arms: ByArm = Vec::new();
        rows::read(path, &columns, input, &mut |row| self.take(row, has_second, &mut arms))?;
        self.readout(arms)
    }

    fn take(&self, row: &Row<'_>, has_second: bool, arms: &mut ByArm) -> Result<(), Failure> {
        let name = row.named(0)?;
        let place = match arms.iter().position(|(arm, _)| *arm == name) {
            Some(place) => place,
            None if arms.len() >= 1000 => {
                let many = row.wrong(0, "there are more than 1000 arms");
                return Err(many.hint("does this column hold the arm?"));
            }
            None => {
                arms.push((name.into_owned(), vec![Sums::NONE; self.metric.len()]));
                arms.len() - 1
            }
        };
        let second = if has_second { row.number(1 + self.metric.len())? } else { 0.0 };
        for (i, sums) in arms[place].1.iter_mut().enumerate() {
            sums.take([row.number(1 + i)?, second]);
        }
        Ok(())
    }

    fn readout(&self, mut arms: ByArm) -> Result<Node, Failure> {
        let wanted = self.control.as_deref().unwrap_or("control");
        let names: Vec<&str> = arms.iter().map(|(name, _)| name.as_str()).collect();
        let Some(place) = names.iter().position(|name| *name == wanted) else {
            let missing = Failure::new(format!("no row is of the arm `{wanted}`"));
            return Err(missing.hint(format!("--control names one of: {}", names.join(", "))));
        };
        let control = arms.remove(place);
        let observed: Vec<u64> =
            std::iter::once(&control).chain(&arms).map(|(_, sums)| sums[0].joint.n).collect();
        let mut names: Vec<&str> = vec![&control.0];
        names.extend(arms.iter().map(|(name, _)| name.as_str()));
        let check = srm::chi_square(&observed, &self.weights(&names)?)?;
        let mut rows = Vec::new();
        for (i, metric) in self.metric.iter().enumerate() {
            for (arm, sums) in &arms {
                let row = self.compare(&sums[i], &control.1[i]);
                rows.push((
                    metric,
                    arm,
                    row.map_err(|error| {
                        Failure::from(error).at(format!("metric `{metric}`, arm `{arm}`"))
                    })?,
                ));
            }
        }
        let p_values: Vec<f64> = rows.iter().map(|(.., row)| row.p_value).collect();
        let adjusted = multiple::holm(&p_values)?;
        let lifts = rows.into_iter().zip(adjusted).map(|((metric, arm, row), holm)| {
            let names = fields! { "metric": metric.as_str(), "arm": arm.as_str() };
            names.and(row.front).and(fields! { "p_holm": holm }).and(row.back)
        });
        let lifts = Node::List(lifts.collect());
        let sizes = names.iter().zip(&observed);
        let sizes = sizes.map(|(name, n)| fields! { "arm": *name, "people": *n });
        Ok(fields! {
            "arms": Node::List(sizes.collect()), "balance": balance(&check),
            "scale": if self.absolute { "absolute" } else { "relative" }, "alpha": self.alpha,
            "lifts": lifts,
        })
    }

    fn weights(&self, names: &[&str]) -> Result<Vec<f64>, Failure> {
        if self.shares.is_empty() {
            return Ok(vec![1.0; names.len()]);
        }
        let mut weights = vec![0.0; names.len()];
        for share in &self.shares {
            let wrong = |what: &str| {
                let hint = "write --shares control=1,treated=1, with a weight for every arm";
                Failure::new(format!("--shares {share}: {what}")).hint(hint)
            };
            let (name, weight) = share.rsplit_once('=').ok_or_else(|| wrong("there is no `=`"))?;
            let place = names.iter().position(|one| *one == name);
            let place = place.ok_or_else(|| wrong("no row is of this arm"))?;
            weights[place] = weight.parse().map_err(|_| wrong("the weight is no number"))?;
        }
        Ok(weights)
    }

    fn compare(&self, treated: &Sums, control: &Sums) -> gyre_math::Result<Compared> {
        let scale = if self.absolute { Scale::Absolute } else { Scale::Relative };
        let (lift, means, adjusted) = self.lift(treated, control, scale)?;
        let fixed = lift.fixed(self.alpha)?;
        let mixing = Mixing::Tuned { expected_units: self.expected_units };
        let watched = lift.always_valid(self.alpha, mixing)?;
        let believed = lift.posterior(Prior::Flat, self.alpha)?;
        let front = fields! {
            "control_mean": means[1], "mean": means[0], "lift": lift.value,
            "standard_error": fixed.standard_error, "low": fixed.interval.low,
            "high": fixed.interval.high, "p_value": fixed.p_value,
        };
        let back = fields! {
            "always_valid_low": watched.interval.low, "always_valid_high": watched.interval.high,
            "always_valid_p": watched.p_value, "chance_to_win": believed.chance_to_win,
            "risk_control": believed.risk_control, "risk_treated": believed.risk_treated,
        };
        let back = match adjusted {
            None => back,
            Some((theta, less)) => back.and(fields! { "theta": theta, "variance_reduction": less }),
        };
        Ok(Compared { p_value: fixed.p_value, front, back })
    }

    /// The lift, both means, and θ with the variance it takes away.
    fn lift(&self, treated: &Sums, control: &Sums, scale: Scale) -> gyre_math::Result<Found> {
        if self.before.is_some() {
            let pair = |sums: &Sums| Paired::from_means(&sums.joint);
            let arms = PairedArms { treated: pair(treated)?, control: pair(control)? };
            let theta =
                pooled_theta(&treated.joint, &control.joint).or_else(|_| arms_theta(&arms))?;
            let less = arms.variance_reduction(theta)?;
            let means = [arms.treated.outcome, arms.control.outcome];
            return Ok((arms.lift(theta, scale)?, means, Some((theta, less))));
        }
        let arms = if self.denominator.is_some() {
            let of = |sums: &Sums| Ratio(sums.joint).sample();
            Arms { treated: of(treated)?, control: of(control)? }
        } else {
            let is_rate = treated.is_rate && control.is_rate;
            Arms { treated: treated.sample(is_rate)?, control: control.sample(is_rate)? }
        };
        Ok((arms.lift(scale)?, [arms.treated.mean, arms.control.mean], None))
    }
}

type Found = (Lift, [f64; 2], Option<(f64, f64)>);

/// One row of the readout.
struct Compared {
    p_value: f64,
    front: Node,
    back: Node,
}
