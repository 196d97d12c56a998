//! Pixels: an image whose address is a call.

use super::address::Sender;
use crate::app::Server;
use crate::collect::{Posted, store};
use crate::cors;
use axum::extract::{Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ORIGIN};
use axum::response::{IntoResponse, Response};
use gyre_collect::{Route, pixel};
use gyre_model::event::EventKind;
use std::sync::Arc;

/// A transparent GIF of one pixel.
const GIF: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\
                     \x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

/// A pixel was asked for. The answer is the image once the call is on disk; a call that is refused is
/// answered as others are, and shows as a broken image.
pub(crate) async fn call(
    kind: EventKind,
    State(server): State<Arc<Server>>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let origin = parts.headers.get(ORIGIN).cloned();
    let Query(parameters) =
        Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).unwrap_or_default();
    let pairs = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let key = pairs.clone().find(|(name, _)| *name == "writeKey").map(|(_, key)| key.to_owned());
    let posted = Posted {
        route: Route::One(kind),
        body: pixel(pairs).into(),
        basic_key: None,
        query_key: key,
        sender: Sender::of(&parts),
        received_at: server.engine().shared.clock.now(),
    };
    let mut response = match store(&server, posted).await {
        Ok(_) => {
            let headers = [(CONTENT_TYPE, "image/gif"), (CACHE_CONTROL, "no-store")];
            (headers, GIF).into_response()
        }
        Err(refusal) => refusal.into_response(),
    };
    cors::allow(origin, &mut response);
    response
}
