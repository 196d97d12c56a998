//! CDNOW: the log of a CD shop, calibrated to 1997-09-30 and forecast for 39 weeks.

use super::{near, shared};
use gyre_math::lifetime::bg_nbd::{BgNbd, Leaving};
use gyre_math::lifetime::gamma_gamma::{GammaGamma, Spender};
use gyre_math::lifetime::pareto_nbd::ParetoNbd;
use gyre_math::lifetime::value::{Horizon, residual_value};
use gyre_math::lifetime::{Convergence, Customer};
use std::collections::BTreeMap;

struct Shop {
    customers: Vec<Customer>,
    /// Those with repeat purchases, with the mean spend of these.
    spenders: Vec<Option<Spender>>,
    holdout: Vec<f64>,
}

/// Days since 1997-01-01.
fn day(date: &str) -> i32 {
    const BEFORE: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let part = |from: usize, to: usize| date[from..to].parse::<i32>().unwrap();
    (part(0, 4) - 1997) * 365 + BEFORE[part(4, 6) as usize - 1] + part(6, 8) - 1
}

fn shop() -> Option<Shop> {
    let text = shared("cdnow_sample.txt")?;
    let mut days: BTreeMap<u32, BTreeMap<i32, f64>> = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let [_, customer, date, _, dollars] = cells[..] else { continue };
        let spent = days.entry(customer.parse().unwrap()).or_default();
        *spent.entry(day(date)).or_insert(0.0) += dollars.parse::<f64>().unwrap();
    }
    let end = day("19970930");
    let mut shop = Shop { customers: vec![], spenders: vec![], holdout: vec![] };
    for spent in days.values() {
        let first = *spent.keys().next().unwrap();
        let repeats: Vec<(i32, f64)> =
            spent.iter().skip(1).filter(|(d, _)| **d <= end).map(|(d, s)| (*d, *s)).collect();
        let last = repeats.last().map_or(first, |(d, _)| *d);
        let weeks = |days: i32| f64::from(days) / 7.0;
        let purchases = repeats.len() as u32;
        shop.customers.push(Customer {
            purchases,
            last: weeks(last - first),
            age: weeks(end - first),
        });
        let mean = repeats.iter().map(|(_, s)| s).sum::<f64>() / f64::from(purchases.max(1));
        shop.spenders.push((mean > 0.0).then_some(Spender { purchases, mean }));
        shop.holdout.push(spent.keys().filter(|d| **d > end).count() as f64);
    }
    Some(shop)
}

#[test]
fn the_shop_gives_the_published_parameters() {
    let Some(shop) = shop() else { return };
    assert_eq!(shop.customers.len(), 2357);
    let fit = BgNbd::fit(&shop.customers, Leaving::AfterRepeat).unwrap();
    assert_eq!(fit.convergence, Convergence::Reached);
    // scipy's Nelder–Mead on the same log. The published values (.243, 4.414, .793, 2.426; −9582.4)
    // are from times rounded to two digits.
    for (got, want) in [
        (fit.model.r, 0.24259452),
        (fit.model.alpha, 4.41360213),
        (fit.model.a, 0.79292192),
        (fit.model.b, 2.42590653),
    ] {
        near(got, want, 2e-6);
    }
    near(fit.log_likelihood, -9582.429206673929, 1e-6);
    let known = Customer { purchases: 2, last: 30.43, age: 38.86 };
    near(fit.model.expected_purchases(&known, 39.0).unwrap(), 1.2259, 1e-4);
    near(fit.model.alive(&known).unwrap(), 0.72661, 1e-5);
    let times = [0.1429, 1.0, 3.0, 31.8571, 32.0, 78.0];
    for (time, want) in times.into_iter().zip([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8580]) {
        near(fit.model.expected_from_new(time).unwrap(), want, 6e-5);
    }
    let forecast: Vec<f64> =
        shop.customers.iter().map(|c| fit.model.expected_purchases(c, 39.0).unwrap()).collect();
    near(forecast.iter().sum(), 1653.4, 0.1);
    near(shop.holdout.iter().sum(), 1882.0, 0.0);
    let error: f64 = forecast.iter().zip(&shop.holdout).map(|(f, h)| (f - h).abs()).sum();
    near(error / 2357.0, 0.7855, 1e-4);
}

#[test]
fn other_models_of_the_shop() {
    let Some(shop) = shop() else { return };
    let fit = BgNbd::fit(&shop.customers, Leaving::AfterAny).unwrap();
    assert_eq!(fit.convergence, Convergence::Reached);
    for (got, want) in
        [(fit.model.r, 0.525), (fit.model.alpha, 6.183), (fit.model.a, 0.891), (fit.model.b, 1.614)]
    {
        near(got, want, 1e-3);
    }
    let fit = ParetoNbd::fit(&shop.customers).unwrap();
    assert_eq!(fit.convergence, Convergence::Reached);
    for (got, want) in [
        (fit.model.r, 0.553),
        (fit.model.alpha, 10.578),
        (fit.model.s, 0.606),
        (fit.model.beta, 11.669),
    ] {
        near(got, want, 2e-3);
    }
    let known = Customer { purchases: 2, last: 30.43, age: 38.86 };
    near(fit.model.expected_purchases(&known, 39.0).unwrap(), 1.4551, 1e-3);
    near(fit.model.alive(&known).unwrap(), 0.86912, 1e-4);
    let forecast: f64 =
        shop.customers.iter().map(|c| fit.model.expected_purchases(c, 39.0).unwrap()).sum();
    near(forecast, 1665.4, 0.3);
}

#[test]
fn spend_and_value_of_the_shop() {
    let Some(shop) = shop() else { return };
    let spenders: Vec<Spender> = shop.spenders.iter().copied().flatten().collect();
    assert_eq!(spenders.len(), 946);
    let spend = GammaGamma::fit(&spenders).unwrap();
    assert_eq!(spend.convergence, Convergence::Reached);
    // scipy's Nelder–Mead on the same log; the published ones (6.25, 3.74, 15.44) are rounded.
    for (got, want) in
        [(spend.model.p, 6.24957215), (spend.model.q, 3.7442246), (spend.model.v, 15.44352069)]
    {
        near(got, want, 2e-5);
    }
    near(spend.log_likelihood, -4055.917694802, 1e-6);
    near(spend.model.population_mean().unwrap(), 35.1703708, 1e-5);
    let expected: Vec<f64> =
        shop.spenders.iter().map(|s| spend.model.expected_spend(*s).unwrap()).collect();
    for (got, want) in
        expected.iter().zip([24.65391861, 18.91001829, 35.17037084, 35.17037084, 35.17037084])
    {
        near(*got, want, 1e-5);
    }
    near(expected.iter().sum::<f64>() / 2357.0, 35.25227288, 1e-5);
    let model = BgNbd::fit(&shop.customers, Leaving::AfterRepeat).unwrap().model;
    let year = Horizon { periods: 12, length: 4.345, rate: 0.01 };
    let values: Vec<f64> = shop
        .customers
        .iter()
        .zip(&expected)
        .map(|(c, spend)| {
            residual_value(|time| model.expected_purchases(c, time), *spend, &year).unwrap()
        })
        .collect();
    for (got, want) in values.iter().zip([36.278, 4.637, 8.344, 8.344, 8.344]) {
        near(*got, want, 2e-2);
    }
    near(values.iter().sum(), 71_509.9, 30.0);
}
