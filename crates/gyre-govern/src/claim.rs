//! The verdict on one contact.

use crate::quiet::quiet_until;
use crate::standing::{Standing, Word, standing};
use gyre_config::kinds::{ConsentRule, ContactPolicy};
use gyre_model::{Decimal, Purpose, Refusal, RefusalReason, Timestamp, Topic};

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

/// What is known of a person at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The instant.
    pub now: Timestamp,
    /// Whether the person has an address on the channel.
    pub has_address: bool,
    /// What the person's nodes said; all of them count.
    pub consent: &'a [Word],
    /// Whether the law of the person's jurisdiction wants a yes, whatever the policy of contact says.
    pub needs_consent: bool,
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
        let stands = self.standing(facts);
        if !self.is_enough(&stands, facts.needs_consent) {
            let ledger = stands.ledger;
            return Err(Refusal { ledger, ..Refusal::because(RefusalReason::NoConsent) });
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

    /// Where the person stands on being contacted over the channel.
    pub fn standing(&self, facts: &Facts<'_>) -> Standing {
        standing(facts.consent, &Topic::new(Purpose::Contact, self.channel), facts.now)
    }

    fn is_enough(&self, stands: &Standing, needs_consent: bool) -> bool {
        let rule = self.policy.consent.get(self.channel).unwrap_or(&ConsentRule::Required);
        stands.allows(*rule == ConsentRule::OptOut && !needs_consent)
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
