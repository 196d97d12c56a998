//! The preference page: whose it looks like, what it asks, and in which words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The page on which people set what they consent to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencePage {
    /// Whose page it is.
    #[serde(default)]
    pub brand: Brand,
    /// What it asks, in order; contact by e-mail when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<PagePurpose>,
    /// The page's texts by language (`en`, `de`); what is not written is the text that ships.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, PageText>,
    /// The language of people whose browser asks for none of these; `en` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Whose page it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// The name.
    #[serde(default)]
    pub name: String,
    /// The colour of buttons and headings, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// The logo as a `data:image/…` address: the page loads nothing from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
}

/// One thing the page asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PagePurpose {
    /// The topic, for example `contact.email` or `personalise`.
    pub topic: String,
    /// What it is called, by language.
    pub label: BTreeMap<String, String>,
    /// What it means, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub help: BTreeMap<String, String>,
}

/// The texts of one language.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PageText {
    /// The heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What stands above the questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intro: Option<String>,
    /// The button that keeps the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save: Option<String>,
    /// What is said when they are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<String>,
    /// The heading of the page behind an unsubscribe link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
    /// What stands above its button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe_intro: Option<String>,
    /// What is said when it was pressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribed: Option<String>,
    /// The link to the notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}
