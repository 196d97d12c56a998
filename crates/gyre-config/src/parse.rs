//! Text to resources and tests, in two passes: the envelope, then the type that its kind names.

use crate::case::{Case, TestCase};
use crate::diagnostic::Diagnostic;
use crate::kinds::Managed;
use crate::nearest;
use crate::places::{Places, Source};
use crate::resource::{API_VERSION, Metadata, Resource, Spec};
use crate::schema::{self, DocumentKind};
use crate::shape;
use crate::yaml::{self, Data, Map, Node};
use gyre_model::resource::Kind;
use serde_json::Value;
use std::ops::Range;

/// What one document says.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there are few, and none is moved in a hot path")]
pub enum Item {
    /// A resource.
    Resource(Resource),
    /// A test of the resources.
    Test(TestCase),
}

/// One document, and where everything in it stands.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// What it says.
    pub item: Item,
    /// Where it says it.
    pub places: Places,
}

impl Parsed {
    /// A resource that came without text; what is wrong with it is said by path.
    pub fn without_text(origin: &str, resource: Resource) -> Self {
        Self { item: Item::Resource(resource), places: Places::without_text(origin) }
    }

    /// The resource, if it is one.
    pub fn resource(&self) -> Option<&Resource> {
        match &self.item {
            Item::Resource(resource) => Some(resource),
            Item::Test(_) => None,
        }
    }

    /// The test, if it is one.
    pub fn test(&self) -> Option<&TestCase> {
        match &self.item {
            Item::Test(test) => Some(test),
            Item::Resource(_) => None,
        }
    }
}

/// Reads all documents of a text, and says everything that is wrong with those that cannot be read.
/// A document with an error gives no [`Parsed`]; the others do. Never panics.
pub fn parse(file_name: &str, text: &str) -> (Vec<Parsed>, Vec<Diagnostic>) {
    let source = Source::new(file_name, text);
    let mut parsed = Vec::new();
    let mut diagnostics = Vec::new();
    for document in yaml::read(&source) {
        let mut found = document.diagnostics;
        // A document of comments only is nothing.
        if let Some(root) = document.root.filter(|root| !matches!(root.data, Data::Null)) {
            let item = document_item(&source, &root, &mut found);
            if let (Some(item), true) = (item, found.is_empty()) {
                parsed.push(Parsed { item, places: root.places(&source) });
            }
        }
        diagnostics.append(&mut found);
    }
    (parsed, diagnostics)
}

/// The kind and the first pass over the envelope.
fn document_item(source: &Source, root: &Node, found: &mut Vec<Diagnostic>) -> Option<Item> {
    let Data::Map(map) = &root.data else {
        let hint = Some(format!("begin with `apiVersion: {API_VERSION}` and `kind: …`"));
        found.push(source.error(root.range.clone(), "a document is made of keys and values", hint));
        return None;
    };
    let kind = envelope(source, map, found)?;
    let schema = schema::of(kind);
    found.extend(shape::check(source, "", root, schema));
    if found.is_empty() { concrete(source, map, kind, found) } else { None }
}

/// Reads `apiVersion` and `kind`; without a kind nothing else can be said.
fn envelope(source: &Source, map: &Map, found: &mut Vec<Diagnostic>) -> Option<DocumentKind> {
    let first = map.entries.first().map_or(0..0, |(key, _)| key.range.clone());
    let names = DocumentKind::ALL.map(DocumentKind::as_str);
    let Some((key, node)) = map.get("kind") else {
        let slip = map.entries.iter().find(|(key, _)| {
            key.text != "metadata" && nearest::nearest(&key.text, ["kind"]).is_some()
        });
        let (place, hint) = match slip {
            Some((key, _)) => (key.range.clone(), "did you mean `kind`?".to_owned()),
            None => (first, format!("add `kind: …`, one of {}", names.join(", "))),
        };
        found.push(source.error(place, "`kind` is missing in the document", Some(hint)));
        return None;
    };
    let kind = node.text().and_then(DocumentKind::parse);
    if kind.is_none() {
        let place = place(&key.range, node);
        let word = node.text().unwrap_or_else(|| source.slice(place.clone()).trim()).to_owned();
        let hint = nearest::nearest(&word, names).map_or_else(
            || format!("one of {}", names.join(", ")),
            |name| format!("did you mean `{name}`?"),
        );
        found.push(source.error(place, format!("there is no kind `{word}`"), Some(hint)));
    }
    if let Some((key, node)) = map.get("apiVersion")
        && node.text() != Some(API_VERSION)
    {
        let hint = Some(format!("write `apiVersion: {API_VERSION}`"));
        found.push(source.error(place(&key.range, node), "this API version is not known", hint));
    }
    kind
}

/// Where to point for a value: its key when nothing is written.
fn place(key: &Range<usize>, node: &Node) -> Range<usize> {
    if node.range.is_empty() { key.clone() } else { node.range.clone() }
}

/// The second pass: the envelope's shape is known to fit.
fn concrete(
    source: &Source,
    map: &Map,
    kind: DocumentKind,
    found: &mut Vec<Diagnostic>,
) -> Option<Item> {
    let json = |key: &str| map.get(key).map_or(Value::Null, |(_, node)| node.to_json());
    let place = |key: &str| map.get(key).map_or(0..0, |(key, _)| key.range.clone());
    // The shape check lets nothing through that the types refuse; should it ever, this says where.
    let mut report = |key: &str, error: &serde_json::Error| {
        found.push(source.error(place(key), format!("`{key}` cannot be read: {error}"), None));
    };
    let metadata: Metadata = serde_json::from_value(json("metadata"))
        .map_err(|error| report("metadata", &error))
        .ok()?;
    match kind {
        DocumentKind::Test => {
            let case: Case = serde_json::from_value(json("spec"))
                .map_err(|error| report("spec", &error))
                .ok()?;
            Some(Item::Test(TestCase { metadata, case }))
        }
        DocumentKind::Resource(kind) => {
            let spec =
                Spec::from_json(kind, json("spec")).map_err(|error| report("spec", &error)).ok()?;
            let managed = managed(kind, json("managed")).map_err(|e| report("managed", &e)).ok()?;
            Some(Item::Resource(Resource { metadata, spec, managed }))
        }
    }
}

/// The loop's half, in the form the loop writes it.
fn managed(kind: Kind, value: Value) -> Result<Value, serde_json::Error> {
    if value.is_null() || kind != Kind::Campaign {
        return Ok(Value::Null);
    }
    let managed: Managed = serde_json::from_value(value)?;
    serde_json::to_value(managed)
}
