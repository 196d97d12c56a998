//! The token that every route but collection asks for.

use crate::app::Server;
use crate::error::Error;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// The token of this server. Only its hash is kept, and it is never shown.
#[derive(Clone)]
pub struct SecretToken([u8; 32]);

impl SecretToken {
    /// The token with this text.
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether a text is the token. Takes the same time wherever they differ: what is compared are
    /// hashes, and all bytes of them.
    pub fn is(&self, text: &str) -> bool {
        let other: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let differing = self.0.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
        std::hint::black_box(differing) == 0
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken")
    }
}

/// Lets a request pass that has the token.
pub(crate) async fn require(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(bearer) {
        Some(text) if server.app.token.is(text) => next.run(request).await,
        _ => Error::Unauthorized.into_response(),
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, text) = header.trim().split_once(char::is_whitespace)?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}
