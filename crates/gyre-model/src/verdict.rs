//! Refusals: values with a reason, recorded, never errors.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// No consent for the channel.
    NoConsent,
    /// The person's cap on contacts is spent.
    Capped,
    /// It is quiet time for the person.
    QuietHours,
    /// The campaign's or offer's budget is spent.
    BudgetSpent,
    /// Nothing is left of the offer.
    OutOfStock,
    /// A rule of the variant does not hold for the person.
    RuleFailed,
    /// The person is outside the campaign's audience.
    NotInAudience,
    /// The person is held out and this variant is not what the holdout receives.
    Holdout,
    /// The person has no address on the channel.
    NoAddress,
    /// The campaign or channel is switched off.
    SwitchedOff,
    /// The channel cannot carry the variant.
    WrongChannel,
    /// The send's time has passed.
    Expired,
    /// The person asked to be forgotten.
    Erased,
    /// The person asked that what is known of them is not used.
    Restricted,
}

impl RefusalReason {
    /// The name used in records, tables and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::Capped => "capped",
            Self::QuietHours => "quiet_hours",
            Self::BudgetSpent => "budget_spent",
            Self::OutOfStock => "out_of_stock",
            Self::RuleFailed => "rule_failed",
            Self::NotInAudience => "not_in_audience",
            Self::Holdout => "holdout",
            Self::NoAddress => "no_address",
            Self::SwitchedOff => "switched_off",
            Self::WrongChannel => "wrong_channel",
            Self::Expired => "expired",
            Self::Erased => "erased",
            Self::Restricted => "restricted",
        }
    }
}

/// A refusal: the reason, and until when it holds if that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// From when on it may be asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The rule or policy that refused, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Refusal {
    /// A refusal for a reason alone.
    pub fn because(reason: RefusalReason) -> Self {
        Self { reason, until: None, by: None }
    }
}
