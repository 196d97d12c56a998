//! Collection: a Segment call comes in, journal records go out.
//!
//! Enters: the bytes of a request and what is known of its source ([`Call`], [`SourceFacts`]).
//! Leaves: journal entries and a verdict on every event ([`collect`]); later, from a stored record, the
//! event as the steps read it ([`read()`]), what it says about consent ([`signals`]) and what it
//! answers ([`response()`], [`Token`]).
//!
//! Laws: one bad event never costs the others; accepted and rejected are as many as came; what is
//! rejected is kept as a dead letter; the event's bytes are kept as they came; what was accepted can be
//! read, and reading it again gives the same event. No IO, no clock.

pub mod ids;
pub mod import;
pub mod plan;
pub mod repair;
pub mod webhook;

mod auth;
mod consent;
mod envelope;
mod fault;
mod json;
mod judge;
mod letter;
mod link;
mod payload;
mod pixel;
mod posthog;
mod read;
mod request;
mod response;
mod source;
mod token;
mod when;

pub use auth::basic_key;
pub use consent::{
    GppString, Malformed, Signals, Statement, TcString, Unclear, consents, only, signals, subject,
};
pub use judge::{MAX_DEPTH, MAX_MESSAGE_ID_CHARS};
pub use letter::MAX_RAW_BYTES;
pub use link::{LinkAction, LinkError, PageLink};
pub use pixel::pixel;
pub use posthog::posthog;
pub use read::{Unreadable, read};
pub use request::{Call, Collected, Reject, Rejected, Route, collect, collect_again};
pub use response::{Answer, TOKEN_PROPERTY, response};
pub use source::SourceFacts;
pub use token::{Token, TokenError};

/// What the names of our own sources begin with: the server itself wrote the event. No resource can be
/// called that.
pub const OWN_SOURCE: &str = "gyre:";

#[cfg(test)]
mod tests;
