//! What an event says a person did with what was sent or shown.

use gyre_model::event::{Event, EventKind};

/// The property that holds the token handed out with a decision.
pub const TOKEN_PROPERTY: &str = "gyre_token";

/// A response as the event tells it; which decision it answers is in the token, see [`crate::Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The kind of [`gyre_model::record::body::Response`].
    pub kind: &'static str,
    /// The token as it came, not yet opened.
    pub token: &'a str,
}

/// The response that a `track` event carries: one of `Message Shown`, `Message Opened`,
/// `Message Clicked`, `Message Dismissed`, `Message Bounced`, `Message Complained` and `Unsubscribed`,
/// with a `gyre_token`. Without a token there is nothing it could answer.
pub fn response(event: &Event) -> Option<Answer<'_>> {
    if event.kind != EventKind::Track {
        return None;
    }
    let kind = match event.name.as_str() {
        "Message Shown" => "impression",
        "Message Opened" => "open",
        "Message Clicked" => "click",
        "Message Dismissed" => "dismiss",
        "Message Bounced" => "bounce",
        "Message Complained" => "complaint",
        "Unsubscribed" => "unsubscribe",
        _ => return None,
    };
    let token = event.properties.get(TOKEN_PROPERTY)?.as_str()?.trim();
    (!token.is_empty()).then_some(Answer { kind, token })
}
