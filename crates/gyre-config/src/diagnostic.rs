//! What is wrong, where, and what to write instead.

use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot be applied.
    Error,
    /// It can, but somebody should look.
    Warning,
}

/// Something wrong at one place of a file.
///
/// Shown as `file:line:column: message`, the line with a mark under the words, and a hint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// The file as the caller named it.
    pub file: String,
    /// From 1; 0 when there is no text (a resource that came as JSON).
    pub line: usize,
    /// In characters, from 1; 0 when there is no text.
    pub column: usize,
    /// The offending words as they stand in the text; empty where something is missing.
    pub words: String,
    /// What is wrong, a lower-case sentence without a full stop.
    pub message: String,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// The line of the text.
    pub source: String,
}

impl Diagnostic {
    /// Whether it keeps the file from being applied.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        let word = if self.is_error() { "" } else { "warning: " };
        write!(f, ": {word}{}", self.message)?;
        if self.line > 0 && !self.source.trim().is_empty() {
            let number = self.line.to_string();
            let gutter = " ".repeat(number.len());
            // A tab in front of the mark must stay a tab, or the mark stands elsewhere.
            let indent: String = self
                .source
                .chars()
                .take(self.column.saturating_sub(1))
                .map(|character| if character == '\t' { '\t' } else { ' ' })
                .collect();
            let rest = self.source.chars().count().saturating_sub(self.column.saturating_sub(1));
            let first = self.words.lines().next().unwrap_or_default();
            let marks = "^".repeat(first.chars().count().min(rest).max(1));
            write!(f, "\n{number} | {}\n{gutter} | {indent}{marks}", self.source)?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// Whether nothing among them keeps the files from being applied.
pub fn all_fine(diagnostics: &[Diagnostic]) -> bool {
    !diagnostics.iter().any(Diagnostic::is_error)
}
