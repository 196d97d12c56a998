//! What a question is compiled against: the time, who must not count, what campaigns show; and the
//! texts of the facts.

use crate::coverage::Coverage;
use gyre_config::kinds::MetricFact;
use gyre_model::{Timestamp, Workspace};

/// What the caller knows.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The workspace.
    pub workspace: Workspace,
    /// Everything that happened up to here can be queried.
    pub watermark: Timestamp,
    /// The ids of people who must not be measured, between commas.
    pub withheld: String,
    /// What campaigns show.
    pub creatives: Vec<Creative>,
    /// Loops.
    pub loops: Vec<LoopFacts>,
    /// Whether rows of few people may be shown.
    pub may_see_people: bool,
    /// What the numbers rest on; nothing where nothing happened, or where it is not known yet.
    pub coverage: Option<Coverage>,
}

/// What a variant of a campaign shows on a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Creative {
    /// The campaign.
    pub campaign: String,
    /// The variant.
    pub variant: String,
    /// The channel.
    pub channel: String,
    /// The content.
    pub content: Option<String>,
    /// The offer.
    pub offer: Option<String>,
}

/// A loop.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopFacts {
    /// Its name.
    pub name: String,
    /// The campaign it works through.
    pub campaign: String,
    /// The declared share of its holdout.
    pub holdout: f64,
}

/// A named part of a query: its text, and the parts it reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) reads: &'static [&'static str],
}

macro_rules! part {
    ($name:literal, $($reads:literal),*) => {
        Part { name: $name, text: include_str!(concat!("facts/", $name, ".sql")), reads: &[$($reads),*] }
    };
}

/// All parts; each reads only parts before it, or those that are made of values.
pub(crate) const PARTS: [Part; 24] = [
    part!("regrouped",),
    part!("excluded", "regrouped"),
    part!("memberships", "regrouped"),
    part!("decided",),
    part!("send", "regrouped", "decided", "creatives"),
    part!("delivery", "send"),
    part!("response", "regrouped", "decided", "creatives"),
    part!("outcome", "regrouped"),
    part!("told",),
    part!("refunded", "told"),
    part!("order", "regrouped", "told", "refunded"),
    part!("customer", "order"),
    part!("credit", "order", "response"),
    part!("event", "regrouped"),
    part!("session", "regrouped"),
    part!("enrollment", "regrouped"),
    part!("exposure", "regrouped", "loops"),
    part!("spend",),
    part!("cost", "spend", "delivery"),
    part!("survey", "regrouped"),
    part!("violation",),
    part!("change",),
    part!("turn",),
    // The parts that are made of values have no text.
    Part { name: "creatives", text: "", reads: &[] },
];

/// The part of a fact.
pub(crate) fn part(fact: MetricFact) -> &'static str {
    fact.as_str()
}

/// The names a query needs, in an order in which each stands behind what it reads.
pub(crate) fn needed(wanted: &[&'static str]) -> Vec<&'static str> {
    fn add(name: &'static str, into: &mut Vec<&'static str>) {
        if into.contains(&name) {
            return;
        }
        for read in PARTS.iter().filter(|part| part.name == name).flat_map(|part| part.reads) {
            add(read, into);
        }
        into.push(name);
    }
    let mut all = Vec::new();
    for name in wanted {
        add(name, &mut all);
    }
    all
}
