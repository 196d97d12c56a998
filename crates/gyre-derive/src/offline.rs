//! Values of features as of any instant, asked of the lake in SQL.
//!
//! What counts at an instant is what was known then: events *received* up to it, the instant included, of
//! the identifiers that were one person then. An event never happens after it is received, so nothing that
//! happened later counts either; what happened before and came later does not, because nobody could have
//! decided by it. Questions are texts of this crate parsed to trees; what differs from one to the next is
//! put into the tree from closed sets, and everything said by others is a bound parameter.

mod read;
mod tree;

use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::tile::Tile;
use arrow_array::RecordBatch;
use gyre_model::{NodeId, Timestamp, Workspace};
use gyre_ports::failpoint;
use gyre_ports::lake::{Parameter, Query};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;
use tree::Tree;

/// The most rows that a question may answer.
const MAX_ROWS: usize = 5_000_000;

/// Whose values are asked for, and as of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// What tells it from others.
    pub number: i64,
    /// One of the person's identifiers.
    pub node: NodeId,
    /// The instant.
    pub at: Timestamp,
}

/// An identifier that was the same person's at the instant of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The label.
    pub label: Label,
    /// The identifier.
    pub node: NodeId,
}

/// Where labels come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subjects {
    /// Who was in an audience at an instant.
    Audience(String, Timestamp),
    /// All decisions of a campaign, each at its instant.
    Decisions(String),
}

/// Asks for what was known at instants.
#[derive(Debug, Clone)]
pub struct PointInTime {
    workspace: Workspace,
    timeout: Duration,
}

impl PointInTime {
    /// In a workspace; each question is given up after `timeout`.
    pub fn new(workspace: &Workspace, timeout: Duration) -> Self {
        Self { workspace: workspace.clone(), timeout }
    }

    fn query(&self, tree: Tree) -> Query {
        let (statement, parameters) = tree.finish();
        Query {
            sql: gyre_ports::lake::Sql::Tree(Box::new(statement)),
            parameters,
            max_rows: MAX_ROWS,
            timeout: self.timeout,
        }
    }

    fn workspace(&self) -> Parameter {
        Parameter::Text(self.workspace.to_string())
    }

    /// Asks who the subjects are.
    pub fn subjects(&self, subjects: &Subjects) -> Result<Query> {
        Ok(self.query(match subjects {
            Subjects::Audience(name, at) => Tree::parse(
                include_str!("offline/audience.sql"),
                vec![self.workspace(), Parameter::Text(name.clone()), Parameter::Integer(at.0)],
            )?,
            Subjects::Decisions(campaign) => Tree::parse(
                include_str!("offline/decisions.sql"),
                vec![self.workspace(), Parameter::Text(campaign.clone())],
            )?,
        }))
    }

    /// The subjects that the lake named, as labels.
    pub fn read_subjects(subjects: &Subjects, batches: &[RecordBatch]) -> Result<Vec<Label>> {
        let at = match subjects {
            Subjects::Audience(_, at) => Some(*at),
            Subjects::Decisions(_) => None,
        };
        read::subjects(batches, at)
    }

    /// Asks which identifiers were the same person's.
    pub fn members(&self, labels: &[Label]) -> Result<Query> {
        let mut listed = String::new();
        for label in labels {
            if !listed.is_empty() {
                listed.push(';');
            }
            let _infallible = write!(listed, "{},{},{}", label.number, label.node, label.at.0);
        }
        let parameters = vec![self.workspace(), Parameter::Text(listed)];
        Ok(self.query(Tree::parse(include_str!("offline/members.sql"), parameters)?))
    }

    /// The identifiers that the lake named.
    pub fn read_members(labels: &[Label], batches: &[RecordBatch]) -> Result<Vec<Member>> {
        read::members(labels, batches)
    }

    /// Asks for what a feature is made of.
    pub fn facts(&self, definition: &Definition, members: &[Member]) -> Result<Query> {
        if definition.is_instant() {
            let name = &definition.name;
            return Err(Error::Evaluate(format!(
                "feature {name}: nth_latest and sequence are not told as of an instant of the past"
            )));
        }
        let mut listed = String::new();
        for member in members {
            if !listed.is_empty() {
                listed.push(';');
            }
            let Label { number, at, .. } = member.label;
            let begins = definition.begins(at).map_or(i64::MIN, |begins| begins.0);
            let known = if failpoint::mutant("offline.future") { i64::MAX } else { at.0 };
            let _infallible = write!(listed, "{number},{},{known},{begins}", member.node);
        }
        let from = definition.counts_from.map_or(i64::MIN, |from| from.0);
        let parameters = vec![
            self.workspace(),
            Parameter::Text(listed),
            Parameter::Text(definition.call.as_str().to_owned()),
            Parameter::Integer(from),
        ];
        Ok(self.query(Tree::facts(definition, parameters)?))
    }

    /// The values of a feature by label; labels that are missing have the value of somebody new.
    pub fn read_values(
        definition: &Definition,
        labels: &[Label],
        batches: &[RecordBatch],
    ) -> Result<BTreeMap<i64, crate::Value>> {
        let tiles: BTreeMap<i64, Tile> = read::tiles(definition, batches)?;
        let value =
            |label: &Label| (label.number, definition.value(tiles.get(&label.number), label.at));
        Ok(labels.iter().map(value).collect())
    }
}
