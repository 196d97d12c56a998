//! Histories of customers from a log of purchases.

use super::Customer;
use crate::error::{Result, at_least, finite, positive};

/// One purchase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchase {
    /// Number of the customer.
    pub customer: u64,
    /// Day, counted from any day.
    pub day: i64,
    /// Amount of money.
    pub amount: f64,
}

/// What one customer did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Number of the customer.
    pub customer: u64,
    /// Repeat purchases, last and age, in the unit of time asked for.
    pub history: Customer,
    /// Mean spend of the repeat purchases; none without any.
    pub mean: Option<f64>,
}

/// Histories until the day `until`, in order of the customers; purchases of one day are one, with
/// their amounts added up, and later ones are left out (as `summary_data_from_transaction_data` of
/// the package lifetimes has it). `unit` is in days: 7 for weeks.
///
/// Whoever first bought after `until` has no history. Errors if nobody bought by then, `unit` is not
/// above zero, or an amount is not finite.
pub fn histories(purchases: &[Purchase], until: i64, unit: f64) -> Result<Vec<History>> {
    let unit = positive("unit", unit)?;
    for purchase in purchases {
        finite("amount", purchase.amount)?;
    }
    let mut seen: Vec<Purchase> = purchases.iter().filter(|p| p.day <= until).copied().collect();
    at_least("purchases", seen.len(), 1)?;
    seen.sort_by_key(|p| (p.customer, p.day));
    let mut found = Vec::new();
    for all in seen.chunk_by(|a, b| a.customer == b.customer) {
        let (first, mut last) = (all[0].day, all[0].day);
        let (mut days, mut spent) = (0_u32, 0.0);
        for day in all.chunk_by(|a, b| a.day == b.day).skip(1) {
            days += 1;
            last = day[0].day;
            spent += day.iter().map(|p| p.amount).sum::<f64>();
        }
        // As differences of i128, so that no days are too far apart.
        let since = |day: i64| (i128::from(day) - i128::from(first)) as f64 / unit;
        let history = Customer { purchases: days, last: since(last), age: since(until) };
        let mean = (days > 0).then(|| spent / f64::from(days));
        found.push(History { customer: all[0].customer, history, mean });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_purchase_and_the_future_none() {
        let bought = |customer, day, amount| Purchase { customer, day, amount };
        let log = [
            bought(7, 10, 5.0),
            bought(2, 3, 1.0),
            bought(2, 17, 4.0),
            bought(2, 17, 6.0),
            bought(2, 24, 20.0),
            bought(2, 99, 1.0),
            bought(9, 99, 1.0),
        ];
        let found = histories(&log, 31, 7.0).unwrap();
        let history = |purchases, last, age| Customer { purchases, last, age };
        assert_eq!(
            found,
            [
                History { customer: 2, history: history(2, 3.0, 4.0), mean: Some(15.0) },
                History { customer: 7, history: history(0, 0.0, 3.0), mean: None },
            ]
        );
        assert!(histories(&log, 1, 7.0).is_err());
        assert!(histories(&log, 31, 0.0).is_err());
        assert!(histories(&[bought(1, 1, f64::NAN)], 31, 1.0).is_err());
        let far = histories(&[bought(1, i64::MIN, 1.0)], i64::MAX, 1.0).unwrap();
        assert!(far[0].history.age > 1.8e19);
    }
}
