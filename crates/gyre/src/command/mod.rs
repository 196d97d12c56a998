//! The commands, one module each: its arguments and what it does.

pub(crate) mod apply;
pub(crate) mod audience;
pub(crate) mod backup;
pub(crate) mod boards;
pub(crate) mod campaign;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod connector;
pub(crate) mod consent;
pub(crate) mod dead_letters;
pub(crate) mod decide;
pub(crate) mod decisions;
pub(crate) mod doctor;
pub(crate) mod features;
pub(crate) mod fsck;
pub(crate) mod import;
pub(crate) mod lifecycle;
pub(crate) mod math;
pub(crate) mod metrics;
pub(crate) mod notices;
pub(crate) mod person;
pub(crate) mod pull;
pub(crate) mod query;
pub(crate) mod replay;
pub(crate) mod sources;
pub(crate) mod status;
pub(crate) mod subject;
pub(crate) mod tail;
pub(crate) mod tracking_plan;
pub(crate) mod turns;

use crate::print::out;
use serde_json::Value;

/// Prints an answer as JSON.
pub(crate) fn json(value: &Value) -> anyhow::Result<()> {
    Ok(out(&serde_json::to_string_pretty(value)?)?)
}

/// The list in an answer: the answer itself, or what stands under a name.
pub(crate) fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    let list = answer.as_array().or_else(|| answer[name].as_array());
    list.map_or(&[], Vec::as_slice)
}
