//! The rules, compiled, and the identifiers that an event names under them.

use crate::types::Type;
use gyre_config::kinds::{IdOrigin, IdentityRules};
use gyre_model::event::{Event, EventKind};
use gyre_model::{NodeId, NodeKind};
use serde_json::{Map, Value};

/// Rules that do not compile.
#[derive(Debug, thiserror::Error)]
#[error("the blocklist of identifiers cannot be read: {id_type}")]
pub struct RulesError {
    pub(crate) id_type: String,
    #[source]
    pub(crate) source: Box<regex_lite::Error>,
}

/// The rules of a workspace, compiled.
#[derive(Debug, Clone)]
pub struct Rules {
    spec: IdentityRules,
    types: Vec<Type>,
    country: Option<String>,
    any_likely: bool,
}

/// An identifier that an event names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// Its node.
    pub node: NodeId,
    /// The value, in its form. Personal.
    pub value: String,
    /// Whether links with it are only likely.
    pub probabilistic: bool,
}

impl Rules {
    /// Compiles rules; none are the shipped ones.
    pub fn compile(spec: Option<&IdentityRules>) -> Result<Self, RulesError> {
        let spec = spec.cloned().unwrap_or_default();
        let types = spec.all_types();
        let types = types.iter().map(|one| Type::compile(one, &spec.blocklist));
        let types = types.collect::<Result<Vec<Type>, _>>()?;
        let any_likely = types.iter().any(|one| one.probabilistic);
        Ok(Self { types, country: spec.phone_country.clone(), any_likely, spec })
    }

    /// What was compiled.
    pub fn spec(&self) -> &IdentityRules {
        &self.spec
    }
    /// The most identifiers of a person.
    pub(crate) fn max_ids(&self) -> usize {
        self.spec.max_ids as usize
    }
    /// The most people a person may absorb.
    pub(crate) fn max_merges(&self) -> usize {
        self.spec.max_merges as usize
    }
    /// The most people that an identifier may be linked with.
    pub(crate) fn max_people(&self) -> usize {
        self.spec.max_people_per_id as usize
    }

    /// The type at a place among all types.
    pub(crate) fn at(&self, place: usize) -> Option<&Type> {
        self.types.get(place)
    }

    /// The type of a node, by its place among all types; `None` of a type that is gone.
    pub(crate) fn type_of(&self, node: NodeId) -> Option<(usize, &Type)> {
        let kind = node.kind();
        self.types.iter().enumerate().find(|(_, one)| {
            one.kind == kind && (kind != NodeKind::External || one.tag == node.tag())
        })
    }

    /// Whether links with a node are only likely.
    pub fn is_only_likely(&self, node: NodeId) -> bool {
        self.any_likely && self.type_of(node).is_some_and(|(_, one)| one.probabilistic)
    }

    /// The name of a node's type.
    pub fn type_name(&self, node: NodeId) -> &str {
        self.type_of(node).map_or_else(|| node.kind().as_str(), |(_, one)| &one.name)
    }

    /// The nodes that a text may mean, in order of the types' priority.
    pub fn nodes_of(&self, workspace: &str, text: &str) -> Vec<NodeId> {
        let mut types: Vec<&Type> = self.types.iter().collect();
        types.sort_by_key(|one| one.priority);
        let country = self.country.as_deref();
        let found =
            types.iter().filter_map(|one| Some(one.node(workspace, &one.value(text, country)?)));
        found.collect()
    }

    /// The identifier that a text is if it is of the same type as a node; `None` where it identifies
    /// nobody.
    pub fn like(&self, workspace: &str, node: NodeId, text: &str) -> Option<Identifier> {
        let (_, one) = self.type_of(node)?;
        let value = one.value(text, self.country.as_deref())?.into_owned();
        let node = one.node(workspace, &value);
        Some(Identifier { node, value, probabilistic: one.probabilistic })
    }

    /// Whether a trait is an identifier, and what its type is called.
    pub fn identifier_trait(&self, name: &str) -> Option<&str> {
        let mut types = self.types.iter();
        let found = types.find(|one| match (&one.from, one.kind) {
            (Some(IdOrigin::Trait(from)), _) => from == name,
            (None, NodeKind::Email) => name == "email",
            (None, NodeKind::Phone) => name == "phone",
            _ => false,
        });
        found.map(|one| one.name.as_str())
    }

    /// The nodes that an event names, its own first, none twice. An event's own node is that of its user
    /// id, else of its anonymous id; where the rules block that value it links nothing.
    pub fn nodes(&self, workspace: &str, event: &Event) -> Vec<NodeId> {
        let mut nodes = vec![event.node];
        self.each(event, |one, value| {
            let node = one.node(workspace, value);
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        });
        nodes
    }

    /// The identifiers that an event names, its own first, none twice.
    pub fn identifiers(&self, workspace: &str, event: &Event) -> Vec<Identifier> {
        let own = event.user_id.as_deref().or(event.anonymous_id.as_deref());
        let own = own.unwrap_or_default().to_owned();
        let mut found = vec![Identifier { node: event.node, value: own, probabilistic: false }];
        self.each(event, |one, value| {
            let node = one.node(workspace, value);
            if !found.iter().any(|known| known.node == node) {
                let probabilistic = one.probabilistic;
                found.push(Identifier { node, value: value.to_owned(), probabilistic });
            }
        });
        found
    }

    /// Calls `take` for every identifier that the event names and the rules let through.
    fn each(&self, event: &Event, mut take: impl FnMut(&Type, &str)) {
        let country = self.country.as_deref();
        let mut blocked = false;
        for one in &self.types {
            let mut own = |value: Option<&str>| {
                let found = value.and_then(|value| one.value(value, country));
                if let Some(found) = &found {
                    take(one, found);
                }
                found.is_some()
            };
            match (one.kind, &one.from) {
                (NodeKind::User, _) => {
                    blocked = event.user_id.is_some() && !own(event.user_id.as_deref());
                }
                (NodeKind::Anonymous, _) => {
                    let there = own(event.anonymous_id.as_deref());
                    blocked |= event.node.kind() == NodeKind::Anonymous && !there;
                    // An alias names the anonymous id of before; two user ids are never joined by a call.
                    own(event.previous_id.as_deref());
                }
                (NodeKind::Email, _) => drop(own(event.email.as_deref())),
                (NodeKind::External, Some(from)) => drop(own(find(event, from))),
                (NodeKind::External, None) => {}
                (kind, _) => drop(own(shipped(event, kind))),
            }
            if blocked {
                return;
            }
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        // The shipped rules have no patterns, so they compile.
        Self::compile(None).unwrap_or_else(|_| Self {
            spec: IdentityRules::default(),
            types: Vec::new(),
            country: None,
            any_likely: false,
        })
    }
}

fn text<'a>(object: &'a Map<String, Value>, path: &[&str]) -> Option<&'a str> {
    let (last, path) = path.split_last()?;
    let mut object = object;
    for key in path {
        object = object.get(*key)?.as_object()?;
    }
    object.get(*last)?.as_str()
}

/// Where the shipped types are found.
fn shipped(event: &Event, kind: NodeKind) -> Option<&str> {
    let context = &event.context;
    match kind {
        NodeKind::Phone => of_person(event, "phone"),
        NodeKind::Device => text(context, &["device", "id"]),
        NodeKind::Advertising => {
            let allowed = context.get("device")?.get("adTrackingEnabled")?.as_bool()?;
            text(context, &["device", "advertisingId"]).filter(|_| allowed)
        }
        NodeKind::PushToken => text(context, &["device", "token"]),
        NodeKind::GaClient => text(context, &["integrations", "Google Analytics", "clientId"])
            .or_else(|| external(context, "ga_client_id")),
        _ => None,
    }
}

/// A trait of the person: those of a group are the group's.
fn of_person<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    let own = (event.kind == EventKind::Identify).then(|| text(&event.traits, &[name])).flatten();
    own.or_else(|| text(&event.context, &["traits", name]))
}

fn find<'a>(event: &'a Event, from: &IdOrigin) -> Option<&'a str> {
    match from {
        IdOrigin::Trait(name) => of_person(event, name),
        IdOrigin::Property(name) => text(&event.properties, &[name]),
        IdOrigin::ExternalId(name) => external(&event.context, name),
    }
}

/// `context.externalIds` as Segment has it: a list of `{id, type, collection, encoding}`.
fn external<'a>(context: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let all = context.get("externalIds")?.as_array()?;
    let one = all.iter().find(|one| one.get("type").and_then(Value::as_str) == Some(name))?;
    one.get("id")?.as_str()
}
