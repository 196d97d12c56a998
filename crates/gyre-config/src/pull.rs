//! Accepted turns written back into the files: only the `managed:` sections change.

use crate::diagnostic::Diagnostic;
use crate::places::Source;
use crate::print::{PrintError, to_yaml};
use crate::yaml::{self, Data, Map, Node};
use gyre_model::resource::Kind;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// What the loop owns of a resource, as it runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ManagedHalf<'a> {
    /// The resource's kind.
    pub kind: Kind,
    /// Its name.
    pub name: &'a str,
    /// What the loop wrote; `Null` when nothing.
    pub managed: &'a Value,
}

/// A file after pulling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The new text.
    pub text: String,
    /// The resources whose section changed.
    pub changed: Vec<(Kind, String)>,
}

/// Why a file was not pulled into.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The file cannot be read as it is.
    #[error("{} cannot be pulled into", .0.file)]
    Unreadable(Box<Diagnostic>),
    /// What the loop wrote is nothing YAML can hold.
    #[error("what the loop wrote cannot be written as yaml")]
    Print(#[from] PrintError),
}

/// Writes what loops own into the text of one file. Resources that are not in the file are passed
/// over; of the documents that are, everything but the `managed:` section stays as it is, to the byte.
pub fn pull(file: &str, text: &str, halves: &[ManagedHalf<'_>]) -> Result<Pulled, PullError> {
    let source = Source::new(file, text);
    let wanted: BTreeMap<(&str, &str), &ManagedHalf<'_>> =
        halves.iter().map(|half| ((half.kind.as_str(), half.name), half)).collect();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut changed = Vec::new();
    for document in yaml::read(&source) {
        if let Some(diagnostic) = document.diagnostics.into_iter().next() {
            return Err(PullError::Unreadable(Box::new(diagnostic)));
        }
        let Some(Node { data: Data::Map(map), range }) = &document.root else { continue };
        let Some(half) = names(map).and_then(|key| wanted.get(&key)) else { continue };
        let before = map.get("managed").map_or(Value::Null, |(_, node)| node.to_json());
        if before == *half.managed {
            continue;
        }
        if map.flow {
            let hint = Some("write the document on several lines first".to_owned());
            let message = "a document in braces cannot be pulled into";
            let diagnostic = source.error(range.clone(), message, hint);
            return Err(PullError::Unreadable(Box::new(diagnostic)));
        }
        edits.push(edit(&source, map, range, half.managed)?);
        changed.push((half.kind, half.name.to_owned()));
    }
    let mut text = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, &new);
    }
    Ok(Pulled { text, changed })
}

/// Kind and name of a document.
fn names(map: &Map) -> Option<(&str, &str)> {
    let kind = map.get("kind")?.1.text()?;
    let Data::Map(metadata) = &map.get("metadata")?.1.data else { return None };
    Some((kind, metadata.get("name")?.1.text()?))
}

/// The lines to replace and what replaces them.
fn edit(
    source: &Source,
    map: &Map,
    whole: &Range<usize>,
    managed: &Value,
) -> Result<(Range<usize>, String), PrintError> {
    let line_end = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut section = String::new();
    if !managed.is_null() {
        let indent = source.slice(source.line_range(whole.start).start..whole.start);
        // `--- {…}` or `--- key: x` on the line of the marker: the keys below stand at column one.
        let indent = if indent.trim().is_empty() { indent } else { "" };
        for line in to_yaml(&BTreeMap::from([("managed", managed)]))?.lines() {
            section = section + indent + line + line_end;
        }
    }
    let old = map.entries.iter().position(|(key, _)| key.text == "managed");
    if let Some((key, node)) = old.and_then(|index| map.entries.get(index)) {
        let start = source.line_range(key.range.start).start;
        let end = end_of_value(source, key.range.end.max(last_byte(node)));
        let range = start..end;
        // A section that ended the file without a line end leaves it so.
        if !source.slice(range.clone()).ends_with('\n') && section.ends_with(line_end) {
            section.truncate(section.len() - line_end.len());
        }
        return Ok((range, section));
    }
    let last =
        map.entries.last().map_or(whole.end, |(key, node)| key.range.end.max(last_byte(node)));
    let at = end_of_value(source, last);
    if !source.slice(0..at).ends_with('\n') {
        section = line_end.to_owned() + section.trim_end_matches(['\r', '\n']);
    }
    Ok((at..at, section))
}

/// The end of the last thing written inside a value.
fn last_byte(node: &Node) -> usize {
    let inner = match &node.data {
        Data::List(items) => items.last().map(last_byte),
        Data::Map(map) => map.entries.last().map(|(key, node)| key.range.end.max(last_byte(node))),
        _ => None,
    };
    inner.unwrap_or(0).max(node.range.end)
}

/// The end of the line a value ends in. A block text's range ends where the next line begins.
fn end_of_value(source: &Source, end: usize) -> usize {
    if end > 0 && source.slice(0..end).ends_with('\n') {
        return end;
    }
    source.line_range(end).end
}
