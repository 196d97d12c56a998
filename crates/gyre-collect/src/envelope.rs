//! What is read of a request before it is journaled: the envelope of the batch and the head of each
//! event, borrowed from the body. Everything else is skipped, not built.

use gyre_model::Timestamp;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A batch with more events than this is refused whole: a few bytes an event must not become hundreds of
/// bytes of dead letters without end.
pub(crate) const MAX_READ: usize = 25_000;

/// A value of which only the text or the kind matters.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Scalar<'a> {
    /// Absent or `null`: clients send both for "nothing".
    #[default]
    Nothing,
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// An object.
    Object,
    /// A boolean or an array.
    Other,
}

impl Scalar<'_> {
    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
    /// Whether something is there that is not a text.
    pub(crate) fn is_misfit(&self) -> bool {
        !matches!(self, Self::Nothing | Self::Text(_))
    }
    /// Whether something is there that is not an object.
    pub(crate) fn is_no_object(&self) -> bool {
        !matches!(self, Self::Nothing | Self::Object)
    }
    /// The time it stands for.
    fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Text(text) => crate::when::parse_text(text),
            Self::Number(number) => crate::when::parse_number(*number),
            _ => None,
        }
    }
}

/// The head of an event: what decides whether it is taken, and under which key.
#[derive(Debug, Default)]
pub(crate) struct Head<'a> {
    pub(crate) kind: Scalar<'a>,
    pub(crate) message_id: Scalar<'a>,
    pub(crate) user_id: Scalar<'a>,
    pub(crate) anonymous_id: Scalar<'a>,
    pub(crate) previous_id: Scalar<'a>,
    pub(crate) group_id: Scalar<'a>,
    pub(crate) event: Scalar<'a>,
    pub(crate) name: Scalar<'a>,
    pub(crate) properties: Scalar<'a>,
    pub(crate) traits: Scalar<'a>,
    pub(crate) write_key: Scalar<'a>,
}

impl<'a> Head<'a> {
    /// Reads the head of a valid JSON object.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The envelope of a batch.
#[derive(Debug, Default)]
pub(crate) struct Envelope<'a> {
    /// The events; `None` when there is no `batch`, or none that is an array.
    pub(crate) batch: Option<Vec<&'a RawValue>>,
    /// When the client says it sent the request: `sentAt`, else the envelope's `timestamp`, which older
    /// clients set when they flush.
    pub(crate) sent_at: Option<Timestamp>,
    /// The batch's context, if it is an object.
    pub(crate) context: Option<&'a RawValue>,
    /// The batch's integrations, if they are an object.
    pub(crate) integrations: Option<&'a RawValue>,
    /// The write key in the body.
    pub(crate) write_key: Scalar<'a>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum HeadKey {
    Type,
    MessageId,
    UserId,
    AnonymousId,
    PreviousId,
    GroupId,
    Event,
    Name,
    Properties,
    Traits,
    WriteKey,
    #[serde(other)]
    Rest,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum EnvelopeKey {
    Batch,
    SentAt,
    Timestamp,
    Context,
    Integrations,
    WriteKey,
    #[serde(other)]
    Rest,
}

// Written by hand because of two keys alike the last counts, as it does in a full parse; a derived
// reader refuses them.
impl<'de: 'a, 'a> Deserialize<'de> for Head<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Keys<'a> {
            type Value = Head<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head<'a>, A::Error> {
                let mut head = Head::default();
                while let Some(key) = map.next_key()? {
                    let slot = match key {
                        HeadKey::Type => &mut head.kind,
                        HeadKey::MessageId => &mut head.message_id,
                        HeadKey::UserId => &mut head.user_id,
                        HeadKey::AnonymousId => &mut head.anonymous_id,
                        HeadKey::PreviousId => &mut head.previous_id,
                        HeadKey::GroupId => &mut head.group_id,
                        HeadKey::Event => &mut head.event,
                        HeadKey::Name => &mut head.name,
                        HeadKey::Properties => &mut head.properties,
                        HeadKey::Traits => &mut head.traits,
                        HeadKey::WriteKey => &mut head.write_key,
                        HeadKey::Rest => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *slot = map.next_value()?;
                }
                Ok(head)
            }
        }
        deserializer.deserialize_map(Keys(PhantomData))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Keys<'a> {
            type Value = Envelope<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<'a>, A::Error> {
                let mut envelope = Envelope::default();
                let (mut sent_at, mut flushed_at) = (Scalar::Nothing, Scalar::Nothing);
                while let Some(key) = map.next_key()? {
                    match key {
                        EnvelopeKey::Batch => envelope.batch = map.next_value_seed(Events)?,
                        EnvelopeKey::SentAt => sent_at = map.next_value()?,
                        EnvelopeKey::Timestamp => flushed_at = map.next_value()?,
                        EnvelopeKey::Context => {
                            let context: &RawValue = map.next_value()?;
                            envelope.context =
                                Some(context).filter(|raw| raw.get().starts_with('{'));
                        }
                        EnvelopeKey::Integrations => {
                            let integrations: &RawValue = map.next_value()?;
                            envelope.integrations =
                                Some(integrations).filter(|raw| says_something(raw.get()));
                        }
                        EnvelopeKey::WriteKey => envelope.write_key = map.next_value()?,
                        EnvelopeKey::Rest => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                envelope.sent_at = sent_at.time().or_else(|| flushed_at.time());
                Ok(envelope)
            }
        }
        deserializer.deserialize_map(Keys(PhantomData))
    }
}

/// Whether it is an object with something in it: SDKs send an empty one with every batch.
fn says_something(raw: &str) -> bool {
    raw.strip_prefix('{').is_some_and(|rest| !rest.trim_start().starts_with('}'))
}

/// Reads the events of a batch; `None` for what is not an array. Of more than [`MAX_READ`] the rest is
/// skipped.
struct Events;

impl<'de> DeserializeSeed<'de> for Events {
    type Value = Option<Vec<&'de RawValue>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Events {
    type Value = Option<Vec<&'de RawValue>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut events = Vec::new();
        while events.len() <= MAX_READ {
            let Some(event) = seq.next_element()? else { return Ok(Some(events)) };
            events.push(event);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(events))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Any<'a> {
            type Value = Scalar<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_unit<E>(self) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Nothing)
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Other)
            }
            fn visit_i64<E>(self, number: i64) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Number(number as f64))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Number(number as f64))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Scalar<'a>, E> {
                Ok(Scalar::Number(number))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'a>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'a>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Object)
            }
        }
        deserializer.deserialize_any(Any(PhantomData))
    }
}
