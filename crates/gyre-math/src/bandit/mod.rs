//! Bandits: how to share people out among arms while their values are being learned.

pub mod draw;
pub mod thompson;
