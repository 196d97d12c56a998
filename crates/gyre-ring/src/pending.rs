//! In-app decisions that were answered and that the fold does not know yet: caps and ordinals must
//! count them at once.

use gyre_govern::Contacted;
use gyre_model::{DecisionId, PersonId};
use parking_lot::Mutex;
use std::collections::HashMap;

const SHARDS: usize = 64;

/// One decision on its way.
#[derive(Debug, Clone)]
pub struct OnItsWay {
    /// Which.
    pub id: DecisionId,
    /// Its campaign.
    pub campaign: String,
    /// The contact it makes, if it shows something.
    pub contact: Option<Contacted>,
}

/// Decisions on their way, by person.
#[derive(Debug)]
pub struct Pending {
    shards: Vec<Mutex<HashMap<PersonId, Vec<OnItsWay>>>>,
}

impl Default for Pending {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Pending {
    /// Runs `draw` on a person's decisions on their way, with nobody else drawing for the same person,
    /// and adds what it gives.
    pub fn with<T, E>(
        &self,
        person: PersonId,
        draw: impl FnOnce(&[OnItsWay]) -> Result<(T, Option<OnItsWay>), E>,
    ) -> Result<T, E> {
        let mut shard = self.shards[usize::from(person.0[15]) % SHARDS].lock();
        let known = shard.get(&person).map_or(&[] as &[OnItsWay], Vec::as_slice);
        let (answer, one) = draw(known)?;
        if let Some(one) = one {
            shard.entry(person).or_default().push(one);
        }
        Ok(answer)
    }

    /// The contacts on their way of a person.
    pub fn contacts(&self, person: PersonId) -> Vec<Contacted> {
        let shard = self.shards[usize::from(person.0[15]) % SHARDS].lock();
        shard
            .get(&person)
            .map(|all| all.iter().filter_map(|one| one.contact.clone()).collect())
            .unwrap_or_default()
    }

    /// The fold knows these now, or they came to nothing.
    pub fn settle(&self, settled: &[(PersonId, DecisionId)]) {
        for (person, id) in settled {
            let mut shard = self.shards[usize::from(person.0[15]) % SHARDS].lock();
            if let Some(all) = shard.get_mut(person) {
                all.retain(|one| one.id != *id);
                if all.is_empty() {
                    shard.remove(person);
                }
            }
        }
    }
}
