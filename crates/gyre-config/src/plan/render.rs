//! A plan as text that reads well without colour.

use super::{Action, Change, Plan, Step};
use serde_json::Value;
use std::fmt;

/// Longer values are cut.
const WIDTH: usize = 70;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.steps.iter().filter(|step| step.action != Action::Unchanged) {
            write!(f, "{step}")?;
        }
        let count = |of: fn(&Action) -> bool| self.steps.iter().filter(|s| of(&s.action)).count();
        let reset = count(|action| matches!(action, Action::Reset));
        write!(
            f,
            "{} to create, {} to update, {} to delete, {} unchanged",
            count(|action| matches!(action, Action::Create)),
            count(|action| matches!(action, Action::Update { .. })),
            count(|action| matches!(action, Action::Delete)),
            count(|action| matches!(action, Action::Unchanged)),
        )?;
        if reset > 0 {
            write!(f, ", {reset} to reset")?;
        }
        writeln!(f)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, word) = match self.action {
            Action::Create => ("+", "create"),
            Action::Update { .. } => ("~", "update"),
            Action::Reset => ("!", "reset"),
            Action::Unchanged => ("=", "unchanged"),
            Action::Delete => ("-", "delete"),
        };
        write!(f, "{mark} {word} {} {}", self.kind, self.name)?;
        match self.version {
            Some(version) => writeln!(f, " (version {version} runs)")?,
            None => writeln!(f)?,
        }
        if let Action::Update { changes } = &self.action {
            for change in changes {
                writeln!(f, "    {change}")?;
            }
        }
        if !self.managed_changes.is_empty() {
            writeln!(f, "    managed, reset to what the file says:")?;
            for change in &self.managed_changes {
                writeln!(f, "      {change}")?;
            }
        } else if !self.managed.is_null() && self.action != Action::Delete {
            let verb = if self.action == Action::Create { "taken from the file" } else { "kept" };
            writeln!(f, "    managed, {verb}:")?;
            lines(f, "", &self.managed)?;
        }
        Ok(())
    }
}

/// One line per value of the loop's half.
fn lines(f: &mut fmt::Formatter<'_>, path: &str, value: &Value) -> fmt::Result {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                lines(f, &path, value)?;
            }
            Ok(())
        }
        _ => writeln!(f, "      {path}: {}", short(value)),
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => {
                write!(f, "{}: {} -> {}", self.path, short(old), short(new))
            }
            (None, Some(new)) => write!(f, "{}: added {}", self.path, short(new)),
            (Some(old), None) => write!(f, "{}: removed {}", self.path, short(old)),
            (None, None) => write!(f, "{}", self.path),
        }
    }
}

/// A value on one line.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= WIDTH {
        return text;
    }
    let start: String = text.chars().take(WIDTH - 1).collect();
    format!("{start}…")
}
