//! `ConsentPolicy`: what consent is needed for, where, and how what others say is read.

mod defaults;
mod page;

pub use page::{Brand, PagePurpose, PageText, PreferencePage};

use gyre_model::{Purpose, Span, Topic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What consent is needed for, where, and how what others say is read. A workspace has one; without one,
/// only contact needs consent, as its contact policies say.
///
/// Topics are `collect`, `analytics`, `personalise`, `model_training`, `profiling`, `ads_share`,
/// `contact` (all channels) and `contact.<channel>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentPolicy {
    /// How the jurisdiction of a person is found.
    #[serde(default, skip_serializing_if = "JurisdictionRule::is_default")]
    pub jurisdiction: JurisdictionRule,
    /// What holds in each jurisdiction where nothing was said. A jurisdiction not named here denies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub jurisdictions: BTreeMap<String, Jurisdiction>,
    /// What becomes of an event whose person does not consent to `collect`.
    #[serde(default)]
    pub ingest: IngestRule,
    /// The topics that `Sec-GPC: 1` denies; `[ads_share]` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpc: Option<Vec<String>>,
    /// Categories of Segment and RudderStack: what each stands for. Those not named keep their shipped
    /// meaning.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<String, Vec<String>>,
    /// Purposes of the TCF, `1` to `11`. Those not named keep their shipped meaning.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tcf: BTreeMap<String, Vec<String>>,
    /// Signals of the GPP: `sale_opt_out`, `sharing_opt_out`, `targeted_advertising_opt_out`, `gpc`.
    /// Those not named keep their shipped meaning.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gpp: BTreeMap<String, Vec<String>>,
    /// Names of Google's consent mode. Those not named keep their shipped meaning.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub google: BTreeMap<String, Vec<String>>,
    /// The notice that is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    /// The preference page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<PreferencePage>,
}

/// How the jurisdiction of a person is found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JurisdictionRule {
    /// Where the place stands: `traits.<key>` or `context.<key>` (dots lead inwards). The first that an
    /// event has counts, and the latest event that has any.
    #[serde(default)]
    pub from: Vec<String>,
    /// Places and their jurisdictions, for example `DE: eu`. A place not named here is its own
    /// jurisdiction.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub places: BTreeMap<String, String>,
    /// The jurisdiction of people whose place is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

impl JurisdictionRule {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What holds in a jurisdiction where nothing was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    /// For topics not named below.
    pub default: PurposeRule,
    /// Per topic.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<String, PurposeRule>,
    /// How long a yes counts; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::kinds::span_schema")]
    pub expires: Option<Span>,
}

/// What holds where nothing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PurposeRule {
    /// Only with consent given.
    Deny,
    /// Unless it was refused.
    Allow,
}

/// What becomes of an event whose person does not consent to `collect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IngestRule {
    /// It counts as any other.
    #[default]
    Keep,
    /// It is kept without identifiers: what it was and when, its numbers, nothing of whom.
    Anonymise,
    /// It is not kept in the lake and nothing follows from it.
    Drop,
}

/// The notice that is in force: what entries of the ledger refer to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Its version.
    pub version: String,
    /// Its address, for the preference page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Whose words are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// Categories of Segment and RudderStack.
    Categories,
    /// Purposes of the TCF.
    Tcf,
    /// Signals of the GPP.
    Gpp,
    /// Google's consent mode.
    Google,
}

impl ConsentPolicy {
    /// What a word of others stands for; nothing where nobody said.
    pub fn meaning(&self, vocabulary: Vocabulary, word: &str) -> Vec<Topic> {
        let (own, shipped) = match vocabulary {
            Vocabulary::Categories => (&self.categories, defaults::category(word)),
            Vocabulary::Tcf => (&self.tcf, defaults::tcf(word)),
            Vocabulary::Gpp => (&self.gpp, defaults::gpp(word)),
            Vocabulary::Google => (&self.google, defaults::google(word)),
        };
        match own.get(word) {
            Some(own) => own.iter().filter_map(|text| Topic::parse(text)).collect(),
            None => shipped.iter().filter_map(|text| Topic::parse(text)).collect(),
        }
    }

    /// The topics that `Sec-GPC: 1` denies.
    pub fn gpc(&self) -> Vec<Topic> {
        match &self.gpc {
            Some(own) => own.iter().filter_map(|text| Topic::parse(text)).collect(),
            None => vec![Topic::new(Purpose::AdsShare, "")],
        }
    }

    /// The jurisdiction of somebody at a place.
    pub fn jurisdiction_of<'a>(&'a self, place: Option<&'a str>) -> Option<&'a str> {
        match place {
            Some(place) => Some(self.jurisdiction.places.get(place).map_or(place, String::as_str)),
            None => self.jurisdiction.otherwise.as_deref(),
        }
    }

    /// What holds for a topic in a jurisdiction where nothing was said: the rule of the channel, of the
    /// purpose, of the jurisdiction; deny where the jurisdiction is not known.
    pub fn rule(&self, jurisdiction: Option<&str>, topic: &Topic) -> PurposeRule {
        let Some(rules) = jurisdiction.and_then(|name| self.jurisdictions.get(name)) else {
            return PurposeRule::Deny;
        };
        let own = rules.topics.get(&topic.to_string());
        let purpose = rules.topics.get(topic.purpose.as_str());
        own.or(purpose).copied().unwrap_or(rules.default)
    }

    /// How long a yes counts in a jurisdiction.
    pub fn expires(&self, jurisdiction: Option<&str>) -> Option<Span> {
        jurisdiction.and_then(|name| self.jurisdictions.get(name))?.expires
    }
}
