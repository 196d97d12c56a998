//! What a customer is still worth.

use crate::error::{Error, Result, finite, not_negative};

/// How far ahead, and at what rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Horizon {
    /// Number of periods.
    pub periods: u32,
    /// Length of one, in the model's unit of time: 4.345 for months of weekly data.
    pub length: f64,
    /// Discount per period, zero or above: 0.01 is 1 %.
    pub rate: f64,
}

/// Discounted residual value: Σ_k margin · (E(k·length) − E((k − 1)·length))/(1 + rate)ᵏ over the
/// periods, E the expected purchases up to a time and `margin` per purchase (Fader, Hardie & Lee
/// 2005, "RFM and CLV", with discounting at the end of each period as in the package lifetimes).
///
/// Errors if the horizon is out of range, or as `expected` does.
pub fn residual_value(
    expected: impl Fn(f64) -> Result<f64>,
    margin: f64,
    horizon: &Horizon,
) -> Result<f64> {
    let margin = finite("margin", margin)?;
    let rate = not_negative("discount rate", horizon.rate)?;
    if !(horizon.length > 0.0 && horizon.length.is_finite()) {
        let value = horizon.length;
        return Err(Error::OutOfRange { what: "period length", value, domain: "above 0" });
    }
    let (mut value, mut before, mut discount) = (0.0, 0.0, 1.0);
    for period in 1..=horizon.periods {
        let now = expected(f64::from(period) * horizon.length)?;
        discount /= 1.0 + rate;
        value += margin * (now - before) * discount;
        before = now;
    }
    finite("value", value)
}
