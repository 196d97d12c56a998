//! How the calls of another system prove where they come from, and where secrets are kept.

use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What every name of an environment variable with a secret begins with: files of resources can then
/// name no other variable of the server.
pub const SECRET_PREFIX: &str = "GYRE_SECRET_";

/// Where a secret is kept; exactly one of the three. It is never written in a file of resources, but
/// for development.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretRef {
    /// An environment variable of the server; its name begins with `GYRE_SECRET_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// A file in the folder that `gyre serve --secrets` names; white space around its text does not
    /// count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The secret itself, for trying things out: whoever reads the resources knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub development: Option<String>,
}

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretPlace<'a> {
    /// An environment variable.
    Env(&'a str),
    /// A file in the folder of secrets.
    File(&'a str),
    /// Here.
    Here(&'a str),
}

impl SecretRef {
    /// Where it is kept; `None` unless exactly one place is written.
    pub fn place(&self) -> Option<SecretPlace<'_>> {
        match (&self.env, &self.file, &self.development) {
            (Some(name), None, None) => Some(SecretPlace::Env(name)),
            (None, Some(name), None) => Some(SecretPlace::File(name)),
            (None, None, Some(text)) => Some(SecretPlace::Here(text)),
            _ => None,
        }
    }
}

/// How the calls of a source of `type: webhook` are signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Which way.
    pub scheme: Scheme,
    /// The secrets; any of them counts, so that one can be replaced without a gap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretRef>,
    /// The header with the signature; only with `hmac`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The hash; only with `hmac`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// How the signature is written; only with `hmac`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// What stands before the signature, for example `sha256=`; only with `hmac`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The user name; only with `basic`, whose secrets are passwords.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How far the time in a signature may be from the server's; only with `standard` and `stripe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_span")]
    pub tolerance: Option<Span>,
}

/// A way to sign calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature` (`v1`).
    Standard,
    /// Stripe's header `Stripe-Signature` (`t=…,v1=…`).
    Stripe,
    /// Shopify's header `X-Shopify-Hmac-Sha256`.
    Shopify,
    /// An HMAC of the body in a header.
    Hmac,
    /// `Authorization: Basic …` with `user` and one of the secrets as password.
    Basic,
    /// `Authorization: Bearer …` with one of the secrets.
    Bearer,
    /// Nothing is proved: whoever knows the address may write. Only where the network sees to it.
    None,
}

/// The hash of an HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal digits.
    #[default]
    Hex,
    /// Base64.
    Base64,
}

/// A length of time that may be left out.
fn optional_span(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    super::span_schema(generator)
}
