//! Channels: what carries messages out.

use crate::permit::Permit;
use async_trait::async_trait;
use gyre_model::SendId;

/// A message, rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The send; goes out as the idempotency key.
    pub send: SendId,
    /// The address on the channel. Personal: never logged.
    pub to: String,
    /// The subject, where the channel has one.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML, if there is any.
    pub html: Option<String>,
    /// Further headers, checked for line breaks by the channel.
    pub headers: Vec<(String, String)>,
}

/// What came of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The other side took it.
    Accepted,
    /// It was refused and nothing left; it may be tried again.
    Deferred {
        /// Why, without personal data.
        why: String,
    },
    /// It was refused for good and nothing left.
    Failed {
        /// Why, without personal data.
        why: String,
    },
    /// It is not known whether the other side took it.
    Uncertain {
        /// Why, without personal data.
        why: String,
    },
}

/// Carries messages out. Takes a [`Permit`] for each: without one nothing is sent.
#[async_trait]
pub trait Channel: Send + Sync + std::fmt::Debug {
    /// Its name, for example `email`.
    fn name(&self) -> &str;
    /// Whether the other side recognises a send id, so that sending twice is harmless.
    fn is_idempotent(&self) -> bool;
    /// Sends each message; the answers are in the same order.
    async fn send(&self, batch: Vec<(Permit, Message)>) -> Vec<Sent>;
}
