//! Every route, declared once: its method, its path, and who may call it.

use crate::app::{App, Server};
use crate::error::Error;
use crate::{
    auth, campaigns, clock, collect, cors, decide, files, imports, letters, loops, people, query,
    resources, status, tail,
};
use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use gyre_collect::Route as Called;
use gyre_model::event::EventKind;
use std::sync::Arc;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Open,
    /// Whoever has a write key; the handler looks for it.
    WriteKey,
    /// Whoever has the server's token.
    Token,
}

/// A route.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    handler: MethodRouter<Arc<Server>>,
}

/// The routes of an app.
pub fn router(app: App) -> Router {
    of(Server::new(app))
}

pub(crate) fn of(server: Arc<Server>) -> Router {
    let mut open = Router::new();
    let mut guarded = Router::new();
    for Route { method, path, access, handler } in all() {
        tracing::debug!(%method, path, ?access, "a route");
        match access {
            Access::Open | Access::WriteKey => open = open.route(path, handler),
            Access::Token => guarded = guarded.route(path, handler),
        }
    }
    let guarded = guarded.route_layer(from_fn_with_state(Arc::clone(&server), auth::require));
    open.merge(guarded)
        .method_not_allowed_fallback(|| async { Error::Method })
        .fallback(|| async { Error::NoRoute })
        .with_state(server)
}

/// All routes.
pub(crate) fn all() -> Vec<Route> {
    use EventKind::{Alias, Group, Identify, Page, Screen, Track};
    let mut routes = vec![
        Route { access: Access::Open, ..get("/healthz", status::health) },
        get("/v1/status", status::show),
        get("/v1/clock", clock::show),
        post("/v1/clock/advance", clock::advance),
        post("/v1/decide", decide::decide),
        get("/v1/decisions/{id}", people::explain),
        get("/v1/people/{id}", people::show),
        post("/v1/query", query::query),
        get("/v1/tail", tail::tail),
        get("/v1/resources", resources::list),
        get("/v1/resources/{kind}/{name}", resources::show),
        post("/v1/plan", files::show),
        post("/v1/apply", files::apply),
        get("/v1/loops", loops::list),
        get("/v1/loops/{name}", loops::show),
        post("/v1/proposals/{id}/approve", loops::approve),
        post("/v1/proposals/{id}/reject", loops::reject),
        get("/v1/campaigns", campaigns::list),
        get("/v1/campaigns/{name}", campaigns::show),
        get("/v1/imports/{id}", imports::show),
        // Not under `/v1/import`, which is Segment's other name of the batch.
        post("/v1/imports/{mapping}/rows", imports::rows),
        get("/v1/dead-letters", letters::list),
        post("/v1/dead-letters/replay", letters::replay),
    ];
    let batches =
        [("/v1/batch", Called::Batch), ("/v1/b", Called::Batch), ("/v1/import", Called::Import)];
    let calls = [
        ("/v1/t", "/v1/track", Track),
        ("/v1/p", "/v1/page", Page),
        ("/v1/i", "/v1/identify", Identify),
        ("/v1/g", "/v1/group", Group),
        ("/v1/a", "/v1/alias", Alias),
        ("/v1/s", "/v1/screen", Screen),
    ];
    routes.extend(batches.into_iter().flat_map(|(path, called)| collection(path, called)));
    for (short, long, kind) in calls {
        routes.extend(collection(short, Called::One(kind)));
        routes.extend(collection(long, Called::One(kind)));
    }
    routes
}

fn collection(path: &'static str, called: Called) -> [Route; 2] {
    let call =
        move |server: State<Arc<Server>>, request: Request| collect::call(called, server, request);
    [
        Route { access: Access::WriteKey, ..post(path, call) },
        Route {
            method: Method::OPTIONS,
            path,
            access: Access::WriteKey,
            handler: on(MethodFilter::OPTIONS, cors::preflight),
        },
    ]
}

fn get<H: Handler<T, Arc<Server>>, T: 'static>(path: &'static str, handler: H) -> Route {
    let handler = on(MethodFilter::GET, handler);
    Route { method: Method::GET, path, access: Access::Token, handler }
}

fn post<H: Handler<T, Arc<Server>>, T: 'static>(path: &'static str, handler: H) -> Route {
    let handler = on(MethodFilter::POST, handler);
    Route { method: Method::POST, path, access: Access::Token, handler }
}
