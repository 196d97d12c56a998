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
    /// By contact policy and channel, in the order of [`Maker::ways`].
    pub(super) reached: Vec<bool>,
}

/// The part of a contact policy that says what consent a channel needs.
fn consent_only(policy: &ContactPolicy) -> ContactPolicy {
    ContactPolicy { consent: policy.consent.clone(), caps: Vec::new(), quiet_hours: None }
}

impl Maker {
    pub(super) fn new(catalog: Arc<Catalog>, now: Timestamp) -> Self {
        let features = catalog.definitions.all().iter();
        let mut contact: BTreeMap<String, ContactPolicy> = (catalog.contact_policies.iter())
            .map(|(name, policy)| (name.clone(), consent_only(policy)))
            .collect();
        // Without a policy consent is required everywhere.
        let none = BTreeMap::new();
        let none = ContactPolicy { consent: none, caps: Vec::new(), quiet_hours: None };
        contact.insert(String::new(), none);
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

    /// All ways to reach somebody: contact policies by name, no policy as none, and their channels.
    pub(super) fn ways(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let policies = self.basis.contact.keys();
        policies.flat_map(|policy| CHANNELS.iter().map(|channel| (policy.as_str(), *channel)))
    }

    pub(super) fn line(&self, person: &Person) -> Line {
        let row = self.catalog.row(person, self.now);
        let said = next_change(&person.words(), self.now);
        let until = [row.expires, said].into_iter().flatten().min();
        let policies = self.basis.contact.values();
        let reached = policies.flat_map(|one| reachable(&self.catalog, person, one, self.now));
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
