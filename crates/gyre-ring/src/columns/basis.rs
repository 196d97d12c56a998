//! What a person's columns are made by, and one person's.

use crate::catalog::Catalog;
use crate::consent::next_change;
use crate::decide::IN_APP;
use crate::person::Person;
use gyre_config::CHANNELS;
use gyre_config::kinds::{ConsentPolicy, ContactPolicy};
use gyre_derive::Row;
use gyre_govern::{Claim, Facts};
use gyre_model::{Purpose, Timestamp, Topic};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What columns depend on: others are made when it differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basis {
    features: Vec<(String, u64, Option<Purpose>)>,
    lifecycles: Vec<String>,
    consent: Option<Arc<ConsentPolicy>>,
    contact: BTreeMap<String, ContactPolicy>,
}

/// Makes lines of people.
#[derive(Debug)]
pub(crate) struct Maker {
    pub(super) catalog: Arc<Catalog>,
    pub(super) now: Timestamp,
    basis: Basis,
}

/// What columns hold of one person.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) row: Row,
    /// When it is no longer right by time alone.
    pub(super) until: Timestamp,
    /// The keys of the memberships.
    pub(super) members: Vec<u64>,
    /// By channel, for each contact policy in the order of [`Maker::policies`].
    pub(super) reached: Vec<[bool; CHANNELS.len()]>,
}

/// The part of a contact policy that says what consent a channel needs; without a policy consent is required
/// everywhere.
pub(crate) fn consent_only(policy: Option<&ContactPolicy>) -> ContactPolicy {
    let consent = policy.map(|policy| policy.consent.clone()).unwrap_or_default();
    ContactPolicy { consent, caps: Vec::new(), quiet_hours: None }
}

impl Maker {
    pub(super) fn new(catalog: Arc<Catalog>, now: Timestamp) -> Self {
        let features = catalog.definitions.all().iter();
        let policies = catalog.contact_policies.iter();
        let policies = policies.map(|(name, policy)| (name.clone(), consent_only(Some(policy))));
        // No policy stands under no name.
        let contact = policies.chain([(String::new(), consent_only(None))]).collect();
        let basis = Basis {
            features: features.map(|one| (one.name.clone(), one.key, one.purpose)).collect(),
            lifecycles: catalog.definitions.lifecycles().to_vec(),
            consent: catalog.consent.clone(),
            contact,
        };
        Self { catalog, now, basis }
    }

    pub(super) fn basis(&self) -> &Basis {
        &self.basis
    }

    /// The names of contact policies, and no name.
    pub(super) fn policies(&self) -> impl Iterator<Item = &String> {
        self.basis.contact.keys()
    }

    pub(super) fn line(&self, person: &Person) -> Line {
        let row = self.catalog.row(person, self.now);
        let said = next_change(&person.words(), self.now);
        let until = [row.expires, said].into_iter().flatten().min();
        let policies = self.basis.contact.values();
        let reached = policies.map(|one| reachable(&self.catalog, person, one, self.now));
        Line {
            until: until.unwrap_or(Timestamp(i64::MAX)),
            members: person.members.keys().copied().collect(),
            reached: reached.collect(),
            row,
        }
    }
}

/// Which channels have an address of a person and may be used; neither caps nor quiet hours are asked.
pub(crate) fn reachable(
    catalog: &Catalog,
    person: &Person,
    policy: &ContactPolicy,
    now: Timestamp,
) -> [bool; CHANNELS.len()] {
    let (law, words) = (catalog.law(person), person.words());
    CHANNELS.map(|channel| {
        let topic = Topic::new(Purpose::Contact, channel);
        let facts = Facts {
            now,
            has_address: channel == IN_APP || person.email().is_some(),
            consent: &words,
            needs_consent: !law.allows_silence(&topic),
            contacts: &[],
        };
        Claim { channel, policy }.judge(&facts).is_ok()
    })
}
