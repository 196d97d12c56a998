//! The 120 days before the start: what each customer bought then, and the state they are in at the
//! start.

use crate::customer::Customer;
use crate::dice::{Dice, Purpose};
use crate::path::Path;
use crate::time::{Calendar, HISTORY_DAYS, SLOTS_PER_DAY, Time};

/// How much livelier the season before the start was.
const SEASON: f64 = 2.5;

/// An order of the past. It is outside every window that is measured, so its dice need not be those of
/// the simulated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PastOrder {
    pub(crate) slot: i32,
    pub(crate) revenue: i64,
    pub(crate) margin: i64,
    pub(crate) cost: i64,
    pub(crate) coupon: bool,
    pub(crate) viewed_shipping: bool,
}

/// A customer's past orders, oldest first; at least one, else it would not be a customer.
pub(crate) fn orders(who: &Customer, dice: Dice) -> Vec<PastOrder> {
    let first = -HISTORY_DAYS * SLOTS_PER_DAY;
    let mut last = first;
    let mut slots = Vec::new();
    for slot in first..0 {
        let days = f64::from(slot - last) / f64::from(SLOTS_PER_DAY);
        let need = 1.0 - 0.7 * (-days / 7.0).exp();
        let hazard = SEASON * who.base / f64::from(SLOTS_PER_DAY) * need;
        if dice.falls(who.index, slot, Purpose::Order, 1.0 - (-hazard).exp()) {
            slots.push(slot);
            last = slot;
        }
    }
    if slots.is_empty() {
        let back = dice.uniform(who.index, i32::MIN, Purpose::Recency) * f64::from(-first);
        slots.push(-1 - back as i32);
    }
    slots.into_iter().map(|slot| order(who, dice, slot)).collect()
}

fn order(who: &Customer, dice: Dice, slot: i32) -> PastOrder {
    let size = dice.spread(who.index, slot, Purpose::OrderSize, 0.3);
    let revenue = (100.0 * who.basket * size).round();
    let coupon = dice.falls(who.index, slot, Purpose::HistoryCoupon, who.past_coupons);
    PastOrder {
        slot,
        revenue: revenue as i64,
        margin: (who.margin * revenue).round() as i64,
        cost: if coupon { (0.15 * revenue).round() as i64 } else { 0 },
        coupon,
        viewed_shipping: dice.falls(who.index, slot, Purpose::HistoryShipping, who.past_shipping),
    }
}

/// The state a customer is in at the start.
pub(crate) fn at_start(who: &Customer, calendar: Calendar, past: &[PastOrder]) -> Path {
    Path {
        last_order: past.last().map_or(Time(0), |order| calendar.time(order.slot)),
        orders: past.len() as u32,
        coupons: past.iter().filter(|order| order.coupon).count() as u32,
        shipping_views: past.iter().filter(|order| order.viewed_shipping).count() as u32,
        consent: who.consent,
        considered: false,
        fatigue: 0.3,
        // The blanket discount had been running before: some have learnt to wait for it.
        waiting: 0.4 * who.learns_to_wait,
        pull: 0.0,
        offer: None,
        contacts: Vec::new(),
        bought: Vec::new(),
    }
}
