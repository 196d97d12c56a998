//! Who spoke, as an entry of the ledger may keep it: a hash that nobody without the key can try
//! addresses against.

use crate::token::mac;
use gyre_model::event::Event;
use gyre_model::id::hex;
use gyre_model::record::body::Subject;
use gyre_model::{NodeId, NodeKind};
use hmac::Mac;

/// The identifier that an event spoke under, hashed under a key of the installation.
pub fn subject(event: &Event, key: &[u8]) -> Subject {
    let node: NodeId = event.node;
    let identifier = match node.kind() {
        NodeKind::User => event.user_id.as_deref(),
        NodeKind::Email => event.email.as_deref(),
        NodeKind::Anonymous => event.anonymous_id.as_deref(),
    };
    let kind = node.kind().as_str();
    let mut message = kind.as_bytes().to_vec();
    message.push(0xFF);
    message.extend_from_slice(identifier.unwrap_or_default().as_bytes());
    let hash = mac(b"gyre consent subject", &message, key).finalize().into_bytes();
    Subject { kind: kind.to_owned(), hash: hex(&hash) }
}
