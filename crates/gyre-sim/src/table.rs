//! The report: a table turn by turn, and what it comes to.

use crate::client::Profile;
use crate::run::Tally;
use crate::sink::Counts;
use crate::truth::{self, Judged, SelfCheck};
use serde::Serialize;
use std::fmt;

/// All that is reported; also the JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) turns: Vec<Judged>,
    pub(crate) dropped: Vec<String>,
    pub(crate) mails: u64,
    pub(crate) duplicate_mails: u64,
    pub(crate) strange_mails: u64,
    pub(crate) events: u64,
    pub(crate) repeated_events: u64,
    pub(crate) decides: u64,
    pub(crate) shown: u64,
    pub(crate) self_check: SelfCheck,
    /// Seconds per kind of call; only with `--profile`, since they differ from run to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<Profile>,
}

impl Report {
    /// Puts a report together.
    pub(crate) fn new(
        seed: u64,
        turns: Vec<Judged>,
        self_check: SelfCheck,
        tally: Tally,
        mails: Counts,
    ) -> Self {
        Self {
            seed,
            dropped: dropped(&turns),
            turns,
            mails: mails.received,
            duplicate_mails: mails.duplicates,
            strange_mails: tally.strange_mails + mails.nameless,
            events: tally.events,
            repeated_events: tally.repeated,
            decides: tally.decides,
            shown: tally.shown,
            self_check,
            profile: None,
        }
    }
}

/// The table and what it comes to; the same for the same numbers.
impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEAD}")?;
        for row in &self.turns {
            write_row(out, row)?;
        }
        writeln!(out)?;
        if let (Some(first), Some(last)) = (self.turns.first(), self.turns.last()) {
            write_change(out, first)?;
            if self.turns.len() > 1 {
                write_change(out, last)?;
            }
            let covered = self.turns.iter().filter(|row| row.covered).count();
            let books = self.turns.iter().filter(|row| row.books_agree).count();
            let all = self.turns.len();
            writeln!(out, "interval holds the true lift in {covered} of {all} turns")?;
            writeln!(out, "server's sums are the simulator's in {books} of {all} turns")?;
        } else {
            writeln!(out, "the loop took no turn")?;
        }
        // In quotes, because a variant may be called "nothing".
        let dropped: Vec<String> = self.dropped.iter().map(|name| format!("{name:?}")).collect();
        let dropped = if dropped.is_empty() { "none".to_owned() } else { dropped.join(", ") };
        writeln!(out, "dropped variants: {dropped}")?;
        writeln!(
            out,
            "e-mails: {} received, {} duplicates, {} not understood; shown in the app: {} of {} asked",
            self.mails, self.duplicate_mails, self.strange_mails, self.shown, self.decides
        )?;
        writeln!(out, "events: {} sent, {} of them repeated", self.events, self.repeated_events)?;
        let check = &self.self_check;
        writeln!(
            out,
            "self-check: {} treated, {} holdout, {} without an arm; shadow differs from the holdout's \
             life in {} orders, {} contacts (must be 0)",
            check.treated,
            check.holdout,
            check.unassigned,
            check.order_mismatches,
            check.contact_mismatches
        )?;
        for row in &self.turns {
            for warning in &row.turn.warnings {
                writeln!(out, "turn {} warns: {warning}", row.turn.number)?;
            }
        }
        if let Some(profile) = &self.profile {
            for (kind, (calls, seconds)) in profile {
                let each = 1000.0 * seconds / (*calls).max(1) as f64;
                writeln!(out, "{kind:>8}: {calls:6} calls {seconds:8.2} s {each:8.2} ms each")?;
            }
        }
        Ok(())
    }
}

const HEAD: &str = "\
      people        contacts      repeat rate      lift in points       true        net per head    offer cost per head
turn  treat  hold   treat  hold   treat   hold     [always valid]       lift  holds  treat    hold   treat   hold";

fn write_row(out: &mut fmt::Formatter<'_>, row: &Judged) -> fmt::Result {
    let (treated, holdout) = (&row.turn.treated, &row.turn.holdout);
    let each = |sum: f64, people: u64| sum / people.max(1) as f64;
    let lift = &row.turn.lift;
    writeln!(
        out,
        "{:>4}  {:>5} {:>5}   {:>5} {:>5}  {:>5.1} % {:>5.1} %  {:>+5.1} [{:>+5.1}, {:>+5.1}]  {:>+5.1}  {:<5} \
         {:>6.2}  {:>6.2}  {:>6.2} {:>6.2}",
        row.turn.number,
        treated.people,
        holdout.people,
        treated.contacts,
        holdout.contacts,
        100.0 * truth::rate(treated),
        100.0 * truth::rate(holdout),
        100.0 * lift.value,
        100.0 * lift.low,
        100.0 * lift.high,
        100.0 * row.true_lift,
        if row.covered { "yes" } else { "NO" },
        truth::net(treated),
        truth::net(holdout),
        each(treated.offer_cost, treated.people),
        each(holdout.offer_cost, holdout.people),
    )
}

fn write_change(out: &mut fmt::Formatter<'_>, row: &Judged) -> fmt::Result {
    let (treated, holdout) = (&row.turn.treated, &row.turn.holdout);
    let relative = |new: f64, old: f64| if old == 0.0 { 0.0 } else { 100.0 * (new / old - 1.0) };
    let shadow = row.shadow_rate;
    writeln!(
        out,
        "turn {}: repeat rate {:+.0} % against the holdout (true {:+.0} %), net margin {:+.0} %, offer \
         cost {:+.0} %",
        row.turn.number,
        relative(truth::rate(treated), truth::rate(holdout)),
        relative(shadow + row.true_lift, shadow),
        relative(truth::net(treated), truth::net(holdout)),
        relative(
            treated.offer_cost / treated.people.max(1) as f64,
            holdout.offer_cost / holdout.people.max(1) as f64
        ),
    )
}

/// Variants the loop once weighed and has no weight for any more.
fn dropped(turns: &[Judged]) -> Vec<String> {
    let Some(last) = turns.last() else { return Vec::new() };
    let mut names: Vec<_> =
        turns.iter().flat_map(|row| &row.turn.evidence).map(|one| one.variant.clone()).collect();
    names.sort();
    names.dedup();
    let weighs = |name: &String| {
        last.turn.evidence.iter().any(|one| one.variant == *name && one.weight > 0.0)
    };
    names.retain(|name| !weighs(name));
    names
}
