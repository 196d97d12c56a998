//! Common random numbers: every number is a function of (seed, customer, instant, purpose), never of
//! what happened before. Two paths of one customer that differ only in what was sent therefore share
//! all their chance, and the difference between them is what the sending caused.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What a number is for. The codes are part of the seed's meaning: never renumbered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Kind = 0,
    Base = 1,
    Price = 2,
    Shipping = 3,
    Loyalty = 4,
    Channel = 5,
    Visits = 6,
    Basket = 7,
    Consent = 8,
    Name = 9,
    Visit = 10,
    ViewShipping = 11,
    Open = 12,
    Click = 13,
    Unsubscribe = 14,
    Notice = 15,
    Order = 16,
    OrderSize = 17,
    UseOffer = 18,
    HistoryCoupon = 19,
    HistoryShipping = 20,
    Policy = 21,
    Recency = 22,
    PrimeDay = 23,
}

/// The dice of a world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dice {
    /// The world's seed.
    pub(crate) seed: u64,
}

impl Dice {
    /// A uniform number in [0, 1).
    pub(crate) fn uniform(self, customer: u32, slot: i32, purpose: Purpose) -> f64 {
        let mut key = [0u8; 9];
        key[..4].copy_from_slice(&customer.to_le_bytes());
        key[4..8].copy_from_slice(&slot.to_le_bytes());
        key[8] = purpose as u8;
        (xxh3_64_with_seed(&key, self.seed) >> 11) as f64 / (1u64 << 53) as f64
    }
    /// A standard normal number (Box–Muller on two uniforms of the purpose; uses `slot` and `slot + 1`).
    pub(crate) fn normal(self, customer: u32, slot: i32, purpose: Purpose) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform(customer, slot, purpose)).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform(customer, slot + 1, purpose)).cos()
    }
    /// A positive number with mean 1 and the given spread on the log scale.
    pub(crate) fn spread(self, customer: u32, slot: i32, purpose: Purpose, sigma: f64) -> f64 {
        (sigma * self.normal(customer, slot, purpose) - sigma * sigma / 2.0).exp()
    }
    /// Whether something of this probability happens.
    pub(crate) fn falls(self, customer: u32, slot: i32, purpose: Purpose, chance: f64) -> bool {
        self.uniform(customer, slot, purpose) < chance
    }
}
