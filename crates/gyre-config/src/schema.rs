//! The JSON Schema of every kind: for editors, for the reference, and for the check of shapes.

use crate::case::Case;
use crate::kinds;
use crate::resource::{API_VERSION, Metadata};
use gyre_model::resource::Kind;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What a document can be: a resource of a kind, or a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    Resource(Kind),
    Test,
}

impl DocumentKind {
    pub(crate) const ALL: [Self; 20] = [
        Self::Resource(Kind::Source),
        Self::Resource(Kind::Feature),
        Self::Resource(Kind::Audience),
        Self::Resource(Kind::Content),
        Self::Resource(Kind::Offer),
        Self::Resource(Kind::ContactPolicy),
        Self::Resource(Kind::DecisionPolicy),
        Self::Resource(Kind::Campaign),
        Self::Resource(Kind::Loop),
        Self::Resource(Kind::Mapping),
        Self::Resource(Kind::ConsentPolicy),
        Self::Resource(Kind::IdentityRules),
        Self::Resource(Kind::TrackingPlan),
        Self::Resource(Kind::Connector),
        Self::Resource(Kind::Metric),
        Self::Resource(Kind::Board),
        Self::Resource(Kind::Lifecycle),
        Self::Resource(Kind::Report),
        Self::Resource(Kind::Alert),
        Self::Test,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Resource(kind) => kind.as_str(),
            Self::Test => "Test",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

static SCHEMA: LazyLock<Value> = LazyLock::new(generate);

/// The JSON Schema (draft 2020-12) of a document: the envelope, one alternative per kind.
pub fn json_schema() -> Value {
    SCHEMA.clone()
}

/// The same, without a copy.
pub(crate) fn schema() -> &'static Value {
    &SCHEMA
}

/// The envelope's schema for a kind.
pub(crate) fn of(kind: DocumentKind) -> &'static Value {
    let index = DocumentKind::ALL.iter().position(|candidate| *candidate == kind);
    &SCHEMA["oneOf"][index.unwrap_or_default()]
}

fn generate() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let metadata = reference::<Metadata>(&mut generator);
    let kinds: Vec<Value> = DocumentKind::ALL
        .into_iter()
        .map(|kind| {
            let spec = spec(kind, &mut generator);
            let mut properties = Map::new();
            properties.insert("apiVersion".to_owned(), json!({"const": API_VERSION}));
            properties.insert("kind".to_owned(), json!({"const": kind.as_str()}));
            properties.insert("metadata".to_owned(), metadata.clone());
            properties.insert("spec".to_owned(), spec);
            if kind == DocumentKind::Resource(Kind::Campaign) {
                let managed = reference::<kinds::Managed>(&mut generator);
                properties.insert("managed".to_owned(), managed);
            }
            json!({
                "title": kind.as_str(),
                "type": "object",
                "properties": properties,
                "required": ["apiVersion", "kind", "metadata", "spec"],
                "additionalProperties": false,
            })
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A document of Gyre's configuration",
        "oneOf": kinds,
        "$defs": generator.take_definitions(true),
    })
}

fn spec(kind: DocumentKind, generator: &mut SchemaGenerator) -> Value {
    match kind {
        DocumentKind::Resource(Kind::Source) => reference::<kinds::Source>(generator),
        DocumentKind::Resource(Kind::Feature) => reference::<kinds::Feature>(generator),
        DocumentKind::Resource(Kind::Audience) => reference::<kinds::Audience>(generator),
        DocumentKind::Resource(Kind::Content) => reference::<kinds::Content>(generator),
        DocumentKind::Resource(Kind::Offer) => reference::<kinds::Offer>(generator),
        DocumentKind::Resource(Kind::ContactPolicy) => reference::<kinds::ContactPolicy>(generator),
        DocumentKind::Resource(Kind::DecisionPolicy) => {
            reference::<kinds::DecisionPolicy>(generator)
        }
        DocumentKind::Resource(Kind::Campaign) => reference::<kinds::Campaign>(generator),
        DocumentKind::Resource(Kind::Loop) => reference::<kinds::Loop>(generator),
        DocumentKind::Resource(Kind::Mapping) => reference::<kinds::Mapping>(generator),
        DocumentKind::Resource(Kind::ConsentPolicy) => reference::<kinds::ConsentPolicy>(generator),
        DocumentKind::Resource(Kind::IdentityRules) => reference::<kinds::IdentityRules>(generator),
        DocumentKind::Resource(Kind::TrackingPlan) => reference::<kinds::TrackingPlan>(generator),
        DocumentKind::Resource(Kind::Connector) => reference::<kinds::Connector>(generator),
        DocumentKind::Resource(Kind::Metric) => reference::<kinds::Metric>(generator),
        DocumentKind::Resource(Kind::Board) => reference::<kinds::Board>(generator),
        DocumentKind::Resource(Kind::Lifecycle) => reference::<kinds::Lifecycle>(generator),
        DocumentKind::Resource(Kind::Report) => reference::<kinds::Report>(generator),
        DocumentKind::Resource(Kind::Alert) => reference::<kinds::Alert>(generator),
        DocumentKind::Test => reference::<Case>(generator),
    }
}

fn reference<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}
