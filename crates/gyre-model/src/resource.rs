//! What kinds of resource there are and how one is named.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a resource, as written in YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Where events come from; holds write keys.
    Source,
    /// A number or value derived from a person's events.
    Feature,
    /// The stages people go through.
    Lifecycle,
    /// People for whom a rule holds.
    Audience,
    /// What is shown or sent: a template with metadata.
    Content,
    /// Something given away: its cost and its limits.
    Offer,
    /// Consent, caps and quiet hours.
    ContactPolicy,
    /// How a variant is chosen among candidates.
    DecisionPolicy,
    /// Audience, variants, channels, schedule and holdout.
    Campaign,
    /// The habit to work on: signals, actions, reward, holdout, cadence, autonomy.
    Loop,
    /// How rows of a file become records.
    Mapping,
    /// What consent is needed for, where, and how what others say is read.
    ConsentPolicy,
    /// Which identifiers are one person.
    IdentityRules,
    /// What events should look like, and what is mended.
    TrackingPlan,
    /// A program that reads another system.
    Connector,
    /// A number with one definition.
    Metric,
    /// Numbers and charts on a page.
    Board,
    /// A board as a mail, again and again.
    Report,
    /// A number that somebody is told about.
    Alert,
}

impl Kind {
    /// All kinds, in the order in which they may refer to one another.
    pub const ALL: [Self; 19] = [
        Self::Source,
        Self::Feature,
        Self::Lifecycle,
        Self::Audience,
        Self::Content,
        Self::Offer,
        Self::ContactPolicy,
        Self::DecisionPolicy,
        Self::Campaign,
        Self::Loop,
        Self::Mapping,
        Self::ConsentPolicy,
        Self::IdentityRules,
        Self::TrackingPlan,
        Self::Connector,
        Self::Metric,
        Self::Board,
        Self::Report,
        Self::Alert,
    ];
    /// The name as written in YAML.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Feature => "Feature",
            Self::Audience => "Audience",
            Self::Content => "Content",
            Self::Offer => "Offer",
            Self::ContactPolicy => "ContactPolicy",
            Self::DecisionPolicy => "DecisionPolicy",
            Self::Campaign => "Campaign",
            Self::Loop => "Loop",
            Self::Mapping => "Mapping",
            Self::ConsentPolicy => "ConsentPolicy",
            Self::IdentityRules => "IdentityRules",
            Self::TrackingPlan => "TrackingPlan",
            Self::Connector => "Connector",
            Self::Metric => "Metric",
            Self::Board => "Board",
            Self::Report => "Report",
            Self::Alert => "Alert",
            Self::Lifecycle => "Lifecycle",
        }
    }
    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
