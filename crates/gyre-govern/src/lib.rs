//! The laws of contact, as pure verdicts on facts.
//!
//! In: what is known of a person at an instant, and the policy. Out: allowed, or a [`Refusal`] with a
//! reason. Nothing here reserves anything: that is what redeeming a claim does, which alone mints a
//! permit.
#![warn(missing_docs)]

mod claim;
mod gate;
pub mod ledger;
mod quiet;
mod standing;

pub use claim::{Claim, Contacted, Facts, Limit};
pub use gate::{Gate, Law, Verdict};
pub use quiet::quiet_until;
pub use standing::{Because, Standing, Word, next_expiry, standing};

pub use gyre_model::{Refusal, RefusalReason};

#[cfg(test)]
mod tests;
