//! What handlers take from a request: bodies, parameters and paths that are strict, and the workspace.

use crate::app::Server;
use crate::body;
use crate::error::{Error, Result};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use gyre_model::{Span, Workspace};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The header that names the workspace; without it, `main`.
pub(crate) const WORKSPACE: &str = "x-gyre-workspace";

/// A JSON body. The content type does not matter; an empty body is `{}`; unknown keys are refused.
#[derive(Debug)]
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<Server>> for Input<T> {
    type Rejection = Error;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let limits = &server.app.limits;
        let bytes = body::read(&parts.headers, body, limits.command, limits).await?;
        let text = if bytes.is_empty() { b"{}" } else { &bytes[..] };
        serde_json::from_slice(text).map(Self).map_err(|why| strict("the body", &why.to_string()))
    }
}

/// Parameters of the query string; unknown ones are refused.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Server>> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Server>) -> Result<Self> {
        let Query(params) = Query::try_from_uri(&parts.uri)
            .map_err(|why| strict("the query string", &why.body_text()))?;
        Ok(Self(params))
    }
}

/// How old an answer may be that was given before: `Cache-Control: max-age=60` in the request, in seconds and
/// never more than [`OLDEST`]; without it, it is computed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience(pub(crate) Span);

/// The oldest answer that is given again.
const OLDEST: i64 = 300;

impl FromRequestParts<Arc<Server>> for Patience {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Server>) -> Result<Self> {
        let told = parts.headers.get_all(CACHE_CONTROL).iter();
        let words = told.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        let ages = words.filter_map(|word| word.trim().strip_prefix("max-age="));
        let seconds = ages.filter_map(|age| age.parse::<i64>().ok()).min().unwrap_or_default();
        Ok(Self(Span(Span::SECOND.0 * seconds.clamp(0, OLDEST))))
    }
}

/// The named parts of the path.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Server>> for Named<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self> {
        let Path(named) = Path::from_request_parts(parts, server).await.map_err(|why| {
            Error::Invalid { message: why.body_text().to_lowercase(), hint: None }
        })?;
        Ok(Self(named))
    }
}

/// The workspace that the request is about.
#[derive(Debug)]
pub(crate) struct In(pub(crate) Workspace);

impl FromRequestParts<Arc<Server>> for In {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Server>) -> Result<Self> {
        let Some(value) = parts.headers.get(WORKSPACE) else {
            return Ok(Self(Workspace::default()));
        };
        workspace(value.to_str().unwrap_or_default(), "the header X-Gyre-Workspace").map(Self)
    }
}

/// The workspace of a name that a caller wrote somewhere.
pub(crate) fn workspace(name: &str, place: &str) -> Result<Workspace> {
    // Names that begin with `_` are the system's own.
    let fits = (1..=63).contains(&name.len())
        && !name.starts_with(['_', '-'])
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte)
        });
    if fits {
        return Ok(Workspace::new(name));
    }
    Err(Error::invalid(
        format!("{place} names no workspace"),
        "lower-case letters, digits, `_` and `-`, at most 63, a letter or digit first",
    ))
}

/// What serde says, as a message and a hint: `unknown key …` and which keys there are.
fn strict(what: &str, why: &str) -> Error {
    let why = why.strip_prefix("Failed to deserialize query string: ").unwrap_or(why);
    let why = why.replace("unknown field", "unknown key").replace("missing field", "missing key");
    // `…, expected one of `a`, `b` at line 1 column 2`: the place belongs to the message.
    let (text, place) = match why.rfind(" at line ") {
        Some(at) => (&why[..at], &why[at..]),
        None => (&why[..], ""),
    };
    let (message, hint) = match text.split_once(", expected ") {
        Some((message, hint)) => (message, Some(format!("expected {hint}"))),
        None => (text, None),
    };
    Error::Invalid { message: format!("{what} cannot be read: {message}{place}"), hint }
}

#[cfg(test)]
mod tests {
    use super::strict;
    use expect_test::{Expect, expect};

    fn check(why: &str, expect: &Expect) {
        let crate::error::Error::Invalid { message, hint } = strict("the body", why) else {
            panic!("not a 400");
        };
        expect.assert_eq(&format!("{message}\n{}", hint.unwrap_or_default()));
    }

    #[test]
    fn an_unknown_key_is_named_and_the_known_ones_are_the_hint() {
        check(
            "unknown field `sqll`, expected one of `sql`, `max_rows` at line 1 column 8",
            &expect![[r"
                the body cannot be read: unknown key `sqll` at line 1 column 8
                expected one of `sql`, `max_rows`"]],
        );
        check(
            "missing field `sql` at line 1 column 2",
            &expect![[r"
                the body cannot be read: missing key `sql` at line 1 column 2
            "]],
        );
    }
}
