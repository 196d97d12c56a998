//! The verdict on one contact.

use crate::quiet::quiet_until;
use gyre_config::kinds::{ConsentRule, ContactPolicy};
use gyre_model::{Decimal, Refusal, RefusalReason, Timestamp};
use std::cmp::Ordering;

/// The name that stands for all channels in consent.
const ALL_CHANNELS: &str = "*";

/// The channel on which the person is present: quiet hours do not apply.
const IN_APP: &str = "in_app";

/// A contact that was made or reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contacted {
    /// The channel.
    pub channel: String,
    /// When.
    pub at: Timestamp,
}

/// What one of the person's nodes said about a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The channel, or `*`.
    pub channel: String,
    /// Given or taken back.
    pub granted: bool,
    /// When.
    pub at: Timestamp,
}

/// What is known of a person at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The instant.
    pub now: Timestamp,
    /// Whether the person has an address on the channel.
    pub has_address: bool,
    /// What the person's nodes said; all of them count.
    pub consent: &'a [Said],
    /// Contacts made or reserved so far.
    pub contacts: &'a [Contacted],
}

/// Something limited that a contact would take from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Why the contact is refused when too little is left.
    pub reason: RefusalReason,
    /// What it would take.
    pub amount: Decimal,
    /// What was taken so far.
    pub spent: Decimal,
    /// What there is in all.
    pub limit: Decimal,
    /// The offer or campaign that is limited.
    pub by: String,
}

/// The claim to contact a person over a channel under a policy.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The channel.
    pub channel: &'a str,
    /// The policy.
    pub policy: &'a ContactPolicy,
}

impl Claim<'_> {
    /// The verdict on the person: address, consent, caps, quiet hours, in this order.
    pub fn judge(&self, facts: &Facts<'_>) -> Result<(), Refusal> {
        if !facts.has_address {
            return Err(Refusal::because(RefusalReason::NoAddress));
        }
        if !self.has_consent(facts.consent) {
            return Err(Refusal::because(RefusalReason::NoConsent));
        }
        if let Some(until) = self.capped_until(facts) {
            return Err(Refusal { until: Some(until), ..Refusal::because(RefusalReason::Capped) });
        }
        let quiet = self.policy.quiet_hours.as_ref().filter(|_| self.channel != IN_APP);
        match quiet.and_then(|hours| quiet_until(hours, facts.now)) {
            Some(until) => {
                Err(Refusal { until: Some(until), ..Refusal::because(RefusalReason::QuietHours) })
            }
            None => Ok(()),
        }
    }

    /// The verdict on what one variant would take.
    pub fn judge_limits(limits: &[Limit]) -> Result<(), Refusal> {
        match limits.iter().find(|one| one.spent + one.amount > one.limit) {
            None => Ok(()),
            Some(short) => {
                Err(Refusal { by: Some(short.by.clone()), ..Refusal::because(short.reason) })
            }
        }
    }

    /// The latest word per channel counts; at the same instant, and between a channel and `*`, a
    /// refusal outweighs. Nodes merged into one person are bound by the most restrictive of them,
    /// because all their words are looked at together.
    fn has_consent(&self, said: &[Said]) -> bool {
        let word = |channel: &str| {
            said.iter()
                .filter(|one| one.channel == channel)
                .max_by_key(|one| (one.at, !one.granted))
                .map(|one| (one.at, one.granted))
        };
        let (own, all) = (word(self.channel), word(ALL_CHANNELS));
        let granted = match (own, all) {
            (None, None) => None,
            (Some((_, granted)), None) | (None, Some((_, granted))) => Some(granted),
            (Some((own_at, own)), Some((all_at, all))) => Some(match own_at.cmp(&all_at) {
                Ordering::Greater => own,
                Ordering::Less => all,
                Ordering::Equal => own && all,
            }),
        };
        match self.policy.consent.get(self.channel).unwrap_or(&ConsentRule::Required) {
            ConsentRule::Required => granted == Some(true),
            ConsentRule::OptOut => granted != Some(false),
        }
    }

    /// Until when a cap is spent; `None` when none is.
    fn capped_until(&self, facts: &Facts<'_>) -> Option<Timestamp> {
        let mut until = None;
        for cap in &self.policy.caps {
            if cap.channel.as_ref().is_some_and(|channel| channel != self.channel) {
                continue;
            }
            let mut inside: Vec<Timestamp> = facts
                .contacts
                .iter()
                .filter(|one| cap.channel.as_ref().is_none_or(|channel| *channel == one.channel))
                .filter(|one| one.at + cap.per > facts.now)
                .map(|one| one.at)
                .collect();
            if inside.len() < cap.max as usize {
                continue;
            }
            // It is free again when all but max − 1 of those inside have left.
            inside.sort_unstable();
            let frees = match cap.max {
                0 => Timestamp::MAX,
                max => inside[inside.len() - max as usize] + cap.per,
            };
            until = until.max(Some(frees));
        }
        until
    }
}
