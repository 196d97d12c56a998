//! What treating the top brings in money.

use super::{Groups, Scored};
use crate::error::{Result, finite};

/// Prices in one currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// Worth of one unit of outcome.
    pub benefit: f64,
    /// Cost of contacting one person.
    pub contact: f64,
    /// Cost of the incentive, paid per unit of outcome of the treated.
    pub incentive: f64,
    /// Cost of the campaign, whoever gets it.
    pub fixed: f64,
}

/// Profit by how many are treated.
#[derive(Debug, Clone, PartialEq)]
pub struct Profit {
    /// Profit from treating the first k people, k = 0…n; none are 0.
    pub curve: Vec<f64>,
    /// The k of the highest profit, the smallest if several are as good.
    pub best: usize,
}

/// Profit k·(uplift·benefit − rate_t·incentive − contact) − fixed from treating the first k of the
/// people here, uplift and rate_t measured among those k (`sklift`'s maximum profit uplift before it is
/// divided by everybody, for any outcome). Where a group is still empty, uplift and rate count as 0.
///
/// Errors if the people are impossible or a price is not finite.
pub fn profit_curve(people: &Scored<'_>, prices: &Prices) -> Result<Profit> {
    people.check()?;
    let Prices { benefit, contact, incentive, fixed } = *prices;
    for price in [benefit, contact, incentive, fixed] {
        finite("price", price)?;
    }
    let mut groups = Groups::default();
    let mut curve = vec![0.0];
    for i in people.order() {
        groups.add(people.outcomes[i], people.treated[i]);
        let (uplift, rate) = groups
            .uplift()
            .map_or((0.0, 0.0), |uplift| (uplift, groups.treated_sum / groups.treated));
        let each = uplift * benefit - rate * incentive - contact;
        curve.push(finite("profit", groups.all() * each - fixed)?);
    }
    let mut best = 0;
    for (k, value) in curve.iter().enumerate() {
        if *value > curve[best] {
            best = k;
        }
    }
    Ok(Profit { curve, best })
}
