//! What must hold between resources: references, names, ranges, and the rules they contain.
//!
//! The compiler of rules is the caller's; this crate knows where each rule stands.

mod board;
mod campaign;
mod case;
mod connector;
mod consent;
mod feature;
mod identity;
mod instants;
mod lifecycle;
mod mapping;
mod metric;
mod notice;
mod people;
mod signature;
mod things;
mod tracking_plan;

use crate::diagnostic::{Diagnostic, Severity};
use crate::nearest;
use crate::parse::{Item, Parsed};
use crate::places::Part;
use crate::resource::{Resource, Spec};
use gyre_model::Span;
use gyre_model::resource::Kind;
use std::collections::BTreeMap;

pub use feature::frozen_hint;

/// The channels there are.
pub const CHANNELS: [&str; 2] = ["email", "in_app"];

/// What a rule may speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `person.*` and `at`.
    Person,
    /// `person.*`, `context.*` and `at`.
    PersonAndContext,
}

/// One rule, where it stands and what it may speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleUse<'a> {
    /// The expression.
    pub expression: &'a str,
    /// The kind of the resource it stands in.
    pub kind: Kind,
    /// The resource's name.
    pub name: &'a str,
    /// Where in the resource, for example `spec.variants[2].when`.
    pub path: &'a str,
    /// What it may speak of.
    pub scope: Scope,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFault {
    /// What is wrong.
    pub message: String,
    /// The offending words as they stand in the expression.
    pub words: Option<String>,
    /// What to write instead.
    pub hint: Option<String>,
}

/// Compiles a rule, or says what is wrong with it.
pub type CheckRule<'a> = dyn Fn(RuleUse<'_>) -> Result<(), RuleFault> + 'a;

/// Checks a set of documents against one another and against what runs already (`running`; what is
/// in the set replaces what runs under the same kind and name). Everything wrong is reported, in the
/// order of the files.
pub fn check(set: &[Parsed], running: &[Resource], rule: &CheckRule<'_>) -> Vec<Diagnostic> {
    let mut known = BTreeMap::new();
    for resource in running {
        known.insert((resource.kind(), resource.metadata.name.as_str()), resource);
    }
    for resource in set.iter().filter_map(Parsed::resource) {
        known.insert((resource.kind(), resource.metadata.name.as_str()), resource);
    }
    let world = World { known, rule };
    let mut found = duplicates(set);
    for parsed in set {
        let before = found.len();
        let mut at = At { world: &world, parsed, found: &mut found };
        match &parsed.item {
            Item::Resource(resource) => at.resource(resource),
            Item::Test(test) => {
                at.name("metadata.name", &test.metadata.name);
                case::check(&mut at, &test.case);
            }
        }
        if let Some(own) = found.get_mut(before..) {
            own.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        }
    }
    things::write_keys(set, &world, &mut found);
    campaign::loops(set, &world, &mut found);
    consent::only_one(set, &world, &mut found);
    lifecycle::frozen(set, running, &mut found);
    feature::frozen(set, running, &mut found);
    found
}

/// Everything there is, and the compiler of rules.
struct World<'a> {
    known: BTreeMap<(Kind, &'a str), &'a Resource>,
    rule: &'a CheckRule<'a>,
}

impl<'a> World<'a> {
    fn names(&self, kind: Kind) -> impl Iterator<Item = &'a str> + Clone + use<'a, '_> {
        self.known.keys().filter(move |(of, _)| *of == kind).map(|(_, name)| *name)
    }

    fn spec(&self, kind: Kind, name: &str) -> Option<&'a Spec> {
        self.known.get(&(kind, name)).map(|resource| &resource.spec)
    }

    fn all(&self, kind: Kind) -> impl Iterator<Item = (&'a str, &'a Spec)> + use<'a, '_> {
        self.known
            .iter()
            .filter(move |((of, _), _)| *of == kind)
            .map(|((_, name), resource)| (*name, &resource.spec))
    }
}

/// The document under check.
struct At<'a, 'w> {
    world: &'w World<'w>,
    parsed: &'a Parsed,
    found: &'a mut Vec<Diagnostic>,
}

impl At<'_, '_> {
    fn resource(&mut self, resource: &Resource) {
        let name = resource.metadata.name.as_str();
        self.name("metadata.name", name);
        match &resource.spec {
            Spec::Source(spec) => things::source(self, spec),
            Spec::Feature(spec) => feature::feature(self, name, spec),
            Spec::Audience(spec) => lifecycle::audience(self, resource, spec),
            Spec::Content(spec) => things::content(self, spec),
            Spec::Offer(spec) => things::offer(self, spec),
            Spec::ContactPolicy(spec) => people::contact_policy(self, spec),
            Spec::DecisionPolicy(spec) => people::decision_policy(self, resource, spec),
            Spec::Campaign(spec) => campaign::campaign(self, resource, spec),
            Spec::Loop(spec) => campaign::r#loop(self, spec),
            Spec::Mapping(spec) => mapping::mapping(self, spec),
            Spec::ConsentPolicy(spec) => consent::consent_policy(self, spec),
            Spec::IdentityRules(spec) => identity::rules(self, name, spec),
            Spec::TrackingPlan(spec) => tracking_plan::tracking_plan(self, spec),
            Spec::Connector(spec) => connector::connector(self, spec),
            Spec::Metric(spec) => metric::metric(self, spec),
            Spec::Board(spec) => board::board(self, spec),
            Spec::Lifecycle(spec) => lifecycle::lifecycle(self, resource, spec),
            Spec::Report(spec) => notice::report(self, spec),
            Spec::Alert(spec) => notice::alert(self, spec),
        }
    }

    /// Something is wrong with a value.
    fn value(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        let hint = Some(hint.into());
        self.found.push(self.parsed.places.error(path, Part::Value, None, message, hint));
    }

    /// Something is wrong with a key, or one is missing.
    fn key(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        let hint = Some(hint.into());
        self.found.push(self.parsed.places.error(path, Part::Key, None, message, hint));
    }

    /// Something is allowed but strange.
    fn warn(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.value(path, message, hint);
        if let Some(last) = self.found.last_mut() {
            last.severity = Severity::Warning;
        }
    }

    /// Gives the resource a reference means, or says that there is none.
    fn refer(&mut self, path: &str, kind: Kind, name: &str) -> Option<&Spec> {
        if let Some(spec) = self.world.spec(kind, name) {
            return Some(spec);
        }
        self.unknown(path, Part::Value, &kind.to_string(), name, self.world.names(kind));
        None
    }

    /// Says that a name is none of those there are.
    fn unknown<'n>(
        &mut self,
        path: &str,
        part: Part,
        what: &str,
        name: &str,
        names: impl Iterator<Item = &'n str> + Clone,
    ) {
        let hint =
            nearest::hint(name, names).or_else(|| Some(format!("there is no {what} at all")));
        let message = format!("there is no {what} `{name}`");
        self.found.push(self.parsed.places.error(path, part, Some(name), message, hint));
    }

    fn rule(&mut self, resource: &Resource, path: &str, expression: &str, scope: Scope) {
        if expression.trim().is_empty() {
            return self.value(path, "the rule is empty", "for example person.orders > 0");
        }
        let name = resource.metadata.name.as_str();
        let rule = RuleUse { expression, kind: resource.kind(), name, path, scope };
        if let Err(fault) = (self.world.rule)(rule) {
            let words = fault.words.as_deref();
            let places = &self.parsed.places;
            self.found.push(places.error(path, Part::Value, words, fault.message, fault.hint));
        }
    }

    fn name(&mut self, path: &str, name: &str) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if name.is_empty() || name.len() > 63 || !name.chars().all(fits) {
            self.value(
                path,
                format!("`{name}` is not a name"),
                "lower-case letters, digits, `_` and `-`, at most 63, for example win_back",
            );
        }
    }

    fn channel(&mut self, path: &str, part: Part, channel: &str) -> bool {
        let known = CHANNELS.contains(&channel);
        if !known {
            self.unknown(path, part, "channel", channel, CHANNELS.into_iter());
        }
        known
    }

    fn positive(&mut self, path: &str, span: Span) {
        if span.0 <= 0 {
            self.value(path, "the length of time must be above zero", "for example 14d");
        }
    }

    /// Says every name that stands in a list twice.
    fn unique<'n>(&mut self, names: impl Iterator<Item = &'n str>, path: impl Fn(usize) -> String) {
        let mut seen: Vec<&str> = Vec::new();
        for (index, name) in names.enumerate() {
            if seen.contains(&name) {
                let hint = "give each its own name";
                self.value(&path(index), format!("`{name}` stands here twice"), hint);
            }
            seen.push(name);
        }
    }
}

/// Documents of the same kind and name.
fn duplicates(set: &[Parsed]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<(&str, &str), &Parsed> = BTreeMap::new();
    let mut found = Vec::new();
    for parsed in set {
        let key = match &parsed.item {
            Item::Resource(resource) => (resource.kind().as_str(), resource.metadata.name.as_str()),
            Item::Test(test) => ("Test", test.metadata.name.as_str()),
        };
        let Some(first) = seen.get(&key) else {
            seen.insert(key, parsed);
            continue;
        };
        let (file, line) = (first.places.file(), first.places.line("metadata.name"));
        let message = format!("there are two of {} `{}`", key.0, key.1);
        let hint = Some(format!("the first is in {file}:{line}; rename or remove one"));
        found.push(parsed.places.error("metadata.name", Part::Value, None, message, hint));
    }
    found
}
