//! Evidence becomes proposals, proposals become versions.
//!
//! What enters: a loop and its campaign as written, what the loop manages, and what a turn measured and
//! learnt. What leaves: at most one [`Proposal`] per turn, and what is managed once it is applied.
//!
//! Laws: nothing is proposed that autonomy does not allow or the guardrails forbid; a weight never moves
//! further in one turn than the guardrail says; two candidates always remain; what is dropped
//! for ever is beaten at every look, not at one lucky one; only what the loop manages
//! changes, never what people wrote; applying a proposal twice is applying it once; a proposal made for
//! another version than the one in effect is refused until it is rebased.
#![warn(missing_docs)]

mod drop;
mod expect;
mod propose;
mod settle;
mod weight;

pub use propose::{MATERIAL, Situation, propose};
pub use settle::{Refused, Verdict, apply, decide_proposal, rebase};

#[cfg(test)]
mod tests;
