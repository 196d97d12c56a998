//! The first gate: whether an event is taken in, and what is kept of one that could not be, or not whole.

use super::batch::Batch;
use super::consent::{place, said};
use crate::error::Result;
use crate::letters::stored_again;
use gyre_collect::{Unclear, only};
use gyre_config::kinds::IngestRule;
use gyre_govern::{Gate, Law, Verdict};
use gyre_model::event::Event;
use gyre_model::record::body;
use gyre_model::{PersonId, RecordId, Stored, Timestamp, Workspace};
use gyre_ports::failpoint;

/// What becomes of an event at the first gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Whole,
    /// Without identifiers: nothing follows from it for anybody.
    Stripped,
    Dropped,
}

impl Batch<'_> {
    /// The gate at which an event is taken in.
    pub(super) fn take_in(
        &mut self,
        workspace: &Workspace,
        id: PersonId,
        at: Timestamp,
    ) -> Result<Taken> {
        let Some(rule) = self.ingest_rule(workspace) else { return Ok(Taken::Whole) };
        let verdict = self.ask(workspace, Gate::Ingest, id, at)?;
        Ok(taken(rule, verdict.as_ref()))
    }

    /// The same for an event that gave nobody a row: nobody may be known by it yet.
    pub(super) fn take_in_apart(
        &mut self,
        workspace: &Workspace,
        event: &Event,
        at: Timestamp,
    ) -> Result<Taken> {
        if let Some(id) = self.person_of(event.node)? {
            return self.take_in(workspace, id, at);
        }
        let Some(rule) = self.ingest_rule(workspace) else { return Ok(Taken::Whole) };
        let catalog = self.catalog(workspace);
        let Some(policy) = catalog.consent.as_deref() else { return Ok(Taken::Whole) };
        let place = place(policy, event);
        let law = Law { policy: Some(policy), place: place.as_deref() };
        let verdict = law.judge(Gate::Ingest, "", &said(event, policy), at);
        if let Some(verdict) = &verdict {
            self.processor.shared.gates.count(verdict);
        }
        Ok(taken(rule, verdict.as_ref()))
    }

    /// What becomes of those who do not want to be collected, where it is not the same as of everybody.
    fn ingest_rule(&self, workspace: &Workspace) -> Option<IngestRule> {
        let rule = self.catalog(workspace).consent.as_deref()?.ingest;
        (rule != IngestRule::Keep && !failpoint::mutant("gate.ingest")).then_some(rule)
    }

    /// What was meant to say something about consent and cannot be read is kept to be seen, with its event as
    /// far as that may be kept; the event itself goes on.
    pub(super) fn tell(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
        unclear: Vec<Unclear>,
        taken: Taken,
    ) {
        let whole = taken == Taken::Whole || failpoint::mutant("letters.whole");
        for unclear in unclear {
            let again = whole.then(|| stored_again(record, &only(event, &unclear))).flatten();
            let hint = match again {
                Some(_) => "mend what it says and replay it; the event itself was taken",
                None => "state what was meant, with gyre consent state",
            };
            let letter = body::DeadLetter {
                v: body::VERSION,
                id: RecordId::of(&[
                    unclear.code.as_bytes(),
                    &record.partition.to_le_bytes(),
                    &record.offset.to_le_bytes(),
                ]),
                origin: "step:consent".to_owned(),
                code: unclear.code.to_owned(),
                message: unclear.message,
                hint: Some(hint.to_owned()),
                place: None,
                raw: again.unwrap_or(unclear.raw),
                came: None,
                replayed_as: None,
            };
            self.derive(workspace, record.offset, record.entry.key, &letter);
        }
    }
}

fn taken(rule: IngestRule, verdict: Option<&Verdict>) -> Taken {
    match (verdict, rule) {
        (Some(verdict), IngestRule::Drop) if !verdict.allowed => Taken::Dropped,
        (Some(verdict), IngestRule::Anonymise) if !verdict.allowed => Taken::Stripped,
        _ => Taken::Whole,
    }
}
