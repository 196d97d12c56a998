//! Ids: sixteen bytes, made by hashing what the thing follows from, so that deriving twice gives the
//! same id. They carry no personal data and are shown as 32 hexadecimal digits.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use xxhash_rust::xxh3::Xxh3;

/// Hashes parts with their lengths, so that `("ab", "c")` and `("a", "bc")` differ.
pub fn hash128(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Xxh3::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.digest128().to_be_bytes()
}

/// The 64-bit form of [`hash128`].
pub fn hash64(parts: &[&[u8]]) -> u64 {
    let bytes = hash128(parts);
    u64::from_be_bytes([
        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
    ])
}

/// A text that is not 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 hexadecimal digits")]
pub struct ParseIdError;

fn parse_hex(text: &[u8]) -> Result<[u8; 16], ParseIdError> {
    if text.len() != 32 {
        return Err(ParseIdError);
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err(ParseIdError),
    };
    let mut out = [0u8; 16];
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(out)
}

/// The 32 digits of an id. Every record is full of ids, so they are not written by way of `fmt`.
struct Hex([u8; 32]);

impl Hex {
    fn of(bytes: &[u8; 16]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0u8; 32];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(bytes) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(hex)
    }
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Reads the digits of an id where they stand.
struct HexVisitor;

impl de::Visitor<'_> for HexVisitor {
    type Value = [u8; 16];
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 hexadecimal digits")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<[u8; 16], E> {
        parse_hex(text.as_bytes()).map_err(E::custom)
    }
}

macro_rules! id16 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// The id of the thing that follows from these parts.
            pub fn of(parts: &[&[u8]]) -> Self {
                Self(hash128(parts))
            }
            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Hex::of(&self.0).as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
        impl std::str::FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_hex(text.as_bytes()).map(Self)
            }
        }
        // Text in JSON (people read it), raw bytes in binary formats (the fold stores millions).
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.serialize_str(Hex::of(&self.0).as_str())
                } else {
                    self.0.serialize(serializer)
                }
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(HexVisitor).map(Self)
                } else {
                    <[u8; 16]>::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}

id16! {
    /// One identity node: a hash of (workspace, kind, value); its first byte is the [`NodeKind`].
    NodeId
}
id16! {
    /// One person: the id of the root node of the group that the person's nodes form.
    PersonId
}
id16! {
    /// One decision.
    DecisionId
}
id16! {
    /// One send: the idempotency key of everything that leaves.
    SendId
}
id16! {
    /// One journal record, where it needs a name of its own (turns, proposals, dead letters).
    RecordId
}
id16! {
    /// What makes two events the same: a hash of (workspace, source, message id).
    MessageHash
}

/// What kind of identifier a node stands for. Order is priority: a user id outranks the rest, and what
/// names somebody outranks what names a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// The customer's own id for a known person.
    User,
    /// An e-mail address, normalised to lower case.
    Email,
    /// A phone number in the form of E.164.
    Phone,
    /// An id of a type of one's own; which one is in the node's second and third byte.
    External,
    /// A device's or browser's id.
    Anonymous,
    /// The id of a device, as its operating system gives it.
    Device,
    /// The id a device has for advertising.
    Advertising,
    /// The token a device is sent messages with.
    PushToken,
    /// The client id of Google Analytics.
    GaClient,
}

impl NodeKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::User,
        Self::Email,
        Self::Phone,
        Self::External,
        Self::Anonymous,
        Self::Device,
        Self::Advertising,
        Self::PushToken,
        Self::GaClient,
    ];
    /// The first byte of a node of this kind. On disk: never renumbered.
    pub fn code(self) -> u8 {
        match self {
            Self::User => 1,
            Self::Email => 2,
            Self::Anonymous => 3,
            Self::Phone => 4,
            Self::Device => 5,
            Self::Advertising => 6,
            Self::PushToken => 7,
            Self::GaClient => 8,
            Self::External => 9,
        }
    }
    /// Whether it names somebody wherever they are, and not a device they use.
    pub fn names_somebody(self) -> bool {
        matches!(self, Self::User | Self::Email | Self::Phone | Self::External)
    }
    /// The name used in records and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::External => "external",
            Self::Anonymous => "anonymous",
            Self::Device => "device",
            Self::Advertising => "advertising",
            Self::PushToken => "push_token",
            Self::GaClient => "ga_client",
        }
    }
}

impl NodeId {
    /// The node of an identifier.
    pub fn node(workspace: &str, kind: NodeKind, value: &str) -> Self {
        let mut bytes = hash128(&[workspace.as_bytes(), &[kind.code()], value.as_bytes()]);
        bytes[0] = kind.code();
        Self(bytes)
    }
    /// The node of an identifier of a type of one's own.
    pub fn external(workspace: &str, id_type: &str, value: &str) -> Self {
        let code = NodeKind::External.code();
        let parts = [workspace.as_bytes(), &[code], id_type.as_bytes(), value.as_bytes()];
        let mut bytes = hash128(&parts);
        bytes[0] = code;
        [bytes[1], bytes[2]] = Self::type_tag(id_type).to_be_bytes();
        Self(bytes)
    }
    /// What tells types of one's own apart in their nodes.
    pub fn type_tag(id_type: &str) -> u16 {
        hash64(&[b"id type", id_type.as_bytes()]) as u16
    }
    /// The tag of the type of one's own that the node was made with; of other kinds it means nothing.
    pub fn tag(&self) -> u16 {
        u16::from_be_bytes([self.0[1], self.0[2]])
    }
    /// The kind the node was made with.
    pub fn kind(&self) -> NodeKind {
        match self.0[0] {
            1 => NodeKind::User,
            2 => NodeKind::Email,
            4 => NodeKind::Phone,
            5 => NodeKind::Device,
            6 => NodeKind::Advertising,
            7 => NodeKind::PushToken,
            8 => NodeKind::GaClient,
            9 => NodeKind::External,
            _ => NodeKind::Anonymous,
        }
    }
    /// The person this node would be on its own.
    pub fn as_person(&self) -> PersonId {
        PersonId(self.0)
    }
    /// The key that decides the node's partition.
    pub fn key(&self) -> u64 {
        let b = &self.0;
        u64::from_be_bytes([b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]])
    }
}

impl PersonId {
    /// The root node of the person.
    pub fn root(&self) -> NodeId {
        NodeId(self.0)
    }
}
