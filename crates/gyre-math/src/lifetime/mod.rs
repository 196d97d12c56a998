//! Lifetime value: how often and how long customers come back, and what they spend.
//!
//! Customers without contract: [`bg_nbd`] (BG/NBD and MBG/NBD) or [`pareto_nbd`], in periods
//! [`bg_bb`]; with contract [`sbg`]; spend per purchase [`gamma_gamma`]; all together [`value`]. [`history`] makes
//! customers of a log of purchases. Compare
//! with a naive forecast before believing any of them.
//!
//! Fits maximise the likelihood over the logarithms of the parameters, with analytic gradients and
//! time scaled to the mean age. They end by themselves and say how; see [`Convergence`].

pub mod bg_bb;
pub mod bg_nbd;
pub mod gamma_gamma;
pub mod history;
mod optimise;
pub mod pareto_nbd;
pub mod sbg;
pub mod value;

pub use optimise::{Convergence, Fit};

use crate::error::{Error, Result, at_least, not_negative};

/// What a customer did until now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Customer {
    /// Repeat purchases x: the first does not count.
    pub purchases: u32,
    /// Time t_x from the first purchase to the last; 0 without repeat purchases.
    pub last: f64,
    /// Time T from the first purchase until now, in the same unit.
    pub age: f64,
}

impl Customer {
    fn check(&self) -> Result<()> {
        not_negative("age", self.age)?;
        let last = not_negative("last purchase", self.last)?;
        if last > self.age {
            return Err(Error::OutOfRange {
                what: "last purchase",
                value: last,
                domain: "up to age",
            });
        }
        if self.purchases == 0 && last > 0.0 {
            let domain = "0 without repeat purchases";
            return Err(Error::OutOfRange { what: "last purchase", value: last, domain });
        }
        Ok(())
    }
}

/// Distinct customers with their number, in order of purchases, and the mean age.
fn grouped(customers: &[Customer]) -> Result<(Vec<(Customer, f64)>, f64)> {
    at_least("customers", customers.len(), 1)?;
    for customer in customers {
        customer.check()?;
    }
    let mut all = customers.to_vec();
    all.sort_by(|a, b| {
        let order = a.purchases.cmp(&b.purchases);
        order.then(a.last.total_cmp(&b.last)).then(a.age.total_cmp(&b.age))
    });
    let mut groups: Vec<(Customer, f64)> = Vec::new();
    for customer in all {
        match groups.last_mut() {
            Some((same, count)) if *same == customer => *count += 1.0,
            _ => groups.push((customer, 1.0)),
        }
    }
    let mean = customers.iter().map(|c| c.age).sum::<f64>() / customers.len() as f64;
    if mean <= 0.0 {
        return Err(Error::OutOfRange { what: "mean age", value: mean, domain: "above 0" });
    }
    Ok((groups, mean))
}

/// ln(eᵃ + eᵇ).
fn log_sum(a: f64, b: f64) -> f64 {
    let most = a.max(b);
    if most == f64::NEG_INFINITY { most } else { most + (-(a - b).abs()).exp().ln_1p() }
}

/// ln B(a, b).
fn ln_beta(a: f64, b: f64) -> f64 {
    use statrs::function::gamma::ln_gamma;
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

#[cfg(test)]
mod tests;
