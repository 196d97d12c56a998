//! What can go wrong with a request, and how it is answered: RFC 9457 problems everywhere, and
//! `{"code", "message"}` for collection, whose clients read nothing else.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use gyre_config::Diagnostic;
use gyre_model::Timestamp;
use gyre_ports::ErrorKind;
use serde_json::json;
use std::borrow::Cow;
use std::time::Duration;

/// What can go wrong with a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No token, or not the one of this server.
    #[error("the request has no token, or not one of this server")]
    Unauthorized,
    /// Name and password do not go together. Which of them is wrong is not said.
    #[error("the name or the password is wrong")]
    WrongPassword,
    /// No such route.
    #[error("there is no such route")]
    NoRoute,
    /// The route exists for other methods.
    #[error("the route does not take this method")]
    Method,
    /// No such thing.
    #[error("{what} {name} does not exist")]
    NotFound { what: &'static str, name: String },
    /// The request cannot be right.
    #[error("{message}")]
    Invalid { message: String, hint: Option<String> },
    /// The body is too large.
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// The body did not arrive in time.
    #[error("the body took too long to arrive")]
    Slow,
    /// Resources that cannot be applied.
    #[error("the resources cannot be applied")]
    Unfit { diagnostics: Vec<Diagnostic> },
    /// Somebody else was faster.
    #[error("{message}")]
    Conflict { message: String },
    /// Not allowed.
    #[error("{message}")]
    Denied { message: String },
    /// It may work later.
    #[error("{message}")]
    Later { message: String },
    /// A write may be lost: the process ends.
    #[error("the server is stopping")]
    Fatal { why: String },
    /// Ours. Logged, never told.
    #[error("something went wrong in the server")]
    Internal,
}

/// What a handler returns.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A request that cannot be right.
    pub(crate) fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), hint: Some(hint.into()) }
    }

    /// Something of ours, logged here.
    pub(crate) fn internal(what: &'static str, error: &dyn std::fmt::Display) -> Self {
        tracing::error!(what, %error, "a request failed");
        Self::Internal
    }

    /// Status, type of the problem, and its title.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", "no valid token"),
            Self::WrongPassword => (StatusCode::FORBIDDEN, "wrong-password", "not signed in"),
            Self::NoRoute => (StatusCode::NOT_FOUND, "no-route", "no such route"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "wrong method"),
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "not-found", "not found"),
            Self::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid", "invalid request"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "too large"),
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, "slow", "too slow"),
            Self::Unfit { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "unfit", "resources with errors")
            }
            Self::Conflict { .. } => (StatusCode::CONFLICT, "conflict", "conflict"),
            Self::Denied { .. } => (StatusCode::FORBIDDEN, "denied", "not allowed"),
            Self::Later { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "later", "not possible right now")
            }
            Self::Fatal { .. } => (StatusCode::SERVICE_UNAVAILABLE, "stopping", "stopping"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error"),
        }
    }

    fn hint(&self) -> Option<&str> {
        match self {
            Self::Unauthorized => Some("send `Authorization: Bearer <token>`"),
            Self::NoRoute => Some("see docs/reference/http.md"),
            Self::Invalid { hint, .. } => hint.as_deref(),
            Self::Conflict { .. } => Some("somebody else was faster; read again, then retry"),
            _ => None,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, slug, title) = self.kind();
        let mut body = json!({
            "type": format!("urn:gyre:problem:{slug}"),
            "title": title,
            "status": status.as_u16(),
            "detail": self.to_string(),
        });
        if let Some(hint) = self.hint() {
            body["hint"] = hint.into();
        }
        if let Self::Unfit { diagnostics } = &self {
            let text: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            body["text"] = text.join("\n\n").into();
            body["diagnostics"] = serde_json::to_value(diagnostics).unwrap_or_default();
        }
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<gyre_ring::Error> for Error {
    fn from(error: gyre_ring::Error) -> Self {
        use gyre_ring::Error as Ring;
        match error {
            Ring::Port(error) => error.into(),
            Ring::Invalid { message, hint } => Self::Invalid { message, hint },
            Ring::NotFound { what, name } => Self::NotFound { what, name },
            Ring::Corrupt { .. } => Self::internal("something stored cannot be read", &error),
            other if other.kind() == ErrorKind::Invalid => {
                Self::Invalid { message: other.to_string(), hint: None }
            }
            other => Self::internal("the ring", &other),
        }
    }
}

impl From<gyre_ports::Error> for Error {
    fn from(error: gyre_ports::Error) -> Self {
        // The source of a port's error names files and engines, so only what failed is told.
        let message = error.what().to_owned();
        match error.kind() {
            ErrorKind::Invalid => Self::Invalid { message, hint: None },
            ErrorKind::Conflict => Self::Conflict { message },
            ErrorKind::Denied => Self::Denied { message },
            ErrorKind::Busy | ErrorKind::TimedOut | ErrorKind::Unavailable | ErrorKind::Full => {
                tracing::warn!(%error, "a request must wait");
                Self::Later { message }
            }
            ErrorKind::Fatal => {
                tracing::error!(%error, "a write may be lost");
                Self::Fatal { why: error.to_string() }
            }
            ErrorKind::NotFound | ErrorKind::Corrupt => Self::internal("a port", &error),
        }
    }
}

/// A collection request that is refused whole.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: Cow<'static, str>,
    message: String,
    retry: Option<Retry>,
}

/// When a request may come again.
#[derive(Debug)]
struct Retry {
    /// In so many seconds.
    after: u64,
    /// From this instant on, in milliseconds since 1970.
    reset: i64,
}

impl Refusal {
    /// The page may not use the key.
    pub(crate) fn origin() -> Self {
        let message = "the source does not allow its key on pages of this origin".to_owned();
        Self {
            status: StatusCode::FORBIDDEN,
            code: "origin_not_allowed".into(),
            message,
            retry: None,
        }
    }

    /// The source sends more than it may.
    pub(crate) fn limited(wait: Duration, now: Timestamp) -> Self {
        // Whole seconds, never too early: clients read nothing else.
        let after = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let after = after.max(1);
        let reset = now.0 / 1_000 + i64::try_from(after).unwrap_or(i64::MAX / 2_000) * 1_000;
        let message = format!("the source sends more than it may; come back in {after} s");
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: "rate_limited".into(),
            message,
            retry: Some(Retry { after, reset }),
        }
    }
}

impl Refusal {
    /// A refusal with a status of its own.
    pub(crate) fn of(status: u16, code: &'static str, message: String) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        Self { status, code: code.into(), message, retry: None }
    }
}

impl From<gyre_collect::Reject> for Refusal {
    fn from(reject: gyre_collect::Reject) -> Self {
        Self {
            status: StatusCode::from_u16(reject.status).unwrap_or(StatusCode::BAD_REQUEST),
            code: reject.code.into(),
            message: reject.message,
            retry: None,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let (status, code) = match &error {
            Error::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "request_too_large"),
            Error::Slow => (StatusCode::REQUEST_TIMEOUT, "request_too_slow"),
            Error::Invalid { .. } => (StatusCode::BAD_REQUEST, "malformed_body"),
            // Whatever else: it is not durable, and the client must send it again.
            _ => (StatusCode::SERVICE_UNAVAILABLE, "not_stored"),
        };
        Self { status, code: code.into(), message: error.to_string(), retry: None }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"code": self.code, "message": self.message});
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(Retry { after, reset }) = self.retry {
            response.headers_mut().insert(RETRY_AFTER, after.into());
            // In milliseconds, as the SDKs that look at it compare it with their clock.
            response
                .headers_mut()
                .insert(HeaderName::from_static("x-ratelimit-reset"), reset.into());
        }
        response
    }
}
