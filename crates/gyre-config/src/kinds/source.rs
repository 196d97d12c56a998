//! `Source`: where events come from.

use super::{Signature, span_schema};
use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where events come from, and the keys with which they may be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Who holds the key: a server's claims weigh more than a browser's.
    pub r#type: SourceType,
    /// The write keys; any of them may be used, so that one can be replaced without a gap. A key may be
    /// written as its hash, `sha256:` and 64 hexadecimal digits. Keys that the server made need not
    /// stand here.
    #[serde(default)]
    pub write_keys: Vec<String>,
    /// Whether events are taken; a disabled source answers 200 and puts them into dead letters.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The largest single event in bytes.
    #[serde(default = "event_limit")]
    pub max_event_bytes: u32,
    /// The largest request body in bytes, after decompression.
    #[serde(default = "request_limit")]
    pub max_request_bytes: u32,
    /// The most events of one request that are taken; the others become dead letters.
    #[serde(default = "events_limit", skip_serializing_if = "is_events_limit")]
    pub max_events: u32,
    /// How many events are taken in a time; what is more is answered 429 and comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// The origins whose pages may use the key, such as `https://shop.example` or
    /// `https://*.shop.example`; all, if there are none. For browsers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
    /// Whether the address that an event of a browser or app came from is kept with it, as
    /// `context.ip`.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub keep_ip: bool,
    /// How calls are signed; only with `type: webhook`, which takes none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// So many events in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many.
    pub events: u32,
    /// In how much time.
    #[schemars(schema_with = "span_schema")]
    pub per: Span,
    /// How many at once after a pause; as many as `events` unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

impl Source {
    /// Whether a page of this origin may use the keys.
    pub fn allows(&self, origin: Option<&str>) -> bool {
        self.origins.is_empty()
            || origin.is_some_and(|origin| self.origins.iter().any(|one| covers(one, origin)))
    }
}

/// Whether an entry of the list stands for an origin. `*.` stands for any name below, not for none.
fn covers(entry: &str, origin: &str) -> bool {
    match entry.split_once("*.") {
        None => entry.eq_ignore_ascii_case(origin),
        Some((scheme, domain)) => {
            let origin = origin.to_ascii_lowercase();
            let domain = domain.to_ascii_lowercase();
            let below = origin
                .strip_prefix(scheme)
                .and_then(|host| host.strip_suffix(&domain))
                .and_then(|below| below.strip_suffix('.'));
            below.is_some_and(|below| {
                !below.is_empty()
                    && below.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
            })
        }
    }
}

/// What kind of client a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceType {
    /// A server of yours: its claims are trusted.
    Server,
    /// A browser: anybody can read its key.
    Browser,
    /// An app: anybody can read its key.
    Mobile,
    /// Files.
    Import,
    /// Another system's calls.
    Webhook,
    /// Programs that read another system: its claims weigh as much as those of files.
    Connector,
}

impl SourceType {
    /// Whether the key is in customers' hands.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Browser | Self::Mobile)
    }
}

fn yes() -> bool {
    true
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_yes(value: &bool) -> bool {
    *value
}
fn events_limit() -> u32 {
    2_500
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_events_limit(value: &u32) -> bool {
    *value == events_limit()
}
fn event_limit() -> u32 {
    32 * 1024
}
fn request_limit() -> u32 {
    4 * 1024 * 1024
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_names_below_and_nothing_else() {
        let below = "https://*.shop.example";
        for (entry, origin, wanted) in [
            ("https://shop.example", "https://shop.example", true),
            ("https://shop.example", "HTTPS://Shop.Example", true),
            ("https://shop.example", "http://shop.example", false),
            ("https://shop.example", "https://shop.example:8443", false),
            (below, "https://www.shop.example", true),
            (below, "https://a.b.shop.example", true),
            (below, "https://shop.example", false),
            (below, "https://evilshop.example", false),
            (below, "https://.shop.example", false),
            (below, "https://evil.example/.shop.example", false),
            (below, "http://www.shop.example", false),
        ] {
            assert_eq!(covers(entry, origin), wanted, "{entry} {origin}");
        }
    }
}
