//! Known vectors and simulations of off-policy evaluation.

#![expect(
    clippy::unreadable_literal,
    reason = "reference values stand as their source prints them"
)]

mod evaluable;
mod laws;
mod sequences;
mod toy;
