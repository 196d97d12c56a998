//! What an event says in so many words about being contacted.
//!
//! | event | means |
//! |---|---|
//! | `identify` with the trait `<channel>_consent: true` or `false` | given or taken back for that channel |
//! | `track` `Consent Updated` with `{channel, granted}` | the same; channel `*` is all channels |
//! | `track` `Unsubscribed` with `{channel}`, by default `email` | taken back |
//!
//! Anything else, and a value that is not a boolean, says nothing: consent is never guessed.
//! `Segment Consent Preference Updated` and `context.consent.categoryPreferences` speak of purposes and
//! destinations, not of being contacted: see [`super::signals`].

use super::UPDATED;
use gyre_model::event::{Event, EventKind};

/// The channels for which a trait can give consent.
const TRAITS: [(&str, &str); 4] = [
    ("email_consent", "email"),
    ("in_app_consent", "in_app"),
    ("push_consent", "push"),
    ("sms_consent", "sms"),
];

/// The channels the event speaks of, each with whether consent was given or taken back, no channel
/// twice.
pub fn consents(event: &Event) -> Vec<(String, bool)> {
    match (event.kind, event.name.as_str()) {
        (EventKind::Identify, _) => TRAITS
            .into_iter()
            .filter_map(|(key, channel)| {
                Some((channel.to_owned(), event.traits.get(key)?.as_bool()?))
            })
            .collect(),
        (EventKind::Track, UPDATED) => {
            let granted = event.properties.get("granted").and_then(serde_json::Value::as_bool);
            channel(event).zip(granted).into_iter().collect()
        }
        (EventKind::Track, "Unsubscribed") => {
            vec![(channel(event).unwrap_or_else(|| "email".to_owned()), false)]
        }
        _ => Vec::new(),
    }
}

fn channel(event: &Event) -> Option<String> {
    let channel = event.properties.get("channel")?.as_str()?.trim();
    (!channel.is_empty()).then(|| channel.to_owned())
}
