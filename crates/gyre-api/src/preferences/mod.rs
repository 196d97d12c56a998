//! Pages for people behind the links in messages: what they consent to, and to be written to no more.
//!
//! The signed link is what proves who asks; whoever has none, or a changed one, gets 400. Opening a page
//! never changes anything; only posting does.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

mod page;
mod texts;

use crate::app::Server;
use crate::body;
use crate::error::{Error, Result};
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
};
use axum::response::{IntoResponse, Response};
use gyre_collect::{LinkAction, PageLink};
use gyre_govern::standing;
use gyre_model::{ConsentDecision, NodeKind, Purpose, Topic};
use gyre_ports::failpoint;
use gyre_ring::{Person, Stated};
use page::Page;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::IntoParams;

/// Nothing but the page itself, and forms back to us.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The most languages of a browser that are looked at.
const MOST_LANGUAGES: usize = 16;

/// The link.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Link {
    /// The signed token of the link.
    #[serde(default)]
    token: String,
    /// The token of the decision whose message holds the link.
    #[serde(default)]
    answer: Option<String>,
    /// A language instead of the browser's.
    #[serde(default)]
    language: Option<String>,
}

/// The preference page.
#[utoipa::path(get, path = "/preferences", operation_id = "preferences_page", tag = "pages",
    params(Link), responses((status = 200, content_type = "text/html", body = String)),
    security(()))]
pub(crate) async fn show(State(server): State<Arc<Server>>, request: Request) -> Response {
    let link = asked(&request);
    match server.engine().linked(&link.token, LinkAction::Preferences) {
        Ok((_, person)) => preferences(&server, &person, &languages(&request, &link), false),
        Err(_) => broken(&languages(&request, &link)),
    }
}

/// Keeps what a person chose.
#[utoipa::path(post, path = "/preferences", operation_id = "save_preferences", tag = "pages",
    params(Link), responses((status = 200, content_type = "text/html", body = String)),
    security(()))]
pub(crate) async fn save(State(server): State<Arc<Server>>, request: Request) -> Response {
    let link = asked(&request);
    let wanted = languages(&request, &link);
    let Ok((opened, person)) = server.engine().linked(&link.token, LinkAction::Preferences) else {
        return broken(&wanted);
    };
    match keep(&server, request, &opened, &person, &wanted).await {
        Ok(language) => {
            let found = server.engine().linked(&link.token, LinkAction::Preferences);
            let person = found.map_or(person, |(_, person)| person);
            preferences(&server, &person, &[language], true)
        }
        Err(error) => error.into_response(),
    }
}

/// The page behind a link to be written to no more.
#[utoipa::path(get, path = "/unsubscribe", operation_id = "unsubscribe_page", tag = "pages",
    params(Link), responses((status = 200, content_type = "text/html", body = String)),
    security(()))]
pub(crate) async fn ask(State(server): State<Arc<Server>>, request: Request) -> Response {
    let link = asked(&request);
    match server.engine().linked(&link.token, LinkAction::Unsubscribe) {
        Ok((opened, person)) => {
            if failpoint::mutant("unsubscribe.by_get")
                && let Err(error) = leave(&server, &opened, &person, &link).await
            {
                return error.into_response();
            }
            let catalog = server.engine().shared.catalog(&opened.workspace);
            let page = Page::of(catalog.consent.as_deref(), &languages(&request, &link));
            html(StatusCode::OK, page.unsubscribe())
        }
        Err(_) => broken(&languages(&request, &link)),
    }
}

/// To be written to no more: by the button of the page, or in one click by a mail program (RFC 8058).
#[utoipa::path(post, path = "/unsubscribe", operation_id = "unsubscribe", tag = "pages",
    params(Link), responses((status = 200, content_type = "text/html", body = String)),
    security(()))]
pub(crate) async fn unsubscribe(State(server): State<Arc<Server>>, request: Request) -> Response {
    let link = asked(&request);
    let linked = server.engine().linked(&link.token, LinkAction::Unsubscribe);
    let Ok((opened, person)) = linked else { return broken(&languages(&request, &link)) };
    if let Err(error) = leave(&server, &opened, &person, &link).await {
        return error.into_response();
    }
    let catalog = server.engine().shared.catalog(&opened.workspace);
    let page = Page::of(catalog.consent.as_deref(), &languages(&request, &link));
    html(StatusCode::OK, page.unsubscribed())
}

async fn leave(server: &Server, opened: &PageLink, person: &Person, link: &Link) -> Result<()> {
    let topic = Topic::new(Purpose::Contact, &opened.channel);
    let stated = Stated {
        topics: vec![(topic, ConsentDecision::Denied)],
        properties: properties([("method", Some("one_click".to_owned()))]),
        answers: link.answer.clone(),
        ..spoken("unsubscribe", person)
    };
    let workspace = opened.workspace.clone();
    server.soon(|engine| async move { engine.state_consent(&workspace, &stated).await }).await?;
    Ok(())
}

/// Keeps the answers; the language they were given in.
async fn keep(
    server: &Server,
    request: Request,
    opened: &PageLink,
    person: &Person,
    wanted: &[String],
) -> Result<String> {
    let (parts, content) = request.into_parts();
    let limits = &server.app.limits;
    let bytes = body::read(&parts.headers, content, limits.command, limits).await?;
    let (mut asked, mut granted, mut language) = (Vec::new(), Vec::new(), None);
    for (key, value) in url::form_urlencoded::parse(&bytes) {
        match key.as_ref() {
            "asked" => asked.push(value.into_owned()),
            "granted" => granted.push(value.into_owned()),
            "language" => language = Some(value.into_owned()),
            _ => {}
        }
    }
    let catalog = server.engine().shared.catalog(&opened.workspace);
    let wanted: Vec<String> = language.into_iter().chain(wanted.iter().cloned()).collect();
    let page = Page::of(catalog.consent.as_deref(), &wanted);
    // What the page asks today and asked when it was opened: a question nobody saw is not answered.
    let topics: Vec<(Topic, ConsentDecision)> = page
        .asks()
        .iter()
        .filter(|ask| asked.contains(&ask.topic))
        .filter_map(|ask| {
            let said = if granted.contains(&ask.topic) {
                ConsentDecision::Granted
            } else {
                ConsentDecision::Denied
            };
            Some((Topic::parse(&ask.topic)?, said))
        })
        .collect();
    if topics.is_empty() {
        return Err(Error::invalid("the form answers nothing", "open the page again and save it"));
    }
    let stated = Stated {
        topics,
        properties: properties([
            ("method", Some("page".to_owned())),
            ("language", Some(page.language.clone())),
            ("notice_version", page.notice_version()),
            ("notice_hash", Some(page.text_hash())),
            ("legal_basis", Some("consent".to_owned())),
        ]),
        ..spoken("preferences", person)
    };
    let (workspace, spoken_in) = (opened.workspace.clone(), page.language);
    server.soon(|engine| async move { engine.state_consent(&workspace, &stated).await }).await?;
    Ok(spoken_in)
}

/// A statement of this person.
fn spoken(through: &'static str, person: &Person) -> Stated {
    let root = person.root();
    let identifier = person.nodes.get(&root).map(|node| node.identifier.clone());
    let of = |kind| identifier.clone().filter(|_| root.kind() == kind);
    Stated {
        through,
        user_id: of(NodeKind::User),
        anonymous_id: of(NodeKind::Anonymous),
        email: of(NodeKind::Email),
        ..Stated::default()
    }
}

fn properties<const N: usize>(texts: [(&str, Option<String>); N]) -> Map<String, Value> {
    texts
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), Value::String(text?))))
        .collect()
}

fn preferences(server: &Server, person: &Person, wanted: &[String], saved: bool) -> Response {
    let shared = &server.engine().shared;
    let catalog = shared.catalog(&person.workspace);
    let (words, now) = (person.words(), shared.clock.now());
    let law = catalog.law(person);
    let granted = |topic: &Topic| {
        // Without a policy silence is no yes; with one it is what the person's jurisdiction says.
        let silence = law.policy.is_some() && law.allows_silence(topic);
        standing(&words, topic, now).allows(silence)
    };
    let page = Page::of(catalog.consent.as_deref(), wanted);
    html(StatusCode::OK, page.preferences(&granted, saved))
}

fn asked(request: &Request) -> Link {
    let none = Link { token: String::new(), answer: None, language: None };
    Query::try_from_uri(request.uri()).map_or(none, |Query(link)| link)
}

/// The languages that are wanted, the most wanted first: those of the address, then the browser's.
fn languages(request: &Request, link: &Link) -> Vec<String> {
    let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut ranked: Vec<(f32, String)> = header
        .unwrap_or_default()
        .split(',')
        .take(MOST_LANGUAGES)
        .filter_map(|part| {
            let mut parts = part.split(';');
            let name = parts.next()?.trim();
            let weight = parts.find_map(|one| one.trim().strip_prefix("q=")?.parse().ok());
            let weight = weight.unwrap_or(1.0);
            // Nought is what is not wanted.
            (!name.is_empty() && weight > 0.0).then(|| (weight, language(name)))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let of_link = link.language.iter().map(|name| language(name));
    of_link.chain(ranked.into_iter().map(|(_, name)| name)).collect()
}

/// The language of a locale: `pt-BR` and `pt_BR` are `pt`.
fn language(locale: &str) -> String {
    locale.split(['-', '_']).next().unwrap_or(locale).to_ascii_lowercase()
}

fn broken(wanted: &[String]) -> Response {
    html(StatusCode::BAD_REQUEST, page::broken(wanted))
}

fn html(status: StatusCode, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, text).into_response()
}
