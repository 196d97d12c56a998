//! Checks of campaigns and loops.

use super::{At, Scope, World};
use crate::diagnostic::Diagnostic;
use crate::kinds::{Campaign, Loop, Managed, Trigger};
use crate::parse::Parsed;
use crate::places::Part;
use crate::resource::{Resource, Spec};
use gyre_model::Decimal;
use gyre_model::resource::Kind;
use std::collections::BTreeMap;

pub(super) fn campaign(at: &mut At<'_, '_>, resource: &Resource, spec: &Campaign) {
    for (key, kind, name) in [
        ("audience", Kind::Audience, &spec.audience),
        ("policy", Kind::DecisionPolicy, &spec.policy),
        ("contact_policy", Kind::ContactPolicy, &spec.contact_policy),
    ] {
        let path = format!("spec.{key}");
        match name {
            Some(name) => {
                at.refer(&path, kind, name);
            }
            None if !spec.external => {
                let hint = format!("add `{key}: …`, or `external: true` if another system runs it");
                at.key(&path, format!("a campaign needs `{key}`"), hint);
            }
            None => {}
        }
    }
    variants(at, resource, spec);
    channels(at, spec);
    floor(at, spec);
    if let Some(control) = &spec.control {
        variant(at, "spec.control", Part::Value, spec, control);
    }
    at.positive("spec.window", spec.window);
    at.positive("spec.schedule.expires", spec.schedule.expires);
    if spec.budget.is_some_and(|budget| budget < Decimal::ZERO) {
        at.value("spec.budget", "the budget is below zero", "leave it out for no limit");
    }
    managed(at, resource, spec);
}

fn variants(at: &mut At<'_, '_>, resource: &Resource, spec: &Campaign) {
    if spec.variants.is_empty() {
        let hint = "add at least one, for example `- {name: nothing}`";
        at.key("spec.variants", "a campaign needs variants", hint);
    }
    let names = spec.variants.iter().map(|variant| variant.name.as_str());
    at.unique(names, |index| format!("spec.variants[{index}].name"));
    for (index, variant) in spec.variants.iter().enumerate() {
        let path = format!("spec.variants[{index}]");
        at.name(&format!("{path}.name"), &variant.name);
        for (channel, name) in &variant.content {
            let path = format!("{path}.content.{channel}");
            if !at.channel(&path, Part::Key, channel) {
                continue;
            }
            let made_for = match at.refer(&path, Kind::Content, name) {
                Some(Spec::Content(content)) if content.channel != *channel => {
                    content.channel.clone()
                }
                _ => continue,
            };
            let hint = format!("name a content whose `channel` is {channel}");
            at.value(&path, format!("the content `{name}` is made for {made_for}"), hint);
        }
        if let Some(offer) = &variant.offer {
            at.refer(&format!("{path}.offer"), Kind::Offer, offer);
        }
        if let Some(rule) = &variant.when {
            at.rule(resource, &format!("{path}.when"), rule, Scope::PersonAndContext);
        }
    }
}

/// Something must be able to leave by each way the campaign opens.
fn channels(at: &mut At<'_, '_>, spec: &Campaign) {
    let made = |channel: &str| spec.variants.iter().any(|v| v.content.contains_key(channel));
    if let Some(channel) = &spec.channel {
        if channel == "in_app" {
            let hint = "use `placements`; `channel` is for sends, for example email";
            at.value("spec.channel", "nothing is queued for in_app", hint);
        } else if at.channel("spec.channel", Part::Value, channel) && !made(channel) {
            let hint = format!("give at least one variant `content: {{{channel}: …}}`");
            at.value("spec.channel", format!("no variant has content for {channel}"), hint);
        }
    } else if made("email") {
        let hint = "add `channel: email`, or remove the content";
        at.warn("spec.variants", "content for email is never sent", hint);
    }
    if !spec.placements.is_empty() && !made("in_app") {
        let hint = "give at least one variant `content: {in_app: …}`";
        at.value("spec.placements", "no variant has content for in_app", hint);
    }
    if spec.external || spec.switched_off {
        return;
    }
    let sends = spec.channel.is_some() && spec.trigger != Trigger::Never;
    if !sends && spec.placements.is_empty() {
        let hint = "add `channel: email`, or `placements: [home]`";
        at.key("spec.trigger", "the campaign neither sends nor shows anything", hint);
    }
}

/// The floor leaves room for what is learnt.
fn floor(at: &mut At<'_, '_>, spec: &Campaign) {
    let Some(name) = spec.policy.as_deref() else { return };
    let Some(Spec::DecisionPolicy(policy)) = at.world.spec(Kind::DecisionPolicy, name) else {
        return;
    };
    let count = spec.variants.len();
    if policy.floor * count as f64 >= 1.0 {
        let message =
            format!("a floor of {} for each of {count} variants takes it all", policy.floor);
        let hint = format!("floor × variants must be below 1: lower the floor of `{name}`");
        at.value("spec.policy", message, hint);
    }
}

fn variant(at: &mut At<'_, '_>, path: &str, part: Part, spec: &Campaign, name: &str) {
    let names = spec.variants.iter().map(|variant| variant.name.as_str());
    if !names.clone().any(|known| known == name) {
        at.unknown(path, part, "variant", name, names);
    }
}

fn managed(at: &mut At<'_, '_>, resource: &Resource, spec: &Campaign) {
    let Ok(managed) = serde_json::from_value::<Managed>(resource.managed.clone()) else { return };
    for (segment, weights) in &managed.weights {
        for (name, weight) in weights {
            let path = format!("managed.weights.{segment}.{name}");
            variant(at, &path, Part::Key, spec, name);
            if !(0.0..=1.0).contains(weight) {
                at.value(&path, "the weight is not a probability", "between 0 and 1");
            }
        }
    }
    for (index, name) in managed.dropped.iter().enumerate() {
        variant(at, &format!("managed.dropped[{index}]"), Part::Value, spec, name);
    }
}

pub(super) fn r#loop(at: &mut At<'_, '_>, spec: &Loop) {
    at.refer("spec.population", Kind::Audience, &spec.population);
    let campaign = match at.world.spec(Kind::Campaign, &spec.campaign) {
        Some(Spec::Campaign(campaign)) => Some(campaign),
        _ => None,
    };
    at.refer("spec.campaign", Kind::Campaign, &spec.campaign);
    if let Some(campaign) = campaign {
        if campaign.external {
            let hint = "a loop needs a campaign that Gyre runs";
            at.value("spec.campaign", "another system runs this campaign", hint);
        }
        if let Some(name) = &spec.holdout.receives {
            variant(at, "spec.holdout.receives", Part::Value, campaign, name);
        }
        for (index, name) in spec.drop.keep.iter().enumerate() {
            variant(at, &format!("spec.drop.keep[{index}]"), Part::Value, campaign, name);
        }
    }
    for (path, text) in [
        ("spec.goal.event", &spec.goal.event),
        ("spec.reward.event", &spec.reward.event),
        ("spec.reward.value", &spec.reward.value),
    ] {
        if text.trim().is_empty() {
            at.value(path, "this is empty", "for example Order Completed, or margin");
        }
    }
    at.positive("spec.reward.window", spec.reward.window);
    at.positive("spec.cadence", spec.cadence);
    let share = spec.holdout.share;
    if !(0.0..1.0).contains(&share) {
        let hint = "a share of the population, 0 or more and below 1, for example 0.1";
        at.value("spec.holdout.share", format!("{share} cannot be held out"), hint);
    }
    for (path, number, most) in [
        ("spec.alpha", spec.alpha, 0.5),
        ("spec.drop.best_probability_below", spec.drop.best_probability_below, 1.0),
        ("spec.guardrails.max_weight_step", spec.guardrails.max_weight_step, 1.0),
    ] {
        if !(number > 0.0 && number <= most) {
            at.value(
                path,
                format!("{number} is out of range"),
                format!("above 0 and at most {most}"),
            );
        }
    }
}

/// Two loops would write over one another in the same campaign.
pub(super) fn loops(set: &[Parsed], world: &World<'_>, found: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, spec) in world.all(Kind::Loop) {
        let Spec::Loop(spec) = spec else { continue };
        let Some(owner) = owners.insert(&spec.campaign, name) else { continue };
        let place = set.iter().rev().find(|parsed| {
            parsed.resource().is_some_and(|resource| {
                let named = &resource.metadata.name;
                resource.kind() == Kind::Loop && (named == name || named == owner)
            })
        });
        if let Some(parsed) = place {
            let message = format!("loops `{owner}` and `{name}` work through the same campaign");
            let hint = Some("one campaign has one loop".to_owned());
            found.push(parsed.places.error("spec.campaign", Part::Value, None, message, hint));
        }
    }
}
