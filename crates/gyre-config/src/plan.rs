//! The difference between what is written and what runs.

mod render;

use crate::resource::{Resource, Spec};
use gyre_model::resource::Kind;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A resource as it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// What people own.
    pub spec: Value,
    /// What the loop owns; `Null` when it has never written.
    pub managed: Value,
}

/// What may be done besides creating and updating. Both are off unless asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanOptions {
    /// Delete what runs and is not written.
    pub prune: bool,
    /// Replace what loops wrote by what the files say (nothing, where they say nothing).
    pub reset_managed: bool,
}

/// What applying would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// One step per resource, in an order in which references exist; deletions last, in the opposite
    /// order.
    pub steps: Vec<Step>,
}

/// What applying would do to one resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The kind.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// What would be done.
    pub action: Action,
    /// The version that runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// What the spec would be; `Null` when deleted.
    pub spec: Value,
    /// What the loop owns after applying.
    pub managed: Value,
    /// What would change in the loop's half; empty unless it is reset.
    pub managed_changes: Vec<Change>,
}

/// What would be done to a resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// It does not run yet.
    Create,
    /// People's half changes.
    Update {
        /// What changes.
        changes: Vec<Change>,
    },
    /// Only the loop's half is reset.
    Reset,
    /// Nothing changes.
    Unchanged,
    /// It is not written any more.
    Delete,
}

/// One value that changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Where, for example `variants[discount].when`; items that have a name go by it.
    pub path: String,
    /// What it was; `None` when it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What it becomes; `None` when it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

impl Plan {
    /// Whether applying would change nothing.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action == Action::Unchanged)
    }
}

/// Compares what is written with what runs. Both halves are brought into today's form first, so that a
/// default that was not written is no difference.
pub fn plan(written: &[&Resource], running: &[Running], options: PlanOptions) -> Plan {
    let rows: BTreeMap<(Kind, &str), &Running> =
        running.iter().map(|row| ((row.kind, row.name.as_str()), row)).collect();
    let files: BTreeMap<(Kind, &str), &Resource> = written
        .iter()
        .map(|resource| ((resource.kind(), resource.metadata.name.as_str()), *resource))
        .collect();
    // `Kind` is ordered as kinds may refer to one another, so creating in this order never dangles.
    let mut steps: Vec<Step> = files
        .iter()
        .map(|(key, resource)| step(resource, rows.get(key).copied(), options))
        .collect();
    if options.prune {
        let gone = rows.iter().rev().filter(|(key, _)| !files.contains_key(*key));
        steps.extend(gone.map(|(_, row)| Step {
            kind: row.kind,
            name: row.name.clone(),
            action: Action::Delete,
            version: Some(row.version),
            spec: Value::Null,
            managed: row.managed.clone(),
            managed_changes: Vec::new(),
        }));
    }
    Plan { steps }
}

fn step(resource: &Resource, row: Option<&Running>, options: PlanOptions) -> Step {
    let spec = resource.spec.to_json();
    let kind = resource.kind();
    let name = resource.metadata.name.clone();
    let Some(row) = row else {
        // A server that has never seen the resource starts from the turns that were pulled.
        let managed = resource.managed.clone();
        let action = Action::Create;
        return Step {
            kind,
            name,
            action,
            version: None,
            spec,
            managed,
            managed_changes: Vec::new(),
        };
    };
    let before = Spec::from_json(kind, row.spec.clone())
        .map_or_else(|_| row.spec.clone(), |spec| spec.to_json());
    let changes = differences(&before, &spec);
    let (managed, managed_changes) = if options.reset_managed {
        (resource.managed.clone(), differences(&row.managed, &resource.managed))
    } else {
        (row.managed.clone(), Vec::new())
    };
    let action = match (changes.is_empty(), managed_changes.is_empty()) {
        (false, _) => Action::Update { changes },
        (true, false) => Action::Reset,
        (true, true) => Action::Unchanged,
    };
    Step { kind, name, action, version: Some(row.version), spec, managed, managed_changes }
}

/// Every value that differs, down to scalars.
pub fn differences(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", Some(old), Some(new), &mut changes);
    changes
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    let old = old.filter(|value| !value.is_null());
    let new = new.filter(|value| !value.is_null());
    if old == new {
        return;
    }
    match (old, new) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let keys = left.keys().chain(right.keys().filter(|key| !left.contains_key(*key)));
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, left.get(key), right.get(key), changes);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            lists(path, left, right, changes);
        }
        _ => changes.push(Change { path: path.to_owned(), old: old.cloned(), new: new.cloned() }),
    }
}

/// Items that all have a name are compared by it, so that inserting one does not change the others.
fn lists(path: &str, left: &[Value], right: &[Value], changes: &mut Vec<Change>) {
    let before = changes.len();
    if let (Some(left_names), Some(right_names)) = (names(left), names(right)) {
        let find = |items: &'_ [Value], name: &str| -> Option<usize> {
            items.iter().position(|item| item["name"] == name)
        };
        let added = right_names.iter().filter(|name| !left_names.contains(name));
        for name in left_names.iter().chain(added) {
            let old = find(left, name).and_then(|index| left.get(index));
            let new = find(right, name).and_then(|index| right.get(index));
            compare(&format!("{path}[{name}]"), old, new, changes);
        }
        // Only their order differs.
        if changes.len() == before {
            let order = |names: &[&str]| Some(Value::from(names.join(", ")));
            let path = format!("{path} (order)");
            changes.push(Change { path, old: order(&left_names), new: order(&right_names) });
        }
        return;
    }
    for index in 0..left.len().max(right.len()) {
        compare(&format!("{path}[{index}]"), left.get(index), right.get(index), changes);
    }
}

/// The names of the items, if each has one and no two are alike.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let names: Vec<&str> = items.iter().map(|item| item["name"].as_str()).collect::<Option<_>>()?;
    let distinct: std::collections::BTreeSet<&&str> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}
