//! One life of a customer: how contacts, visits and orders follow from one another.
//!
//! A customer has two: the real one, in which the server decides, and the shadow, in which the control
//! policy does. Both run through the functions here with the same dice.

use crate::customer::{Customer, Variant};
use crate::dice::{Dice, Purpose};
use crate::time::{Calendar, DAY, SLOTS_PER_DAY, Time};

/// After how long without an order a customer is due.
const DUE_AFTER: i64 = 21 * DAY;
/// How long an offer can be redeemed once seen.
const OFFER_LASTS: i64 = 14 * DAY;
/// Share of what is left of a pull that is spent at each instant (about five days' memory).
const PULL_SPENT: f64 = 0.10;
/// Pulls add up only so far.
const PULL_FULL: f64 = 0.80;
/// What remains of fatigue after an instant (half is gone in a week).
const FATIGUE_KEPT: f64 = 0.951_7;
/// Fatigue per e-mail.
const FATIGUE_MAIL: f64 = 1.0;
/// Fatigue per thing shown in the app.
const FATIGUE_APP: f64 = 0.5;
/// What remains of the habit of waiting for discounts after an instant (half is gone in 60 days).
const WAITING_KEPT: f64 = 0.994_24;

/// Where a contact took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Email,
    InApp,
}

/// Something sent or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) slot: i32,
    pub(crate) at: Time,
    pub(crate) channel: Channel,
    pub(crate) variant: Variant,
}

/// An order, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) slot: i32,
    pub(crate) revenue: i64,
    /// Before the offer's cost.
    pub(crate) margin: i64,
    /// What the offer cost.
    pub(crate) cost: i64,
    /// The offer that was redeemed.
    pub(crate) redeemed: Option<Variant>,
}

/// What a customer did with an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) opened: bool,
    pub(crate) clicked: bool,
    pub(crate) unsubscribed: bool,
}

/// The instant something happens at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) slot: i32,
    pub(crate) at: Time,
}

impl Moment {
    /// The moment of an instant.
    pub(crate) fn of(calendar: Calendar, slot: i32) -> Self {
        Self { slot, at: calendar.time(slot) }
    }
}

/// One life of a customer so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    pub(crate) last_order: Time,
    pub(crate) orders: u32,
    pub(crate) coupons: u32,
    pub(crate) shipping_views: u32,
    pub(crate) consent: bool,
    /// Whether the e-mail of the present time in `due` was dealt with (control policy only).
    pub(crate) considered: bool,
    pub(crate) fatigue: f64,
    pub(crate) waiting: f64,
    /// Extra orders still to come from what was noticed.
    pub(crate) pull: f64,
    pub(crate) offer: Option<(Variant, Time)>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) bought: Vec<Order>,
}

impl Path {
    /// When the customer becomes due: the first microsecond after 21 days.
    pub(crate) fn due_from(&self) -> Time {
        self.last_order.plus(DUE_AFTER + 1)
    }
    /// Whether the customer is due.
    pub(crate) fn is_due(&self, now: Time) -> bool {
        self.due_from() <= now
    }
    /// Contacts within the 14 days before `now`.
    pub(crate) fn recent_contacts(&self, now: Time) -> usize {
        self.contacts.iter().rev().take_while(|contact| contact.at > now.plus(-14 * DAY)).count()
    }
    /// Whether the customer has ordered in `from <= time < to`.
    pub(crate) fn orders_between(
        &self,
        calendar: Calendar,
        from: Time,
        to: Time,
    ) -> impl Iterator<Item = &Order> {
        self.bought.iter().filter(move |order| {
            let at = calendar.time(order.slot);
            from <= at && at < to
        })
    }

    /// Lets time pass up to the next instant.
    pub(crate) fn begin(&mut self) {
        self.fatigue *= FATIGUE_KEPT;
        self.waiting *= WAITING_KEPT;
    }

    /// An e-mail has come.
    pub(crate) fn mail(
        &mut self,
        who: &Customer,
        dice: Dice,
        now: Moment,
        sent: Time,
        variant: Variant,
    ) -> Reading {
        self.contacts.push(Contact { slot: now.slot, at: sent, channel: Channel::Email, variant });
        let receptive = (-0.12 * self.fatigue).exp();
        let falls = |purpose, chance| dice.falls(who.index, now.slot, purpose, chance);
        let opened = falls(Purpose::Open, who.opens * receptive);
        let clicked = opened && falls(Purpose::Click, 0.15 + 0.6 * who.pull[variant as usize]);
        let unsubscribed =
            opened && self.consent && falls(Purpose::Unsubscribe, 0.001 + 0.003 * self.fatigue);
        self.consent &= !unsubscribed;
        self.fatigue += FATIGUE_MAIL;
        if opened {
            self.notice(who, now, variant, 1.0);
        }
        Reading { opened, clicked, unsubscribed }
    }

    /// Something is shown in the app. Whether it was clicked.
    pub(crate) fn show(
        &mut self,
        who: &Customer,
        dice: Dice,
        now: Moment,
        variant: Variant,
    ) -> bool {
        self.contacts.push(Contact {
            slot: now.slot,
            at: now.at,
            channel: Channel::InApp,
            variant,
        });
        let receptive = (-0.12 * self.fatigue).exp();
        let noticed = dice.falls(who.index, now.slot, Purpose::Notice, who.notices * receptive);
        self.fatigue += FATIGUE_APP;
        if noticed {
            self.notice(who, now, variant, 0.8);
        }
        noticed
            && dice.falls(
                who.index,
                now.slot,
                Purpose::Click,
                0.15 + 0.6 * who.pull[variant as usize],
            )
    }

    /// The customer takes in what a message says.
    fn notice(&mut self, who: &Customer, now: Moment, variant: Variant, strength: f64) {
        let room = (1.0 - self.pull / PULL_FULL).max(0.0);
        self.pull += strength * who.pull[variant as usize] * room;
        match variant {
            Variant::Discount => {
                self.offer = Some((variant, now.at.plus(OFFER_LASTS)));
                self.waiting += 0.30 * who.learns_to_wait * (1.0 - self.waiting);
            }
            Variant::FreeShipping => self.offer = Some((variant, now.at.plus(OFFER_LASTS))),
            Variant::Reminder | Variant::Nothing => {}
        }
    }

    /// The customer looks at shipping costs in a visit.
    pub(crate) fn views_shipping(&mut self, who: &Customer, dice: Dice, now: Moment) -> bool {
        let views = dice.falls(who.index, now.slot, Purpose::ViewShipping, who.views_shipping);
        self.shipping_views += u32::from(views);
        views
    }

    /// The customer orders, or not.
    pub(crate) fn shop(&mut self, who: &Customer, dice: Dice, now: Moment) -> Option<Order> {
        // Just after an order there is little need for another.
        let need = 1.0 - 0.7 * (-now.at.days_since(self.last_order) / 7.0).exp();
        let mood = (1.0 - 0.03 * self.fatigue).max(0.5) * (1.0 - 0.45 * self.waiting);
        let hazard = who.base / f64::from(SLOTS_PER_DAY) * need * mood + PULL_SPENT * self.pull;
        self.pull *= 1.0 - PULL_SPENT;
        if !dice.falls(who.index, now.slot, Purpose::Order, 1.0 - (-hazard).exp()) {
            return None;
        }
        let order = self.order(who, dice, now);
        self.last_order = now.at;
        self.considered = false;
        self.orders += 1;
        self.coupons += u32::from(order.redeemed == Some(Variant::Discount));
        self.pull = 0.0;
        if order.redeemed.is_some() {
            self.offer = None;
        }
        self.bought.push(order);
        Some(order)
    }

    fn order(&self, who: &Customer, dice: Dice, now: Moment) -> Order {
        let size = dice.spread(who.index, now.slot, Purpose::OrderSize, 0.3);
        let revenue = (100.0 * who.basket * size).round();
        let redeemed = self
            .offer
            .filter(|(_, until)| now.at <= *until)
            .map(|(variant, _)| variant)
            .filter(|_| dice.falls(who.index, now.slot, Purpose::UseOffer, who.redeems));
        let cost = match redeemed {
            Some(Variant::Discount) => (0.15 * revenue).round(),
            Some(Variant::FreeShipping) => 490.0,
            Some(Variant::Reminder | Variant::Nothing) | None => 0.0,
        };
        Order {
            slot: now.slot,
            revenue: revenue as i64,
            margin: (who.margin * revenue).round() as i64,
            cost: cost as i64,
            redeemed,
        }
    }
}
