//! The resources of a workspace, compiled into what the steps need.

use crate::error::{Error, Result};
use crate::person::Person;
use gyre_collect::plan::Plans;
use gyre_config::Spec;
use gyre_config::kinds::{
    Campaign, Connector, ConsentPolicy, ContactPolicy, Content, DecisionPolicy, Loop, Managed,
    Mapping, Offer, Source,
};
use gyre_deliver::Templates;
use gyre_derive::{Audiences, Definition, Definitions, Purpose, Row};
use gyre_govern::{Gate, Law};
use gyre_model::id::hash64;
use gyre_model::record::body::Orchestration;
use gyre_model::resource::Kind;
use gyre_model::{Decimal, Timestamp, Workspace};
use gyre_ports::state::{ResourceRow, Spend};
use gyre_ports::{Rule, Rules, failpoint};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
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
}

impl From<ResourceRow> for Seen {
    fn from(row: ResourceRow) -> Self {
        let ResourceRow { kind, name, version, spec, managed, at, .. } = row;
        Self { kind, name, version, spec, managed, at }
    }
}

impl From<Orchestration> for Seen {
    fn from(record: Orchestration) -> Self {
        let Orchestration { kind, name, version, spec, managed, at, .. } = record;
        Self { kind, name, version, spec: spec.unwrap_or_default(), managed, at }
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
    /// What consent is needed for; without one only contact is asked about.
    pub consent: Option<Arc<ConsentPolicy>>,
    /// The most time any cap looks back.
    pub longest_cap: gyre_model::Span,
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
        for (one, spec) in &specs {
            match spec {
                Spec::Feature(spec) => definitions.push(Definition::compile(&one.name, spec)?),
                Spec::Audience(spec) => {
                    memberships.push((one.name.clone(), Purpose::Declared, spec.rule.clone()));
                }
                Spec::Content(spec) => drop(parts.contents.insert(&one.name, spec)),
                Spec::Offer(spec) => drop(parts.offers.insert(&one.name, spec)),
                Spec::ContactPolicy(spec) => drop(parts.contact.insert(&one.name, spec)),
                Spec::DecisionPolicy(spec) => {
                    parts.policies.insert(&one.name, (spec, one.version));
                }
                Spec::Loop(spec) => drop(parts.loops.insert(&one.name, spec)),
                Spec::Campaign(_)
                | Spec::Source(_)
                | Spec::Mapping(_)
                | Spec::ConsentPolicy(_)
                | Spec::IdentityRules(_)
                | Spec::TrackingPlan(_)
                | Spec::Connector(_)
                | Spec::Metric(_) => {}
            }
        }
        let definitions = Definitions::new(definitions);
        let mut catalog = Self { definitions, ..Self::default() };
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
        catalog.plans = Arc::new(Plans::new(plans));
        catalog.loops =
            parts.loops.iter().map(|(name, spec)| ((*name).to_owned(), (*spec).clone())).collect();
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

    /// The row of a person. Whoever does not consent to being profiled has that of somebody new.
    pub fn row(&self, person: &Person, at: Timestamp) -> Row {
        let open = self.consent.is_none()
            || failpoint::mutant("gate.features")
            || self
                .law(person)
                .judge(Gate::Features, "", &person.words(), at)
                .is_none_or(|verdict| verdict.allowed);
        let nodes = person.nodes.values().filter(|_| open);
        Row::of(&self.definitions, nodes.map(|node| &node.tiles), at)
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
            memberships.push((expression.to_owned(), Purpose::Implicit, expression.to_owned()));
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
                Some(when) => rules.split(when).map_err(rule)?,
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
