//! Checks of consent policies.

use super::{At, World};
use crate::diagnostic::Diagnostic;
use crate::kinds::{ConsentPolicy, PreferencePage};
use crate::parse::Parsed;
use crate::places::Part;
use gyre_model::Topic;
use gyre_model::resource::Kind;

/// The signals of the GPP that are read.
const GPP: [&str; 4] = ["sale_opt_out", "sharing_opt_out", "targeted_advertising_opt_out", "gpc"];
/// The names of Google's consent mode.
const GOOGLE: [&str; 7] = [
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
];
const TCF: [&str; 11] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];

pub(super) fn consent_policy(at: &mut At<'_, '_>, spec: &ConsentPolicy) {
    for (index, path) in spec.jurisdiction.from.iter().enumerate() {
        let fits = ["traits.", "context."]
            .iter()
            .any(|prefix| path.strip_prefix(prefix).is_some_and(|key| !key.is_empty()));
        if !fits {
            let hint = "for example traits.country or context.location.country";
            let place = format!("spec.jurisdiction.from[{index}]");
            at.value(&place, format!("`{path}` is nothing of an event"), hint);
        }
    }
    for (name, rules) in &spec.jurisdictions {
        for topic in rules.topics.keys() {
            let place = format!("spec.jurisdictions.{name}.topics.{topic}");
            known(at, &place, Part::Key, topic);
        }
        if let Some(expires) = rules.expires {
            at.positive(&format!("spec.jurisdictions.{name}.expires"), expires);
        }
    }
    for (index, topic) in spec.gpc.iter().flatten().enumerate() {
        known(at, &format!("spec.gpc[{index}]"), Part::Value, topic);
    }
    let words = [
        ("categories", &spec.categories, None),
        ("tcf", &spec.tcf, Some(&TCF[..])),
        ("gpp", &spec.gpp, Some(&GPP[..])),
        ("google", &spec.google, Some(&GOOGLE[..])),
    ];
    for (key, map, words) in words {
        for (word, topics) in map {
            let place = format!("spec.{key}.{word}");
            if let Some(words) = words.filter(|words| !words.contains(&word.as_str())) {
                at.unknown(&place, Part::Key, "word of theirs", word, words.iter().copied());
            }
            for (index, topic) in topics.iter().enumerate() {
                known(at, &format!("{place}[{index}]"), Part::Value, topic);
            }
        }
    }
    if let Some(page) = &spec.page {
        preference_page(at, page);
    }
}

fn preference_page(at: &mut At<'_, '_>, page: &PreferencePage) {
    for (index, ask) in page.asks.iter().enumerate() {
        known(at, &format!("spec.page.asks[{index}].topic"), Part::Value, &ask.topic);
        if ask.label.is_empty() {
            let hint = "for example {en: \"News by e-mail\"}";
            let place = format!("spec.page.asks[{index}].label");
            at.value(&place, "what is asked has no name", hint);
        }
    }
    if let Some(colour) = &page.brand.colour {
        let fits = colour.strip_prefix('#').is_some_and(|digits| {
            digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        if !fits {
            let hint = "six hexadecimal digits, for example \"#1d4ed8\"";
            at.value("spec.page.brand.colour", "this is not a colour", hint);
        }
    }
    if let Some(logo) = &page.brand.logo
        && !logo.starts_with("data:image/")
    {
        let hint = "the page loads nothing from elsewhere: write data:image/svg+xml;base64,…";
        at.value("spec.page.brand.logo", "the logo is not a data address", hint);
    }
}

fn known(at: &mut At<'_, '_>, place: &str, part: Part, topic: &str) {
    if Topic::parse(topic).is_none() {
        let message = format!("there is no topic `{topic}`");
        let hint = "collect, analytics, personalise, model_training, profiling, ads_share, contact \
                    or contact.<channel>";
        let places = &at.parsed.places;
        at.found.push(places.error(place, part, Some(topic), message, Some(hint.to_owned())));
    }
}

/// Which of two policies would hold is nobody's guess.
pub(super) fn only_one(set: &[Parsed], world: &World<'_>, found: &mut Vec<Diagnostic>) {
    let names: Vec<&str> = world.names(Kind::ConsentPolicy).collect();
    if names.len() < 2 {
        return;
    }
    let last = set.iter().rev().find(|parsed| {
        parsed.resource().is_some_and(|resource| resource.kind() == Kind::ConsentPolicy)
    });
    let Some(parsed) = last else { return };
    let own = parsed.resource().map(|resource| resource.metadata.name.as_str());
    let other = names.into_iter().find(|name| Some(*name) != own).unwrap_or_default();
    let message = "a workspace has one consent policy";
    let hint = Some(format!("there is `{other}` already; change or remove it"));
    found.push(parsed.places.error("metadata.name", Part::Value, None, message, hint));
}
