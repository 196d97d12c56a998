//! The OpenAPI document: written from the handlers, committed as `docs/reference/openapi.json`, and what
//! the types of the UI are made of.

use crate::accounts::{session, setup, tokens, users};
use crate::look::{audiences, flow, search, timeline, trend};
use crate::routes::{self, Access};
use crate::shape;
use crate::{
    campaigns, changes, clock, connectors, decide, files, imports, letters, loops, people, preview,
    query, resources, saved, status, tail, tracking, webhooks, workspaces,
};
use axum::http::Method;
use utoipa::openapi::path::{HttpMethod, OperationBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, OpenApi as Document, PathItem, Ref, ResponseBuilder, Schema,
    SecurityRequirement,
};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gyre",
        version = "1",
        description = "See http.md beside this file for limits, errors and examples.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        status::health, status::show, clock::show, clock::advance, workspaces::list,
        session::show, session::sign_in, session::sign_out, setup::set_up,
        users::list, users::add, users::change, users::remove,
        tokens::list, tokens::add, tokens::revoke,
        decide::decide, people::explain, search::people, people::show, timeline::show,
        query::query, saved::list, saved::save, saved::forget, tail::tail, changes::show,
        resources::list, resources::show, files::show, files::apply,
        loops::list, loops::show, flow::show, loops::approve, loops::reject,
        trend::overview, campaigns::list, campaigns::show, trend::campaign, audiences::sizes,
        preview::show, preview::html,
        imports::show, imports::rows, letters::list, letters::replay,
        webhooks::take, tracking::counts, tracking::infer,
        connectors::list, connectors::logs, connectors::run,
    ),
    components(schemas(shape::server::Problem, shape::server::Taken)),
    security(("token" = []), ("session" = [])),
    modifiers(&Secured, &Collection)
)]
struct Described;

/// The document as JSON, with a line break at its end.
pub fn document() -> String {
    let mut text = Described::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// How callers prove who they are.
struct Secured;

impl Modify for Secured {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("token", bearer);
        let key = |name: &str| ApiKey::Cookie(ApiKeyValue::new(name));
        components.add_security_scheme("session", SecurityScheme::ApiKey(key("gyre_session")));
        let basic = SecurityScheme::Http(Http::new(HttpAuthScheme::Basic));
        components.add_security_scheme("write_key", basic);
    }
}

/// The routes that clients send events to: one handler under many paths.
struct Collection;

impl Modify for Collection {
    fn modify(&self, document: &mut Document) {
        let collecting = routes::all()
            .into_iter()
            .filter(|route| route.access == Access::WriteKey && route.method == Method::POST);
        for route in collecting {
            let name = route.path.trim_start_matches("/v1/");
            let taken = ContentBuilder::new().schema(Some(Ref::from_schema_name("Taken"))).build();
            let body = ContentBuilder::new()
                .schema(Some(
                    ObjectBuilder::new()
                        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
                        .build(),
                ))
                .build();
            let operation = OperationBuilder::new()
                .operation_id(Some(format!("collect_{name}")))
                .tag("collection")
                .summary(Some("Takes events of the Segment SDKs."))
                .request_body(Some(
                    RequestBodyBuilder::new().content("application/json", body).build(),
                ))
                .response(
                    "200",
                    ResponseBuilder::new()
                        .description("What was taken, and what was not.")
                        .content("application/json", taken)
                        .build(),
                )
                .security(SecurityRequirement::new("write_key", Vec::<String>::new()))
                .build();
            let item = PathItem::new(HttpMethod::Post, operation);
            document.paths.paths.insert(route.path.to_owned(), item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Described, document};
    use crate::routes::all;
    use axum::http::Method;
    use expect_test::expect_file;
    use std::collections::BTreeSet;
    use utoipa::OpenApi as _;

    #[test]
    fn the_committed_document_is_this_one() {
        // UPDATE_EXPECT=1 writes it anew; then `npm run types` in `ui`.
        expect_file!["../../../docs/reference/openapi.json"].assert_eq(&document());
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let document = serde_json::to_value(Described::openapi()).unwrap();
        let described: BTreeSet<String> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                let methods = item.as_object().unwrap().keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let served: BTreeSet<String> = all()
            .iter()
            .filter(|route| route.method != Method::OPTIONS)
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        assert_eq!(described, served);
    }
}
