//! Answers with the headers that keep pages safe and quick.

use crate::files::File;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// Scripts, styles and requests only from here; nothing in line, nothing evaluated, no frame around us.
/// Inside ours stand previews of e-mails, which the server gives a policy of their own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
     frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// A name with a hash in it means this content for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked for before it is used again.
const ASK: &str = "no-cache";

/// Kept for an hour: how soon pages of customers have another version.
const A_WHILE: &str = "public, max-age=3600";
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What is shown where the UI was not built.
const HOW: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Gyre</title>\
<h1>This binary was built without the UI</h1>\
<p>The server works; its pages are not in it. To build them you need Node 20.19 or newer:</p>\
<pre>cargo xtask ui\ncargo build --package gyre</pre>\
<p>Everything can also be done with the command line: <code>gyre --help</code>.</p></html>\n";

/// A file of the UI.
pub(crate) fn file(name: &str, file: &File, request: &HeaderMap) -> Response<Body> {
    let brotli = file.brotli.filter(|_| takes_brotli(request));
    let mut response = Response::new(Body::from(brotli.unwrap_or(file.plain)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media(name)));
    let analytics = name.starts_with("analytics-next/");
    let cache = match name {
        _ if name.starts_with("assets/") => FOR_EVER,
        _ if analytics && name.contains(".bundle.") => FOR_EVER,
        _ if analytics => A_WHILE,
        _ => ASK,
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if brotli.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    guard(headers);
    if analytics {
        // Pages of any origin load it, also those that ask for isolation.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(CORP, HeaderValue::from_static("cross-origin"));
    }
    response
}

/// A page that says how to build the UI.
pub(crate) fn missing() -> Response<Body> {
    let mut response = plain(StatusCode::OK, HOW);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media("how.html")));
    response
}

/// A line of text.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(ASK));
    guard(headers);
    response
}

fn guard(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &'static str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn takes_brotli(request: &HeaderMap) -> bool {
    let accepted = request.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some("br") && parts.next() != Some("q=0")
    })
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
