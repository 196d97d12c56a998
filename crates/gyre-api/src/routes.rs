//! Every route, declared once: its method, its path, and who may call it.

use crate::accounts::{session, setup, tokens, users};
use crate::app::{App, Server};
use crate::auth::Right::{self, Admin, People, Query, Read, Write};
use crate::clients::{pixels, posthog, settings};
use crate::error::Error;
use crate::look::{annotations, audiences, flow, lifecycles, search, timeline, trend};
use crate::sources::{list, manage, snippet};
use crate::{
    audiences as audience, auth, backups, boards, campaigns, changes, clock, collect, connectors,
    consent, cors, decide, export, features, files, identity, imports, letters, loops, metrics,
    notices, people, preferences, preview, query, resources, saved, status, subjects, tail,
    tracking, webhooks, workspaces,
};
use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, on};
use gyre_collect::Route as Called;
use gyre_model::event::EventKind;
use std::sync::Arc;
use tower::ServiceExt as _;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Open,
    /// Whoever has a write key; the handler looks for it.
    WriteKey,
    /// Whoever shows a token or is signed in, and has the right.
    May(Right),
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

/// The routes, and pages for every other address. What begins as a route of ours is not looked for
/// among pages: whoever mistypes one is told so.
pub(crate) fn with_pages(server: Arc<Server>, pages: Router) -> Router {
    of(server).fallback(move |request: Request| {
        let pages = pages.clone();
        async move {
            if request.uri().path().starts_with("/v1/") {
                return Error::NoRoute.into_response();
            }
            match pages.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
    })
}

pub(crate) fn of(server: Arc<Server>) -> Router {
    let mut router = Router::new();
    for Route { method, path, access, handler } in all() {
        tracing::debug!(%method, path, ?access, "a route");
        let handler = match access {
            Access::Open | Access::WriteKey => handler,
            Access::May(right) => {
                let state = (Arc::clone(&server), right);
                handler.route_layer(from_fn_with_state(state, auth::require))
            }
        };
        router = router.route(path, handler);
    }
    router
        .method_not_allowed_fallback(|| async { Error::Method })
        .fallback(|| async { Error::NoRoute })
        .with_state(server)
}

/// All routes.
pub(crate) fn all() -> Vec<Route> {
    use EventKind::{Alias, Group, Identify, Page, Screen, Track};
    let mut routes = vec![
        open(get(Read, "/healthz", status::health)),
        open(get(Read, "/v1/session", session::show)),
        open(post(Read, "/v1/session", session::sign_in)),
        open(delete(Read, "/v1/session", session::sign_out)),
        open(post(Admin, "/v1/setup", setup::set_up)),
        get(Admin, "/v1/users", users::list),
        post(Admin, "/v1/users", users::add),
        post(Admin, "/v1/users/{name}", users::change),
        delete(Admin, "/v1/users/{name}", users::remove),
        get(Admin, "/v1/tokens", tokens::list),
        post(Admin, "/v1/tokens", tokens::add),
        delete(Admin, "/v1/tokens/{id}", tokens::revoke),
        get(Read, "/v1/workspaces", workspaces::list),
        get(Read, "/v1/status", status::show),
        get(Read, "/v1/clock", clock::show),
        post(Admin, "/v1/clock/advance", clock::advance),
        post(Write, "/v1/decide", decide::decide),
        get(People, "/v1/decisions/{id}", people::explain),
        get(People, "/v1/people", search::people),
        get(People, "/v1/people/{id}", people::show),
        get(People, "/v1/people/{id}/timeline", timeline::show),
        get(People, "/v1/people/{id}/graph", identity::graph),
        post(Write, "/v1/people/separate", identity::separate),
        post(Query, "/v1/query", query::query),
        get(Query, "/v1/queries", saved::list),
        post(Query, "/v1/queries/{name}", saved::save),
        delete(Query, "/v1/queries/{name}", saved::forget),
        get(People, "/v1/tail", tail::tail),
        get(Read, "/v1/changes", changes::show),
        get(Read, "/v1/resources", resources::list),
        get(Read, "/v1/resources/{kind}/{name}", resources::show),
        post(Write, "/v1/plan", files::show),
        post(Write, "/v1/apply", files::apply),
        get(Read, "/v1/loops", loops::list),
        get(Read, "/v1/loops/{name}", loops::show),
        get(Read, "/v1/loops/{name}/flow", flow::show),
        post(Write, "/v1/proposals/{id}/approve", loops::approve),
        post(Write, "/v1/proposals/{id}/reject", loops::reject),
        get(Read, "/v1/overview", trend::overview),
        get(Read, "/v1/campaigns", campaigns::list),
        get(Read, "/v1/campaigns/{name}", campaigns::show),
        get(Read, "/v1/campaigns/{name}/trend", trend::campaign),
        get(Read, "/v1/campaigns/{name}/preview", preview::show),
        get(Read, "/v1/campaigns/{name}/preview/html", preview::html),
        get(Read, "/v1/audience-sizes", audiences::sizes),
        get(People, "/v1/audiences/{name}/export", export::audience),
        get(Write, "/v1/imports/{id}", imports::show),
        // Not under `/v1/import`, which is Segment's other name of the batch.
        post(Write, "/v1/imports/{mapping}/rows", imports::rows),
        get(People, "/v1/dead-letters", letters::list),
        post(Write, "/v1/dead-letters/replay", letters::replay),
        post(Write, "/v1/consent", consent::state),
        get(People, "/v1/people/{id}/consent", consent::show),
        get(Read, "/v1/consent/verify", consent::verify),
        get(Read, "/v1/consent/gates", consent::gates),
        open(get(Read, "/preferences", preferences::show)),
        open(post(Write, "/preferences", preferences::save)),
        open(get(Read, "/unsubscribe", preferences::ask)),
        open(post(Write, "/unsubscribe", preferences::unsubscribe)),
        get(People, "/v1/subject-requests", subjects::list),
        post(Admin, "/v1/subject-requests", subjects::ask),
        get(People, "/v1/subject-requests/{id}", subjects::show),
        get(Admin, "/v1/subject-requests/{id}/export", subjects::export),
        get(Read, "/v1/certificate-key", subjects::key),
        get(Read, "/v1/connectors", connectors::list),
        get(People, "/v1/connectors/{name}/logs", connectors::logs),
        post(Write, "/v1/connectors/{name}/run", connectors::run),
        get(Read, "/v1/tracking-plans", tracking::counts),
        post(Query, "/v1/tracking-plans/infer", tracking::infer),
        // Whoever signs as the source says may write.
        open(post(Write, "/v1/webhooks/{source}", webhooks::take)),
        post(Admin, "/v1/backups", backups::make),
        get(Read, "/v1/metrics", metrics::list),
        get(Read, "/v1/metrics/{id}", metrics::show),
        post(Read, "/v1/metrics/query", metrics::query),
        get(Read, "/v1/features", features::list),
        get(Read, "/v1/features/{name}", features::show),
        post(People, "/v1/features/check", features::check),
        post(People, "/v1/features/training-set", features::training_set),
        get(Read, "/v1/boards", boards::list),
        get(Read, "/v1/boards/{id}", boards::show),
        post(Read, "/v1/funnels/query", boards::funnel),
        get(Read, "/v1/reports", notices::reports),
        post(Read, "/v1/reports/{name}/preview", notices::preview),
        post(Write, "/v1/reports/{name}/send", notices::send),
        get(Read, "/v1/alerts", notices::alerts),
        get(Read, "/v1/annotations", annotations::list),
        post(People, "/v1/audiences/preview", audience::preview),
        get(Read, "/v1/audiences/{name}/history", audiences::history),
        get(Read, "/v1/lifecycles", lifecycles::list),
        get(Read, "/v1/lifecycles/{name}/flows", lifecycles::flows),
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
    routes.extend(sources());
    routes.extend(clients());
    for (short, long, kind) in calls {
        routes.extend(collection(short, Called::One(kind)));
        routes.extend(collection(long, Called::One(kind)));
    }
    routes
}

/// Sources and their keys.
fn sources() -> [Route; 7] {
    [
        get(Read, "/v1/sources", list::list),
        post(Write, "/v1/sources", manage::create),
        get(Read, "/v1/sources/{name}", list::show),
        post(Write, "/v1/sources/{name}", manage::switch),
        post(Write, "/v1/sources/{name}/keys", manage::rotate),
        delete(Write, "/v1/sources/{name}/keys/{id}", manage::revoke),
        get(Read, "/v1/sources/{name}/snippet", snippet::show),
    ]
}

/// What clients ask for beside the collection of Segment.
pub(crate) fn clients() -> Vec<Route> {
    let keyed = |route: Route| Route { access: Access::WriteKey, ..route };
    let mut routes = Vec::new();
    routes.extend(collection("/beacon/v1/batch", Called::Batch));
    for path in ["/v1/projects/{key}/settings", "/projects/{key}/settings"] {
        routes.push(open(get(Read, path, settings::segment)));
    }
    for path in ["/sourceConfig", "/sourceConfig/"] {
        routes.push(open(get(Read, path, settings::rudder)));
    }
    routes.push(open(post(Read, "/v1/m", settings::metrics)));
    for (path, kind) in [
        ("/pixel/v1/track", EventKind::Track),
        ("/pixel/v1/page", EventKind::Page),
        ("/v1/pixel/track", EventKind::Track),
        ("/v1/pixel/page", EventKind::Page),
    ] {
        let call =
            move |server: State<Arc<Server>>, request: Request| pixels::call(kind, server, request);
        routes.push(keyed(get(Read, path, call)));
    }
    for path in ["/batch", "/batch/", "/capture", "/capture/", "/e", "/e/", "/i/v0/e", "/i/v0/e/"] {
        routes.push(keyed(post(Read, path, posthog::capture)));
    }
    for path in ["/flags", "/flags/", "/decide", "/decide/"] {
        routes.push(open(post(Read, path, posthog::flags)));
    }
    // Browsers ask first on all of them but images, which they never ask about.
    let asked: Vec<&str> = routes
        .iter()
        .filter(|route| route.method != Method::OPTIONS && !route.path.contains("/pixel"))
        .map(|route| route.path)
        .filter(|path| *path != "/beacon/v1/batch")
        .collect();
    for path in asked {
        let handler = on(MethodFilter::OPTIONS, cors::preflight);
        routes.push(Route { method: Method::OPTIONS, path, access: Access::Open, handler });
    }
    routes
}

fn collection(path: &'static str, called: Called) -> [Route; 2] {
    let call =
        move |server: State<Arc<Server>>, request: Request| collect::call(called, server, request);
    let access = Access::WriteKey;
    let preflight = on(MethodFilter::OPTIONS, cors::preflight);
    [
        Route { method: Method::POST, path, access, handler: on(MethodFilter::POST, call) },
        Route { method: Method::OPTIONS, path, access, handler: preflight },
    ]
}

fn open(route: Route) -> Route {
    Route { access: Access::Open, ..route }
}

fn get<H: Handler<T, Arc<Server>>, T: 'static>(
    right: Right,
    path: &'static str,
    handler: H,
) -> Route {
    let handler = on(MethodFilter::GET, handler);
    Route { method: Method::GET, path, access: Access::May(right), handler }
}

fn post<H: Handler<T, Arc<Server>>, T: 'static>(
    right: Right,
    path: &'static str,
    handler: H,
) -> Route {
    let handler = on(MethodFilter::POST, handler);
    Route { method: Method::POST, path, access: Access::May(right), handler }
}

fn delete<H: Handler<T, Arc<Server>>, T: 'static>(
    right: Right,
    path: &'static str,
    handler: H,
) -> Route {
    let handler = on(MethodFilter::DELETE, handler);
    Route { method: Method::DELETE, path, access: Access::May(right), handler }
}
