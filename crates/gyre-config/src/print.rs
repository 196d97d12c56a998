//! A resource as YAML, keys in the order of the types, so that reading it again gives the same.

use crate::resource::{API_VERSION, Metadata, Resource, Spec};
use serde::{Serialize, Serializer};
use serde_json::Value;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "apiVersion")]
    api_version: &'a str,
    kind: &'a str,
    metadata: &'a Metadata,
    spec: Body<'a>,
    #[serde(skip_serializing_if = "Value::is_null")]
    managed: &'a Value,
}

struct Body<'a>(&'a Spec);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Spec::Source(spec) => spec.serialize(serializer),
            Spec::Feature(spec) => spec.serialize(serializer),
            Spec::Audience(spec) => spec.serialize(serializer),
            Spec::Content(spec) => spec.serialize(serializer),
            Spec::Offer(spec) => spec.serialize(serializer),
            Spec::ContactPolicy(spec) => spec.serialize(serializer),
            Spec::DecisionPolicy(spec) => spec.serialize(serializer),
            Spec::Campaign(spec) => spec.serialize(serializer),
            Spec::Loop(spec) => spec.serialize(serializer),
            Spec::Mapping(spec) => spec.serialize(serializer),
            Spec::ConsentPolicy(spec) => spec.serialize(serializer),
            Spec::IdentityRules(spec) => spec.serialize(serializer),
            Spec::TrackingPlan(spec) => spec.serialize(serializer),
            Spec::Connector(spec) => spec.serialize(serializer),
            Spec::Metric(spec) => spec.serialize(serializer),
            Spec::Board(spec) => spec.serialize(serializer),
            Spec::Lifecycle(spec) => spec.serialize(serializer),
            Spec::Report(spec) => spec.serialize(serializer),
            Spec::Alert(spec) => spec.serialize(serializer),
        }
    }
}

/// A value that YAML cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("the value cannot be written as yaml")]
pub struct PrintError(#[from] serde_saphyr::SerializeError);

/// The document of a resource, without a leading `---`.
pub fn print(resource: &Resource) -> Result<String, PrintError> {
    let document = Document {
        api_version: API_VERSION,
        kind: resource.kind().as_str(),
        metadata: &resource.metadata,
        spec: Body(&resource.spec),
        managed: &resource.managed,
    };
    to_yaml(&document)
}

/// YAML in blocks with two spaces for each level, ending with a line end.
pub(crate) fn to_yaml(value: &impl Serialize) -> Result<String, PrintError> {
    let options = serde_saphyr::ser_options! {
        compact_list_indent: false,
        prefer_block_scalars: false,
    };
    let mut text = serde_saphyr::to_string_with_options(value, options)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}
