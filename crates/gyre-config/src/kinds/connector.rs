//! `Connector`: a program that reads another system and says what it found.

use super::SecretRef;
use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A program that reads another system: a Singer tap or an Airbyte source. It runs beside the server and
/// writes JSON lines; its state is kept only when what it read is on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// What it speaks.
    pub protocol: Protocol,
    /// The program: the name of an executable in the folder that `gyre serve --connectors` names.
    pub command: String,
    /// Its configuration.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(schema_with = "free")]
    pub config: Map<String, Value>,
    /// Secrets put into the configuration, by path: `{password: {env: GYRE_SECRET_CRM}}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretRef>,
    /// The catalog it is given. Absent: what it discovers, all of `streams` selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "maybe_free")]
    pub catalog: Option<Map<String, Value>>,
    /// The mapping of each stream, one with `format: json`; streams that are not named are passed over.
    pub streams: BTreeMap<String, String>,
    /// The column by which a stream is read on from where it stopped, such as `updated_at`: the
    /// replication key of Singer, the cursor of Airbyte. Streams without one are read whole each time,
    /// unless the program itself knows better. Only without `catalog`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub incremental: BTreeMap<String, String>,
    /// How often it runs; absent: when it is told to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "span")]
    pub every: Option<Span>,
    /// Whether it runs at all.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// What a connector speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Singer: `--config`, `--catalog`, `--state`; lines of type SCHEMA, RECORD, STATE.
    Singer,
    /// Airbyte: `discover`, `read`; lines of type RECORD, STATE, LOG, TRACE.
    Airbyte,
}

fn yes() -> bool {
    true
}
fn free(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "object", "additionalProperties": true})
}
fn maybe_free(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    free(generator)
}
fn span(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    super::span_schema(generator)
}
