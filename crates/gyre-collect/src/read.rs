//! A stored event is read in full: checked again, normalised, its time corrected.
//!
//! A pure function of the stored record: reading it again at a replay gives the same event.

use crate::{ids, json, when};
use gyre_model::event::{Collected, Event, EventKind};
use gyre_model::{Family, MessageHash, NodeId, NodeKind, Stored, Timestamp};
use serde_json::{Map, Value};

/// A stored record that is no event. Collection lets no such event in; one may come from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Unreadable {
    /// A stable code: `erased`, `not_an_event`, `malformed_json`, `type_not_known`,
    /// `event_not_defined` or `no_user_anon_id`.
    pub code: &'static str,
    /// What is wrong, without anything from the record.
    pub message: String,
}

impl Unreadable {
    fn new(code: &'static str, message: &str) -> Self {
        Self { code, message: message.to_owned() }
    }
}

/// Reads a stored event.
///
/// - The batch's context is merged under the event's own, object by object; where both have a value the
///   event's own counts. The address a customer's device came from is `context.ip` where it says none.
/// - `integrations`, the batch's under the event's own, stand in `context.integrations` under what is there.
/// - `occurred_at` = received − (sent − original), where `timestamp` or else `originalTimestamp` is
///   the original and the record's stamp is when it was received, or what a dead letter kept; `sentAt` of the batch counts before
///   the event's own, because it is the later one. Never after it was received.
/// - Ids that identify nobody count as absent, see [`ids::usable`]. The e-mail address is taken from the
///   traits of an `identify` and from `context.traits`, nowhere else: a property may hold anybody's.
/// - `previous_id` is that of an `alias` only, and absent where it names the event's own user or
///   anonymous id again, as SDKs send it.
pub fn read(stored: &Stored) -> Result<Event, Unreadable> {
    let entry = &stored.entry;
    if entry.family != Family::Event {
        return Err(Unreadable::new("not_an_event", "the record is of another family"));
    }
    if stored.is_erased() {
        return Err(Unreadable::new("erased", "the record was erased"));
    }
    let collected: Collected = serde_json::from_slice(&entry.payload)
        .map_err(|_| Unreadable::new("malformed_json", "the record cannot be parsed"))?;
    let mut event = json::object(collected.event.get())
        .ok_or_else(|| Unreadable::new("malformed_json", "the event cannot be parsed"))?;
    let kind = text(&event, "type")
        .and_then(EventKind::parse)
        .or(collected.kind)
        .ok_or_else(|| Unreadable::new("type_not_known", "the event is none of the six calls"))?;

    let context = context(&collected, &mut event);
    let properties = match kind {
        EventKind::Track | EventKind::Page | EventKind::Screen => object(&mut event, "properties"),
        _ => Map::new(),
    };
    let traits = match kind {
        EventKind::Identify | EventKind::Group => object(&mut event, "traits"),
        _ => Map::new(),
    };
    let name = name(kind, &event, &properties);
    if kind == EventKind::Track && name.trim().is_empty() {
        return Err(Unreadable::new("event_not_defined", "the track event has no name"));
    }

    let workspace = entry.workspace.as_str();
    let id = |key| text(&event, key).and_then(ids::usable).map(str::to_owned);
    let (user_id, anonymous_id) = (id("userId"), id("anonymousId"));
    let email = email(kind, &traits, &context);
    // Only we ourselves may speak for an address: whoever calls names a user or a device.
    let address = email.as_ref().filter(|_| collected.source.starts_with(crate::OWN_SOURCE));
    let node = match (&user_id, &anonymous_id, address) {
        (Some(user), ..) => NodeId::node(workspace, NodeKind::User, user),
        (None, Some(anonymous), _) => NodeId::node(workspace, NodeKind::Anonymous, anonymous),
        (None, None, Some(email)) => NodeId::node(workspace, NodeKind::Email, email),
        (None, None, None) => {
            return Err(Unreadable::new("no_user_anon_id", "the event names nobody"));
        }
    };
    let previous_id = id("previousId").filter(|previous| {
        kind == EventKind::Alias
            && Some(previous) != user_id.as_ref()
            && Some(previous) != anonymous_id.as_ref()
    });

    let original = time(&event, "timestamp").or_else(|| time(&event, "originalTimestamp"));
    let sent = collected.sent_at.or_else(|| time(&event, "sentAt"));
    let (occurred_at, skew) =
        when::correct(original, sent, collected.received_at.unwrap_or(stored.at));

    Ok(Event {
        message: MessageHash::of(&[
            workspace.as_bytes(),
            collected.source.as_bytes(),
            collected.message_id.as_bytes(),
        ]),
        message_id: collected.message_id,
        source: collected.source,
        gpc: collected.gpc,
        kind,
        name,
        node,
        user_id,
        anonymous_id,
        email,
        previous_id,
        occurred_at,
        received_at: stored.at,
        skew,
        properties,
        traits,
        context,
    })
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

fn time(object: &Map<String, Value>, key: &str) -> Option<Timestamp> {
    object.get(key).and_then(when::parse)
}

/// Takes an object out; anything else counts as an empty one.
fn object(event: &mut Map<String, Value>, key: &str) -> Map<String, Value> {
    match event.remove(key) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn name(kind: EventKind, event: &Map<String, Value>, properties: &Map<String, Value>) -> String {
    let name = match kind {
        EventKind::Track => text(event, "event"),
        EventKind::Page | EventKind::Screen => {
            text(event, "name").or_else(|| text(properties, "name"))
        }
        EventKind::Identify | EventKind::Group | EventKind::Alias => None,
    };
    name.unwrap_or_default().to_owned()
}

/// The traits of a group are the group's, so its address is nobody's.
fn email(
    kind: EventKind,
    traits: &Map<String, Value>,
    context: &Map<String, Value>,
) -> Option<String> {
    let own = (kind == EventKind::Identify).then(|| text(traits, "email")).flatten();
    let in_context = || context.get("traits")?.get("email")?.as_str().and_then(ids::email);
    own.and_then(ids::email).or_else(in_context)
}

/// The event's context over the batch's. A batch context that cannot be parsed is left out: it costs no
/// event.
fn context(collected: &Collected, event: &mut Map<String, Value>) -> Map<String, Value> {
    let mut own = object(event, "context");
    if let Some(batch) = &collected.batch_context {
        fill(&mut own, json::object(batch.get()).unwrap_or_default());
    }
    let mut integrations = object(event, "integrations");
    if let Some(batch) = &collected.batch_integrations {
        fill(&mut integrations, json::object(batch.get()).unwrap_or_default());
    }
    if !integrations.is_empty() {
        fill(&mut own, Map::from_iter([("integrations".to_owned(), integrations.into())]));
    }
    // What the client says of itself counts first: a proxy of the customer's own may know better.
    if let (Some(ip), None | Some(Value::Null)) = (&collected.ip, own.get("ip")) {
        own.insert("ip".to_owned(), ip.as_str().into());
    }
    own
}

/// Adds what is missing. The recursion ends: parsed JSON is at most 128 deep.
fn fill(own: &mut Map<String, Value>, other: Map<String, Value>) {
    for (key, theirs) in other {
        match (own.get_mut(&key), theirs) {
            (None, theirs) => {
                own.insert(key, theirs);
            }
            (Some(Value::Object(ours)), Value::Object(theirs)) => fill(ours, theirs),
            (Some(_), _) => {}
        }
    }
}
