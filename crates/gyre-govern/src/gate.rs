//! The gates: where consent is asked for before something is done with what is known of a person.

use crate::standing::{Because, Word, standing};
use gyre_config::kinds::{ConsentPolicy, PurposeRule};
use gyre_model::{Purpose, RecordId, Timestamp, Topic};

/// A place at which consent is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// An event is taken in.
    Ingest,
    /// Identifiers are joined.
    Identity,
    /// Features and audiences are derived.
    Features,
    /// Rows go into a training set.
    Training,
    /// What a person is shown is chosen for that person.
    Decision,
    /// A message goes out.
    Delivery,
    /// Data goes to others.
    Export,
    /// A person counts in measurements and reports.
    Measuring,
}

impl Gate {
    /// All gates.
    pub const ALL: [Self; 8] = [
        Self::Ingest,
        Self::Identity,
        Self::Features,
        Self::Training,
        Self::Decision,
        Self::Delivery,
        Self::Export,
        Self::Measuring,
    ];
    /// The name used in counts and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Identity => "identity",
            Self::Features => "features",
            Self::Training => "training",
            Self::Decision => "decision",
            Self::Delivery => "delivery",
            Self::Export => "export",
            Self::Measuring => "measuring",
        }
    }
    /// The purpose that must be consented to.
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Ingest => Purpose::Collect,
            Self::Identity | Self::Features => Purpose::Profiling,
            Self::Training => Purpose::ModelTraining,
            Self::Decision => Purpose::Personalise,
            Self::Delivery => Purpose::Contact,
            Self::Export => Purpose::AdsShare,
            Self::Measuring => Purpose::Analytics,
        }
    }
}

/// What a gate says, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The gate.
    pub gate: Gate,
    /// What was asked for.
    pub topic: Topic,
    /// Whether it may be done.
    pub allowed: bool,
    /// Why: what was said, or with silence and what is over, the rule of the jurisdiction.
    pub because: Because,
    /// The entries of the ledger it rests on; none with silence.
    pub ledger: Vec<RecordId>,
}

/// The law for one person: the policy of the workspace and the person's jurisdiction.
#[derive(Debug, Clone, Copy)]
pub struct Law<'a> {
    /// The policy; without one only contact is asked about, by contact policies.
    pub policy: Option<&'a ConsentPolicy>,
    /// Where the person is, if that is known.
    pub place: Option<&'a str>,
}

impl Law<'_> {
    /// Whether something is allowed where nothing was said.
    pub fn allows_silence(&self, topic: &Topic) -> bool {
        let Some(policy) = self.policy else { return true };
        let jurisdiction = policy.jurisdiction_of(self.place);
        policy.rule(jurisdiction, topic) == PurposeRule::Allow
    }

    /// Whether a purpose is allowed; everything is where there is no policy.
    pub fn allows(&self, purpose: Purpose, words: &[Word], at: Timestamp) -> bool {
        let topic = Topic::new(purpose, "");
        self.policy.is_none() || standing(words, &topic, at).allows(self.allows_silence(&topic))
    }

    /// The verdict at a gate; for delivery the topic's channel is that of the message. `None` where
    /// there is no policy: then nobody asks.
    pub fn judge(
        &self,
        gate: Gate,
        channel: &str,
        words: &[Word],
        at: Timestamp,
    ) -> Option<Verdict> {
        self.policy?;
        let topic = Topic::new(gate.purpose(), channel);
        let stands = standing(words, &topic, at);
        let allowed = stands.allows(self.allows_silence(&topic));
        Some(Verdict { gate, topic, allowed, because: stands.because, ledger: stands.ledger })
    }
}
