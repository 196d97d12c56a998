//! What of an event is looked at.

use gyre_model::event::Event;
use serde_json::Value as Json;

/// What of an event is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Path {
    Nothing,
    At,
    /// A value in one of its objects, by the keys that lead there.
    Told(Root, Vec<String>),
}

/// An object of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    Properties,
    Traits,
    Context,
}

impl Root {
    /// Its column in the lake.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Properties => "properties",
            Self::Traits => "traits",
            Self::Context => "context",
        }
    }
}

impl Path {
    /// Reads `at`, `properties.<key>`, `traits.<key>` or `context.<key>`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "at" {
            return Some(Self::At);
        }
        let (root, rest) = text.split_once('.')?;
        let root = match root {
            "properties" => Root::Properties,
            "traits" => Root::Traits,
            "context" => Root::Context,
            _ => return None,
        };
        let keys: Vec<String> = rest.split('.').map(str::to_owned).collect();
        (!keys.iter().any(String::is_empty)).then_some(Self::Told(root, keys))
    }

    /// What the event has there.
    pub(crate) fn find<'a>(&self, event: &'a Event) -> Option<&'a Json> {
        let Self::Told(root, keys) = self else { return None };
        let map = match root {
            Root::Properties => &event.properties,
            Root::Traits => &event.traits,
            Root::Context => &event.context,
        };
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(map.get(first)?, |at, key| at.get(key))
    }

    /// Whether it leads to a trait: also to one that came along in the context.
    pub(crate) fn is_trait(&self, name: &str) -> bool {
        let is = |keys: &[String]| keys.iter().map(String::as_str).eq(name.split('.'));
        match self {
            Self::Told(Root::Traits, keys) => is(keys),
            Self::Told(Root::Context, keys) => {
                keys.split_first().is_some_and(|(first, rest)| first == "traits" && is(rest))
            }
            _ => false,
        }
    }
}
