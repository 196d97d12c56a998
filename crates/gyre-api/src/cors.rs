//! Cross-origin requests to collection: browsers send events from anywhere. Whatever is asked for is
//! mirrored, because `*` does not cover `Authorization`, and SDKs add headers of their own when they
//! retry. The write key is in the request, no cookie is read, so nothing is given away.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN,
    VARY,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::{IntoResponse, Response as Answer};

/// How long a browser may remember the answer to a preflight, in seconds.
const MAX_AGE: &str = "86400";

/// What a page may read of an answer beside its body.
const EXPOSED: &str = "Retry-After, X-RateLimit-Reset";

/// Lets the origin read an answer.
pub(crate) fn allow<B>(origin: Option<HeaderValue>, response: &mut Response<B>) {
    let Some(origin) = origin else { return };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    // Else the SDK cannot see when to come back.
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.insert(VARY, HeaderValue::from_static("Origin"));
}

/// Answers a preflight.
pub(crate) async fn preflight(request: HeaderMap) -> Answer {
    let mut response = StatusCode::OK.into_response();
    allow(request.get(ORIGIN).cloned(), &mut response);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
    if let Some(wanted) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    headers.insert(VARY, HeaderValue::from_static("Origin, Access-Control-Request-Headers"));
    response
}
