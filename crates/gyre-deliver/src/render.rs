//! Templates (Liquid) filled in with what is known of the person.

use crate::error::{Error, Result};
use gyre_config::kinds::Content;
use liquid::{Object, ParserBuilder};
use serde_json::{Map, Value};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// The longest text a template may make.
const MAX_BYTES: usize = 256 * 1024;
/// The longest a template may take, in real time.
const DEADLINE: Duration = Duration::from_millis(250);

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

/// Renders an e-mail. Values are escaped in HTML; the subject is one line whatever values hold.
pub fn mail(content: &Content, values: &Map<String, Value>) -> Result<Email> {
    let plain = object(values, false)?;
    let subject = content.subject.as_deref().ok_or(Error::Missing { part: "subject" })?;
    let text = content.text.as_deref().ok_or(Error::Missing { part: "text" })?;
    let html = match &content.html {
        Some(html) => Some(fill("html", html, &object(values, true)?)?),
        None => None,
    };
    let subject = fill("subject", subject, &plain)?;
    Ok(Email {
        subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
        text: fill("text", text, &plain)?,
        html,
    })
}

/// Renders the fields of an in-app content.
pub fn fields(content: &Content, values: &Map<String, Value>) -> Result<Map<String, Value>> {
    let values = object(values, false)?;
    content
        .fields
        .iter()
        .map(|(name, template)| Ok((name.clone(), Value::String(fill(name, template, &values)?))))
        .collect()
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

fn fill(part: &str, template: &str, values: &Object) -> Result<String> {
    if has_range(template) {
        let why = "ranges (`1..9`) are not allowed in tags".to_owned();
        return Err(Error::Template { part: part.to_owned(), why });
    }
    // The standard library without `include` and `render`: there are no partials to find.
    let parser = ParserBuilder::with_stdlib()
        .build()
        .map_err(|why| Error::Template { part: part.to_owned(), why: why.to_string() })?;
    let template = parser
        .parse(template)
        .map_err(|why| Error::Template { part: part.to_owned(), why: why.to_string() })?;
    let mut sink = Sink { bytes: Vec::new(), until: Instant::now() + DEADLINE, stopped: None };
    template.render_to(&mut sink, values).map_err(|why| Error::Render {
        part: part.to_owned(),
        why: sink.stopped.map_or_else(|| why.to_string(), str::to_owned),
    })?;
    String::from_utf8(sink.bytes)
        .map_err(|why| Error::Render { part: part.to_owned(), why: why.to_string() })
}

/// Takes so many bytes for so long.
struct Sink {
    bytes: Vec<u8>,
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
        if self.bytes.len() + bytes.len() > MAX_BYTES {
            return self.stop("longer than 256 KiB");
        }
        if Instant::now() > self.until {
            return self.stop("slower than 250 ms");
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
