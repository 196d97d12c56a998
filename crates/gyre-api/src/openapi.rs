//! The OpenAPI document: written from the handlers, committed as `docs/reference/openapi.json`, and what
//! the types of the UI are made of.

use crate::accounts::{session, setup, tokens, users};
use crate::look::{annotations, audiences, flow, lifecycles, search, timeline, trend};
use crate::routes::{self, Access};
use crate::shape;
use crate::sources::{list, manage, snippet};
use crate::{
    audiences as audience, backups, boards, campaigns, changes, clock, connectors, consent, decide,
    export, features, files, identity, imports, letters, loops, metrics, notices, people,
    preferences, preview, query, resources, saved, status, subjects, tail, tracking, webhooks,
    workspaces,
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
        identity::graph, identity::separate,
        query::query, saved::list, saved::save, saved::forget, tail::tail, changes::show,
        resources::list, resources::show, files::show, files::apply,
        loops::list, loops::show, flow::show, loops::approve, loops::reject,
        trend::overview, campaigns::list, campaigns::show, trend::campaign, audiences::sizes,
        preview::show, preview::html, export::audience,
        imports::show, imports::rows, letters::list, letters::replay,
        list::list, list::show, manage::create, manage::switch, manage::rotate, manage::revoke,
        snippet::show,
        consent::state, consent::show, consent::verify, consent::gates,
        preferences::show, preferences::save, preferences::ask, preferences::unsubscribe,
        subjects::list, subjects::ask, subjects::show, subjects::export, subjects::key,
        backups::make,
        webhooks::take, tracking::counts, tracking::infer,
        connectors::list, connectors::logs, connectors::run,
        metrics::list, metrics::show, metrics::query,
        features::list, features::show, features::check, features::training_set,
        boards::list, boards::show, boards::funnel, annotations::list,
        notices::reports, notices::preview, notices::send, notices::alerts,
        audience::preview, audiences::history, lifecycles::list, lifecycles::flows,
    ),
    components(schemas(shape::server::Problem, shape::server::Taken)),
    security(("token" = []), ("session" = [])),
    modifiers(&Secured, &Collection, &Clients)
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
            let name = route.path.trim_start_matches("/v1/").trim_matches('/').replace('/', "_");
            // With and without the slash at its end it is one route.
            let slash = if route.path.ends_with('/') { "_slash" } else { "" };
            let posthog = matches!(name.as_str(), "batch" | "capture" | "e" | "i_v0_e")
                && !route.path.starts_with("/v1/");
            let name = if posthog { format!("posthog_{name}{slash}") } else { name };
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

/// What SDKs ask for by themselves; nobody writes a client for these.
struct Clients;

impl Modify for Clients {
    fn modify(&self, document: &mut Document) {
        for route in routes::all() {
            let known = document.paths.paths.get(route.path);
            let method = match route.method {
                Method::GET => HttpMethod::Get,
                Method::POST if known.is_none() => HttpMethod::Post,
                _ => continue,
            };
            if known.is_some_and(|item| item.get.is_some() || item.post.is_some()) {
                continue;
            }
            let name = route.path.trim_matches('/').replace(['/', '.', '-'], "_");
            let name = name.replace(['{', '}'], "");
            let slash = if route.path.ends_with('/') { "_slash" } else { "" };
            let answer = ResponseBuilder::new().description("What the SDK expects.").build();
            let operation = OperationBuilder::new()
                .operation_id(Some(format!("client_{name}{slash}")))
                .tag("clients")
                .summary(Some("Asked for by SDKs; see collection.md."))
                .response("200", answer)
                .build();
            let item = PathItem::new(method, operation);
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
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;
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

    /// Of two shapes with one name the document would hold one, and nobody would be told.
    #[test]
    fn no_name_stands_for_two_shapes() {
        let mut names = Vec::new();
        // Tests run in the folder of their package.
        sources(Path::new("src"), &mut |text| {
            shapes(text, &mut names);
        });
        assert_eq!(twice(&names), BTreeSet::new(), "give one of them #[schema(as = …)]");
        // Nothing is described that this did not find, but for what has a shape of its own in utoipa.
        let document = serde_json::to_value(Described::openapi()).unwrap();
        let found: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        for described in document["components"]["schemas"].as_object().unwrap().keys() {
            let name = described.split('_').next().unwrap();
            assert!(found.contains(name) || ["u32", "u64"].contains(&name), "{described}");
        }
    }

    #[test]
    fn two_shapes_with_one_name_are_noticed() {
        let check = |text: &str| {
            let mut names = Vec::new();
            shapes(text, &mut names);
            twice(&names).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let one = "#[derive(Debug, ToSchema)]\npub(crate) struct One {\n";
        let renamed = "#[derive(ToSchema)]\n#[schema(as = Two)]\n/// It.\nstruct One<'a> {\n";
        let other = "#[derive(Debug)]\nstruct One;\n";
        let two = "#[derive(ToSchema)]\nenum Two {\n";
        assert_eq!(check(&[one, renamed, other].concat()), Vec::<String>::new());
        assert_eq!(check(&[one, two, one].concat()), ["One"]);
        assert_eq!(check(&[renamed, two].concat()), ["Two"]);
    }

    fn sources(folder: &Path, visit: &mut impl FnMut(&str)) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, visit);
            } else {
                visit(&fs::read_to_string(path).unwrap());
            }
        }
    }

    /// The names under which the types of a file stand in the document.
    fn shapes(text: &str, names: &mut Vec<String>) {
        let word = |text: &str| -> String {
            text.chars().take_while(|one| one.is_alphanumeric()).collect()
        };
        let mut lines = text.lines().map(str::trim_start);
        while let Some(line) = lines.next() {
            if !(line.starts_with("#[derive(") && line.contains("ToSchema")) {
                continue;
            }
            let mut renamed = None;
            for line in lines.by_ref() {
                if let Some((_, name)) = line.split_once("#[schema(as = ") {
                    renamed = Some(word(name));
                }
                let named = ["struct ", "enum "].iter().find_map(|kind| {
                    let (before, name) = line.split_once(kind)?;
                    (before.is_empty() || before.starts_with("pub")).then(|| word(name))
                });
                if let Some(name) = named {
                    names.push(renamed.unwrap_or(name));
                    break;
                }
            }
        }
    }

    fn twice(names: &[String]) -> BTreeSet<&str> {
        let mut times: BTreeMap<&str, u32> = BTreeMap::new();
        for name in names {
            *times.entry(name).or_default() += 1;
        }
        times.into_iter().filter(|(_, times)| *times > 1).map(|(name, _)| name).collect()
    }
}
