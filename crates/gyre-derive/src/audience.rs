//! Audiences, compiled: rules over rows, and when they may flip by time alone.

use crate::definition::Definitions;
use crate::error::{Error, Result};
use crate::row::{Row, batch, schema};
use crate::value::Value;
use gyre_model::Timestamp;
use gyre_ports::rules::Crossing;
use gyre_ports::{Rule, Rules};
use std::sync::Arc;

/// What a compiled rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// An audience people declared: entering and leaving it are records.
    Declared,
    /// The person-only part of a rule of a campaign or policy: kept as a bit, no records.
    Implicit,
}

/// A membership that is kept as a bit.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The audience's name, or the expression of an implicit one.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    rule: Arc<dyn Rule>,
}

/// All memberships of a workspace: declared audiences by name, then implicit ones by expression.
#[derive(Debug, Clone, Default)]
pub struct Audiences {
    all: Vec<Membership>,
    crossings: Vec<Crossing>,
}

/// One answer per membership, in their order.
pub type Bits = Vec<bool>;

impl Audiences {
    /// Compiles rules given as (name, purpose, expression). Names are unique per purpose.
    pub fn compile(
        rules: &dyn Rules,
        definitions: &Definitions,
        mut sources: Vec<(String, Purpose, String)>,
    ) -> Result<Self> {
        sources.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        sources.dedup_by(|a, b| a.1 == b.1 && a.0 == b.0);
        let schema = schema(definitions);
        let mut all = Vec::with_capacity(sources.len());
        let mut crossings: Vec<Crossing> = Vec::new();
        for (name, purpose, expression) in sources {
            let rule = rules
                .compile(&expression, &schema)
                .map_err(|source| Error::Rule { name: name.clone(), source })?;
            for crossing in rule.crossings() {
                if !crossings.contains(crossing) {
                    crossings.push(crossing.clone());
                }
            }
            all.push(Membership { name, purpose, rule });
        }
        Ok(Self { all, crossings })
    }

    /// All memberships.
    pub fn all(&self) -> &[Membership] {
        &self.all
    }

    /// The place of a membership.
    pub fn index(&self, name: &str, purpose: Purpose) -> Option<usize> {
        self.all.binary_search_by(|one| (one.purpose, one.name.as_str()).cmp(&(purpose, name))).ok()
    }

    /// Evaluates rows, all at once; the answers are in the order of the rows.
    pub fn evaluate(&self, definitions: &Definitions, rows: &[Row]) -> Result<Vec<Bits>> {
        let mut answers = vec![vec![false; self.all.len()]; rows.len()];
        if rows.is_empty() || self.all.is_empty() {
            return Ok(answers);
        }
        let batch = batch(definitions, rows)?;
        for (place, membership) in self.all.iter().enumerate() {
            let truth = membership
                .rule
                .evaluate(&batch)
                .map_err(|source| Error::Rule { name: membership.name.clone(), source })?;
            for (row, answer) in answers.iter_mut().enumerate() {
                answer[place] = truth.value(row);
            }
        }
        Ok(answers)
    }

    /// When a row may change or a rule may flip by time alone, strictly after the row's instant.
    pub fn next_change(&self, definitions: &Definitions, row: &Row) -> Option<Timestamp> {
        let mut next = row.expires;
        let mut consider = |instant: Timestamp| {
            // `<` flips just after the instant, `<=` at it: both are looked at.
            for candidate in [instant, Timestamp(instant.0.saturating_add(1))] {
                if candidate > row.at {
                    next = Some(next.map_or(candidate, |known| known.min(candidate)));
                    break;
                }
            }
        };
        for crossing in &self.crossings {
            if crossing.column.is_empty() {
                consider(Timestamp(crossing.offset.0));
                continue;
            }
            let value = definitions
                .all()
                .iter()
                .position(|definition| {
                    crossing.column.strip_prefix("person.") == Some(&definition.name)
                })
                .and_then(|index| row.values.get(index));
            if let Some(Value::Time(time)) = value {
                consider(*time + crossing.offset);
            }
        }
        next
    }
}
