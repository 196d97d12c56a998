//! Tracking plans seen from outside: what they counted, and plans inferred from traffic.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::explain::objects;
use gyre_collect::plan::{Observed, infer};
use gyre_config::{Metadata, Resource, Spec};
use gyre_model::Workspace;
use gyre_model::event::EventKind;
use gyre_ports::fold::Space;
use gyre_ports::lake::{Parameter, Query, Sql};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// Where the fold keeps the counts of a partition.
pub(crate) const COUNTS_KEY: &[u8] = b"plans";

/// What is counted of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counted<'a> {
    /// It was held against the plan.
    Checked,
    /// A rule mended a property.
    Mended(&'a str),
    /// A rule dropped it: it came before.
    Dropped(&'a str),
    /// A property (empty: the event itself) broke the plan in this way.
    Violation(&'a str, &'a str),
}

impl Counted<'_> {
    fn key(self) -> String {
        match self {
            Self::Checked => "checked".to_owned(),
            Self::Mended(rule) => format!("mended\n{rule}"),
            Self::Dropped(rule) => format!("dropped\n{rule}"),
            Self::Violation(property, code) => format!("violation\n{code}\n{property}"),
        }
    }
}

/// Counts of one event, by what is counted.
type OfEvent = BTreeMap<String, u64>;

/// What plans counted, by workspace, plan, event and what: a function of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct PlanCounts(BTreeMap<Workspace, BTreeMap<String, BTreeMap<String, OfEvent>>>);

impl PlanCounts {
    /// Adds one; how many there are then.
    pub(crate) fn add(
        &mut self,
        workspace: &Workspace,
        plan: &str,
        event: &str,
        what: Counted<'_>,
    ) -> u64 {
        let events =
            self.0.entry(workspace.clone()).or_default().entry(plan.to_owned()).or_default();
        // Names that are made up cannot fill the fold.
        let event =
            if events.len() < MOST_EVENTS || events.contains_key(event) { event } else { OTHERS };
        let whats = events.entry(event.to_owned()).or_default();
        let key = what.key();
        let known = whats.len() < MOST_WHATS || whats.contains_key(&key);
        let count = match (known, what) {
            (false, Counted::Violation(_, code)) => {
                whats.entry(Counted::Violation("", code).key()).or_default()
            }
            _ => whats.entry(key).or_default(),
        };
        *count += 1;
        *count
    }
}

/// Event names counted on their own, per plan.
const MOST_EVENTS: usize = 1_000;
/// Kinds of things counted on their own, per event.
const MOST_WHATS: usize = 500;
/// What the rest is counted under.
const OTHERS: &str = "(others)";

/// One thing that a plan counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanCount {
    /// The plan.
    pub plan: String,
    /// The event's name.
    pub event: String,
    /// `checked`, `mended`, `dropped` or `violation`.
    pub what: String,
    /// The cleaning rule, or the code of the violation.
    pub rule: Option<String>,
    /// The property of a violation.
    pub property: Option<String>,
    /// How often.
    pub count: u64,
}

/// A plan inferred from traffic.
#[derive(Debug, Clone, Serialize)]
pub struct InferredPlan {
    /// The plan as a YAML document.
    pub yaml: String,
    /// How often each event was seen.
    pub events: BTreeMap<String, u64>,
}

impl Engine {
    /// What the plans of a workspace counted so far.
    pub async fn plan_counts(&self, workspace: &Workspace) -> Result<Vec<PlanCount>> {
        self.settle().await?;
        let mut sums: BTreeMap<(String, String, String), u64> = BTreeMap::new();
        for partition in 0..self.shared.journal.partitions() {
            let Some(bytes) = self.shared.fold.get(partition, Space::Meta, COUNTS_KEY)? else {
                continue;
            };
            let counts: PlanCounts =
                serde_json::from_slice(&bytes).map_err(|why| Error::corrupt("plan counts", why))?;
            for (plan, events) in counts.0.get(workspace).into_iter().flatten() {
                for (event, whats) in events {
                    for (what, count) in whats {
                        *sums.entry((plan.clone(), event.clone(), what.clone())).or_default() +=
                            count;
                    }
                }
            }
        }
        Ok(sums
            .into_iter()
            .map(|((plan, event, key), count)| {
                let mut parts = key.split('\n').map(str::to_owned);
                let what = parts.next().unwrap_or_default();
                let rule = parts.next();
                let property = parts.next().filter(|property| !property.is_empty());
                PlanCount { plan, event, what, rule, property, count }
            })
            .collect())
    }

    /// A plan that the newest calls keep to.
    pub async fn infer_plan(
        &self,
        workspace: &Workspace,
        name: &str,
        source: Option<&str>,
        rows: usize,
    ) -> Result<InferredPlan> {
        self.visible().await?;
        let query = Query {
            sql: Sql::Text(
                "SELECT kind, name, properties, traits FROM events WHERE workspace = $1 AND kind <> 'alias' \
                 AND ($2 = '' OR source = $2) ORDER BY at DESC"
                    .to_owned(),
            ),
            parameters: vec![
                Parameter::Text(workspace.to_string()),
                Parameter::Text(source.unwrap_or_default().to_owned()),
            ],
            max_rows: rows,
            timeout: Duration::from_secs(60),
        };
        let seen: Vec<(EventKind, String, Map<String, Value>)> =
            objects(&self.shared.lake.query(query).await?)
                .into_iter()
                .filter_map(|row| {
                    let kind = EventKind::parse(row["kind"].as_str()?)?;
                    let name = row["name"].as_str().unwrap_or_default().to_owned();
                    let column = match kind {
                        EventKind::Identify | EventKind::Group => "traits",
                        _ => "properties",
                    };
                    let told = match &row[column] {
                        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
                        Value::Object(object) => object.clone(),
                        _ => Map::new(),
                    };
                    Some((kind, name, told))
                })
                .collect();
        if seen.is_empty() {
            let hint = Some("collect some events first".to_owned());
            return Err(Error::Invalid { message: "there is no event to infer from".into(), hint });
        }
        let observed =
            seen.iter().map(|(kind, name, told)| Observed { kind: *kind, name, properties: told });
        let (mut plan, events) = infer(observed);
        plan.sources = source.map(str::to_owned).into_iter().collect();
        let metadata = Metadata {
            name: name.to_owned(),
            workspace: None,
            description: Some(format!(
                "Inferred from {} events; read it before applying.",
                seen.len()
            )),
            labels: BTreeMap::new(),
        };
        let resource = Resource { metadata, spec: Spec::TrackingPlan(plan), managed: Value::Null };
        let yaml = gyre_config::print(&resource).map_err(|why| Error::corrupt("plan", why))?;
        Ok(InferredPlan { yaml, events })
    }
}
