//! The UI, served from the binary: its files with headers that make browsers keep what never changes
//! and run nothing that is not ours.
//!
//! In: nothing; the files were put in when the crate was built. Out: [`pages()`], a router to fall back
//! on. Laws: what has a hash in its name is kept for a year, everything else is asked for again; no
//! page may be framed, and no script runs that is not a file of ours.
//!
//! Among the files is analytics.js, which the pages of customers load from here: any page may.
#![warn(missing_docs)]

mod files;
mod headers;

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;

/// What a server answers that is no route: files of the UI, and its first page for addresses of the UI.
pub fn pages() -> Router {
    Router::new().fallback(serve)
}

/// Whether the UI was built into this binary.
pub fn is_built() -> bool {
    files::find("index.html").is_some()
}

async fn serve(method: Method, uri: Uri, request: HeaderMap) -> Response {
    answer(&method, uri.path(), &request)
}

fn answer(method: &Method, path: &str, request: &HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return headers::plain(StatusCode::METHOD_NOT_ALLOWED, "pages are only read\n");
    }
    let name = script(path).unwrap_or_else(|| path.trim_start_matches('/'));
    if let Some(file) = files::find(name) {
        return headers::file(name, &file, request);
    }
    // A file that is not there is not a page: a browser with an old page must notice.
    if name.starts_with("assets/")
        || name.starts_with("analytics-next/")
        || files::has_extension(name, "js")
        || files::has_extension(name, "css")
    {
        return headers::plain(StatusCode::NOT_FOUND, "there is no such file\n");
    }
    match files::find("index.html") {
        Some(index) => headers::file("index.html", &index, request),
        None => headers::missing(),
    }
}

/// The script that pages of customers load by the address that Segment gave it,
/// `/analytics.js/v1/<write key>/analytics.min.js`: the same for every key.
fn script(path: &str) -> Option<&'static str> {
    let (key, file) = path.strip_prefix("/analytics.js/v1/")?.split_once('/')?;
    let known = matches!(file, "analytics.min.js" | "analytics.js" | "platform/analytics.min.js");
    (!key.is_empty() && known).then_some("analytics-next/bundles/standalone.js")
}

#[cfg(test)]
mod tests;
