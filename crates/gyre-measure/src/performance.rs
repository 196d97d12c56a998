//! How the variants of Gyre's own campaigns fare: decided, delivered, answered, earned.
//!
//! These are counts, not effects: what people did after a variant says nothing of what it caused. The
//! lift of a turn does.

use crate::answer::Answer;
use crate::ask::{Asked, Window, text, time};
use crate::error::Result;
use crate::turn::{Subject, reward_parameters};
use arrow_array::RecordBatch;
use serde::Serialize;
use std::collections::BTreeMap;

/// The questions of a performance table, to be asked in any order.
#[derive(Debug, Clone)]
pub struct Questions {
    /// Decisions per variant and channel.
    pub decided: Asked,
    /// Sends per variant, channel and outcome.
    pub delivered: Asked,
    /// Responses per variant, channel and kind.
    pub answered: Asked,
    /// Rewards of closed decisions per variant and channel, where a loop says what a reward is.
    pub earned: Option<Asked>,
}

/// The answers to [`Questions`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Answers<'a> {
    /// Of [`Questions::decided`].
    pub decided: &'a [RecordBatch],
    /// Of [`Questions::delivered`].
    pub delivered: &'a [RecordBatch],
    /// Of [`Questions::answered`].
    pub answered: &'a [RecordBatch],
    /// Of [`Questions::earned`].
    pub earned: &'a [RecordBatch],
}

/// How one variant fared on one channel.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Performance {
    /// The variant; empty for sends that were refused before one was drawn.
    pub variant: String,
    /// The channel; `None` for responses whose decision is not known.
    pub channel: Option<String>,
    /// Decisions that drew it.
    pub decisions: u64,
    /// Sends that the channel took.
    pub sent: u64,
    /// Times it was shown in the app.
    pub rendered: u64,
    /// Sends refused before anything left.
    pub refused: u64,
    /// Sends by any other outcome (`failed`, `uncertain`, …).
    pub other_outcomes: BTreeMap<String, u64>,
    /// Decisions whose message was opened.
    pub opens: u64,
    /// Decisions whose message was clicked.
    pub clicks: u64,
    /// Decisions answered in any other way (`unsubscribe`, `conversion`, …).
    pub other_responses: BTreeMap<String, u64>,
    /// Decisions whose reward window has closed.
    pub closed: u64,
    /// What those earned, value minus cost.
    pub reward: f64,
}

/// Asks how a campaign's variants fared in a window. `rewarded` is the loop that works through the
/// campaign, if one does: it says what a reward is. Decisions of the holdout count everywhere but in
/// `reward`.
pub fn ask(
    workspace: &str,
    campaign: &str,
    window: Window,
    rewarded: Option<Subject<'_>>,
) -> Result<Questions> {
    let of = |name, sql| {
        let parameters = vec![text(workspace), text(campaign), time(window.from), time(window.to)];
        Asked::parse(name, sql, parameters)
    };
    let earned = rewarded.map(|subject| {
        let sql = concat!(
            include_str!("sql/regrouped.sql"),
            include_str!("sql/rewarded.sql"),
            include_str!("sql/by_channel.sql"),
        );
        Asked::parse("earned", sql, reward_parameters(subject, window))
    });
    Ok(Questions {
        decided: of("decided", include_str!("sql/decided.sql"))?,
        delivered: of("delivered", include_str!("sql/delivered.sql"))?,
        answered: of("answered", include_str!("sql/answered.sql"))?,
        earned: earned.transpose()?,
    })
}

/// Reads the answers into one row per variant and channel, in that order.
pub fn read(answers: Answers<'_>) -> Result<Vec<Performance>> {
    let mut rows = BTreeMap::<(String, Option<String>), Performance>::new();
    let mut each = |batches: &[RecordBatch], add: &mut Add<'_>| -> Result<()> {
        for batch in batches.iter().map(Answer) {
            let (variant, channel) = (batch.texts("variant")?, batch.texts("channel")?);
            for row in batch.rows() {
                let key = (variant.or(row, ""), channel.get(row).map(str::to_owned));
                add(rows.entry(key).or_default(), &batch, row)?;
            }
        }
        Ok(())
    };
    each(answers.decided, &mut |into, batch, row| {
        into.decisions += batch.counts("decisions")?.get(row)?;
        Ok(())
    })?;
    each(answers.delivered, &mut |into, batch, row| {
        let sends = batch.counts("sends")?.get(row)?;
        match batch.texts("outcome")?.or(row, "") {
            outcome if outcome == "sent" => into.sent += sends,
            outcome if outcome == "rendered" => into.rendered += sends,
            outcome if outcome == "refused" => into.refused += sends,
            other => *into.other_outcomes.entry(other).or_default() += sends,
        }
        Ok(())
    })?;
    each(answers.answered, &mut |into, batch, row| {
        let responses = batch.counts("responses")?.get(row)?;
        match batch.texts("kind")?.or(row, "") {
            kind if kind == "open" => into.opens += responses,
            kind if kind == "click" => into.clicks += responses,
            other => *into.other_responses.entry(other).or_default() += responses,
        }
        Ok(())
    })?;
    each(answers.earned, &mut |into, batch, row| {
        into.closed += batch.counts("n")?.get(row)?;
        into.reward += batch.numbers("sum")?.get(row)?;
        Ok(())
    })?;
    let named = |((variant, channel), row)| Performance { variant, channel, ..row };
    Ok(rows.into_iter().map(named).collect())
}

/// Adds one row of an answer to the row of its variant and channel.
type Add<'a> = dyn FnMut(&mut Performance, &Answer<'_>, usize) -> Result<()> + 'a;
