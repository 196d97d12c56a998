//! Why: a person as known now, and a decision with everything that led to it and came of it.

use crate::engine::Engine;
use crate::error::Result;
use crate::person::Person;
use gyre_derive::{Purpose, Row};
use gyre_model::{DecisionId, NodeId, NodeKind, PersonId, Timestamp, Workspace};
use gyre_ports::lake::{Parameter, Query, Rows, Sql};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A person as known now.
#[derive(Debug, Clone, Serialize)]
pub struct PersonView {
    /// The person's id.
    pub person: PersonId,
    /// The identity nodes.
    pub nodes: Vec<NodeView>,
    /// The values of all features.
    pub features: Map<String, Value>,
    /// Audiences and since when.
    pub audiences: BTreeMap<String, Timestamp>,
    /// Arms of loops, for contact.
    pub arms: BTreeMap<String, String>,
    /// Per channel, whether consent stands.
    pub consent: BTreeMap<String, bool>,
    /// When something may change next by time alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_change_at: Option<Timestamp>,
    /// The latest decisions, newest first.
    pub decisions: Vec<Value>,
}

/// An identity node.
#[derive(Debug, Clone, Serialize)]
pub struct NodeView {
    /// Its id.
    pub node: NodeId,
    /// What kind of identifier it is.
    pub kind: String,
    /// The identifier.
    pub identifier: String,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
}

impl Engine {
    /// The person behind a user id, anonymous id, e-mail address or person id.
    pub async fn person(&self, workspace: &Workspace, text: &str) -> Result<Option<PersonView>> {
        match self.known(workspace, text).await? {
            Some(person) => self.view(workspace, &person).await.map(Some),
            None => Ok(None),
        }
    }

    /// The person behind a text, as the fold knows them.
    pub(crate) async fn known(
        &self,
        workspace: &Workspace,
        text: &str,
    ) -> Result<Option<Arc<Person>>> {
        if self.shared.clock.is_manual() {
            self.visible().await?;
        }
        let rules = Arc::clone(&self.shared.catalog(workspace).identity);
        let mut nodes = rules.nodes_of(workspace.as_str(), text);
        nodes.extend(text.parse::<PersonId>().map(|id| id.root()).ok());
        for node in nodes {
            if let Some(person) = self.shared.people_of(node.key()).by_node(node)?
                && person.workspace == *workspace
            {
                return Ok(Some(person));
            }
        }
        Ok(None)
    }

    async fn view(&self, workspace: &Workspace, person: &Person) -> Result<PersonView> {
        let catalog = self.shared.catalog(workspace);
        let now = self.shared.clock.now();
        let tiles = person.nodes.values().map(|node| &node.tiles);
        let row = Row::of(&catalog.definitions, tiles, now);
        let audiences = catalog
            .audiences
            .all()
            .iter()
            .zip(&catalog.keys)
            .filter(|(membership, _)| membership.purpose == Purpose::Declared)
            .filter_map(|(membership, key)| {
                Some((membership.name.clone(), *person.members.get(key)?))
            })
            .collect();
        let arms = catalog
            .loops
            .keys()
            .filter_map(|name| Some((name.clone(), person.arm(name)?.to_owned())))
            .collect();
        let mut consent: BTreeMap<String, (Timestamp, bool)> = BTreeMap::new();
        for said in person.said() {
            let word = consent.entry(said.channel).or_insert((said.at, said.granted));
            if (said.at, !said.granted) > (word.0, !word.1) {
                *word = (said.at, said.granted);
            }
        }
        let decisions = self
            .select(
                "SELECT decision, decided_at, campaign, channel, chosen, probability, arm, segment \
                 FROM decisions WHERE workspace = $1 AND node = $2 \
                 ORDER BY decided_at DESC LIMIT 20",
                vec![
                    Parameter::Text(workspace.to_string()),
                    Parameter::Text(person.root().to_string()),
                ],
            )
            .await?;
        Ok(PersonView {
            person: person.id,
            nodes: person
                .nodes
                .iter()
                .map(|(id, node)| NodeView {
                    node: *id,
                    kind: match id.kind() {
                        NodeKind::External => catalog.identity.type_name(*id).to_owned(),
                        kind => kind.as_str().to_owned(),
                    },
                    identifier: node.identifier.clone(),
                    first_seen: node.first_seen,
                    last_seen: node.last_seen,
                })
                .collect(),
            features: row.to_json(&catalog.definitions),
            audiences,
            arms,
            consent: consent
                .into_iter()
                .map(|(channel, (_, granted))| (channel, granted))
                .collect(),
            next_change_at: person.due,
            decisions,
        })
    }

    /// A decision: what could have been drawn, with what probability, why not the rest; what was
    /// delivered and what was answered.
    pub async fn explain(&self, workspace: &Workspace, id: DecisionId) -> Result<Option<Value>> {
        self.visible().await?;
        let of = |text: &str| {
            let parameters =
                vec![Parameter::Text(workspace.to_string()), Parameter::Text(id.to_string())];
            (text.to_owned(), parameters)
        };
        let (sql, parameters) =
            of("SELECT * FROM decisions WHERE workspace = $1 AND decision = $2 LIMIT 1");
        let Some(mut decision) = self.select(&sql, parameters).await?.into_iter().next() else {
            return Ok(None);
        };
        // Candidates and features are JSON text in the table; here they are what they say.
        for name in ["candidates", "features"] {
            if let Some(Value::String(text)) = decision.get(name)
                && let Ok(value) = serde_json::from_str::<Value>(text)
            {
                decision[name] = value;
            }
        }
        let (sql, parameters) =
            of("SELECT outcome, channel, attempt, detail, occurred_at FROM deliveries \
             WHERE workspace = $1 AND decision = $2 ORDER BY _partition, _offset");
        let deliveries = self.select(&sql, parameters).await?;
        let (sql, parameters) = of("SELECT kind, value, occurred_at FROM responses \
             WHERE workspace = $1 AND decision = $2 ORDER BY occurred_at");
        let responses = self.select(&sql, parameters).await?;
        Ok(Some(serde_json::json!({
            "decision": decision,
            "deliveries": deliveries,
            "responses": responses,
        })))
    }

    async fn select(&self, sql: &str, parameters: Vec<Parameter>) -> Result<Vec<Value>> {
        let query =
            Query { sql: Sql::Text(sql.to_owned()), parameters, max_rows: 1_000, timeout: TIMEOUT };
        Ok(objects(&self.shared.lake.query(query).await?))
    }
}

/// Rows as JSON objects; columns without a value are left out.
pub fn objects(rows: &Rows) -> Vec<Value> {
    let mut objects = Vec::new();
    for batch in &rows.batches {
        for row in 0..batch.num_rows() {
            let cells =
                rows.schema.fields().iter().zip(batch.columns()).filter_map(|(field, column)| {
                    Some((field.name().clone(), crate::cell::json(column.as_ref(), row)?))
                });
            objects.push(Value::Object(cells.collect()));
        }
    }
    objects
}
