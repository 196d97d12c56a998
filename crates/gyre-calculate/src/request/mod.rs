//! Requests as JSON: one estimator with its arguments, `{"lift": {…}}`, or a list of them.

pub(crate) mod attribution;
pub(crate) mod bandit;
pub(crate) mod clv;
pub(crate) mod common;
pub(crate) mod drift;
pub(crate) mod experiment;
pub(crate) mod metric;
pub(crate) mod ope;
pub(crate) mod power;
#[cfg(test)]
mod tests;
pub(crate) mod uplift;

use crate::answer::Node;
use crate::failure::Failure;
use serde::de::DeserializeOwned;

/// Requests that can be answered: one type for each family.
pub(crate) trait Estimate: DeserializeOwned {
    /// The answer, or why there is none.
    fn answer(self) -> gyre_math::Result<Node>;
}

/// Answers a text that holds a request or a list of requests of one family.
///
/// `family` is its subcommand, for hints. Errors name the line, the column and the JSON path.
pub(crate) fn answer<E: Estimate>(text: &str, family: &str) -> Result<Node, Failure> {
    let hint = format!("`gyre math schema {family}` says what can be asked, and how");
    if text.trim_start().starts_with('[') {
        let all: Vec<E> = parse(text).map_err(|failure| failure.hint(hint))?;
        let answers = all.into_iter().enumerate().map(|(number, one)| {
            one.answer().map_err(|error| Failure::from(error).at(format!("[{number}]")))
        });
        return Ok(Node::List(answers.collect::<Result<_, _>>()?));
    }
    let one: E = parse(text).map_err(|failure| failure.hint(hint))?;
    let named = estimator(text);
    one.answer().map_err(|error| Failure::from(error).at(named))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner().to_string();
        // The parser says where at the end; it is said in front here.
        let (what, place) = match inner.rsplit_once(" at line ") {
            Some((what, place)) => (what, format!("line {}", place.replace(" column", ", column"))),
            None => (inner.as_str(), "the end".to_owned()),
        };
        if path == "." {
            return Failure::new(format!("{place}: {what}"));
        }
        Failure::new(format!("{place}: at {path}: {what}"))
    })?;
    reader.end().map_err(|_| {
        Failure::new("something follows the request: put several into a list, [{…}, {…}]")
    })?;
    Ok(parsed)
}

/// The estimator that a sound request names.
fn estimator(text: &str) -> String {
    let rest = text.split_once('"').map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default().to_owned()
}
