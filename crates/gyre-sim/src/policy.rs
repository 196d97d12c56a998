//! Paths that need no server: the shadow under the control policy, and the oracle's policies.
//!
//! What is mirrored here is the shop's contact plan: one e-mail when a customer becomes due (with
//! consent), a message at home visits while due, at most three contacts in 14 days over all channels.
//! The cap of one e-mail in 14 days cannot bind: between two e-mails lie an order and 21 days.

use crate::customer::{Customer, Variant};
use crate::dice::{Dice, Purpose};
use crate::path::{Moment, Path};
use crate::time::Time;

/// The most contacts in 14 days.
const CAP: usize = 3;

/// The segments the shop learns apart, by what it can see of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    DealSeekers,
    SmallBaskets,
    Rest,
}

impl Segment {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::DealSeekers, Self::SmallBaskets, Self::Rest];

    /// The segment of a customer now; the first rule that holds counts.
    pub(crate) fn of(path: &Path) -> Self {
        if path.coupons * 2 >= path.orders {
            Self::DealSeekers
        } else if path.shipping_views * 2 >= path.orders {
            Self::SmallBaskets
        } else {
            Self::Rest
        }
    }
    /// The name in the policy.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DealSeekers => "deal_seekers",
            Self::SmallBaskets => "small_baskets",
            Self::Rest => "rest",
        }
    }
}

/// How variants are chosen.
#[derive(Debug, Clone)]
pub(crate) enum Policy {
    /// The same for everybody: the control policy is the blanket discount.
    Always(Variant),
    /// All four alike.
    Uniform,
    /// One per segment, by [`Segment::ALL`].
    PerSegment([Variant; 3]),
    /// One per customer.
    PerPerson(Vec<Variant>),
}

/// What the holdout receives.
pub(crate) const CONTROL: Policy = Policy::Always(Variant::Discount);

impl Policy {
    fn choose(&self, who: &Customer, dice: Dice, path: &Path, now: Moment, salt: u32) -> Variant {
        match self {
            Self::Always(variant) => *variant,
            Self::Uniform => {
                let slot = now.slot * 2 + salt as i32;
                let at = dice.uniform(who.index, slot, Purpose::Policy) * 4.0;
                Variant::ALL[at as usize % 4]
            }
            Self::PerSegment(variants) => variants[Segment::of(path) as usize],
            Self::PerPerson(variants) => {
                variants.get(who.index as usize).copied().unwrap_or(Variant::Nothing)
            }
        }
    }

    /// Lives one instant of a path under the policy.
    pub(crate) fn live(
        &self,
        who: &Customer,
        dice: Dice,
        path: &mut Path,
        now: Moment,
        start: Time,
    ) {
        path.begin();
        let entered = path.due_from().max(start);
        if !path.considered && entered <= now.at {
            path.considered = true;
            if path.consent && path.recent_contacts(entered) < CAP {
                let variant = self.choose(who, dice, path, now, 0);
                if variant != Variant::Nothing {
                    path.mail(who, dice, now, entered, variant);
                }
            }
        }
        if visits(who, dice, now) {
            path.views_shipping(who, dice, now);
            if path.is_due(now.at) && path.recent_contacts(now.at) < CAP {
                let variant = self.choose(who, dice, path, now, 1);
                if variant != Variant::Nothing {
                    path.show(who, dice, now, variant);
                }
            }
        }
        path.shop(who, dice, now);
    }
}

/// Whether the customer visits the shop's home page; the same in every path.
pub(crate) fn visits(who: &Customer, dice: Dice, now: Moment) -> bool {
    dice.falls(who.index, now.slot, Purpose::Visit, who.visits)
}
