//! Training sets: the values of features as they were known at the instant of each label. What came later is
//! not in them.

use crate::engine::Engine;
use crate::error::{Error, Result};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use gyre_derive::{Definition, Definitions, Label, PointInTime, Row, Subjects, Value};
use gyre_govern::Gate;
use gyre_model::{NodeId, PersonId, Timestamp, Workspace};
use gyre_ports::failpoint;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The most labels of one set.
const MOST: usize = 1_000_000;

/// A training set that is asked for.
#[derive(Debug, Clone)]
pub struct TrainingAsked {
    /// Whom it is about, and as of when.
    pub labels: TrainingLabels,
    /// The features, in the order of the columns; all of them when empty.
    pub features: Vec<String>,
}

/// Whom a training set is about.
#[derive(Debug, Clone)]
pub enum TrainingLabels {
    /// Who was in an audience at an instant.
    Audience(String, Timestamp),
    /// All decisions of a campaign, each at its instant.
    Decisions(String),
    /// People at instants.
    People(Vec<LabelAsked>),
}

/// A person at an instant.
#[derive(Debug, Clone)]
pub struct LabelAsked {
    /// A user id, or another identifier.
    pub person: String,
    /// The instant.
    pub at: Timestamp,
}

/// A training set.
#[derive(Debug, Clone)]
pub struct TrainingSet {
    /// One row per label that is not left out, in their order: `label` (its place among those asked for,
    /// from 0), `subject` (as it was asked for, or the identifier's id), `person` (who that is today),
    /// `at`, and a column per feature.
    pub rows: RecordBatch,
    /// How many labels were left out, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
}

struct Subject {
    label: Label,
    name: String,
    person: PersonId,
    /// Places of features that may have no value of theirs.
    closed: BTreeSet<usize>,
}

impl Engine {
    /// The values of features as they were known at the instants of labels. Left out is who may not be in a
    /// training set today, who is not known (any more), and about whom something was put right since: what
    /// the lake has of their events is not what holds.
    pub async fn training_set(
        &self,
        workspace: &Workspace,
        asked: TrainingAsked,
    ) -> Result<TrainingSet> {
        self.visible().await?;
        let definitions = self.chosen(workspace, &asked.features)?;
        let labels = self.labels(workspace, asked.labels).await?;
        if labels.len() > MOST {
            return Err(Error::Invalid {
                message: format!("a training set has at most {MOST} labels"),
                hint: Some("ask for several, each of a shorter time".to_owned()),
            });
        }
        let mut left_out = BTreeMap::new();
        let subjects = self.admitted(workspace, &definitions, labels, &mut left_out)?;
        let labels: Vec<Label> = subjects.iter().map(|one| one.label).collect();
        let mut values = self.values_as_of(workspace, &definitions, &labels).await?;
        for one in &subjects {
            let Some(values) = values.get_mut(&one.label.number) else { continue };
            for &place in &one.closed {
                if let (Some(value), Some(definition)) =
                    (values.get_mut(place), definitions.get(place))
                {
                    *value = definition.empty();
                }
            }
        }
        Ok(TrainingSet { rows: rows(&definitions, &subjects, values)?, left_out })
    }

    fn chosen(&self, workspace: &Workspace, names: &[String]) -> Result<Vec<Definition>> {
        let catalog = self.shared.catalog(workspace);
        if names.is_empty() {
            let told = catalog.definitions.all().iter().filter(|one| one.is_told_offline());
            return Ok(told.cloned().collect());
        }
        let mut chosen: Vec<Definition> = Vec::with_capacity(names.len());
        for name in names {
            let known = catalog.definitions.get(name);
            let definition =
                known.ok_or_else(|| Error::NotFound { what: "Feature", name: name.clone() })?;
            if chosen.iter().any(|one| one.name == *name) {
                return Err(Error::Invalid {
                    message: format!("the feature `{name}` is asked for twice"),
                    hint: Some("name each once".to_owned()),
                });
            }
            chosen.push(definition.clone());
        }
        Ok(chosen)
    }

    async fn labels(
        &self,
        workspace: &Workspace,
        labels: TrainingLabels,
    ) -> Result<Vec<(Label, String)>> {
        let subjects = match labels {
            TrainingLabels::People(people) => {
                let rules = Arc::clone(&self.shared.catalog(workspace).identity);
                let mut known: HashMap<String, NodeId> = HashMap::new();
                let mut labels = Vec::with_capacity(people.len());
                for (number, one) in (0..).zip(people) {
                    let node = match known.get(&one.person) {
                        Some(node) => *node,
                        None => {
                            let mut nodes = rules.nodes_of(workspace.as_str(), &one.person);
                            nodes.extend(one.person.parse::<PersonId>().map(|id| id.root()).ok());
                            let mut found = NodeId::default();
                            for node in nodes {
                                if self.shared.people_of(node.key()).person_of(node)?.is_some() {
                                    found = node;
                                    break;
                                }
                            }
                            known.insert(one.person.clone(), found);
                            found
                        }
                    };
                    labels.push((Label { number, node, at: one.at }, one.person));
                }
                return Ok(labels);
            }
            TrainingLabels::Audience(name, at) => Subjects::Audience(name, at),
            TrainingLabels::Decisions(campaign) => Subjects::Decisions(campaign),
        };
        let query = PointInTime::new(workspace, super::TIMEOUT).subjects(&subjects)?;
        let answer = self.shared.lake.query(query).await?;
        let labels = PointInTime::read_subjects(&subjects, &answer.batches)?;
        Ok(labels.into_iter().map(|label| (label, label.node.to_string())).collect())
    }

    /// Whose labels may be in a set, and how many may not, by reason.
    #[cfg(test)]
    pub(crate) async fn admitted_for_tests(
        &self,
        workspace: &Workspace,
        people: Vec<LabelAsked>,
    ) -> Result<(Vec<String>, BTreeMap<&'static str, u64>)> {
        let definitions = self.chosen(workspace, &[])?;
        let labels = self.labels(workspace, TrainingLabels::People(people)).await?;
        let mut left_out = BTreeMap::new();
        let admitted = self.admitted(workspace, &definitions, labels, &mut left_out)?;
        Ok((admitted.into_iter().map(|one| one.name).collect(), left_out))
    }

    /// Who may be in it.
    fn admitted(
        &self,
        workspace: &Workspace,
        definitions: &[Definition],
        labels: Vec<(Label, String)>,
        left_out: &mut BTreeMap<&'static str, u64>,
    ) -> Result<Vec<Subject>> {
        let mut people = HashMap::new();
        for (label, _) in &labels {
            if let Some(id) = self.shared.people_of(label.node.key()).person_of(label.node)? {
                people.insert(label.node, id);
            }
        }
        let ids: Vec<PersonId> =
            people.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut closed: HashMap<PersonId, &'static str> = HashMap::new();
        for gate in [Gate::Training, Gate::Features] {
            let (_, withheld) = self.permitted(workspace, gate, &ids)?;
            for one in withheld {
                let because = match one.because {
                    known @ ("unknown" | "restricted") => known,
                    _ => "no_consent",
                };
                closed.entry(one.person).or_insert(because);
            }
        }
        let catalog = self.shared.catalog(workspace);
        let now = self.shared.clock.now();
        let mut shut: HashMap<PersonId, BTreeSet<usize>> = HashMap::new();
        for &id in &ids {
            let Some(person) = self.shared.people_of(id.root().key()).get(id)? else { continue };
            if person.is_rectified() && !failpoint::mutant("training.rectified") {
                closed.entry(id).or_insert("rectified");
            }
            let purposes = catalog.closed(&person, now);
            let is_shut = |one: &Definition| one.purpose.is_some_and(|it| purposes.contains(&it));
            let places = (0..).zip(definitions).filter(|(_, one)| is_shut(one));
            shut.insert(id, places.map(|(place, _)| place).collect());
        }
        let mut admitted = Vec::new();
        for (label, name) in labels {
            let person = people.get(&label.node);
            let reason = match person {
                None => Some("unknown"),
                Some(id) => closed.get(id).copied(),
            };
            match (person, reason.filter(|_| !failpoint::mutant("training.no_gate"))) {
                (Some(&person), None) => {
                    let closed = shut.get(&person).cloned().unwrap_or_default();
                    admitted.push(Subject { label, name, person, closed });
                }
                (_, reason) => *left_out.entry(reason.unwrap_or("unknown")).or_insert(0) += 1,
            }
        }
        Ok(admitted)
    }
}

fn rows(
    definitions: &[Definition],
    subjects: &[Subject],
    mut values: BTreeMap<i64, Vec<Value>>,
) -> Result<RecordBatch> {
    let rows: Vec<Row> = subjects
        .iter()
        .map(|one| Row {
            at: one.label.at,
            values: values.remove(&one.label.number).unwrap_or_default(),
            stages: Vec::new(),
            expires: None,
        })
        .collect();
    // By name, as a batch has them, then in the order in which they were asked for.
    let sorted = Definitions::new(definitions.to_vec());
    let places: Vec<usize> = sorted
        .all()
        .iter()
        .filter_map(|one| definitions.iter().position(|other| other.name == one.name))
        .collect();
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|row| Row {
            values: places.iter().filter_map(|&place| row.values.get(place).cloned()).collect(),
            ..row
        })
        .collect();
    let batch = gyre_derive::batch(&sorted, &rows)?;
    let mut fields = vec![
        Field::new("label", DataType::Int64, false),
        Field::new("subject", DataType::Utf8, false),
        Field::new("person", DataType::Utf8, false),
    ];
    let text = |of: &dyn Fn(&Subject) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(subjects.iter().map(of)))
    };
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(subjects.iter().map(|one| one.label.number))),
        text(&|one| one.name.clone()),
        text(&|one| one.person.to_string()),
    ];
    let mut metadata = HashMap::new();
    let schema = batch.schema();
    let named = definitions.iter().map(|one| (format!("person.{}", one.name), Some(one)));
    for (name, definition) in std::iter::once(("at".to_owned(), None)).chain(named) {
        let (place, field) = schema
            .column_with_name(&name)
            .ok_or_else(|| Error::corrupt("training set", "a column is missing"))?;
        columns.push(Arc::clone(batch.column(place)));
        let name = definition.map_or("at", |one| one.name.as_str());
        fields.push(field.clone().with_name(name));
        if let Some(one) = definition {
            // Another definition under the same name has another key.
            metadata.insert(format!("gyre.feature.{name}"), format!("{:016x}", one.key));
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, metadata)), columns)
        .map_err(|why| Error::corrupt("training set", why))
}
