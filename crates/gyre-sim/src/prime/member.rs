//! Members: who they are, fixed by the seed and their number.

use super::dirt::pick;
use crate::dice::{Dice, Purpose};

/// The two variants.
pub(super) const VARIANTS: [&str; 2] = ["percent_off", "early_access"];
/// The segments the campaign was aimed at.
pub(super) const SEGMENTS: [&str; 4] =
    ["loyal_members", "new_members", "lapsed_members", "deal_seekers"];
/// What assets are, and their size.
pub(super) const ASSET_TYPES: [(&str, &str); 3] =
    [("image", "600×300"), ("video", "1920×1080"), ("carousel", "300×250")];

/// What a number is drawn for. The codes are part of the seed's meaning: never renumbered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Draw {
    Segment = 0,
    Variant = 1,
    Tier = 2,
    Country = 3,
    Consent = 4,
    App = 5,
    Bounce = 6,
    Open = 7,
    Click = 8,
    ClickAgain = 9,
    Moment = 10,
    Buy = 11,
    Store = 12,
    Second = 13,
    Amount = 14,
    Asset = 15,
    Device = 16,
    Coupon = 17,
    Dirt = 18,
    Form = 19,
    Again = 20,
    Junk = 21,
}

/// How many numbers of one kind a member has.
const SLOTS: i32 = 64;

/// A uniform number for a member.
pub(super) fn draw(dice: Dice, index: u32, what: Draw, slot: i32) -> f64 {
    dice.uniform(index, what as i32 * SLOTS + slot, Purpose::PrimeDay)
}

/// A member.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) index: u32,
    pub(super) id: String,
    pub(super) email: String,
    pub(super) segment: usize,
    pub(super) variant: usize,
    pub(super) tier: &'static str,
    pub(super) country: &'static str,
    pub(super) consent: bool,
    pub(super) app: bool,
    dice: Dice,
}

impl Member {
    pub(super) fn new(dice: Dice, index: u32) -> Self {
        let draw = |what| draw(dice, index, what, 0);
        Self {
            index,
            id: format!("m{index:06}"),
            email: format!("member{index:06}@example.com"),
            segment: pick(draw(Draw::Segment), SEGMENTS.len()),
            variant: pick(draw(Draw::Variant), VARIANTS.len()),
            tier: ["bronze", "silver", "gold"][pick(draw(Draw::Tier).powi(2), 3)],
            country: ["DE", "FR", "JP", "US"][pick(draw(Draw::Country), 4)],
            consent: draw(Draw::Consent) < 0.85,
            app: draw(Draw::App) < 0.4,
            dice,
        }
    }
    /// A uniform number of the member's.
    pub(super) fn draw(&self, what: Draw, slot: i32) -> f64 {
        draw(self.dice, self.index, what, slot)
    }
    /// Whether something of this probability happens.
    pub(super) fn falls(&self, what: Draw, slot: i32, chance: f64) -> bool {
        self.draw(what, slot) < chance
    }
    /// How likely a message that was seen is clicked: who likes deals likes percents, who is loyal likes
    /// to be first.
    pub(super) fn liking(&self) -> f64 {
        match (VARIANTS[self.variant], SEGMENTS[self.segment]) {
            ("percent_off", "deal_seekers") | ("early_access", "loyal_members") => 0.6,
            ("percent_off", "lapsed_members") => 0.35,
            _ => 0.25,
        }
    }
}
