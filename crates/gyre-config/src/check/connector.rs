//! Checks of connectors.

use super::{At, signature};
use crate::kinds::{Connector, Format, SourceType};
use crate::resource::Spec;
use gyre_model::Span;
use gyre_model::resource::Kind;

/// The shortest time between two runs.
const SHORTEST: Span = Span::MINUTE;

pub(super) fn connector(at: &mut At<'_, '_>, spec: &Connector) {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if spec.command.is_empty()
        || spec.command.starts_with(['.', '-'])
        || !spec.command.chars().all(fits)
    {
        let hint = "for example tap-csv: a file in the folder of `gyre serve --connectors`";
        at.value("spec.command", "this is not a program's name", hint);
    }
    if spec.streams.is_empty() {
        let hint = "for example `streams: {contacts: crm_contacts}`";
        at.value("spec.streams", "no stream has a mapping", hint);
    }
    for (stream, name) in &spec.streams {
        let path = format!("spec.streams.{stream}");
        let Some(Spec::Mapping(mapping)) = at.refer(&path, Kind::Mapping, name) else { continue };
        let (format, source) = (mapping.format, mapping.source.clone());
        if format != Format::Json {
            let hint = "name a mapping with `format: json`";
            at.value(&path, "this mapping is for files", hint);
        }
        // Where the source itself is missing, its mapping says so.
        if let Some(Spec::Source(source)) = at.world.spec(Kind::Source, &source)
            && source.r#type == SourceType::Webhook
        {
            let hint = "name a mapping whose source is of `type: connector`";
            at.warn(&path, "the mapping's source is for signed calls", hint);
        }
    }
    for stream in spec.incremental.keys() {
        let path = format!("spec.incremental.{stream}");
        if !spec.streams.contains_key(stream) {
            at.key(&path, "no such stream is read", "name it in `streams` too");
        } else if spec.catalog.is_some() {
            let hint = "leave it out, or leave `catalog` out";
            at.key(&path, "the catalog says how streams are read", hint);
        }
    }
    for (path, secret) in &spec.secrets {
        signature::secret(at, &format!("spec.secrets.{path}"), secret);
    }
    if spec.every.is_some_and(|every| every < SHORTEST) {
        at.value("spec.every", "it would run all the time", "at least 1m");
    }
}
