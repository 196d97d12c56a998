//! How the requests of lifetime value are answered.

use super::{Bought, Customer, Made, Model, Pattern, Request, fit_node};
use crate::answer::{Node, fields};
use crate::request::Estimate;
use gyre_math::Result;
use gyre_math::lifetime::bg_bb::{self, BgBb};
use gyre_math::lifetime::gamma_gamma::{self, GammaGamma};
use gyre_math::lifetime::history::{Purchase, histories};
use gyre_math::lifetime::sbg::Sbg;
use gyre_math::lifetime::value::{Horizon, residual_value};
use gyre_math::lifetime::{self};

impl Estimate for Request {
    fn answer(self) -> Result<Node> {
        match self {
            Self::Histories { purchases, until, unit } => {
                let all = purchases.iter().map(|one| {
                    let Bought { customer, day, amount } = *one;
                    Purchase { customer, day, amount }
                });
                let found = histories(&all.collect::<Vec<_>>(), until, unit)?;
                let rows = found.iter().map(|one| {
                    fields! {
                        "customer": one.customer, "purchases": one.history.purchases,
                        "last": one.history.last, "age": one.history.age, "mean": one.mean,
                    }
                });
                Ok(Node::List(rows.collect()))
            }
            Self::Fit { model, customers } => {
                let (model, fit) = Model::fit(model, &made(&customers))?;
                Ok(model.node().and(fit))
            }
            Self::LogLikelihood { model, customers } => {
                let customers = made(&customers);
                let found = match model.made() {
                    Made::Bg(model) => model.log_likelihood(&customers)?,
                    Made::Pareto(model) => model.log_likelihood(&customers)?,
                };
                Ok(fields! { "log_likelihood": found })
            }
            Self::Predict { model, customers, time } => {
                let rows = made(&customers).into_iter().map(|customer| {
                    Ok(fields! {
                        "alive": model.alive(&customer)?,
                        "expected": model.expected(&customer, time)?,
                    })
                });
                Ok(Node::List(rows.collect::<Result<_>>()?))
            }
            Self::ExpectedFromNew { model, times } => {
                let expected = times.iter().map(|time| match model.made() {
                    Made::Bg(model) => model.expected_from_new(*time),
                    Made::Pareto(model) => model.expected_from_new(*time),
                });
                Ok(fields! { "expected": expected.collect::<Result<Vec<f64>>>()? })
            }
            Self::ResidualValue { model, customers, margins, periods, length, rate } => {
                let horizon = Horizon { periods, length, rate };
                let customers = made(&customers);
                let values = values(model, &customers, &margins, &horizon)?;
                Ok(fields! { "total": values.iter().sum::<f64>(), "values": values })
            }
            Self::FitSpend { spenders } => {
                let spenders: Vec<gamma_gamma::Spender> =
                    spenders.into_iter().map(Into::into).collect();
                let fit = GammaGamma::fit(&spenders)?;
                let GammaGamma { p, q, v } = fit.model;
                let mean = fit.model.population_mean().ok();
                let node = fields! { "p": p, "q": q, "v": v, "population_mean": mean };
                Ok(node.and(fit_node(&fit)))
            }
            Self::Spend { model, spenders } => {
                let model = GammaGamma::from(model);
                let each =
                    spenders.into_iter().map(|one| model.expected_spend(one.map(Into::into)));
                Ok(fields! { "expected": each.collect::<Result<Vec<f64>>>()? })
            }
            Self::SpendLogLikelihood { model, spenders } => {
                let spenders: Vec<gamma_gamma::Spender> =
                    spenders.into_iter().map(Into::into).collect();
                let found = GammaGamma::from(model).log_likelihood(&spenders)?;
                Ok(fields! { "log_likelihood": found })
            }
            Self::FitPeriods { patterns } => {
                let fit = BgBb::fit(&rows(&patterns))?;
                let BgBb { alpha, beta, gamma, delta } = fit.model;
                let node = fields! { "alpha": alpha, "beta": beta, "gamma": gamma, "delta": delta };
                Ok(node.and(fit_node(&fit)))
            }
            Self::PeriodsLogLikelihood { model, patterns } => {
                let found = BgBb::from(model).log_likelihood(&rows(&patterns))?;
                Ok(fields! { "log_likelihood": found })
            }
            Self::PredictPeriods { model, patterns, ahead, rate } => {
                let model = BgBb::from(model);
                let each = rows(&patterns).into_iter().map(|pattern| {
                    let rest = rate.map(|rate| model.residual_purchases(&pattern, rate));
                    Ok(fields! {
                        "alive": model.alive(&pattern, ahead)?,
                        "expected": model.expected_purchases(&pattern, ahead)?,
                        "residual": rest.transpose()?,
                    })
                });
                Ok(Node::List(each.collect::<Result<_>>()?))
            }
            Self::FitContract { cohorts } => {
                let fit = Sbg::fit(&cohorts)?;
                let node = fields! { "alpha": fit.model.alpha, "beta": fit.model.beta };
                Ok(node.and(fit_node(&fit)))
            }
            Self::Contract { model, renewals, rate } => {
                let model = Sbg::from(model);
                let survival =
                    (0..=renewals).map(|t| model.survival(t)).collect::<Result<Vec<f64>>>()?;
                let retention =
                    (1..=renewals).map(|t| model.retention(t)).collect::<Result<Vec<f64>>>()?;
                let rest = rate.map(|rate| model.residual_lifetime(renewals, rate)).transpose()?;
                Ok(fields! {
                    "survival": survival, "retention": retention, "residual_lifetime": rest,
                })
            }
        }
    }
}

fn made(customers: &[Customer]) -> Vec<lifetime::Customer> {
    customers.iter().map(|customer| (*customer).into()).collect()
}

fn rows(patterns: &[Pattern]) -> Vec<bg_bb::Pattern> {
    patterns.iter().map(|pattern| (*pattern).into()).collect()
}

/// Discounted value of each customer; one margin is that of all.
pub(crate) fn values(
    model: Model,
    customers: &[lifetime::Customer],
    margins: &[f64],
    horizon: &Horizon,
) -> Result<Vec<f64>> {
    let same = margins.len() == 1;
    if !same && margins.len() != customers.len() {
        let (left, right) = (customers.len(), margins.len());
        return Err(gyre_math::Error::Shape { left, right });
    }
    let margin = |i: usize| if same { margins[0] } else { margins[i] };
    customers
        .iter()
        .enumerate()
        .map(|(i, customer)| {
            residual_value(|time| model.expected(customer, time), margin(i), horizon)
        })
        .collect()
}
