//! `gyre math power`: from arguments alone.

use crate::answer::{Node, fields};
use crate::command::{Common, requested};
use crate::failure::Failure;
use crate::request::Estimate as _;
use crate::request::common::{Mix, Scale};
use crate::request::power::{Baseline, Plan, Request, Test};
use std::io::Read;

/// Arguments of `power`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Rate of control, between 0 and 1.
    #[arg(long, conflicts_with_all = ["mean", "sd"])]
    rate: Option<f64>,
    /// Mean of control.
    #[arg(long, requires = "sd", allow_negative_numbers = true)]
    mean: Option<f64>,
    /// Standard deviation of one person of control.
    #[arg(long, requires = "mean")]
    sd: Option<f64>,
    /// Effect to be found: relative, 0.1 is 10 %, unless --absolute.
    #[arg(long, allow_negative_numbers = true)]
    effect: Option<f64>,
    /// People in both arms together.
    #[arg(long)]
    units: Option<f64>,
    /// Chance to find the effect.
    #[arg(long, default_value_t = 0.8)]
    power: f64,
    /// The effect and the margin are absolute, in the metric's unit.
    #[arg(long)]
    absolute: bool,
    /// Treated people over all people.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    treated_share: f64,
    /// Error rate.
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// A one-sided test.
    #[arg(long, conflicts_with = "expected_units")]
    one_sided: bool,
    /// An always-valid test, tightest at so many people.
    #[arg(long, value_name = "PEOPLE")]
    expected_units: Option<u64>,
    /// Non-inferiority margin: found means above −margin.
    #[arg(long, default_value_t = 0.0)]
    margin: f64,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Args {
    pub(crate) fn answer(&self, input: &mut dyn Read) -> Result<Node, Failure> {
        if let Some(path) = &self.common.input {
            return requested::<Request>(path, "power", input);
        }
        let baseline = match (self.rate, self.mean, self.sd) {
            (Some(rate), ..) => Baseline::Rate(rate),
            (None, Some(mean), Some(sd)) => Baseline::Mean { mean, variance: sd * sd },
            _ => {
                let hint = "give --rate, or --mean and --sd, or a request, --input FILE";
                return Err(Failure::new("nothing says what control's metric is").hint(hint));
            }
        };
        let test = match (self.expected_units, self.one_sided) {
            (Some(units), _) => Test::AlwaysValid(Mix::ExpectedUnits(units)),
            (None, true) => Test::FixedOneSided,
            (None, false) => Test::Fixed,
        };
        let Self { treated_share, alpha, margin, power, .. } = *self;
        let scale = if self.absolute { Scale::Absolute } else { Scale::Relative };
        let plan = Plan { baseline, scale, treated_share, alpha, test, margin };
        let (asked, known) = match (self.effect, self.units) {
            (Some(effect), Some(units)) => (
                Request::Power { plan, effect, units },
                fields! { "effect": effect, "units": units },
            ),
            (Some(effect), None) => (
                Request::Units { plan, effect, power },
                fields! { "effect": effect, "power": power },
            ),
            (None, Some(units)) => (
                Request::MinimumDetectableEffect { plan, units, power },
                fields! { "units": units, "power": power },
            ),
            (None, None) => {
                let hint = "--effect gives the people needed, --units the smallest effect, both the \
                            power";
                return Err(Failure::new("nothing says what is looked for").hint(hint));
            }
        };
        Ok(asked.answer()?.and(known))
    }
}
