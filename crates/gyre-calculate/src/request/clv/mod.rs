//! `gyre math clv`: how often and how long customers come back, and what they spend.

mod answer;

pub(crate) use answer::values;

use crate::answer::{Node, fields};
use crate::request::experiment::snake;
use gyre_math::Result;
use gyre_math::lifetime::bg_bb::{self, BgBb};
use gyre_math::lifetime::bg_nbd::{BgNbd, Leaving};
use gyre_math::lifetime::gamma_gamma::{self, GammaGamma};
use gyre_math::lifetime::pareto_nbd::ParetoNbd;
use gyre_math::lifetime::sbg::Sbg;
use gyre_math::lifetime::{self, Fit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a customer did until now, all times in one unit.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Customer {
    /// Repeat purchases: the first does not count.
    pub(crate) purchases: u32,
    /// Time from the first purchase to the last; 0 without repeat purchases.
    pub(crate) last: f64,
    /// Time from the first purchase until now.
    pub(crate) age: f64,
}

impl From<Customer> for lifetime::Customer {
    fn from(Customer { purchases, last, age }: Customer) -> Self {
        Self { purchases, last, age }
    }
}

/// Models of customers without a contract, whom one sees when they buy.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "these are their names")]
pub(crate) enum Kind {
    /// BG/NBD: they leave after a repeat purchase.
    #[default]
    BgNbd,
    /// MBG/NBD: they leave after any purchase.
    MbgNbd,
    /// Pareto/NBD: they leave at any time.
    ParetoNbd,
}

/// A model with its parameters.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(clippy::enum_variant_names, reason = "these are their names")]
pub(crate) enum Model {
    /// BG/NBD.
    BgNbd {
        /// Shape of the purchase rate.
        r: f64,
        /// Scale of the purchase rate, in units of time.
        alpha: f64,
        /// First shape of the chance to leave.
        a: f64,
        /// Second shape of the chance to leave.
        b: f64,
    },
    /// MBG/NBD.
    MbgNbd {
        /// Shape of the purchase rate.
        r: f64,
        /// Scale of the purchase rate, in units of time.
        alpha: f64,
        /// First shape of the chance to leave.
        a: f64,
        /// Second shape of the chance to leave.
        b: f64,
    },
    /// Pareto/NBD.
    ParetoNbd {
        /// Shape of the purchase rate.
        r: f64,
        /// Scale of the purchase rate, in units of time.
        alpha: f64,
        /// Shape of the rate of leaving.
        s: f64,
        /// Scale of the rate of leaving, in units of time.
        beta: f64,
    },
}

impl Model {
    /// Fits a model of a kind.
    pub(crate) fn fit(kind: Kind, customers: &[lifetime::Customer]) -> Result<(Self, Node)> {
        let bg = |leaving| BgNbd::fit(customers, leaving);
        Ok(match kind {
            Kind::BgNbd => {
                let fit = bg(Leaving::AfterRepeat)?;
                let BgNbd { r, alpha, a, b, .. } = fit.model;
                (Self::BgNbd { r, alpha, a, b }, fit_node(&fit))
            }
            Kind::MbgNbd => {
                let fit = bg(Leaving::AfterAny)?;
                let BgNbd { r, alpha, a, b, .. } = fit.model;
                (Self::MbgNbd { r, alpha, a, b }, fit_node(&fit))
            }
            Kind::ParetoNbd => {
                let fit = ParetoNbd::fit(customers)?;
                let ParetoNbd { r, alpha, s, beta } = fit.model;
                (Self::ParetoNbd { r, alpha, s, beta }, fit_node(&fit))
            }
        })
    }

    fn made(self) -> Made {
        match self {
            Self::BgNbd { r, alpha, a, b } => {
                Made::Bg(BgNbd { r, alpha, a, b, leaving: Leaving::AfterRepeat })
            }
            Self::MbgNbd { r, alpha, a, b } => {
                Made::Bg(BgNbd { r, alpha, a, b, leaving: Leaving::AfterAny })
            }
            Self::ParetoNbd { r, alpha, s, beta } => Made::Pareto(ParetoNbd { r, alpha, s, beta }),
        }
    }

    /// Its parameters.
    pub(crate) fn node(self) -> Node {
        match self {
            Self::BgNbd { r, alpha, a, b } | Self::MbgNbd { r, alpha, a, b } => {
                fields! { "r": r, "alpha": alpha, "a": a, "b": b }
            }
            Self::ParetoNbd { r, alpha, s, beta } => {
                fields! { "r": r, "alpha": alpha, "s": s, "beta": beta }
            }
        }
    }

    /// Chance that a customer is still there.
    pub(crate) fn alive(self, customer: &lifetime::Customer) -> Result<f64> {
        match self.made() {
            Made::Bg(model) => model.alive(customer),
            Made::Pareto(model) => model.alive(customer),
        }
    }

    /// Purchases expected in the next `time`.
    pub(crate) fn expected(self, customer: &lifetime::Customer, time: f64) -> Result<f64> {
        match self.made() {
            Made::Bg(model) => model.expected_purchases(customer, time),
            Made::Pareto(model) => model.expected_purchases(customer, time),
        }
    }
}

enum Made {
    Bg(BgNbd),
    Pareto(ParetoNbd),
}

/// How a fit ended.
pub(crate) fn fit_node<M>(fit: &Fit<M>) -> Node {
    fields! {
        "log_likelihood": fit.log_likelihood, "convergence": snake(&format!("{:?}", fit.convergence)),
        "relative_gradient": fit.relative_gradient, "rounds": fit.rounds,
    }
}

/// What a customer spent.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spender {
    /// Purchases that the mean is over.
    purchases: u32,
    /// Mean spend per purchase.
    mean: f64,
}

impl From<Spender> for gamma_gamma::Spender {
    fn from(Spender { purchases, mean }: Spender) -> Self {
        Self { purchases, mean }
    }
}

/// Parameters of the Gamma–Gamma model.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpendModel {
    /// Shape of one purchase.
    p: f64,
    /// Shape of the customers.
    q: f64,
    /// Scale, in units of money.
    v: f64,
}

impl From<SpendModel> for GammaGamma {
    fn from(SpendModel { p, q, v }: SpendModel) -> Self {
        Self { p, q, v }
    }
}

/// Customers with the same history of periods.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pattern {
    /// Periods with a purchase.
    purchases: u32,
    /// Last period with a purchase, from 1; 0 if there is none.
    last: u32,
    /// Periods so far.
    periods: u32,
    /// How many customers.
    #[serde(default = "one")]
    customers: f64,
}

fn one() -> f64 {
    1.0
}

impl From<Pattern> for bg_bb::Pattern {
    fn from(Pattern { purchases, last, periods, customers }: Pattern) -> Self {
        Self { purchases, last, periods, customers }
    }
}

/// Parameters of BG/BB.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeriodModel {
    /// First shape of the chance to buy.
    alpha: f64,
    /// Second shape of the chance to buy.
    beta: f64,
    /// First shape of the chance to leave.
    gamma: f64,
    /// Second shape of the chance to leave.
    delta: f64,
}

impl From<PeriodModel> for BgBb {
    fn from(PeriodModel { alpha, beta, gamma, delta }: PeriodModel) -> Self {
        Self { alpha, beta, gamma, delta }
    }
}

/// Parameters of sBG.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractModel {
    /// First shape of the chance to leave.
    alpha: f64,
    /// Second shape of the chance to leave.
    beta: f64,
}

impl From<ContractModel> for Sbg {
    fn from(ContractModel { alpha, beta }: ContractModel) -> Self {
        Self { alpha, beta }
    }
}

/// One purchase of a log.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bought {
    /// Number of the customer.
    customer: u64,
    /// Day.
    day: i64,
    /// Amount of money.
    #[serde(default)]
    amount: f64,
}

/// Estimators of lifetime value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Histories of customers from a log of purchases; those of one day count as one.
    Histories {
        /// Purchases.
        purchases: Vec<Bought>,
        /// Last day of the log; later purchases are left out.
        until: i64,
        /// Days in the unit of time: 7 for weeks.
        #[serde(default = "one")]
        unit: f64,
    },
    /// Fits a model of how often customers come back.
    Fit {
        /// Which.
        #[serde(default)]
        model: Kind,
        /// Customers.
        customers: Vec<Customer>,
    },
    /// Log-likelihood of customers under a model.
    LogLikelihood {
        /// The model.
        model: Model,
        /// Customers.
        customers: Vec<Customer>,
    },
    /// Chance that customers are still there, and purchases expected of them.
    Predict {
        /// The model.
        model: Model,
        /// Customers.
        customers: Vec<Customer>,
        /// How far ahead.
        time: f64,
    },
    /// Purchases expected from a new customer.
    ExpectedFromNew {
        /// The model.
        model: Model,
        /// Times asked for.
        times: Vec<f64>,
    },
    /// Discounted value that customers still have.
    ResidualValue {
        /// The model.
        model: Model,
        /// Customers.
        customers: Vec<Customer>,
        /// Margin per purchase, for each customer or for all.
        margins: Vec<f64>,
        /// Number of periods.
        periods: u32,
        /// Length of one, in the unit of time: 4.345 for months of weekly data.
        length: f64,
        /// Discount per period: 0.01 is 1 %.
        #[serde(default)]
        rate: f64,
    },
    /// Fits the Gamma–Gamma model of spend.
    FitSpend {
        /// Customers with purchases.
        spenders: Vec<Spender>,
    },
    /// Expected spend per purchase.
    Spend {
        /// The model.
        model: SpendModel,
        /// Customers; null is one without purchases.
        spenders: Vec<Option<Spender>>,
    },
    /// Log-likelihood of spenders.
    SpendLogLikelihood {
        /// The model.
        model: SpendModel,
        /// Customers with purchases.
        spenders: Vec<Spender>,
    },
    /// Fits BG/BB: customers who may buy once in each period.
    FitPeriods {
        /// Histories with their numbers.
        patterns: Vec<Pattern>,
    },
    /// Log-likelihood under BG/BB.
    PeriodsLogLikelihood {
        /// The model.
        model: PeriodModel,
        /// Histories with their numbers.
        patterns: Vec<Pattern>,
    },
    /// What BG/BB expects of customers.
    PredictPeriods {
        /// The model.
        model: PeriodModel,
        /// Histories.
        patterns: Vec<Pattern>,
        /// Periods ahead.
        ahead: u32,
        /// Discount per period, for discounted purchases without end.
        rate: Option<f64>,
    },
    /// Fits sBG: customers with a contract.
    FitContract {
        /// Cohorts: numbers at the start and after each renewal.
        cohorts: Vec<Vec<f64>>,
    },
    /// What sBG expects of a cohort.
    Contract {
        /// The model.
        model: ContractModel,
        /// Renewals asked for.
        renewals: u32,
        /// Discount per period, for discounted renewals of one who is about to renew for the n-th
        /// time, n = `renewals`.
        rate: Option<f64>,
    },
}
