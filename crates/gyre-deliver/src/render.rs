//! Templates (Liquid) filled in with what is known of the person.

use crate::error::{Error, Result};
use gyre_config::kinds::Content;
use liquid::{Object, Parser, ParserBuilder, Template};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a template may make at most, and for how long, in real time.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    bytes: usize,
    time: Duration,
    /// The two in words.
    told: [&'static str; 2],
}

/// Templates that people write.
const WRITTEN: Bounds = Bounds {
    bytes: 256 * 1024,
    time: Duration::from_millis(250),
    told: ["longer than 256 KiB", "slower than 250 ms"],
};
/// Templates of this program, filled in once and not for each of many people.
const BUILT_IN: Bounds = Bounds {
    bytes: 4 * 1024 * 1024,
    time: Duration::from_secs(20),
    told: ["longer than 4 MiB", "slower than 20 s"],
};

/// An e-mail, rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML, if the content has it.
    pub html: Option<String>,
}

/// A content whose templates were read once, to be filled in for many people. A part that cannot be
/// read fails whenever it would be filled in.
#[derive(Debug, Clone)]
pub struct Templates {
    subject: Option<Part>,
    text: Option<Part>,
    html: Option<Part>,
    fields: BTreeMap<String, Part>,
    bounds: Bounds,
}

impl Templates {
    /// Reads the templates of a content.
    pub fn of(content: &Content) -> Self {
        // The standard library without `include` and `render`: there are no partials to find.
        let parser = ParserBuilder::with_stdlib().build();
        let part = |name: &str, text: &str| Part::read(&parser, name, text);
        let named =
            |name: &str, text: &Option<String>| text.as_deref().map(|text| part(name, text));
        Self {
            subject: named("subject", &content.subject),
            text: named("text", &content.text),
            html: named("html", &content.html),
            fields: content
                .fields
                .iter()
                .map(|(name, text)| (name.clone(), part(name, text)))
                .collect(),
            bounds: WRITTEN,
        }
    }

    /// Reads templates of this program: a mail of many tables may be larger, and take longer, than what
    /// people write.
    pub fn built_in(subject: &str, text: &str, html: &str) -> Self {
        let parser = ParserBuilder::with_stdlib().build();
        let part = |name: &str, text: &str| Some(Part::read(&parser, name, text));
        Self {
            subject: part("subject", subject),
            text: part("text", text),
            html: part("html", html),
            fields: BTreeMap::new(),
            bounds: BUILT_IN,
        }
    }

    /// Whether it is for e-mail.
    pub fn is_mail(&self) -> bool {
        self.subject.is_some()
    }

    /// Renders an e-mail. Values are escaped in HTML; the subject is one line whatever values hold.
    pub fn mail(&self, values: &Map<String, Value>) -> Result<Email> {
        let plain = object(values, false)?;
        let subject = self.subject.as_ref().ok_or(Error::Missing { part: "subject" })?;
        let text = self.text.as_ref().ok_or(Error::Missing { part: "text" })?;
        let html = match &self.html {
            Some(html) => Some(html.fill(&object(values, true)?, self.bounds)?),
            None => None,
        };
        let subject = subject.fill(&plain, self.bounds)?;
        Ok(Email {
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: text.fill(&plain, self.bounds)?,
            html,
        })
    }

    /// Renders the fields of an in-app content.
    pub fn fields(&self, values: &Map<String, Value>) -> Result<Map<String, Value>> {
        let values = object(values, false)?;
        let fill = |(name, part): (&String, &Part)| {
            Ok((name.clone(), Value::String(part.fill(&values, self.bounds)?)))
        };
        self.fields.iter().map(fill).collect()
    }
}

/// One part of a content: its template, or why it cannot be read.
#[derive(Clone)]
struct Part {
    name: String,
    template: Result<Arc<Template>, String>,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Part {
    fn read(parser: &Result<Parser, liquid::Error>, name: &str, text: &str) -> Self {
        let template = if has_range(text) {
            Err("ranges (`1..9`) are not allowed in tags".to_owned())
        } else {
            match parser {
                Ok(parser) => parser.parse(text).map(Arc::new).map_err(|why| why.to_string()),
                Err(why) => Err(why.to_string()),
            }
        };
        Self { name: name.to_owned(), template }
    }

    fn fill(&self, values: &Object, bounds: Bounds) -> Result<String> {
        let part = || self.name.clone();
        let template = self
            .template
            .as_ref()
            .map_err(|why| Error::Template { part: part(), why: why.clone() })?;
        let until = Instant::now() + bounds.time;
        let mut sink = Sink { bytes: Vec::new(), bounds, until, stopped: None };
        template.render_to(&mut sink, values).map_err(|why| Error::Render {
            part: part(),
            why: sink.stopped.map_or_else(|| why.to_string(), str::to_owned),
        })?;
        String::from_utf8(sink.bytes)
            .map_err(|why| Error::Render { part: part(), why: why.to_string() })
    }
}

fn object(values: &Map<String, Value>, escape: bool) -> Result<Object> {
    let value = if escape {
        escaped(&Value::Object(values.clone()))
    } else {
        Value::Object(values.clone())
    };
    liquid::to_object(&value)
        .map_err(|why| Error::Render { part: "values".to_owned(), why: why.to_string() })
}

/// Text as it may stand in HTML, in elements and in quoted attributes.
fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let mut safe = String::with_capacity(text.len());
            for letter in text.chars() {
                match letter {
                    '&' => safe.push_str("&amp;"),
                    '<' => safe.push_str("&lt;"),
                    '>' => safe.push_str("&gt;"),
                    '"' => safe.push_str("&quot;"),
                    '\'' => safe.push_str("&#39;"),
                    other => safe.push(other),
                }
            }
            Value::String(safe)
        }
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), escaped(value))).collect())
        }
        other => other.clone(),
    }
}

/// A range is built in memory before its loop runs, however long it is: `(1..1000000000)` would end the
/// process. Loops over what is known of a person are bounded by it.
fn has_range(template: &str) -> bool {
    template.split("{%").skip(1).any(|tag| {
        let tag = tag.split("%}").next().unwrap_or_default();
        tag.contains("..")
    })
}

/// Takes so many bytes for so long.
struct Sink {
    bytes: Vec<u8>,
    bounds: Bounds,
    until: Instant,
    stopped: Option<&'static str>,
}

impl Sink {
    fn stop<T>(&mut self, why: &'static str) -> io::Result<T> {
        self.stopped = Some(why);
        Err(io::Error::other(why))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.bounds.bytes {
            return self.stop(self.bounds.told[0]);
        }
        if Instant::now() > self.until {
            return self.stop(self.bounds.told[1]);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
