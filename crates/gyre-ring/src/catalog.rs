//! The resources of a workspace, compiled into what the steps need.

use crate::error::{Error, Result};
use crate::person::Person;
use gyre_collect::plan::Plans;
use gyre_config::Spec;
use gyre_config::kinds::{
    Alert, Campaign, Connector, ConsentPolicy, ContactPolicy, Content, DecisionPolicy, Feature,
    Lifecycle, Loop, Managed, Mapping, Offer, Report, Source,
};
use gyre_deliver::Templates;
use gyre_derive::{
    Audiences, Definition, Definitions, Lifecycles, Lifts, Purpose, Row, Tiles, lifted,
};
use gyre_govern::{Gate, Law};
use gyre_model::id::hash64;
use gyre_model::record::body::Orchestration;
use gyre_model::resource::Kind;
use gyre_model::{Decimal, Span, Timestamp, Workspace};
use gyre_ports::state::{ResourceRow, Spend};
use gyre_ports::{Rule, Rules, failpoint};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A version of a resource as the processor has seen it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The kind.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// The version.
    pub version: u64,
    /// What people own.
    pub spec: Value,
    /// What the loop owns.
    pub managed: Value,
    /// From when on.
    pub at: Timestamp,
    /// Of a feature, since when events count; `None`: all of history does.
    #[serde(default)]
    pub counts_from: Option<Timestamp>,
}

impl From<ResourceRow> for Seen {
    fn from(row: ResourceRow) -> Self {
        let ResourceRow { kind, name, version, spec, managed, at, .. } = row;
        Self { kind, name, version, spec, managed, at, counts_from: None }
    }
}

impl From<Orchestration> for Seen {
    fn from(record: Orchestration) -> Self {
        let Orchestration { kind, name, version, spec, managed, at, history, .. } = record;
        let counts_from = (kind == Kind::Feature && !history).then_some(at);
        Self { kind, name, version, spec: spec.unwrap_or_default(), managed, at, counts_from }
    }
}

/// A campaign with everything it refers to.
#[derive(Debug, Clone)]
pub struct CompiledCampaign {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// What people own.
    pub spec: Campaign,
    /// What the loop owns.
    pub managed: Managed,
    /// Its policy and the policy's version.
    pub policy: Option<(DecisionPolicy, u64)>,
    /// Its contact policy.
    pub contact_policy: Option<ContactPolicy>,
    /// Its variants, in order.
    pub variants: Vec<CompiledVariant>,
    /// Per segment of the policy, the membership key.
    pub segments: Vec<(String, u64)>,
    /// The loop that works through it.
    pub r#loop: Option<String>,
}

/// A variant with its rule split and its contents resolved.
#[derive(Debug, Clone)]
pub struct CompiledVariant {
    /// Its name.
    pub name: String,
    /// The membership key of the person-only part of its rule.
    pub person: Option<u64>,
    /// The part that needs the context.
    pub rest: Option<Arc<dyn Rule>>,
    /// The templates of its contents per channel.
    pub content: BTreeMap<String, Templates>,
    /// Its offer and the offer's name.
    pub offer: Option<(String, Offer)>,
    /// What a contact with it takes from limits.
    pub spends: Vec<Spend>,
}

/// Everything of a workspace, compiled.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Features.
    pub definitions: Definitions,
    /// Audiences, declared and implicit.
    pub audiences: Audiences,
    /// The keys of the audiences, in their order.
    pub keys: Vec<u64>,
    /// Campaigns by name.
    pub campaigns: BTreeMap<String, CompiledCampaign>,
    /// Loops by name, with the instant at which the first version took effect.
    pub loops: BTreeMap<String, Loop>,
    /// Sources by name.
    pub sources: BTreeMap<String, Source>,
    /// Tracking plans.
    pub plans: Arc<Plans>,
    /// Connectors by name.
    pub connectors: BTreeMap<String, Connector>,
    /// Mappings by name.
    pub mappings: BTreeMap<String, Mapping>,
    /// The rules that decide memberships: when these differ, everybody is looked at again.
    pub membership_sources: Vec<(String, Purpose, String)>,
    /// Contact policies by name.
    pub contact_policies: BTreeMap<String, ContactPolicy>,
    /// Reports, by name.
    pub reports: BTreeMap<String, Report>,
    /// Alerts, by name.
    pub alerts: BTreeMap<String, Alert>,
    /// Lifecycles, compiled.
    pub lifecycles: Lifecycles,
    /// Lifecycles as they are written, by name: when these differ, everybody is looked at again.
    pub lifecycle_specs: BTreeMap<String, Lifecycle>,
    /// How long audiences keep somebody, by the key of the membership, where they do not as long as
    /// their rule holds.
    pub moments: BTreeMap<u64, Span>,
    /// The least time after which something may end that began when somebody was looked at.
    pub shortest: Option<Span>,
    /// The features that were lifted out of rules, by name.
    pub lifted: BTreeMap<String, Feature>,
    /// What consent is needed for; without one only contact is asked about.
    pub consent: Option<Arc<ConsentPolicy>>,
    /// The most time any cap looks back.
    pub longest_cap: Span,
    /// Which identifiers are one person.
    pub identity: Arc<gyre_identify::Rules>,
}

/// The key of a membership.
pub(crate) fn membership_key(purpose: Purpose, name: &str) -> u64 {
    let tag: &[u8] = match purpose {
        Purpose::Declared => b"declared",
        Purpose::Implicit => b"implicit",
    };
    hash64(&[tag, name.as_bytes()])
}

impl Catalog {
    /// Compiles the newest versions of all resources of a workspace.
    pub fn compile(rules: &dyn Rules, seen: &BTreeMap<(Kind, String), Seen>) -> Result<Self> {
        let specs: Vec<(&Seen, Spec)> = seen
            .values()
            .filter(|one| !one.spec.is_null())
            .map(|one| {
                Spec::from_json(one.kind, one.spec.clone())
                    .map(|spec| (one, spec))
                    .map_err(|why| Error::corrupt("resource", why))
            })
            .collect::<Result<_>>()?;
        let mut definitions = Vec::new();
        let mut memberships = Vec::new();
        let mut parts = Parts::default();
        let mut lifts = Lifts::default();
        let mut lifecycle_specs = BTreeMap::new();
        let (mut reports, mut alerts) = (BTreeMap::new(), BTreeMap::new());
        let mut moments = BTreeMap::new();
        for (one, spec) in &specs {
            lifts.lift_all(&one.name, spec)?;
            match spec {
                Spec::Feature(spec) => {
                    let counts_from = one.counts_from;
                    let mut definition = Definition::compile(&one.name, spec)?;
                    definition.counts_from = counts_from;
                    definitions.push(definition);
                }
                Spec::Audience(spec) => {
                    if let Some(span) = spec.r#for {
                        moments.insert(membership_key(Purpose::Declared, &one.name), span);
                    }
                    let rule = lifted(&spec.rule);
                    memberships.push((one.name.clone(), Purpose::Declared, rule));
                }
                Spec::Content(spec) => drop(parts.contents.insert(&one.name, spec)),
                Spec::Offer(spec) => drop(parts.offers.insert(&one.name, spec)),
                Spec::ContactPolicy(spec) => drop(parts.contact.insert(&one.name, spec)),
                Spec::DecisionPolicy(spec) => {
                    parts.policies.insert(&one.name, (spec, one.version));
                }
                Spec::Loop(spec) => drop(parts.loops.insert(&one.name, spec)),
                Spec::Report(spec) => drop(reports.insert(one.name.clone(), spec.clone())),
                Spec::Alert(spec) => drop(alerts.insert(one.name.clone(), spec.clone())),
                Spec::Lifecycle(spec) => {
                    lifecycle_specs.insert(one.name.clone(), spec.clone());
                }
                Spec::Campaign(_)
                | Spec::Source(_)
                | Spec::Mapping(_)
                | Spec::ConsentPolicy(_)
                | Spec::IdentityRules(_)
                | Spec::TrackingPlan(_)
                | Spec::Connector(_)
                | Spec::Metric(_)
                | Spec::Board(_) => {}
            }
        }
        definitions.extend(lifts.definitions()?);
        let names = lifecycle_specs.keys().cloned().collect();
        let definitions = Definitions::new(definitions).with_lifecycles(names);
        let mut catalog = Self { definitions, reports, alerts, ..Self::default() };
        catalog.lifecycles = Lifecycles::compile(rules, &catalog.definitions, &lifecycle_specs)?;
        catalog.lifecycle_specs = lifecycle_specs;
        catalog.moments = moments;
        catalog.shortest = catalog.shortest_end();
        let mut plans = Vec::new();
        for (one, spec) in &specs {
            match spec {
                Spec::Source(spec) => {
                    catalog.sources.insert(one.name.clone(), spec.clone());
                }
                Spec::ConsentPolicy(spec) => catalog.consent = Some(Arc::new(spec.clone())),
                Spec::TrackingPlan(spec) => plans.push((one.name.clone(), spec.clone())),
                Spec::Connector(spec) => {
                    catalog.connectors.insert(one.name.clone(), spec.clone());
                }
                Spec::Mapping(spec) => {
                    catalog.mappings.insert(one.name.clone(), spec.clone());
                }
                Spec::Campaign(spec) => {
                    let campaign =
                        parts.campaign(rules, &catalog.definitions, one, spec, &mut memberships)?;
                    catalog.campaigns.insert(one.name.clone(), campaign);
                }
                Spec::IdentityRules(spec) => {
                    let rules = gyre_identify::Rules::compile(Some(spec))
                        .map_err(|why| Error::corrupt("identity rules", why))?;
                    catalog.identity = Arc::new(rules);
                }
                _ => {}
            }
        }
        catalog.lifted = lifts.features().clone();
        catalog.plans = Arc::new(Plans::new(plans));
        catalog.loops =
            parts.loops.iter().map(|(name, spec)| ((*name).to_owned(), (*spec).clone())).collect();
        catalog.contact_policies = (parts.contact.iter())
            .map(|(name, policy)| ((*name).to_owned(), (*policy).clone()))
            .collect();
        catalog.longest_cap = parts
            .contact
            .values()
            .flat_map(|policy| &policy.caps)
            .map(|cap| cap.per)
            .max()
            .unwrap_or_default();
        catalog.membership_sources.clone_from(&memberships);
        catalog.audiences = Audiences::compile(rules, &catalog.definitions, memberships)?;
        catalog.keys = catalog
            .audiences
            .all()
            .iter()
            .map(|membership| membership_key(membership.purpose, &membership.name))
            .collect();
        Ok(catalog)
    }

    /// The law for a person.
    pub fn law<'a>(&'a self, person: &'a Person) -> Law<'a> {
        let policy = self.consent.as_deref();
        Law { policy, place: policy.and_then(|_| person.place()) }
    }

    /// Whether what is known of a person may be used.
    pub(crate) fn profiles(&self, person: &Person, at: Timestamp) -> bool {
        self.consent.is_none()
            || failpoint::mutant("gate.features")
            || self
                .law(person)
                .judge(Gate::Features, "", &person.words(), at)
                .is_none_or(|verdict| verdict.allowed)
    }

    /// The row of a person. Whoever does not consent to being profiled has that of somebody new.
    pub fn row(&self, person: &Person, at: Timestamp) -> Row {
        let open = self.profiles(person, at);
        let tiles = person.nodes.values().filter(|_| open).map(|node| &node.tiles);
        let mut row = self.row_of(&self.definitions, person, tiles, at);
        if open {
            row.stages = self.stages(person);
        }
        row
    }

    /// The row that tiles make for a person; features whose purpose is not consented to have the value of
    /// somebody new.
    pub(crate) fn row_of<'a>(
        &self,
        definitions: &Definitions,
        person: &Person,
        tiles: impl Iterator<Item = &'a Tiles> + Clone,
        at: Timestamp,
    ) -> Row {
        if self.consent.is_none() || definitions.all().iter().all(|one| one.purpose.is_none()) {
            return Row::of(definitions, tiles, at);
        }
        let closed = self.closed(person, at);
        Row::of_where(definitions, tiles, at, |one| {
            one.purpose.is_none_or(|purpose| !closed.contains(&purpose))
        })
    }

    /// The purpose that a feature of the same meaning has here.
    pub(crate) fn purpose_of(&self, definition: &Definition) -> Option<gyre_model::Purpose> {
        self.definitions.all().iter().find(|one| one.key == definition.key)?.purpose
    }

    /// The purposes of features that a person does not consent to.
    pub(crate) fn closed(&self, person: &Person, at: Timestamp) -> BTreeSet<gyre_model::Purpose> {
        let purposes: BTreeSet<_> =
            self.definitions.all().iter().filter_map(|one| one.purpose).collect();
        if purposes.is_empty()
            || self.consent.is_none()
            || failpoint::mutant("gate.feature_purpose")
        {
            return BTreeSet::new();
        }
        let (law, words) = (self.law(person), person.words());
        purposes.into_iter().filter(|purpose| !law.allows(*purpose, &words, at)).collect()
    }

    /// The loop of a campaign.
    pub fn loop_of(&self, campaign: &CompiledCampaign) -> Option<(&str, &Loop)> {
        let (name, spec) = self.loops.get_key_value(campaign.r#loop.as_deref()?)?;
        Some((name, spec))
    }
}

/// What campaigns refer to, by name.
#[derive(Default)]
struct Parts<'a> {
    contents: BTreeMap<&'a str, &'a Content>,
    offers: BTreeMap<&'a str, &'a Offer>,
    contact: BTreeMap<&'a str, &'a ContactPolicy>,
    policies: BTreeMap<&'a str, (&'a DecisionPolicy, u64)>,
    loops: BTreeMap<&'a str, &'a Loop>,
}

impl Parts<'_> {
    fn campaign(
        &self,
        rules: &dyn Rules,
        definitions: &Definitions,
        one: &Seen,
        spec: &Campaign,
        memberships: &mut Vec<(String, Purpose, String)>,
    ) -> Result<CompiledCampaign> {
        let managed = match &one.managed {
            Value::Null => Managed::default(),
            value => serde_json::from_value(value.clone())
                .map_err(|why| Error::corrupt("managed part of a campaign", why))?,
        };
        let mut implicit = |expression: &str| {
            memberships.push((expression.to_owned(), Purpose::Implicit, lifted(expression)));
            membership_key(Purpose::Implicit, expression)
        };
        let policy = spec.policy.as_deref().and_then(|name| self.policies.get(name));
        let segments = policy
            .iter()
            .flat_map(|(policy, _)| &policy.segments)
            .map(|segment| (segment.name.clone(), implicit(&segment.rule)))
            .collect();
        let mut variants = Vec::with_capacity(spec.variants.len());
        for variant in &spec.variants {
            let rule = |source| gyre_derive::Error::Rule {
                name: format!("{}/{}", one.name, variant.name),
                source,
            };
            let split = match &variant.when {
                Some(when) => rules.split(&lifted(when)).map_err(rule)?,
                None => gyre_ports::rules::Split { person: None, rest: None },
            };
            let rest = match &split.rest {
                Some(rest) => Some(
                    rules
                        .compile(rest, &crate::context::schema(definitions, rest))
                        .map_err(rule)?,
                ),
                None => None,
            };
            let offer = variant
                .offer
                .as_ref()
                .and_then(|name| Some((name.clone(), (*self.offers.get(name.as_str())?).clone())));
            variants.push(CompiledVariant {
                name: variant.name.clone(),
                spends: spends(&one.name, spec, offer.as_ref()),
                person: split.person.as_deref().map(&mut implicit),
                rest,
                content: variant
                    .content
                    .iter()
                    .filter_map(|(channel, name)| {
                        let content = *self.contents.get(name.as_str())?;
                        Some((channel.clone(), Templates::of(content)))
                    })
                    .collect(),
                offer,
            });
        }
        let r#loop = self.loops.iter().find(|(_, spec)| spec.campaign == one.name);
        Ok(CompiledCampaign {
            name: one.name.clone(),
            version: one.version,
            spec: spec.clone(),
            managed,
            policy: policy.map(|(policy, version)| ((*policy).clone(), *version)),
            contact_policy: spec
                .contact_policy
                .as_deref()
                .and_then(|name| self.contact.get(name))
                .map(|policy| (*policy).clone()),
            variants,
            segments,
            r#loop: r#loop.map(|(name, _)| (*name).to_owned()),
        })
    }
}

/// What a contact with an offer takes from limits.
fn spends(campaign: &str, spec: &Campaign, offer: Option<&(String, Offer)>) -> Vec<Spend> {
    let Some((name, offer)) = offer else { return Vec::new() };
    let mut spends = Vec::new();
    if let Some(stock) = offer.stock {
        spends.push(Spend {
            counter: format!("offer:{name}:stock"),
            amount: Decimal::whole(1),
            limit: Decimal::whole(i64::try_from(stock).unwrap_or(i64::MAX / Decimal::SCALE)),
        });
    }
    if let Some(budget) = offer.budget {
        let counter = format!("offer:{name}:budget");
        spends.push(Spend { counter, amount: offer.cost, limit: budget });
    }
    if let Some(budget) = spec.budget {
        let counter = format!("campaign:{campaign}:budget");
        spends.push(Spend { counter, amount: offer.cost, limit: budget });
    }
    spends
}

/// The catalogs of all workspaces.
#[derive(Debug, Clone, Default)]
pub struct Catalogs(pub BTreeMap<Workspace, Arc<Catalog>>);

impl Catalogs {
    /// The catalog of a workspace; an empty one if nothing was ever applied there.
    pub fn of(&self, workspace: &Workspace) -> Arc<Catalog> {
        self.0.get(workspace).map(Arc::clone).unwrap_or_default()
    }
}
