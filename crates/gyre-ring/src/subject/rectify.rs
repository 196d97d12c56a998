//! Putting right: what is asked is checked and its identifiers are found, and what came of it is told
//! without saying what was wrong.

use super::request::Request;
use crate::error::{Error, Result};
use crate::person::Person;
use crate::shared::Shared;
use gyre_identify::Rules;
use gyre_model::record::body::{Correction, SubjectRequestState};
use gyre_model::{NodeId, NodeKind, Offset, Partition, RecordId, Workspace, id::hash64};
use gyre_ports::state::Op;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rights::SubjectKey;

/// The most corrections of one request.
const MOST: usize = 100;
/// The longest name of a trait, and the longest text.
const LONGEST: usize = 1_000;

/// What stays as history, said in every certificate.
pub(crate) const REMAINS: [&str; 4] = [
    "journal: events and decisions of before hold what was said and used then; the request itself holds the right values; all go with the person, or with their age",
    "lake: rows of before hold what was said and used then, and go with the same",
    "fold: a wrong identifier stays known as set apart from the person, so that it does not come back",
    "exports: archives made before hold the old values until they expire",
];

/// One thing that is to be put right, as it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correcting {
    /// A trait has this value.
    Set {
        /// The trait.
        name: String,
        /// The right value.
        value: Value,
    },
    /// Nothing that was said of a trait counts.
    Remove {
        /// The trait.
        name: String,
    },
    /// An identifier is not theirs; another one is.
    Replace {
        /// The wrong one.
        wrong: String,
        /// The right one.
        right: String,
    },
    /// An identifier is not theirs.
    Drop {
        /// The wrong one.
        wrong: String,
    },
}

/// What was put right, without the values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// `trait` or `identifier`.
    pub what: String,
    /// The trait, or the type of the identifier.
    pub name: String,
    /// `set`, `removed`, `replaced` or `dropped`.
    pub done: String,
    /// The features that follow from the trait, and were made anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Those of them that have no value now, since the right one does not fit their type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfit: Vec<String>,
    /// Why it could not be done, or not whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Corrected {
    pub(crate) fn of_trait(name: &str, set: bool) -> Self {
        Self::new("trait", name, if set { "set" } else { "removed" })
    }

    pub(crate) fn of_identifier(name: &str, replaced: bool) -> Self {
        Self::new("identifier", name, if replaced { "replaced" } else { "dropped" })
    }

    fn new(what: &str, name: &str, done: &str) -> Self {
        Self {
            what: what.to_owned(),
            name: name.to_owned(),
            done: done.to_owned(),
            features: Vec::new(),
            unfit: Vec::new(),
            refused: None,
        }
    }
}

/// What the processor leaves when it has come to a request, and where that was.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Settled {
    pub partition: Partition,
    pub offset: Offset,
    pub corrected: Vec<Corrected>,
}

/// Under which name the processor leaves what it put right.
pub(crate) fn settled_key(id: RecordId) -> String {
    format!("subject-corrected:{id}")
}

/// What is asked, with the identifiers found.
pub(super) fn resolve(
    shared: &Shared,
    workspace: &Workspace,
    asked: &[Correcting],
    person: &Person,
) -> Result<Vec<Correction>> {
    if asked.is_empty() || asked.len() > MOST {
        return Err(invalid(
            "a rectification says what is to be put right",
            "name a trait with its right value, or a wrong identifier; at most 100 of them",
        ));
    }
    let catalog = shared.catalog(workspace);
    let rights = shared.rights.read().clone();
    asked
        .iter()
        .map(|one| match one {
            Correcting::Set { name, value } => {
                check_trait(&catalog.identity, name)?;
                let fits = match value {
                    Value::String(text) => text.len() <= LONGEST,
                    Value::Number(_) | Value::Bool(_) => true,
                    _ => false,
                };
                if !fits {
                    return Err(invalid(
                        "the right value of a trait is a text, a number or a truth",
                        "correct the parts of an object one by one, as address.city; remove what has no value",
                    ));
                }
                Ok(Correction::SetTrait { name: name.clone(), value: value.clone() })
            }
            Correcting::Remove { name } => {
                check_trait(&catalog.identity, name)?;
                Ok(Correction::RemoveTrait { name: name.clone() })
            }
            Correcting::Replace { wrong, right } => {
                let node = find(&catalog.identity, workspace, person, wrong)?;
                if !matches!(node.kind(), NodeKind::Email | NodeKind::Phone | NodeKind::External) {
                    return Err(invalid(
                        "only addresses, phone numbers and identifiers of your own are replaced",
                        "drop an identifier of a device that is not theirs",
                    ));
                }
                let found = catalog.identity.like(workspace.as_str(), node, right).ok_or_else(|| {
                    invalid(
                        "the right identifier identifies nobody",
                        "it has the form of the wrong one, and is on no blocklist",
                    )
                })?;
                if found.node == node {
                    return Err(invalid(
                        "the right identifier is the wrong one",
                        "they may differ only in how they are written",
                    ));
                }
                if rights.is_suppressed(rights.key_of(workspace, found.node)) {
                    return Err(invalid(
                        "the right identifier is barred, since its person was erased",
                        "lift the erasure first",
                    ));
                }
                Ok(Correction::ReplaceIdentifier { node, with: found.node, value: found.value })
            }
            Correcting::Drop { wrong } => {
                let node = find(&catalog.identity, workspace, person, wrong)?;
                Ok(Correction::DropIdentifier { node })
            }
        })
        .collect()
}

fn check_trait(rules: &Rules, name: &str) -> Result<()> {
    if name.is_empty() || name.len() > LONGEST || name.split('.').any(str::is_empty) {
        return Err(invalid(
            "a trait has a name",
            "for example country, or address.city for a part of an object",
        ));
    }
    match rules.identifier_trait(name) {
        Some(id_type) => Err(Error::Invalid {
            message: format!("the trait {name} is an identifier ({id_type})"),
            hint: Some("replace the wrong identifier by the right one, or drop it".to_owned()),
        }),
        None => Ok(()),
    }
}

/// The node of an identifier of the person; what is asked is not repeated, since it is personal.
fn find(rules: &Rules, workspace: &Workspace, person: &Person, text: &str) -> Result<NodeId> {
    let text = text.trim();
    let mut nodes = rules.nodes_of(workspace.as_str(), text);
    nodes.extend(text.parse::<NodeId>().ok());
    let node = nodes.into_iter().find(|node| person.nodes.contains_key(node)).ok_or_else(|| {
        Error::NotFound { what: "a wrong identifier", name: "of this person".to_owned() }
    })?;
    if node.kind() == NodeKind::User {
        return Err(invalid(
            "a user id is what your systems call somebody, and is not corrected",
            "send an event with the right user id; what is not theirs is set apart with `gyre person separate`",
        ));
    }
    if person.nodes.len() < 2 {
        return Err(invalid(
            "the wrong identifier is all that is known of the person",
            "erase it, and let the right one be collected",
        ));
    }
    Ok(node)
}

fn invalid(message: &str, hint: &str) -> Error {
    Error::Invalid { message: message.to_owned(), hint: Some(hint.to_owned()) }
}

/// A keyed hash of what is asked: it tells one request from another after its values are gone.
pub(super) fn digest(secret: &[u8], workspace: &Workspace, what: &[Correction]) -> Option<String> {
    if what.is_empty() {
        return None;
    }
    let bytes = serde_json::to_vec(what).ok()?;
    Some(SubjectKey::of(secret, workspace, hash64(&[b"corrections", &bytes])).to_string())
}

/// What came of a request, once the processor has come to it and the fold has it.
pub(super) async fn settled(shared: &Shared, request: &Request) -> Result<Option<Vec<Corrected>>> {
    let value = shared.state.value(&request.workspace, &settled_key(request.id)).await?;
    let Some(value) = value else { return Ok(None) };
    let settled: Settled =
        serde_json::from_value(value).map_err(|why| Error::corrupt("what was corrected", why))?;
    let is_folded = shared.marks(settled.partition).next() > settled.offset;
    Ok(is_folded.then_some(settled.corrected))
}

/// The request as it is when everything was put right: it names no values and no nodes any more.
pub(super) fn close(request: &mut Request, corrected: Vec<Corrected>) -> Op {
    let refused = corrected.iter().filter(|one| one.refused.is_some()).count();
    request.detail =
        (refused > 0).then(|| format!("{refused} of {} could not be put right", corrected.len()));
    request.corrected = corrected;
    request.corrections = Vec::new();
    request.nodes = Vec::new();
    request.state = SubjectRequestState::Done;
    let (workspace, key) = (request.workspace.clone(), settled_key(request.id));
    Op::Put { workspace, key, value: Value::Null }
}
