//! Links in messages: to the preference page, and to be written to no more. They are signed, name no
//! address, and are bound to a workspace, a person, what they are for, and a time.
//!
//! Base64url without padding of: version (1 byte), action (1), node (16), expiry in microseconds since
//! 1970 (8), workspace, `0xFF`, channel, tag (the first 16 bytes of an HMAC-SHA256 over all before it).

use crate::token::{TokenError, mac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gyre_model::{NodeId, Timestamp, Workspace};
use hmac::Mac;

const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 26;
const SEPARATOR: u8 = 0xFF;
const DOMAIN: &[u8] = b"gyre page link";

/// What a link is for: one made for the one does not do the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkAction {
    /// To see and set what the person consents to.
    Preferences,
    /// To be written to no more over a channel.
    Unsubscribe,
}

impl LinkAction {
    fn code(self) -> u8 {
        match self {
            Self::Preferences => 1,
            Self::Unsubscribe => 2,
        }
    }
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink {
    /// What it is for.
    pub action: LinkAction,
    /// The workspace.
    pub workspace: Workspace,
    /// The node that stands for the person.
    pub node: NodeId,
    /// The channel it was sent over.
    pub channel: String,
    /// Until when it works.
    pub expires: Timestamp,
}

/// Why a link does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is none of ours, or was changed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It is for something else.
    #[error("the link is for something else")]
    Action,
    /// Its time is over.
    #[error("the link is too old")]
    Expired,
}

impl PageLink {
    /// Seals it with the installation's key.
    pub fn seal(&self, key: &[u8]) -> String {
        let mut bytes = vec![VERSION, self.action.code()];
        bytes.extend_from_slice(self.node.as_bytes());
        bytes.extend_from_slice(&self.expires.0.to_be_bytes());
        bytes.extend_from_slice(self.workspace.as_str().as_bytes());
        bytes.push(SEPARATOR);
        bytes.extend_from_slice(self.channel.as_bytes());
        let tag = mac(DOMAIN, &bytes, key).finalize().into_bytes();
        bytes.extend(tag.into_iter().take(TAG_BYTES));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a link that is for `action`. Comparing takes the same time wherever the tags differ.
    pub fn open(
        text: &str,
        action: LinkAction,
        now: Timestamp,
        key: &[u8],
    ) -> Result<Self, LinkError> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| TokenError::Malformed)?;
        let (signed, tag) = bytes.split_last_chunk::<TAG_BYTES>().ok_or(TokenError::Malformed)?;
        mac(DOMAIN, signed, key).verify_truncated_left(tag).map_err(|_| TokenError::Forged)?;
        let (head, names) =
            signed.split_first_chunk::<HEAD_BYTES>().ok_or(TokenError::Malformed)?;
        if head[0] != VERSION {
            return Err(TokenError::Version(head[0]).into());
        }
        if head[1] != action.code() {
            return Err(LinkError::Action);
        }
        let mut names = names.split(|&byte| byte == SEPARATOR).map(std::str::from_utf8);
        let (Some(Ok(workspace)), Some(Ok(channel)), None) =
            (names.next(), names.next(), names.next())
        else {
            return Err(TokenError::Malformed.into());
        };
        let (mut node, mut expires) = ([0; 16], [0; 8]);
        node.copy_from_slice(&head[2..18]);
        expires.copy_from_slice(&head[18..26]);
        let expires = Timestamp(i64::from_be_bytes(expires));
        if expires < now {
            return Err(LinkError::Expired);
        }
        Ok(Self {
            action,
            workspace: Workspace::new(workspace),
            node: NodeId(node),
            channel: channel.to_owned(),
            expires,
        })
    }
}
