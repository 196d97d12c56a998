//! Where everything stands in a text: paths like `spec.variants[2].content.email` to line and column.

use crate::diagnostic::{Diagnostic, Severity};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A text with its name and where its lines begin. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) file: Arc<str>,
    pub(crate) text: Arc<str>,
    starts: Arc<[usize]>,
}

impl Source {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(i, _)| i + 1))
            .collect();
        Self { file: Arc::from(file), text: Arc::from(text), starts }
    }

    /// The index of the line a byte stands in.
    fn line_index(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// Line and column, both from 1.
    pub(crate) fn position(&self, byte: usize) -> (usize, usize) {
        let index = self.line_index(byte);
        let start = self.starts.get(index).copied().unwrap_or_default();
        let column = self.text.get(start..byte).map_or(0, |before| before.chars().count());
        (index + 1, column + 1)
    }

    /// The bytes of the line a byte stands in, its line end included.
    pub(crate) fn line_range(&self, byte: usize) -> Range<usize> {
        let index = self.line_index(byte);
        let start = self.starts.get(index).copied().unwrap_or_default();
        start..self.starts.get(index + 1).copied().unwrap_or(self.text.len())
    }

    /// The text of a range; empty for one that is none.
    pub(crate) fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// An error at a range of the text.
    pub(crate) fn error(
        &self,
        range: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Diagnostic {
        let (line, column) = self.position(range.start);
        let source = self.slice(self.line_range(range.start)).trim_end_matches(['\r', '\n']);
        Diagnostic {
            file: self.file.to_string(),
            line,
            column,
            words: self.slice(range).trim_end().to_owned(),
            message: message.into(),
            hint,
            severity: Severity::Error,
            source: source.to_owned(),
        }
    }
}

/// Where one value stands.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// Its key, if it has one.
    pub(crate) key: Option<Range<usize>>,
    /// The value itself.
    pub(crate) value: Range<usize>,
}

/// Where everything of one document stands.
#[derive(Debug, Clone)]
pub struct Places {
    source: Source,
    spots: BTreeMap<String, Spot>,
}

/// Which part of an entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The key.
    Key,
    /// The value.
    Value,
}

impl Places {
    pub(crate) fn new(source: Source) -> Self {
        Self { source, spots: BTreeMap::new() }
    }

    /// For a resource that has no text; diagnostics then name only the file.
    pub fn without_text(file: &str) -> Self {
        Self::new(Source::new(file, ""))
    }

    pub(crate) fn add(&mut self, path: &str, spot: Spot) {
        self.spots.insert(path.to_owned(), spot);
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.source.file
    }

    /// The line of a path, from 1, or that of the nearest thing around it; 0 without text.
    pub fn line(&self, path: &str) -> usize {
        self.find(path, Part::Key).map_or(0, |(range, _)| self.source.position(range.start).0)
    }

    /// An error at a path. `words`, if they stand in the value, narrow the place down; a path that is
    /// not written (a missing key) points at the nearest thing around it.
    pub fn error(
        &self,
        path: &str,
        part: Part,
        words: Option<&str>,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Diagnostic {
        let message = message.into();
        let Some((range, exact)) = self.find(path, part) else {
            return Diagnostic {
                file: self.source.file.to_string(),
                line: 0,
                column: 0,
                words: words.unwrap_or_default().to_owned(),
                message: format!("{path}: {message}"),
                hint,
                severity: Severity::Error,
                source: String::new(),
            };
        };
        let inside = words.filter(|words| exact && !words.is_empty()).and_then(|words| {
            let at = range.start + find_word(self.source.slice(range.clone()), words)?;
            Some(at..at + words.len())
        });
        self.source.error(inside.unwrap_or(range), message, hint)
    }

    /// The range of a path, and whether it is the path itself rather than something around it.
    fn find(&self, path: &str, part: Part) -> Option<(Range<usize>, bool)> {
        if let Some(spot) = self.spots.get(path) {
            let range = match (part, &spot.key) {
                (Part::Key, Some(key)) => key.clone(),
                // Nothing is written after the colon: point at the key.
                (Part::Value, Some(key)) if spot.value.is_empty() => key.clone(),
                _ => spot.value.clone(),
            };
            return Some((range, true));
        }
        let cut = path.rfind(['.', '['])?;
        let (range, _) = self.find(path.get(..cut)?, Part::Key)?;
        Some((range, false))
    }
}

/// Where words stand in a text as whole words, else where they stand at all.
fn find_word(text: &str, words: &str) -> Option<usize> {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(words)
        .find(|(at, _)| {
            let before = text.get(..*at).and_then(|t| t.chars().next_back());
            let after = text.get(at + words.len()..).and_then(|t| t.chars().next());
            !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
        })
        .or_else(|| text.match_indices(words).next())
        .map(|(at, _)| at)
}
