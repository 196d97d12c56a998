//! What happens, as the Segment calls a shop would make. Message ids follow from the customer, the
//! instant and what it is, so that two runs of a seed send the same.

use crate::customer::Customer;
use crate::dice::Dice;
use crate::history::PastOrder;
use crate::path::{Moment, Order};
use crate::time::{Calendar, HISTORY_DAYS, SLOTS_PER_DAY, Time};
use serde_json::{Value, json};

/// The most events in one call.
pub(crate) const BATCH: usize = 500;

/// Makes events of one world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Events {
    pub(crate) dice: Dice,
    pub(crate) calendar: Calendar,
}

impl Events {
    fn id(self, who: &Customer, slot: i32, what: &str) -> String {
        format!("s{}-{}-{slot}-{what}", self.dice.seed, who.index)
    }

    fn track(
        self,
        who: &Customer,
        (slot, at): (i32, Time),
        what: &str,
        name: &str,
        properties: &Value,
    ) -> Value {
        json!({
            "type": "track",
            "messageId": self.id(who, slot, what),
            "userId": who.user_id(),
            "event": name,
            "timestamp": at.text(),
            "properties": properties,
        })
    }

    /// Who the customer is, and whether e-mail is allowed.
    pub(crate) fn identify(self, who: &Customer, slot: i32, at: Time, consent: bool) -> Value {
        json!({
            "type": "identify",
            "messageId": self.id(who, slot, "identify"),
            "userId": who.user_id(),
            "timestamp": at.text(),
            "traits": {
                "email": who.email(),
                "first_name": who.first_name(self.dice),
                "email_consent": consent,
            },
        })
    }

    /// A visit of the home page.
    pub(crate) fn page(self, who: &Customer, now: Moment) -> Value {
        json!({
            "type": "page",
            "messageId": self.id(who, now.slot, "page"),
            "userId": who.user_id(),
            "name": "Home",
            "timestamp": now.at.text(),
            "properties": {"path": "/"},
        })
    }

    /// Shipping costs were looked at.
    pub(crate) fn shipping(self, who: &Customer, slot: i32, at: Time) -> Value {
        self.track(who, (slot, at), "shipping", "Shipping Info Viewed", &json!({}))
    }

    /// A response to what was sent or shown: `Message Shown`, `Message Opened`, `Message Clicked`.
    pub(crate) fn response(
        self,
        who: &Customer,
        now: Moment,
        (what, name): (&str, &str),
        token: &str,
    ) -> Value {
        self.track(who, (now.slot, now.at), what, name, &json!({"gyre_token": token}))
    }

    /// An order, after the coupon if a discount was redeemed.
    pub(crate) fn order(self, who: &Customer, now: Moment, order: &Order, out: &mut Vec<Value>) {
        let at = (now.slot, now.at);
        let discounted = order.redeemed == Some(crate::customer::Variant::Discount);
        self.purchase(who, at, (order.revenue, order.margin, order.cost, discounted), out);
    }

    fn purchase(
        self,
        who: &Customer,
        at: (i32, Time),
        (revenue, margin, cost, coupon): (i64, i64, i64, bool),
        out: &mut Vec<Value>,
    ) {
        let order_id = format!("order-{}-{}", who.index, at.0);
        if coupon {
            let properties = json!({"order_id": order_id, "discount": euros(cost)});
            out.push(self.track(who, at, "coupon", "Coupon Applied", &properties));
        }
        let properties = json!({
            "order_id": order_id,
            "revenue": euros(revenue),
            "margin": euros(margin),
            "discount": euros(cost),
        });
        out.push(self.track(who, at, "order", "Order Completed", &properties));
    }

    /// All that happened before the start, in calls of at most [`BATCH`] events.
    ///
    /// Who people are comes first and orders come last, a customer's newest first and all in one call:
    /// so nobody looks as if they had not ordered for weeks while their later orders are on the way.
    pub(crate) fn history(
        self,
        customers: &[Customer],
        past: &[Vec<PastOrder>],
    ) -> Vec<Vec<Value>> {
        let joined = -HISTORY_DAYS * SLOTS_PER_DAY;
        let mut groups = Vec::new();
        for who in customers {
            groups.push(vec![self.identify(who, joined, self.calendar.time(joined), who.consent)]);
        }
        let mut orders_last = Vec::new();
        for (who, orders) in customers.iter().zip(past) {
            let viewed = orders.iter().filter(|order| order.viewed_shipping);
            let shipping =
                |one: &PastOrder| self.shipping(who, one.slot, self.calendar.time(one.slot));
            groups.push(viewed.map(shipping).collect());
            let mut purchases = Vec::new();
            for order in orders.iter().rev() {
                let at = (order.slot, self.calendar.time(order.slot));
                let sums = (order.revenue, order.margin, order.cost, order.coupon);
                self.purchase(who, at, sums, &mut purchases);
            }
            let (coupons, orders): (Vec<_>, Vec<_>) =
                purchases.into_iter().partition(|event| event["event"] == "Coupon Applied");
            groups.push(coupons);
            orders_last.push(orders);
        }
        groups.extend(orders_last);
        pack(groups)
    }
}

/// Fills calls with whole groups; only a group too large for one call is split.
fn pack(groups: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let mut calls: Vec<Vec<Value>> = Vec::new();
    for group in groups {
        for part in group.chunks(BATCH) {
            match calls.last_mut() {
                Some(call) if call.len() + part.len() <= BATCH => call.extend_from_slice(part),
                _ => calls.push(part.to_vec()),
            }
        }
    }
    calls
}

/// A batch as the SDKs send it. `sentAt` is the server's own time: the simulated clients' clocks agree.
pub(crate) fn batch(events: &[Value], sent: Time) -> Value {
    json!({"batch": events, "sentAt": sent.text()})
}

fn euros(cents: i64) -> f64 {
    cents as f64 / 100.0
}
