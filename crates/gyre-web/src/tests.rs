//! What browsers are told, with the UI built in and without.

use crate::{files, is_built, pages};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use tower::ServiceExt as _;

async fn ask(method: &str, path: &str, accept: &str) -> Response<Body> {
    let request = Request::builder().method(method).uri(path).header("accept-encoding", accept);
    pages().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_answer_forbids_what_is_not_ours() {
    for path in ["/", "/loops/repurchase?tab=changes", "/assets/none.js", "/favicon.svg"] {
        let response = ask("GET", path, "").await;
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
    }
}

#[tokio::test]
async fn a_page_is_there_with_and_without_node() {
    let response = ask("GET", "/people/ada@example.com", "").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&response, "cache-control"), "no-cache");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_no_page() {
    let response = ask("GET", "/assets/old-1234.js", "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let response = ask("POST", "/", "").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_has_a_hash_is_kept_and_may_be_compressed() {
    if !is_built() {
        // Nothing is in the binary that could be kept.
        assert_eq!(files::names().count(), 0);
        return;
    }
    // Small files are not worth compressing.
    let script = files::names().find(|name| {
        files::has_extension(name, "js")
            && files::find(name).is_some_and(|file| file.brotli.is_some())
    });
    let path = format!("/{}", script.unwrap());
    let response = ask("GET", &path, "gzip, br").await;
    assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&response, "content-encoding"), "br");
    assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
    let response = ask("GET", &path, "gzip, br;q=0").await;
    assert_eq!(header(&response, "content-encoding"), "");
    let response = ask("GET", &format!("{path}.br"), "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "it is no file of its own");
}

#[tokio::test]
async fn pages_of_customers_load_analytics_from_where_segment_had_it() {
    for path in
        ["/analytics.js/v1/any-key/analytics.min.js", "/analytics-next/bundles/standalone.js"]
    {
        let response = ask("GET", path, "br").await;
        if !is_built() {
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            continue;
        }
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
        assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
        assert_eq!(header(&response, "cache-control"), "public, max-age=3600");
        assert_eq!(header(&response, "content-encoding"), "br");
    }
    if is_built() {
        let licence = files::find("analytics-next/bundles/LICENSE.txt").unwrap();
        assert!(String::from_utf8_lossy(licence.plain).contains("MIT License"));
    }
    let response = ask("GET", "/analytics.js/v1/any-key/other.js", "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
