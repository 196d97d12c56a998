//! Who the customers are: traits fixed by the seed, which the server never sees.

use crate::dice::{Dice, Purpose};

/// What can be sent or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Variant {
    Discount,
    FreeShipping,
    Reminder,
    Nothing,
}

impl Variant {
    /// All of them, in the order of [`Customer::pull`].
    pub(crate) const ALL: [Self; 4] =
        [Self::Discount, Self::FreeShipping, Self::Reminder, Self::Nothing];

    /// The name in the campaign.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Discount => "discount",
            Self::FreeShipping => "free_shipping",
            Self::Reminder => "reminder",
            Self::Nothing => "nothing",
        }
    }
    /// The variant of that name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == text)
    }
}

/// What moves a customer. A tendency only: strengths vary from one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Buys when there is a discount.
    DealSeeker,
    /// Small orders, put off by shipping costs.
    SmallBasket,
    /// Comes back when reminded; a discount adds nothing and teaches waiting for the next one.
    Loyal,
    /// Buys when something is needed, whatever is sent.
    Steady,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 4] =
        [Self::DealSeeker, Self::SmallBasket, Self::Loyal, Self::Steady];
}

/// One customer.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) index: u32,
    pub(crate) kind: Kind,
    /// Orders a day without any contact.
    pub(crate) base: f64,
    /// Extra orders that noticing a variant brings in all, by [`Variant::ALL`].
    pub(crate) pull: [f64; 4],
    /// How readily discounts teach waiting, 0 to 1.
    pub(crate) learns_to_wait: f64,
    /// Chance to open an e-mail.
    pub(crate) opens: f64,
    /// Chance to notice something shown in the app.
    pub(crate) notices: f64,
    /// Chance of a visit at an instant.
    pub(crate) visits: f64,
    /// Chance to look at shipping costs in a visit.
    pub(crate) views_shipping: f64,
    /// Chance to redeem a valid offer with an order.
    pub(crate) redeems: f64,
    /// Mean order value.
    pub(crate) basket: f64,
    /// Margin as a share of revenue, before the offer.
    pub(crate) margin: f64,
    /// Share of past orders with a coupon.
    pub(crate) past_coupons: f64,
    /// Share of past orders for which shipping costs were looked at.
    pub(crate) past_shipping: f64,
    /// Whether e-mail is allowed at the start.
    pub(crate) consent: bool,
}

const NAMES: [&str; 12] = [
    "Ada", "Ben", "Carla", "David", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kim", "Lena",
];

/// What is typical of a kind: base, pulls, basket, margin, redeems.
struct Typical {
    base: f64,
    pull: [f64; 4],
    basket: f64,
    margin: f64,
    redeems: f64,
}

fn typical(kind: Kind) -> Typical {
    match kind {
        Kind::DealSeeker => Typical {
            base: 0.0085,
            pull: [0.50, 0.10, 0.05, 0.0],
            basket: 62.0,
            margin: 0.44,
            redeems: 0.95,
        },
        Kind::SmallBasket => Typical {
            base: 0.0085,
            pull: [0.06, 0.40, 0.06, 0.0],
            basket: 36.0,
            margin: 0.46,
            redeems: 0.85,
        },
        Kind::Loyal => Typical {
            base: 0.0125,
            pull: [0.01, 0.04, 0.32, 0.0],
            basket: 58.0,
            margin: 0.44,
            redeems: 0.70,
        },
        Kind::Steady => Typical {
            base: 0.0170,
            pull: [0.02, 0.02, 0.02, 0.0],
            basket: 60.0,
            margin: 0.44,
            redeems: 0.75,
        },
    }
}

impl Customer {
    /// The customer of that number in the seed's world.
    pub(crate) fn born(dice: Dice, index: u32) -> Self {
        // Traits are drawn at instants no simulation reaches.
        let slot = i32::MIN;
        let uniform = |purpose| dice.uniform(index, slot, purpose);
        let spread = |purpose, sigma| dice.spread(index, slot, purpose, sigma);
        let kind = match uniform(Purpose::Kind) {
            share if share < 0.27 => Kind::DealSeeker,
            share if share < 0.55 => Kind::SmallBasket,
            share if share < 0.87 => Kind::Loyal,
            _ => Kind::Steady,
        };
        let typical = typical(kind);
        let reads_mail = uniform(Purpose::Channel) < 0.6;
        Self {
            index,
            kind,
            base: typical.base * spread(Purpose::Base, 0.45),
            pull: [
                typical.pull[0] * spread(Purpose::Price, 0.35),
                typical.pull[1] * spread(Purpose::Shipping, 0.35),
                typical.pull[2] * spread(Purpose::Loyalty, 0.35),
                0.0,
            ],
            learns_to_wait: if kind == Kind::Loyal { 1.0 } else { 0.2 },
            opens: if reads_mail { 0.75 } else { 0.20 },
            notices: if reads_mail { 0.35 } else { 0.80 },
            visits: (0.028 * spread(Purpose::Visits, 0.4)).min(0.5),
            views_shipping: if kind == Kind::SmallBasket { 0.30 } else { 0.004 },
            redeems: typical.redeems,
            basket: typical.basket * spread(Purpose::Basket, 0.25),
            margin: typical.margin,
            past_coupons: if kind == Kind::DealSeeker { 0.90 } else { 0.05 },
            past_shipping: if kind == Kind::SmallBasket { 0.95 } else { 0.03 },
            consent: uniform(Purpose::Consent) < 0.93,
        }
    }
    /// The user id the shop knows the customer by.
    pub(crate) fn user_id(&self) -> String {
        format!("customer-{:05}", self.index)
    }
    /// The address.
    pub(crate) fn email(&self) -> String {
        format!("{}@customers.example", self.user_id())
    }
    /// The number of the customer with that address.
    pub(crate) fn of_email(address: &str) -> Option<u32> {
        let name = address.strip_suffix("@customers.example")?;
        name.strip_prefix("customer-")?.parse().ok()
    }
    /// The first name.
    pub(crate) fn first_name(&self, dice: Dice) -> &'static str {
        let at = dice.uniform(self.index, i32::MIN, Purpose::Name) * NAMES.len() as f64;
        NAMES[at as usize % NAMES.len()]
    }
}
