//! `gyre math clv FILE`: a log of purchases, or one row per customer.

use super::dates::day;
use super::{file, given};
use crate::answer::{Node, fields};
use crate::command::{Common, requested};
use crate::failure::Failure;
use crate::request::clv::{Kind, Model, Request, fit_node, values};
use crate::rows;
use gyre_math::experiment::joint::Joint;
use gyre_math::lifetime::Customer;
use gyre_math::lifetime::gamma_gamma::{GammaGamma, Spender};
use gyre_math::lifetime::history::{Purchase, histories};
use gyre_math::lifetime::value::Horizon;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Arguments of `clv`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// A log with one row per purchase (--customer, --date), or one row per customer (--purchases,
    /// --last, --age): CSV with a header, or Parquet. `-` is CSV from standard input.
    #[arg(conflicts_with = "input")]
    file: Option<PathBuf>,
    /// Column with the customer.
    #[arg(long, value_name = "COLUMN")]
    customer: Option<String>,
    /// Column with the date of the purchase.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["purchases", "last", "age"])]
    date: Option<String>,
    /// Column with the amount of a purchase; of customers, with their mean spend per repeat purchase.
    #[arg(long, value_name = "COLUMN")]
    amount: Option<String>,
    /// Last day of the log; its latest purchase if it is not given.
    #[arg(long, value_name = "DATE", requires = "date")]
    until: Option<String>,
    /// Days in the unit of time: 7 makes weeks.
    #[arg(long, value_name = "DAYS", default_value_t = 7.0)]
    unit: f64,
    /// Column with repeat purchases.
    #[arg(long, value_name = "COLUMN")]
    purchases: Option<String>,
    /// Column with the time from the first purchase to the last.
    #[arg(long, value_name = "COLUMN")]
    last: Option<String>,
    /// Column with the time from the first purchase until now.
    #[arg(long, value_name = "COLUMN")]
    age: Option<String>,
    /// The model.
    #[arg(long, value_enum, default_value = "bg_nbd")]
    model: Kind,
    /// How far ahead purchases are expected, in the unit of time.
    #[arg(long, default_value_t = 52.0)]
    ahead: f64,
    /// Periods of the discounted value.
    #[arg(long, default_value_t = 12)]
    periods: u32,
    /// Length of a period, in the unit of time: 4.345 is a month of weeks.
    #[arg(long, default_value_t = 4.345)]
    length: f64,
    /// Discount per period.
    #[arg(long, default_value_t = 0.01)]
    rate: f64,
    /// How many customers are listed, those of the highest value first; 0 lists all.
    #[arg(long, default_value_t = 10)]
    limit: usize,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Customers as they were read.
#[derive(Debug, Default)]
struct Base {
    names: Vec<String>,
    customers: Vec<Customer>,
    /// Mean spend, where amounts are known.
    means: Vec<Option<f64>>,
}

impl Args {
    pub(crate) fn answer(&self, input: &mut dyn Read) -> Result<Node, Failure> {
        if let Some(path) = &self.common.input {
            return requested::<Request>(path, "clv", input);
        }
        let path = file(self.file.as_ref())?;
        let read = if self.date.is_some() || self.purchases.is_none() {
            self.log(path, input)?
        } else {
            self.summary(path, input)?
        };
        self.readout(&read)
    }

    fn log(&self, path: &Path, input: &mut dyn Read) -> Result<Base, Failure> {
        let mut columns = vec![
            given(self.customer.as_ref(), "customer")?.clone(),
            given(self.date.as_ref(), "date")?.clone(),
        ];
        columns.extend(self.amount.iter().cloned());
        let mut numbers: HashMap<String, u64> = HashMap::new();
        let (mut names, mut log, mut latest) = (Vec::new(), Vec::new(), i64::MIN);
        rows::read(path, &columns, input, &mut |row| {
            let name = row.named(0)?;
            let next = numbers.len() as u64;
            let customer = *numbers.entry(name.to_string()).or_insert(next);
            if customer == next {
                names.push(name.into_owned());
            }
            let date = row.named(1)?;
            let day = day(&date).ok_or_else(|| {
                row.wrong(1, format!("`{date}` is no date")).hint("write dates as 2026-01-31")
            })?;
            let amount = if self.amount.is_some() { row.number(2)? } else { 0.0 };
            latest = latest.max(day);
            log.push(Purchase { customer, day, amount });
            Ok(())
        })?;
        let until = match &self.until {
            None => latest,
            Some(text) => day(text).ok_or_else(|| {
                Failure::new(format!("--until {text} is no date")).hint("write 2026-01-31")
            })?,
        };
        let mut read = Base::default();
        for one in histories(&log, until, self.unit)? {
            read.names.push(names.get(one.customer as usize).cloned().unwrap_or_default());
            read.customers.push(one.history);
            read.means.push(one.mean.filter(|_| self.amount.is_some()));
        }
        Ok(read)
    }

    fn summary(&self, path: &Path, input: &mut dyn Read) -> Result<Base, Failure> {
        let mut columns = vec![
            given(self.purchases.as_ref(), "purchases")?.clone(),
            given(self.last.as_ref(), "last")?.clone(),
            given(self.age.as_ref(), "age")?.clone(),
        ];
        columns.extend(self.amount.iter().chain(&self.customer).cloned());
        let mut read = Base::default();
        rows::read(path, &columns, input, &mut |row| {
            let count = row.number(0)?;
            if count < 0.0 || count.fract() != 0.0 || count > f64::from(u32::MAX) {
                return Err(row.wrong(0, format!("{count} is no number of purchases")));
            }
            let (last, age) = (row.number(1)?, row.number(2)?);
            if !(0.0..=age).contains(&last) || (count < 1.0 && last > 0.0) {
                let wrong =
                    row.wrong(1, format!("{last} cannot be, with {count} purchases at age {age}"));
                return Err(wrong.hint("it is from 0 to the age, and 0 without repeat purchases"));
            }
            read.customers.push(Customer { purchases: count as u32, last, age });
            let amount = if self.amount.is_some() { row.maybe(3)? } else { None };
            // Summaries write 0 for those without repeat purchases.
            read.means.push(amount.filter(|_| count > 0.0));
            let named = 3 + usize::from(self.amount.is_some());
            let name = if self.customer.is_some() {
                row.named(named)?.into_owned()
            } else {
                read.customers.len().to_string()
            };
            read.names.push(name);
            Ok(())
        })?;
        Ok(read)
    }

    fn readout(&self, read: &Base) -> Result<Node, Failure> {
        let Base { names, customers, means } = read;
        let (model, fit) = Model::fit(self.model, customers)?;
        let fit = fields! { "model": self.kind() }.and(model.node()).and(fit);
        let spend = self.spend(customers, means)?;
        let horizon = Horizon { periods: self.periods, length: self.length, rate: self.rate };
        let mut rows = Vec::with_capacity(names.len());
        let (mut expected, mut naive) = (0.0, 0.0);
        let prices = spend.as_ref().map_or(&[1.0][..], |(_, each)| &each[..]);
        let worth = values(model, customers, prices, &horizon)?;
        for (i, (name, customer)) in names.iter().zip(customers).enumerate() {
            let (alive, ahead) = (model.alive(customer)?, model.expected(customer, self.ahead)?);
            expected += ahead;
            if customer.age > 0.0 {
                naive += f64::from(customer.purchases) / customer.age * self.ahead;
            }
            let row = fields! {
                "customer": name.as_str(), "purchases": customer.purchases, "last": customer.last,
                "age": customer.age, "alive": alive, "expected": ahead,
            };
            let money = spend.as_ref().map(|(_, each)| {
                fields! { "spend": each.get(i).copied(), "value": worth[i] }
            });
            rows.push((worth[i], money.into_iter().fold(row, Node::and)));
        }
        let total = spend.is_some().then(|| worth.iter().sum::<f64>());
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        if self.limit > 0 {
            rows.truncate(self.limit);
        }
        let listed = Node::List(rows.into_iter().map(|(_, row)| row).collect());
        let base = fields! { "customers": names.len(), "fit": fit };
        let base =
            spend.map(|(node, _)| fields! { "spend": node }).into_iter().fold(base, Node::and);
        Ok(base.and(fields! {
            "ahead": self.ahead, "expected_purchases": expected, "expected_if_nobody_leaves": naive,
            "total_value": total, "listed": listed,
        }))
    }

    fn kind(&self) -> &'static str {
        match self.model {
            Kind::BgNbd => "bg_nbd",
            Kind::MbgNbd => "mbg_nbd",
            Kind::ParetoNbd => "pareto_nbd",
        }
    }

    /// The Gamma–Gamma model, and what each customer is expected to spend per purchase.
    fn spend(
        &self,
        customers: &[Customer],
        means: &[Option<f64>],
    ) -> Result<Option<(Node, Vec<f64>)>, Failure> {
        if self.amount.is_none() {
            return Ok(None);
        }
        let each: Vec<Option<Spender>> = customers
            .iter()
            .zip(means)
            .map(|(customer, mean)| {
                // Purchases that cost nothing say nothing about spend.
                let mean = mean.filter(|mean| *mean > 0.0)?;
                Some(Spender { purchases: customer.purchases, mean })
            })
            .collect();
        let spenders: Vec<Spender> = each.iter().flatten().copied().collect();
        let failed = |error| Failure::from(error).at("the model of spend");
        let fit = GammaGamma::fit(&spenders).map_err(failed)?;
        let expected = each.iter().map(|one| fit.model.expected_spend(*one));
        let expected: Vec<f64> = expected.collect::<gyre_math::Result<_>>().map_err(failed)?;
        let GammaGamma { p, q, v } = fit.model;
        let node = fields! {
            "p": p, "q": q, "v": v, "population_mean": fit.model.population_mean()?,
            "correlation_with_purchases": correlation(&spenders),
        };
        Ok(Some((node.and(fit_node(&fit)), expected)))
    }
}

/// Correlation of spend and purchases, which the model takes to be none.
fn correlation(spenders: &[Spender]) -> Option<f64> {
    let sums = spenders.iter().fold(Joint::<2>::default(), |sums, one| {
        sums.merge(Joint::of([f64::from(one.purchases), one.mean]))
    });
    let (_, covariance) = sums.moments().ok()?;
    let scale = (covariance[0][0] * covariance[1][1]).sqrt();
    (scale > 0.0).then(|| covariance[0][1] / scale)
}
