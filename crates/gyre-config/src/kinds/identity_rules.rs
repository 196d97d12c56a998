//! `IdentityRules`: which identifiers are one person.

use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which identifiers are one person. At most one per workspace; what is not said is as shipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityRules {
    /// Types of identifiers: changes to shipped ones (`user_id`, `email`, `phone`, `anonymous_id`,
    /// `device_id`, `advertising_id`, `push_token`, `ga_client_id`), and types of your own.
    #[serde(default)]
    pub types: Vec<IdType>,
    /// Values of any type that identify nobody, as regular expressions over the whole value; what
    /// Segment and PostHog block is blocked anyway.
    #[serde(default)]
    pub blocklist: Vec<String>,
    /// The country code (`49`) of phone numbers written without one; such numbers identify nobody where
    /// it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_country: Option<String>,
    /// The most identifiers of a person. What is linked with more is taken apart to what was linked with
    /// a user id directly.
    #[serde(default = "max_ids")]
    pub max_ids: u32,
    /// The most times that a person may absorb another.
    #[serde(default = "max_merges")]
    pub max_merges: u32,
    /// An identifier linked with more people than this is nobody's: a kiosk, an id in the code.
    #[serde(default = "max_people_per_id")]
    pub max_people_per_id: u32,
}

/// A type of identifier.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdType {
    /// Its name.
    pub name: String,
    /// Where a type of your own is found. Shipped types have their own places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<IdOrigin>,
    /// Whether it links people; a type that does not stays on the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The most of this type that a person has, and that anything is linked with, inside the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The window of the limit, in whole days; absent: ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_span_schema")]
    pub window: Option<Span>,
    /// Whether a person has at most one, whatever the limit says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<bool>,
    /// Of two links that cannot both hold and are trusted alike, the one with the lower number holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Values that identify nobody, as regular expressions over the whole value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocklist: Vec<String>,
    /// How values are brought into one form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalise: Option<Normaliser>,
    /// Whether its links are only likely: shown, and never followed, so that nothing is sent or erased
    /// because of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probabilistic: Option<bool>,
}

/// Where an identifier is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdOrigin {
    /// A trait of an `identify`, or of `context.traits`.
    Trait(String),
    /// A property of a `track`, `page` or `screen`.
    Property(String),
    /// An entry of `context.externalIds` with this `type`.
    ExternalId(String),
}

/// How values are brought into one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Normaliser {
    /// White space around it goes.
    Trim,
    /// The same, in lower case.
    Lower,
    /// An e-mail address, in lower case.
    Email,
    /// A phone number, in the form of E.164.
    Phone,
}

impl IdentityRules {
    /// The names of the shipped types.
    pub const SHIPPED: [&str; 8] = [
        "user_id",
        "email",
        "phone",
        "anonymous_id",
        "device_id",
        "advertising_id",
        "push_token",
        "ga_client_id",
    ];

    /// The shipped types with everything said.
    pub fn shipped() -> Vec<IdType> {
        let days = |n| Some(Span::days(n));
        let one = |name: &str, limit, window, priority, normalise| IdType {
            name: name.to_owned(),
            from: None,
            enabled: Some(true),
            limit: Some(limit),
            window,
            unique: Some(name == "user_id"),
            priority: Some(priority),
            blocklist: Vec::new(),
            normalise: Some(normalise),
            probabilistic: Some(false),
        };
        vec![
            one("user_id", 1, None, 1, Normaliser::Trim),
            one("email", 5, None, 2, Normaliser::Email),
            one("phone", 5, None, 3, Normaliser::Phone),
            one("anonymous_id", 20, days(30), 4, Normaliser::Trim),
            one("device_id", 20, days(30), 5, Normaliser::Trim),
            one("advertising_id", 20, days(30), 6, Normaliser::Trim),
            one("push_token", 20, days(30), 7, Normaliser::Trim),
            one("ga_client_id", 20, days(30), 8, Normaliser::Trim),
        ]
    }

    /// All types as they hold: the shipped ones with what this resource changes, then its own.
    pub fn all_types(&self) -> Vec<IdType> {
        let mut all = Self::shipped();
        for own in &self.types {
            if let Some(shipped) = all.iter_mut().find(|one| one.name == own.name) {
                shipped.enabled = own.enabled.or(shipped.enabled);
                if own.limit.is_some() {
                    (shipped.limit, shipped.window) = (own.limit, own.window);
                } else if own.window.is_some() {
                    shipped.window = own.window;
                }
                shipped.unique = own.unique.or(shipped.unique);
                shipped.priority = own.priority.or(shipped.priority);
                shipped.normalise = own.normalise.or(shipped.normalise);
                shipped.probabilistic = own.probabilistic.or(shipped.probabilistic);
                shipped.blocklist.extend(own.blocklist.iter().cloned());
            } else {
                all.push(IdType {
                    enabled: own.enabled.or(Some(true)),
                    limit: own.limit.or(Some(5)),
                    unique: own.unique.or(Some(false)),
                    priority: own.priority.or(Some(9)),
                    normalise: own.normalise.or(Some(Normaliser::Trim)),
                    probabilistic: own.probabilistic.or(Some(false)),
                    ..own.clone()
                });
            }
        }
        all
    }
}

impl Default for IdentityRules {
    fn default() -> Self {
        Self {
            types: Vec::new(),
            blocklist: Vec::new(),
            phone_country: None,
            max_ids: max_ids(),
            max_merges: max_merges(),
            max_people_per_id: max_people_per_id(),
        }
    }
}

fn max_ids() -> u32 {
    1_000
}
fn max_merges() -> u32 {
    100
}
fn max_people_per_id() -> u32 {
    20
}

fn optional_span_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    super::span_schema(generator)
}
