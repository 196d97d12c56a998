//! What is answered about features.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// All features.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureList {
    features: Vec<FeatureView>,
}

/// A feature with its figures.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureView {
    name: String,
    #[serde(default)]
    description: Option<String>,
    version: u64,
    /// Its definition.
    spec: Value,
    /// `ready`, `filling` (what happened before it was applied is being read) or `waiting`.
    state: String,
    /// Since when events count; absent: all of history does.
    #[serde(default)]
    counts_from: Option<String>,
    #[serde(default)]
    progress: Option<FeatureProgress>,
    /// How many people have a value.
    people: u64,
    /// When the newest event happened that it knows of.
    #[serde(default)]
    latest_event: Option<String>,
    /// How many records of the journal it does not know yet.
    behind: u64,
    /// When it was compared with the lake last, and what came of it.
    #[serde(default)]
    checked: Option<(String, FeatureAgreement)>,
}

/// How far history was read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureProgress {
    read: u64,
    of: u64,
}

/// How a feature compares with the lake.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureAgreement {
    name: String,
    /// How many values were compared.
    compared: u64,
    /// How many differ, in any bit.
    mismatched: u64,
    /// Some of the people whose values differ.
    people: Vec<String>,
}

/// What came of comparing what is served with the lake.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureCheck {
    at: String,
    people: u64,
    /// People who could not be compared.
    left_out: u64,
    features: Vec<FeatureAgreement>,
}

/// What the status says of features.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureStatus {
    /// History that is being read for new features.
    #[serde(default)]
    filling: Option<FeatureFilling>,
    /// How many values differed from the lake's when they were compared last.
    mismatched: u64,
}

/// History that is being read for new features.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureFilling {
    read: u64,
    of: u64,
    /// For how many features.
    features: u64,
}
