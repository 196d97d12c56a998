//! One type of identifier, compiled.

use crate::normalise::normalise;
use crate::rules::RulesError;
use gyre_config::kinds::{IdOrigin, IdType, Normaliser};
use gyre_model::{NodeId, NodeKind, Span, is_placeholder};
use regex_lite::Regex;
use std::borrow::Cow;

/// A type of identifier.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub name: String,
    pub kind: NodeKind,
    pub tag: u16,
    pub from: Option<IdOrigin>,
    pub enabled: bool,
    pub limit: usize,
    pub window: Option<Span>,
    pub unique: bool,
    pub priority: u32,
    pub probabilistic: bool,
    normalise: Normaliser,
    blocked: Vec<Regex>,
}

impl Type {
    pub(crate) fn compile(spec: &IdType, all: &[String]) -> Result<Self, RulesError> {
        let blocked = all.iter().chain(&spec.blocklist).map(|pattern| {
            Regex::new(&format!("^(?:{pattern})$")).map_err(|source| RulesError {
                id_type: spec.name.clone(),
                source: Box::new(source),
            })
        });
        Ok(Self {
            kind: kind(&spec.name),
            tag: NodeId::type_tag(&spec.name),
            name: spec.name.clone(),
            from: spec.from.clone(),
            enabled: spec.enabled.unwrap_or(true),
            limit: spec.limit.map_or(usize::MAX, |limit| limit as usize),
            window: spec.window,
            unique: spec.unique.unwrap_or_default(),
            priority: spec.priority.unwrap_or(u32::MAX),
            probabilistic: spec.probabilistic.unwrap_or_default(),
            normalise: spec.normalise.unwrap_or(Normaliser::Trim),
            blocked: blocked.collect::<Result<_, _>>()?,
        })
    }

    /// The value in the type's form; `None` where it identifies nobody.
    pub(crate) fn value<'a>(&self, value: &'a str, country: Option<&str>) -> Option<Cow<'a, str>> {
        if !self.enabled || is_placeholder(value) {
            return None;
        }
        let value = normalise(value, self.normalise, country)?;
        (!self.blocked.iter().any(|pattern| pattern.is_match(&value))).then_some(value)
    }

    /// The node of a value in the type's form.
    pub(crate) fn node(&self, workspace: &str, value: &str) -> NodeId {
        match self.kind {
            NodeKind::External => NodeId::external(workspace, &self.name, value),
            kind => NodeId::node(workspace, kind, value),
        }
    }
}

fn kind(name: &str) -> NodeKind {
    match name {
        "user_id" => NodeKind::User,
        "email" => NodeKind::Email,
        "phone" => NodeKind::Phone,
        "anonymous_id" => NodeKind::Anonymous,
        "device_id" => NodeKind::Device,
        "advertising_id" => NodeKind::Advertising,
        "push_token" => NodeKind::PushToken,
        "ga_client_id" => NodeKind::GaClient,
        _ => NodeKind::External,
    }
}
