//! History again: the source records of a journal go once more through the same processor, into fresh
//! stores, and what follows from them is held against what followed before.
//!
//! Nothing is decided, sent or measured: decided records are facts of the journal, and no role but the
//! processor and the archivist takes a step. Source records keep their offsets, stamps and ids; derived
//! ones are hidden and derived again under the same causes. So the two are comparable one by one.

mod compare;
mod cursor;
mod grouping;
mod journal;
mod report;
mod rules;
mod span;

pub use journal::ReplayJournal;
pub use report::{
    FamilyCount, PeopleCount, ReplayRecords, ReplaySample, Replayed, RuleChange, TableCount,
};
pub use rules::ReplayRules;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::shared::{Options, Ports};
use compare::Comparison;
use gyre_model::{Offset, Timestamp};
use gyre_ports::{Journal, Lake};
use rules::History;
use std::sync::Arc;

/// What is replayed, and by which rules.
#[derive(Debug)]
pub struct Replaying {
    /// The journal that is replayed; nothing is written to it.
    pub live: Arc<dyn Journal>,
    /// The lake whose rows are counted beside those of the replay.
    pub lake: Arc<dyn Lake>,
    /// Up to where the lake has come, one more than the last offset.
    pub archived: Offset,
    /// Up to where the fold has come, one more than the last offset, as far as it is known.
    pub folded: Offset,
    /// What follows from records stamped before this is not compared.
    pub from: Option<Timestamp>,
    /// Records stamped at this or later are not replayed.
    pub to: Option<Timestamp>,
    /// The rules.
    pub rules: ReplayRules,
}

/// Replays history into the stores of `ports`, which are fresh, and compares. `ports.journal` takes what
/// is derived.
pub async fn replay(replaying: Replaying, ports: Ports, options: Options) -> Result<Replayed> {
    let Replaying { live, lake, archived, folded, from, to, rules } = replaying;
    if live.partitions() != 1 {
        return Err(Error::Invalid {
            message: "only a journal of one partition is replayed".to_owned(),
            hint: None,
        });
    }
    if live.start(0) > 0 {
        return Err(Error::Invalid {
            message: "the beginning of the journal was trimmed".to_owned(),
            hint: Some(
                "what follows from it cannot be derived again; replay a backup that holds it"
                    .to_owned(),
            ),
        });
    }
    let first = match from {
        Some(from) => span::first_at(live.as_ref(), from).await?,
        None => 0,
    };
    let end = match to {
        Some(to) => span::first_at(live.as_ref(), to).await?,
        None => live.end(0),
    };
    let history = History::read(live.as_ref(), end).await?;
    let chosen = history.rules(&rules);
    let changes = history.changes(chosen.as_ref());
    let sink = Arc::clone(&ports.journal);
    let journal: Arc<dyn Journal> =
        Arc::new(ReplayJournal::new(Arc::clone(&live), Arc::clone(&sink), end));
    let ports = Ports { journal, ..ports };
    let engine = Engine::open_with(ports, options, chosen.unwrap_or_default()).await?;
    engine.reprocess().await?;

    let mut comparison = Comparison::new(&history, &changes, first);
    // What the server had not come to is not held against it.
    let known = history.last_cause.map_or(0, |cause| cause + 1);
    let compared = end.min(folded.max(known));
    comparison.run(live, sink, compared).await?;
    let mut report = comparison.report();
    report.rules = rules.name().to_owned();
    report.rule_changes = changes;
    report.records = ReplayRecords {
        replayed: end,
        compared_from: first,
        compared_to: compared,
        sources: history.sources,
        blank: history.blank,
    };
    let whole = to.is_none_or(|_| end == history.live_end) && compared == end;
    if whole && archived >= end {
        report.tables = span::count_tables(lake.as_ref(), engine.shared.lake.as_ref()).await?;
    } else {
        report.tables_left_out = Some(if archived < end {
            "the live tables are behind the journal: start and stop the server once".to_owned()
        } else {
            "only a part of history was replayed".to_owned()
        });
    }
    report.conclude();
    Ok(report)
}
