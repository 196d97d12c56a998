//! Where somebody stands: what holds of everything that was said about a topic, as of an instant.

use gyre_model::consent::ALL_CHANNELS;
use gyre_model::{ConsentDecision, NodeId, RecordId, Timestamp, Topic};

/// One word of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The ledger's entry.
    pub id: RecordId,
    /// The node that spoke.
    pub node: NodeId,
    /// Since when the node belongs to the person whose words these are.
    pub joined: Timestamp,
    /// What about.
    pub topic: Topic,
    /// What was said.
    pub decision: ConsentDecision,
    /// When.
    pub at: Timestamp,
    /// Until when a yes counts.
    pub expires_at: Option<Timestamp>,
}

/// Why somebody stands where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Because {
    /// Nothing was said.
    Silence,
    /// It was said.
    Said,
    /// Identifiers that became one person had said different things; until somebody asks again, the
    /// most restrictive of them holds.
    Conflict,
    /// What was said is over.
    Expired,
}

impl Because {
    /// The name used in tables and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Said => "said",
            Self::Conflict => "conflict",
            Self::Expired => "expired",
        }
    }
}

/// Where somebody stands on a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What holds; `None` where nothing was said.
    pub decision: Option<ConsentDecision>,
    /// Why.
    pub because: Because,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Until when, where a yes ends by itself.
    pub until: Option<Timestamp>,
    /// The entries of the ledger it rests on.
    pub ledger: Vec<RecordId>,
}

impl Standing {
    /// Whether it is a yes; silence and what is over are what `otherwise` says.
    pub fn allows(&self, otherwise: bool) -> bool {
        match self.decision {
            Some(ConsentDecision::Granted) => true,
            Some(ConsentDecision::Denied | ConsentDecision::Withdrawn) => false,
            Some(ConsentDecision::Expired) | None => otherwise,
        }
    }
}

/// Where somebody stands on a topic at an instant, in whatever order the words came in.
///
/// - A later word replaces an earlier one of the same node, and of every node that belonged to the same
///   person when it was said. It is the time at which it was said that counts: a withdrawal stands
///   against an older yes that arrives after it.
/// - Of words at the same time the most restrictive counts.
/// - Nodes that became one person later keep their words: the most restrictive holds, and differing
///   ones are a conflict, until a word is said after the joining.
/// - A yes that is over counts as nothing said where anything else stands.
/// - For a channel, words on `*` count as words on it.
pub fn standing(words: &[Word], topic: &Topic, at: Timestamp) -> Standing {
    let about = |word: &&Word| {
        word.at <= at
            && word.topic.purpose == topic.purpose
            && (word.topic.channel == topic.channel || word.topic.channel == ALL_CHANNELS)
    };
    let said: Vec<&Word> = words.iter().filter(about).collect();
    let replaced = |old: &Word| {
        said.iter().any(|new| {
            new.at > old.at && (new.node == old.node || new.joined.max(old.joined) <= new.at)
        })
    };
    let mut stand: Vec<&Word> = said.iter().copied().filter(|word| !replaced(word)).collect();
    let over = |word: &Word| word.decision.is_granted() && word.expires_at.is_some_and(|e| e <= at);
    if stand.iter().any(|word| !over(word)) {
        stand.retain(|word| !over(word));
    } else if let Some(last) = stand.iter().max_by_key(|word| (word.expires_at, word.id)) {
        return Standing {
            decision: Some(ConsentDecision::Expired),
            because: Because::Expired,
            since: last.expires_at,
            until: None,
            ledger: ids(&stand),
        };
    }
    let Some(holds) = stand.iter().max_by_key(|word| (rank(word.decision), word.at, word.id))
    else {
        return Standing {
            decision: None,
            because: Because::Silence,
            since: None,
            until: None,
            ledger: Vec::new(),
        };
    };
    let yes = holds.decision.is_granted();
    let differ =
        stand.iter().any(|word| word.node != holds.node && word.decision.is_granted() != yes);
    Standing {
        decision: Some(holds.decision),
        because: if differ { Because::Conflict } else { Because::Said },
        since: Some(holds.at),
        until: if yes { stand.iter().filter_map(|word| word.expires_at).min() } else { None },
        ledger: ids(&stand),
    }
}

/// The instant after `at` at which time alone changes where somebody stands on anything.
pub fn next_expiry(words: &[Word], at: Timestamp) -> Option<Timestamp> {
    words.iter().filter_map(|word| word.expires_at).filter(|expires| *expires > at).min()
}

/// The more restrictive, the higher.
fn rank(decision: ConsentDecision) -> u8 {
    match decision {
        ConsentDecision::Granted => 0,
        ConsentDecision::Expired => 1,
        ConsentDecision::Denied => 2,
        ConsentDecision::Withdrawn => 3,
    }
}

fn ids(words: &[&Word]) -> Vec<RecordId> {
    let mut ids: Vec<RecordId> = words.iter().map(|word| word.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
