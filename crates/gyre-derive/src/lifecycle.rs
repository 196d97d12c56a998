//! Lifecycles, compiled: which stage somebody is in after looking at them.
//!
//! What is next follows from where somebody stands, since when, what holds and the instant: nothing
//! else. So the same rows, however they were cut into batches, give the same transitions.

use crate::audience::{Audiences, Bits, Purpose};
use crate::behaviour::lifted;
use crate::definition::Definitions;
use crate::error::Result;
use crate::row::Row;
use gyre_config::kinds::Lifecycle;
use gyre_model::{Span, Timestamp};
use gyre_ports::Rules;
use std::collections::BTreeMap;

/// All lifecycles of a workspace, in order of their names.
#[derive(Debug, Clone, Default)]
pub struct Lifecycles {
    all: Vec<Stages>,
    rules: Audiences,
}

/// The stages of one lifecycle.
#[derive(Debug, Clone)]
pub struct Stages {
    /// The lifecycle's name.
    pub name: String,
    /// From the first to the last.
    pub stages: Vec<Stage>,
}

/// A stage, compiled.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// The least time somebody stays.
    pub stay: Span,
    /// Where its rule stands among all rules.
    enter: usize,
    /// Where its rule for leaving stands, if it has one.
    leave: Option<usize>,
}

/// Where somebody stands in a lifecycle: the stage, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its place among the stages.
    pub stage: usize,
    /// Since when.
    pub since: Timestamp,
}

impl Lifecycles {
    /// Compiles lifecycles; `definitions` hold what their rules read, lifted features included.
    pub fn compile(
        rules: &dyn Rules,
        definitions: &Definitions,
        lifecycles: &BTreeMap<String, Lifecycle>,
    ) -> Result<Self> {
        let mut sources = Vec::new();
        let mut add = |name: String, expression: &str| -> String {
            sources.push((name.clone(), Purpose::Implicit, lifted(expression)));
            name
        };
        let mut written = Vec::new();
        for (lifecycle, spec) in lifecycles {
            for stage in &spec.stages {
                let name = |what: &str| format!("{lifecycle}/{}/{what}", stage.name);
                let enter = add(name("rule"), &stage.rule);
                let leave = stage.leave.as_deref().map(|rule| add(name("leave"), rule));
                written.push((lifecycle, stage, enter, leave));
            }
        }
        // Stages are not told from stages.
        let without = definitions.clone().with_lifecycles(Vec::new());
        let rules = Audiences::compile(rules, &without, sources)?;
        let mut all: Vec<Stages> = Vec::new();
        for (lifecycle, stage, enter, leave) in written {
            let place = |name: &str| rules.index(name, Purpose::Implicit).unwrap_or_default();
            let compiled = Stage {
                name: stage.name.clone(),
                stay: stage.stay.unwrap_or_default(),
                enter: place(&enter),
                leave: leave.as_deref().map(place),
            };
            match all.last_mut() {
                Some(last) if last.name == *lifecycle => last.stages.push(compiled),
                _ => all.push(Stages { name: lifecycle.clone(), stages: vec![compiled] }),
            }
        }
        Ok(Self { all, rules })
    }

    /// All of them.
    pub fn all(&self) -> &[Stages] {
        &self.all
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What holds of rows, all at once.
    pub fn evaluate(&self, definitions: &Definitions, rows: &[Row]) -> Result<Vec<Bits>> {
        self.rules.evaluate(definitions, rows)
    }

    /// When a rule may flip by time alone, strictly after the row's instant.
    pub fn next_change(&self, definitions: &Definitions, row: &Row) -> Option<Timestamp> {
        self.rules.next_change(definitions, row)
    }

    /// The least time that a stage keeps somebody, of those that do.
    pub fn shortest_stay(&self) -> Option<Span> {
        let stays = self.all.iter().flat_map(|one| &one.stages).map(|stage| stage.stay);
        stays.filter(|stay| stay.0 > 0).min()
    }
}

impl Stages {
    /// The stage somebody is in after being looked at: up to the last whose rule holds; back or out when
    /// they may leave the one they are in; and nowhere before they have stayed as long as it keeps them.
    pub fn next(&self, standing: Option<Standing>, holds: &[bool], at: Timestamp) -> Option<usize> {
        let is = |place: usize| holds.get(place).copied().unwrap_or(false);
        let last = self.stages.iter().rposition(|stage| is(stage.enter));
        let Some(Standing { stage: current, since }) = standing else { return last };
        let Some(stage) = self.stages.get(current) else { return last };
        let goes_up = last.is_some_and(|last| last > current);
        let may_leave = stage.leave.is_none_or(is);
        if at < since + stage.stay || last == Some(current) || !(goes_up || may_leave) {
            return Some(current);
        }
        last
    }

    /// When somebody is kept no longer, strictly after an instant.
    pub fn kept_until(&self, standing: Standing, at: Timestamp) -> Option<Timestamp> {
        let stage = self.stages.get(standing.stage)?;
        Some(standing.since + stage.stay).filter(|until| stage.stay.0 > 0 && *until > at)
    }

    /// The place of a stage.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.name == name)
    }
}
