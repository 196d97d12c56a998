//! The envelope that every resource shares.

use crate::kinds::{
    Alert, Audience, Board, Campaign, Connector, ConsentPolicy, ContactPolicy, Content,
    DecisionPolicy, Feature, IdentityRules, Lifecycle, Loop, Mapping, Metric, Offer, Report,
    Source, TrackingPlan,
};
use gyre_model::resource::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The only API version so far.
pub const API_VERSION: &str = "gyre/v1";

/// What names and describes a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Its name: lower-case letters, digits and `_` or `-`, at most 63; unique per kind and workspace.
    pub name: String,
    /// The workspace; `main` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// What people should know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Free labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// What people own of a resource, by kind.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there are few, and none is moved in a hot path")]
pub enum Spec {
    /// Where events come from.
    Source(Source),
    /// A value derived from events.
    Feature(Feature),
    /// People for whom a rule holds.
    Audience(Audience),
    /// What is shown or sent.
    Content(Content),
    /// Something given away.
    Offer(Offer),
    /// Consent, caps, quiet hours.
    ContactPolicy(ContactPolicy),
    /// How a variant is chosen.
    DecisionPolicy(DecisionPolicy),
    /// Audience, variants, channels, schedule.
    Campaign(Campaign),
    /// The habit to work on.
    Loop(Loop),
    /// How rows become records.
    Mapping(Mapping),
    /// What consent is needed for.
    ConsentPolicy(ConsentPolicy),
    /// Which identifiers are one person.
    IdentityRules(IdentityRules),
    /// What events should look like.
    TrackingPlan(TrackingPlan),
    /// A program that reads another system.
    Connector(Connector),
    /// A number with one definition.
    Metric(Metric),
    /// Numbers and charts on a page.
    Board(Board),
    /// The stages people go through.
    Lifecycle(Lifecycle),
    /// A board as a mail, again and again.
    Report(Report),
    /// A number that somebody is told about.
    Alert(Alert),
}

impl Spec {
    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Source(_) => Kind::Source,
            Self::Feature(_) => Kind::Feature,
            Self::Audience(_) => Kind::Audience,
            Self::Content(_) => Kind::Content,
            Self::Offer(_) => Kind::Offer,
            Self::ContactPolicy(_) => Kind::ContactPolicy,
            Self::DecisionPolicy(_) => Kind::DecisionPolicy,
            Self::Campaign(_) => Kind::Campaign,
            Self::Loop(_) => Kind::Loop,
            Self::Mapping(_) => Kind::Mapping,
            Self::ConsentPolicy(_) => Kind::ConsentPolicy,
            Self::IdentityRules(_) => Kind::IdentityRules,
            Self::TrackingPlan(_) => Kind::TrackingPlan,
            Self::Connector(_) => Kind::Connector,
            Self::Metric(_) => Kind::Metric,
            Self::Board(_) => Kind::Board,
            Self::Lifecycle(_) => Kind::Lifecycle,
            Self::Report(_) => Kind::Report,
            Self::Alert(_) => Kind::Alert,
        }
    }
    /// As JSON, for the state, the API and records. All these types serialise, so `Null` never shows.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Source(spec) => serde_json::to_value(spec),
            Self::Feature(spec) => serde_json::to_value(spec),
            Self::Audience(spec) => serde_json::to_value(spec),
            Self::Content(spec) => serde_json::to_value(spec),
            Self::Offer(spec) => serde_json::to_value(spec),
            Self::ContactPolicy(spec) => serde_json::to_value(spec),
            Self::DecisionPolicy(spec) => serde_json::to_value(spec),
            Self::Campaign(spec) => serde_json::to_value(spec),
            Self::Loop(spec) => serde_json::to_value(spec),
            Self::Mapping(spec) => serde_json::to_value(spec),
            Self::ConsentPolicy(spec) => serde_json::to_value(spec),
            Self::IdentityRules(spec) => serde_json::to_value(spec),
            Self::TrackingPlan(spec) => serde_json::to_value(spec),
            Self::Connector(spec) => serde_json::to_value(spec),
            Self::Metric(spec) => serde_json::to_value(spec),
            Self::Board(spec) => serde_json::to_value(spec),
            Self::Lifecycle(spec) => serde_json::to_value(spec),
            Self::Report(spec) => serde_json::to_value(spec),
            Self::Alert(spec) => serde_json::to_value(spec),
        }
        .unwrap_or_default()
    }
    /// From JSON of a known kind.
    pub fn from_json(kind: Kind, value: serde_json::Value) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::Source => Self::Source(serde_json::from_value(value)?),
            Kind::Feature => Self::Feature(serde_json::from_value(value)?),
            Kind::Audience => Self::Audience(serde_json::from_value(value)?),
            Kind::Content => Self::Content(serde_json::from_value(value)?),
            Kind::Offer => Self::Offer(serde_json::from_value(value)?),
            Kind::ContactPolicy => Self::ContactPolicy(serde_json::from_value(value)?),
            Kind::DecisionPolicy => Self::DecisionPolicy(serde_json::from_value(value)?),
            Kind::Campaign => Self::Campaign(serde_json::from_value(value)?),
            Kind::Loop => Self::Loop(serde_json::from_value(value)?),
            Kind::Mapping => Self::Mapping(serde_json::from_value(value)?),
            Kind::ConsentPolicy => Self::ConsentPolicy(serde_json::from_value(value)?),
            Kind::IdentityRules => Self::IdentityRules(serde_json::from_value(value)?),
            Kind::TrackingPlan => Self::TrackingPlan(serde_json::from_value(value)?),
            Kind::Connector => Self::Connector(serde_json::from_value(value)?),
            Kind::Metric => Self::Metric(serde_json::from_value(value)?),
            Kind::Board => Self::Board(serde_json::from_value(value)?),
            Kind::Lifecycle => Self::Lifecycle(serde_json::from_value(value)?),
            Kind::Report => Self::Report(serde_json::from_value(value)?),
            Kind::Alert => Self::Alert(serde_json::from_value(value)?),
        })
    }
}

/// One resource: who owns what of it is written in its two halves.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Name and description.
    pub metadata: Metadata,
    /// What people own.
    pub spec: Spec,
    /// What the loop owns; `Null` when it has never written.
    pub managed: serde_json::Value,
}

impl Resource {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.spec.kind()
    }
}
