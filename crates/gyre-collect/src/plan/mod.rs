//! Tracking plans: an event is mended, then held against what it should look like.
//!
//! Enters: an event as it was read, and the plans in effect. Leaves: a [`Judgement`]: what was mended,
//! what is wrong, and whether the event counts. Pure: the processor calls it, and deriving again gives
//! the same.

mod check;
mod clean;
mod infer;

pub use infer::{Observed, infer};

use gyre_config::kinds::{PlanMode, TrackingPlan, Unplanned};
use gyre_model::event::{Event, EventKind};
use gyre_model::{MessageHash, Span, Workspace};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The plans of a workspace, by name.
#[derive(Debug, Clone, Default)]
pub struct Plans(Vec<(String, TrackingPlan)>);

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verdict {
    /// It counts.
    #[default]
    Take,
    /// It becomes a dead letter.
    Quarantine,
    /// It is dropped.
    Block,
}

impl Verdict {
    /// The word in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Take => "warn",
            Self::Quarantine => "quarantine",
            Self::Block => "block",
        }
    }
}

/// Something wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The plan.
    pub plan: String,
    /// The property; none where the event itself is not planned.
    pub property: Option<String>,
    /// A stable code: `unplanned_event`, `unplanned_property`, `missing_property`, `wrong_type`,
    /// `value_not_allowed`, `out_of_range`.
    pub code: &'static str,
    /// What is wrong, without the value.
    pub message: String,
    /// The value, cut; none of a property that is or may be personal.
    pub sample: Option<String>,
    /// What it means for the event.
    pub verdict: Verdict,
}

/// An event that may have come before under another message id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    /// What such events share.
    pub hash: MessageHash,
    /// How long after the first.
    pub within: Span,
}

/// What plans say of one event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// Plans and cleaning rules that changed something, once for each property changed.
    pub mended: Vec<(String, String)>,
    /// Rules that drop what came before: plan, rule, what to look for.
    pub twins: Vec<(String, String, Twin)>,
    /// What is wrong.
    pub found: Vec<Found>,
    /// The plans that the event was held against.
    pub checked: Vec<String>,
}

impl Judgement {
    /// Whether no plan is about the event.
    pub fn is_nothing(&self) -> bool {
        self.checked.is_empty() && self.mended.is_empty() && self.twins.is_empty()
    }

    /// What becomes of the event: the strictest of what is wrong with it.
    pub fn verdict(&self) -> Verdict {
        self.found.iter().map(|found| found.verdict).max().unwrap_or_default()
    }
}

impl Plans {
    /// Plans by name.
    pub fn new(plans: Vec<(String, TrackingPlan)>) -> Self {
        Self(plans)
    }

    /// The plans with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TrackingPlan)> {
        self.0.iter().map(|(name, plan)| (name.as_str(), plan))
    }

    /// Whether there is none: then events need not be looked at.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Mends an event in place and says what is wrong with it. Plans are about every call but alias.
    pub fn judge(&self, workspace: &Workspace, event: &mut Event) -> Judgement {
        let mut judgement = Judgement::default();
        if event.kind == EventKind::Alias {
            return judgement;
        }
        for (name, plan) in &self.0 {
            if !plan.sources.is_empty() && !plan.sources.contains(&event.source) {
                continue;
            }
            clean::clean(workspace, name, plan, event, &mut judgement);
            check::check(name, plan, event, &mut judgement);
        }
        judgement
    }
}

/// What people call a call in counts and violations: a track event's name, `identify`, `group`,
/// `page Home`, `screen Home`.
pub fn label(event: &Event) -> Cow<'_, str> {
    match event.kind {
        EventKind::Track => Cow::Borrowed(&event.name),
        kind if event.name.is_empty() => Cow::Borrowed(kind.as_str()),
        kind => Cow::Owned(format!("{} {}", kind.as_str(), event.name)),
    }
}

/// What a call tells: traits of identify and group, properties of the others.
pub fn told(event: &Event) -> &Map<String, Value> {
    match event.kind {
        EventKind::Identify | EventKind::Group => &event.traits,
        _ => &event.properties,
    }
}

/// The same, to be changed.
pub fn told_mut(event: &mut Event) -> &mut Map<String, Value> {
    match event.kind {
        EventKind::Identify | EventKind::Group => &mut event.traits,
        _ => &mut event.properties,
    }
}

fn verdict(mode: PlanMode) -> Verdict {
    match mode {
        PlanMode::Warn => Verdict::Take,
        PlanMode::Quarantine => Verdict::Quarantine,
        PlanMode::Block => Verdict::Block,
    }
}

fn unplanned(mode: Unplanned) -> Option<Verdict> {
    match mode {
        Unplanned::Allow => None,
        Unplanned::Warn => Some(Verdict::Take),
        Unplanned::Quarantine => Some(Verdict::Quarantine),
        Unplanned::Block => Some(Verdict::Block),
    }
}

/// Whether a value is there: null and the empty text are not.
fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}

/// The property at a path: a property of that name, or `b` in the object `a`.
fn property<'a>(properties: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = properties.get(path) {
        return Some(value);
    }
    let mut parts = path.split('.');
    let first = properties.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.as_object()?.get(part))
}

/// The same, to be changed.
fn property_mut<'a>(properties: &'a mut Map<String, Value>, path: &str) -> Option<&'a mut Value> {
    if properties.contains_key(path) {
        return properties.get_mut(path);
    }
    let mut parts = path.split('.');
    let first = properties.get_mut(parts.next()?)?;
    parts.try_fold(first, |value, part| value.as_object_mut()?.get_mut(part))
}
