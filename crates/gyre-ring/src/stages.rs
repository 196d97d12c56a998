//! Stages of lifecycles as people carry them: beside memberships, under keys of their own.

use crate::catalog::Catalog;
use crate::person::Person;
use gyre_derive::{Stages, Standing};
use gyre_model::id::hash64;
use gyre_model::{Span, Timestamp};

/// The key of a stage among a person's memberships.
pub(crate) fn stage_key(lifecycle: &str, stage: &str) -> u64 {
    hash64(&[b"lifecycle", lifecycle.as_bytes(), stage.as_bytes()])
}

/// The key that says that a moment is over though its rule still holds.
pub(crate) fn spent_key(membership: u64) -> u64 {
    hash64(&[b"spent", &membership.to_le_bytes()])
}

/// Where a person stands in a lifecycle.
pub(crate) fn standing(person: &Person, lifecycle: &Stages) -> Option<Standing> {
    let mut places = lifecycle.stages.iter().enumerate();
    places.find_map(|(stage, one)| {
        let since = *person.members.get(&stage_key(&lifecycle.name, &one.name))?;
        Some(Standing { stage, since })
    })
}

impl Catalog {
    /// The stage of a person in every lifecycle, in their order.
    pub(crate) fn stages(&self, person: &Person) -> Vec<Option<String>> {
        let stage = |lifecycle: &Stages| {
            let place = standing(person, lifecycle)?.stage;
            Some(lifecycle.stages.get(place)?.name.clone())
        };
        self.lifecycles.all().iter().map(stage).collect()
    }

    /// When a moment ends or a stage keeps somebody no longer, strictly after an instant.
    pub(crate) fn next_end(&self, person: &Person, at: Timestamp) -> Option<Timestamp> {
        let moments = self.moments.iter().filter_map(|(key, span)| {
            Some(*person.members.get(key)? + *span).filter(|end| *end > at)
        });
        let stays = self
            .lifecycles
            .all()
            .iter()
            .filter_map(|lifecycle| lifecycle.kept_until(standing(person, lifecycle)?, at));
        moments.chain(stays).min()
    }

    /// The least time after which something may end that began when somebody was looked at.
    pub(crate) fn shortest_end(&self) -> Option<Span> {
        let moments = self.moments.values().copied().min();
        [moments, self.lifecycles.shortest_stay()].into_iter().flatten().min()
    }
}
