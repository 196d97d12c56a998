//! What consent is about and what was said: the words that records, rules and pages share.

use serde::{Deserialize, Serialize};

/// The channel that stands for all channels.
pub const ALL_CHANNELS: &str = "*";

/// What something may be done for. The names are Gyre's own; those of others are mapped onto them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To collect what the person does at all.
    Collect,
    /// To count and report.
    Analytics,
    /// To choose what the person is shown.
    Personalise,
    /// To train models with what the person did.
    ModelTraining,
    /// To join the person's identifiers and derive features and audiences.
    Profiling,
    /// To hand data to advertisers and other third parties.
    AdsShare,
    /// To write to the person, per channel. What records of before purposes were kept speak of.
    #[default]
    Contact,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 7] = [
        Self::Collect,
        Self::Analytics,
        Self::Personalise,
        Self::ModelTraining,
        Self::Profiling,
        Self::AdsShare,
        Self::Contact,
    ];
    /// The name used in records, tables, resources and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Analytics => "analytics",
            Self::Personalise => "personalise",
            Self::ModelTraining => "model_training",
            Self::Profiling => "profiling",
            Self::AdsShare => "ads_share",
            Self::Contact => "contact",
        }
    }
    /// The purpose of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
    /// Whether it is the one that has channels.
    pub fn is_contact(&self) -> bool {
        *self == Self::Contact
    }
}

/// A purpose, and for contact the channel: written `analytics`, `contact.email`, `contact` (all
/// channels).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Topic {
    /// What for.
    pub purpose: Purpose,
    /// The channel, or `*`; empty for purposes without channels.
    pub channel: String,
}

impl Topic {
    /// The topic of a purpose; a purpose without channels has none, contact without one has all.
    pub fn new(purpose: Purpose, channel: &str) -> Self {
        let channel = match (purpose, channel) {
            (Purpose::Contact, "") => ALL_CHANNELS,
            (Purpose::Contact, channel) => channel,
            _ => "",
        };
        Self { purpose, channel: channel.to_owned() }
    }
    /// The topic written that way.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('.') {
            None => Purpose::parse(text).map(|purpose| Self::new(purpose, "")),
            Some(("contact", channel)) if !channel.is_empty() => {
                Some(Self::new(Purpose::Contact, channel))
            }
            Some(_) => None,
        }
    }
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.purpose, self.channel.as_str()) {
            (Purpose::Contact, ALL_CHANNELS) => f.write_str("contact"),
            (Purpose::Contact, channel) => write!(f, "contact.{channel}"),
            (purpose, _) => f.write_str(purpose.as_str()),
        }
    }
}

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentDecision {
    /// Yes.
    Granted,
    /// No, when asked.
    Denied,
    /// No, after a yes.
    Withdrawn,
    /// A yes whose time is over.
    Expired,
}

impl ConsentDecision {
    /// The name used in records, tables and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
    /// The decision of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Granted, Self::Denied, Self::Withdrawn, Self::Expired]
            .into_iter()
            .find(|decision| decision.as_str() == text)
    }
    /// Whether it is a yes.
    pub fn is_granted(self) -> bool {
        self == Self::Granted
    }
}
