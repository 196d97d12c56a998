//! YAML text to trees whose every node knows where it stands.
//!
//! The events come from serde-saphyr's parser; values follow the YAML 1.2 core schema (`yes` is text).
//! Anchors, aliases and tags are not taken: a resource reads the same wherever it is cut out.

mod scalar;

use crate::diagnostic::Diagnostic;
use crate::places::{Places, Source, Spot};
use serde_json::Value;
use serde_saphyr::granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, Span};
use std::ops::Range;

/// How deep lists and mappings may nest.
const DEPTH: usize = 48;

/// A value and where it stands (bytes of the text).
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) data: Data,
    pub(crate) range: Range<usize>,
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// Something already complained of; not looked at again.
    Broken,
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

/// Entries in the order of the text; keys are texts and differ.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    pub(crate) entries: Vec<(Key, Node)>,
    /// Written as `{…}`.
    pub(crate) flow: bool,
}

/// A key and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
}

impl Map {
    /// The entry of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&(Key, Node)> {
        self.entries.iter().find(|(candidate, _)| candidate.text == key)
    }
}

impl Node {
    /// Its text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As JSON, without places.
    pub(crate) fn to_json(&self) -> Value {
        match &self.data {
            Data::Broken | Data::Null => Value::Null,
            Data::Bool(bool) => Value::Bool(*bool),
            Data::Number(number) => Value::Number(number.clone()),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Data::Map(map) => Value::Object(
                map.entries.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect(),
            ),
        }
    }

    /// Where everything below it stands.
    pub(crate) fn places(&self, source: &Source) -> Places {
        let mut places = Places::new(source.clone());
        self.index("", None, &mut places);
        places
    }

    fn index(&self, path: &str, key: Option<&Key>, places: &mut Places) {
        let key = key.map(|key| key.range.clone());
        places.add(path, Spot { key, value: self.range.clone() });
        match &self.data {
            Data::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.index(&format!("{path}[{index}]"), None, places);
                }
            }
            Data::Map(map) => {
                for (key, node) in &map.entries {
                    node.index(&join(path, &key.text), Some(key), places);
                }
            }
            _ => {}
        }
    }
}

/// The path of a key below a path.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// One document of a text.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its value; `None` when there is none or its syntax is broken.
    pub(crate) root: Option<Node>,
    /// What is wrong with it as YAML.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads all documents of a text. A broken one does not hide those after it.
pub(crate) fn read(source: &Source) -> Vec<Document> {
    let options = serde_saphyr::granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
    };
    let options: Options = options;
    let text = std::sync::Arc::clone(&source.text);
    let mut parser = Parser::new_from_str_with_options(&text, options);
    let mut documents = Vec::new();
    let mut builder = Builder::new(source);
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => {
                if let Some(document) = builder.event(event, span) {
                    documents.push(document);
                }
            }
            Some(Err(error)) => {
                let byte = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
                let (message, hint) = explain(error.kind(), &error.info());
                let range = word_at(&text, byte);
                let mut broken = std::mem::replace(&mut builder, Builder::new(source));
                broken.diagnostics.push(source.error(range, message, hint));
                documents.push(Document { root: None, diagnostics: broken.diagnostics });
                if !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
            }
        }
    }
    documents
}

/// The word around a byte, for the mark under it.
fn word_at(text: &str, byte: usize) -> Range<usize> {
    let mut start = byte;
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    start..start + length
}

/// A syntax error in words, with a hint for the common ones.
fn explain(kind: &ErrorKind, info: &str) -> (String, Option<String>) {
    let hint = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => {
            return (
                "a tab cannot indent YAML".to_owned(),
                Some("use two spaces for each level".to_owned()),
            );
        }
        ErrorKind::UnclosedQuotedScalar => "close the quotation mark",
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            "close every `[` with `]` and every `{` with `}`"
        }
        ErrorKind::RecursionLimitExceeded => "nest less deeply",
        ErrorKind::MappingValueNotAllowed => {
            "a text with `: ` in it needs quotation marks, for example \"now: 15 % off\""
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "a text that begins with this character needs quotation marks"
        }
        _ => "check the indentation and that each key ends with a colon and a space",
    };
    (format!("this is not YAML: {info}"), Some(hint.to_owned()))
}

/// What is being built: a list, or a mapping with the key that waits for its value.
enum Frame {
    List(Vec<Node>, usize),
    Map { map: Map, key: Option<Key>, start: usize },
}

struct Builder<'a> {
    source: &'a Source,
    stack: Vec<Frame>,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source) -> Self {
        Self { source, stack: Vec::new(), root: None, diagnostics: Vec::new() }
    }

    /// Takes one event; the last of a document gives the document.
    fn event(&mut self, event: Event<'_>, span: Span) -> Option<Document> {
        let range = span.byte_range().unwrap_or_default();
        match event {
            Event::DocumentStart(..) => *self = Self::new(self.source),
            Event::DocumentEnd => {
                let diagnostics = std::mem::take(&mut self.diagnostics);
                return Some(Document { root: self.root.take(), diagnostics });
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(anchor, tag.is_some(), &range);
                let data = match style {
                    _ if tag.is_some() => Data::Broken,
                    ScalarStyle::Plain => scalar::plain(&text),
                    _ => Data::Text(text.into_owned()),
                };
                self.push(Node { data, range });
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse(anchor, tag.is_some(), &range);
                self.stack.push(Frame::List(Vec::new(), range.start));
            }
            Event::MappingStart(style, anchor, tag) => {
                self.refuse(anchor, tag.is_some(), &range);
                let flow = style == serde_saphyr::granit_parser::StructureStyle::Flow;
                let map = Map { entries: Vec::new(), flow };
                self.stack.push(Frame::Map { map, key: None, start: range.start });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&range),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.complain(range.clone(), "aliases are not taken here", "write the value out");
                self.push(Node { data: Data::Broken, range });
            }
            _ => {}
        }
        None
    }

    fn complain(&mut self, range: Range<usize>, message: &str, hint: &str) {
        self.diagnostics.push(self.source.error(range, message, Some(hint.to_owned())));
    }

    fn refuse(&mut self, anchor: usize, tagged: bool, range: &Range<usize>) {
        if anchor > 0 {
            self.complain(range.clone(), "anchors are not taken here", "write the value out");
        }
        if tagged {
            self.complain(
                range.clone(),
                "tags are not taken here",
                "leave out what begins with `!`",
            );
        }
    }

    /// Ends the innermost list or mapping. A block collection's own end mark stands at the next token,
    /// so its range ends with its last value.
    fn close(&mut self, end: &Range<usize>) {
        match self.stack.pop() {
            Some(Frame::List(items, start)) => {
                let last = items.last().map_or(start, |item| item.range.end);
                let stop = if self.source.slice(end.clone()) == "]" { end.end } else { last };
                self.push(Node { data: Data::List(items), range: start..stop.max(start) });
            }
            Some(Frame::Map { map, start, .. }) => {
                let last = map
                    .entries
                    .last()
                    .map_or(start, |(key, node)| node.range.end.max(key.range.end));
                let stop = if self.source.slice(end.clone()) == "}" { end.end } else { last };
                self.push(Node { data: Data::Map(map), range: start..stop.max(start) });
            }
            None => {}
        }
    }

    fn push(&mut self, node: Node) {
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List(items, _)) => items.push(node),
            Some(Frame::Map { key: waiting @ None, .. }) => {
                let (text, known) = match node.data {
                    Data::List(_) | Data::Map(_) | Data::Broken => (String::new(), false),
                    Data::Text(text) => (text, true),
                    // `1: x` and `true: x` are keys by their letters.
                    _ => (self.source.slice(node.range.clone()).trim().to_owned(), true),
                };
                *waiting = Some(Key { text, range: node.range.clone() });
                if !known {
                    self.complain(node.range, "a key must be a word", "write `key: value`");
                }
            }
            Some(Frame::Map { map, key, .. }) => {
                let Some(key) = key.take() else { return };
                let Some((first, _)) = map.get(&key.text) else {
                    return map.entries.push((key, node));
                };
                let line = self.source.position(first.range.start).0;
                let message = format!("the key `{}` stands here twice", key.text);
                let hint = format!("the first is in line {line}; keep one of them");
                self.complain(key.range, &message, &hint);
            }
        }
    }
}
