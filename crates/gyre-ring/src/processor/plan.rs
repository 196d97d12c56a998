//! Tracking plans in the processor: an event is mended and held against its plans before anybody's row
//! is touched. What was decided is noted in the fold for the archivist, who reads the event again.

use super::batch::Batch;
use super::taken::Taken;
use crate::error::Result;
use crate::plans::{Counted, PlanCounts};
use gyre_collect::plan::{Plans, Verdict, label, told};
use gyre_model::event::{Collected, Event, EventKind};
use gyre_model::record::body::{self, Violation};
use gyre_model::{Offset, RecordId, Stored, Workspace};
use gyre_ports::failpoint;
use gyre_ports::fold::{Space, Write};
use serde_json::{Map, Value, json};

/// What the note of an event that does not count says.
const DROPPED: &[u8] = b"-";

/// The code of a dead letter that a plan wants to be mended.
const QUARANTINED: &str = "plan_violation";
/// The code of one that a plan does not want.
const BLOCKED: &str = "plan_blocked";

/// What plans found of an event. None of it is kept before the event may be.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// It does not count.
    pub(super) kept_out: bool,
    violations: Vec<Violation>,
    /// The event, to be mended.
    letter: Option<body::DeadLetter>,
}

impl Batch<'_> {
    /// Mends an event and holds it against the plans.
    pub(super) fn hold(
        &mut self,
        plans: &Plans,
        workspace: &Workspace,
        record: &Stored,
        event: &mut Event,
    ) -> Result<Held> {
        let judgement = plans.judge(workspace, event);
        if judgement.is_nothing() {
            return Ok(Held::default());
        }
        let called = label(event).into_owned();
        for plan in &judgement.checked {
            self.count(workspace, plan, &called, Counted::Checked);
        }
        for (plan, rule) in &judgement.mended {
            self.count(workspace, plan, &called, Counted::Mended(rule));
        }
        let verdict = judgement.verdict();
        // One that is kept out is nobody's twin: mended, it comes again.
        for (plan, rule, twin) in judgement.twins.iter().filter(|_| verdict == Verdict::Take) {
            if self.is_duplicate_within(twin.hash, record, twin.within)? {
                self.count(workspace, plan, &called, Counted::Dropped(rule));
                self.drop_event(record);
                return Ok(Held { kept_out: true, ..Held::default() });
            }
        }
        let mut violations = Vec::new();
        for found in &judgement.found {
            let property = found.property.as_deref().unwrap_or_default();
            let what = Counted::Violation(property, found.code);
            let count = self.count(workspace, &found.plan, &called, what);
            if !Violation::is_sampled(count) {
                continue;
            }
            violations.push(Violation {
                v: Violation::VERSION,
                plan: found.plan.clone(),
                event: called.clone(),
                property: found.property.clone(),
                code: found.code.to_owned(),
                mode: verdict.as_str().to_owned(),
                message: found.message.clone(),
                sample: found.sample.clone(),
                source: event.source.clone(),
                message_id: event.message_id.clone(),
                node: event.node,
                count,
                at: event.occurred_at,
            });
        }
        match verdict {
            Verdict::Take => {
                if !judgement.mended.is_empty() {
                    let told = Value::Object(told(event).clone()).to_string();
                    self.note(record, told.into_bytes());
                    self.cleaned.push(record.offset);
                }
                Ok(Held { violations, ..Held::default() })
            }
            Verdict::Block | Verdict::Quarantine => {
                let code = if verdict == Verdict::Block { BLOCKED } else { QUARANTINED };
                let letter = kept_out(record, event, &judgement.found, code);
                self.drop_event(record);
                Ok(Held { kept_out: true, violations, letter: Some(letter) })
            }
        }
    }

    /// Keeps what plans found, where the event may be kept whole: samples and letters hold what it says and of
    /// whom. What was counted stays counted.
    pub(super) fn keep_held(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        held: Held,
        taken: Taken,
    ) {
        if taken != Taken::Whole && !failpoint::mutant("letters.whole") {
            return;
        }
        for violation in &held.violations {
            self.derive(workspace, record.offset, record.entry.key, violation);
        }
        if let Some(letter) = &held.letter {
            self.derive(workspace, record.offset, record.entry.key, letter);
        }
    }

    fn drop_event(&mut self, record: &Stored) {
        self.note(record, DROPPED.to_vec());
        self.skipped.push(record.offset);
    }

    fn note(&mut self, record: &Stored, value: Vec<u8>) {
        self.writes.push(Write::Put(Space::Meta, note_key(record.offset), value));
    }

    /// Forgets the notes of events that the lake has for good.
    pub(super) fn forget_notes(&mut self) -> Result<()> {
        let (fold, partition) = (&self.processor.shared.fold, self.processor.partition);
        let committed = self.processor.shared.marks(partition).committed();
        let (from, to) = (note_key(0), note_key(committed));
        for (key, _) in fold.scan(partition, Space::Meta, &from, &to, PAGE)? {
            self.writes.push(Write::Delete(Space::Meta, key));
        }
        Ok(())
    }

    /// Counts something of a plan; how often it was so far.
    fn count(&mut self, workspace: &Workspace, plan: &str, event: &str, what: Counted<'_>) -> u64 {
        let before = &self.processor.plan_counts;
        self.plan_counts.get_or_insert_with(|| before.clone()).add(workspace, plan, event, what)
    }
}

/// The event as a dead letter that can be mended and collected again. Its message id was seen, so it
/// gets one of its own; what it says of time stays true.
fn kept_out(
    record: &Stored,
    event: &Event,
    found: &[gyre_collect::plan::Found],
    code: &str,
) -> body::DeadLetter {
    let id = RecordId::of(&[
        b"quarantine",
        &record.partition.to_le_bytes(),
        &record.offset.to_le_bytes(),
    ]);
    let told: Vec<String> = found
        .iter()
        .map(|one| match &one.property {
            Some(property) => format!("{} of {property}", one.code),
            None => one.code.to_owned(),
        })
        .collect();
    let mut raw = json!({
        "type": event.kind.as_str(),
        "event": event.name,
        "messageId": format!("quarantined-{id}"),
        "userId": event.user_id,
        "anonymousId": event.anonymous_id,
        "timestamp": event.occurred_at.to_string(),
        "properties": event.properties,
        "context": event.context,
    });
    if event.kind != EventKind::Track
        && let Some(raw) = raw.as_object_mut()
    {
        raw.remove("event");
        raw.insert("traits".to_owned(), Value::Object(event.traits.clone()));
        raw.extend(of_other_calls(record));
    }
    body::DeadLetter {
        v: body::VERSION,
        id,
        origin: format!("source:{}", event.source),
        code: code.to_owned(),
        message: format!(
            "the event {} does not keep to its plan: {}",
            label(event),
            told.join(", ")
        ),
        hint: Some("mend it, or change the plan; then replay it".to_owned()),
        place: None,
        raw: raw.to_string(),
        came: Some(body::Came {
            received_at: Some(record.at),
            gpc: event.gpc,
            ..body::Came::default()
        }),
        replayed_as: None,
    }
}

/// What calls other than track say beside traits and properties, as it came.
fn of_other_calls(record: &Stored) -> Map<String, Value> {
    let Ok(collected) = serde_json::from_slice::<Collected>(&record.entry.payload) else {
        return Map::new();
    };
    let event: Map<String, Value> = serde_json::from_str(collected.event.get()).unwrap_or_default();
    event.into_iter().filter(|(key, _)| OTHER_KEYS.contains(&key.as_str())).collect()
}

/// Keys of calls other than track.
const OTHER_KEYS: [&str; 3] = ["groupId", "name", "category"];

/// Where the notes of events stand, by offset. They are needed until the lake has the event for good, and
/// hold what it says: so they go then.
const NOTES: &[u8] = b"plan.note/";
/// Notes that are looked at together when they go.
const PAGE: usize = 1_000;

fn note_key(offset: Offset) -> Vec<u8> {
    [NOTES, &offset.to_be_bytes()].concat()
}

/// What plans made of an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Noted {
    /// It is as it came.
    Nothing,
    /// It does not count.
    Dropped,
    /// These are its properties, or its traits.
    Cleaned(Map<String, Value>),
}

/// What plans made of an event, asked of the fold.
pub(crate) fn noted(shared: &crate::shared::Shared, record: &Stored) -> Result<Noted> {
    let key = note_key(record.offset);
    let Some(bytes) = shared.fold.get(record.partition, Space::Meta, &key)? else {
        return Ok(Noted::Nothing);
    };
    Ok(match serde_json::from_slice(&bytes) {
        Ok(properties) => Noted::Cleaned(properties),
        Err(_) => Noted::Dropped,
    })
}

/// The counts as the fold keeps them.
pub(crate) fn encode_counts(counts: &PlanCounts) -> Write {
    let bytes = serde_json::to_vec(counts).unwrap_or_default();
    Write::Put(Space::Meta, crate::plans::COUNTS_KEY.to_vec(), bytes)
}
