//! A statement as an event of ours: one way in, whoever speaks.

use super::Stated;
use crate::error::{Error, Result};
use gyre_collect::{OWN_SOURCE, TOKEN_PROPERTY, ids};
use gyre_model::id::hash128;
use gyre_model::{
    ConsentDecision, Entry, Family, NodeId, NodeKind, RecordId, Timestamp, Topic, Workspace,
};
use serde_json::{Map, Value, json};

/// A statement as an event of ours.
pub(super) fn own_event(
    workspace: &Workspace,
    stated: &Stated,
    topic: Option<&(Topic, ConsentDecision)>,
    index: usize,
    now: Timestamp,
) -> Result<(RecordId, Entry)> {
    let of = |text: &Option<String>| text.as_deref().and_then(ids::usable).map(str::to_owned);
    let (user, anonymous) = (of(&stated.user_id), of(&stated.anonymous_id));
    let email = stated.email.as_deref().and_then(ids::email);
    let name = workspace.as_str();
    let node = user
        .as_ref()
        .map(|id| NodeId::node(name, NodeKind::User, id))
        .or_else(|| anonymous.as_ref().map(|id| NodeId::node(name, NodeKind::Anonymous, id)))
        .or_else(|| email.as_ref().map(|id| NodeId::node(name, NodeKind::Email, id)))
        .ok_or_else(|| Error::Invalid {
            message: "the statement names nobody".to_owned(),
            hint: Some("give user_id, anonymous_id or email".to_owned()),
        })?;
    let mut properties = stated.properties.clone();
    if let Some((topic, decision)) = topic {
        properties.insert("purpose".to_owned(), topic.purpose.as_str().into());
        if topic.purpose.is_contact() {
            properties.insert("channel".to_owned(), topic.channel.clone().into());
        }
        properties.insert("decision".to_owned(), decision.as_str().into());
    }
    let taken_back = topic.is_some_and(|(_, decision)| !decision.is_granted());
    let mut context = if topic.is_none() { stated.context.clone() } else { Map::new() };
    if let Some(email) = &email {
        context.insert("traits".to_owned(), json!({"email": email}));
    }
    let at = stated.occurred_at.unwrap_or(now);
    let about = topic.map(|(topic, said)| format!("{topic} {}", said.as_str()));
    let id = RecordId(match &stated.id {
        Some(id) => hash128(&[name.as_bytes(), id.as_bytes(), &(index as u64).to_le_bytes()]),
        None => hash128(&[
            name.as_bytes(),
            node.as_bytes(),
            stated.through.as_bytes(),
            about.unwrap_or_default().as_bytes(),
            &now.0.to_le_bytes(),
        ]),
    });
    let mut event = json!({
        "type": "track",
        "event": "Consent Updated",
        "userId": user,
        "anonymousId": anonymous,
        "timestamp": at.to_string(),
        "context": context,
    });
    if let Some(token) = stated.answers.as_ref().filter(|_| taken_back) {
        // It answers the message in which the link stood, and says so for this channel only.
        properties.insert(TOKEN_PROPERTY.to_owned(), token.clone().into());
        event["event"] = "Unsubscribed".into();
    }
    event["properties"] = Value::Object(properties);
    let payload = json!({
        "v": 1,
        "source": format!("{OWN_SOURCE}{}", stated.through),
        "message_id": format!("consent-{id}"),
        "event": event,
    });
    let entry = Entry {
        workspace: workspace.clone(),
        family: Family::Event,
        key: node.key(),
        cause: None,
        payload: payload.to_string().into_bytes(),
    };
    Ok((id, entry))
}
