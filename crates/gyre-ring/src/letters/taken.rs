//! What came is taken again, where it came from: by a source, a call of another system, a file.

use super::{Letter, Outcome};
use crate::engine::Engine;
use crate::error::{Error, Result};
use gyre_collect::import::{Importer, Row, Scope};
use gyre_collect::{SourceFacts, collect_again};
use gyre_model::Workspace;
use gyre_model::event::Collected;
use gyre_model::record::body::Came;
use gyre_ports::failpoint;
use serde_json::{Map, Value};

impl Engine {
    pub(super) fn collected(
        &self,
        workspace: &Workspace,
        source: &str,
        came: &Came,
        raw: &str,
        named: Option<&str>,
    ) -> Outcome {
        let Some(facts) = self.source_facts(workspace, source) else {
            return Outcome::Left(format!("there is no source {source}"));
        };
        let nothing = Came::default();
        let came = if failpoint::mutant("letters.forgets") { &nothing } else { came };
        match collect_again(raw, came, &facts, self.shared.clock.now(), named) {
            Ok(collected) if collected.accepted > 0 => {
                Outcome::Accepted("event".to_owned(), collected.entries)
            }
            Ok(collected) => Outcome::Rejected(collected.entries),
            Err(reject) => Outcome::Left(reject.message),
        }
    }

    /// A stored event that could not be read: what it holds is collected again.
    pub(super) fn unread(&self, workspace: &Workspace, letter: &Letter, raw: &str) -> Outcome {
        let Ok(kept) = serde_json::from_str::<Collected>(raw) else {
            return Outcome::Left("it is no stored event; mend it whole".to_owned());
        };
        let text =
            |raw: Option<Box<serde_json::value::RawValue>>| raw.map(|raw| raw.get().to_owned());
        let came = Came {
            received_at: kept.received_at,
            sent_at: kept.sent_at,
            gpc: kept.gpc,
            ip: kept.ip,
            kind: kept.kind,
            batch_context: text(kept.batch_context),
            batch_integrations: text(kept.batch_integrations),
            cut: false,
        };
        // It was never taken under its own id; one that has none gets the letter's.
        let named = letter.message_id().map(|id| match kept.message_id.trim() {
            "" => id,
            _ => kept.message_id.clone(),
        });
        self.collected(workspace, &kept.source, &came, kept.event.get(), named.as_deref())
    }

    pub(super) async fn called(
        &self,
        workspace: &Workspace,
        source: &str,
        letter: &Letter,
        raw: &str,
    ) -> Result<Outcome> {
        let Ok(mut kept) = serde_json::from_str::<Map<String, Value>>(raw) else {
            return Ok(Outcome::Left("its body is not json".to_owned()));
        };
        let only = kept.remove("mapping").and_then(|name| name.as_str().map(str::to_owned));
        let (headers, body) = match (kept.remove("headers"), kept.remove("body")) {
            (Some(Value::Object(headers)), Some(body)) => (headers, body),
            _ if letter.code == "malformed_json" => (Map::new(), Value::Object(kept)),
            _ => return Ok(Outcome::Left("it has no headers and no body".to_owned())),
        };
        let mut taken = self.map_only(workspace, source, &headers, &body, (None, only.as_deref()));
        self.campaigns_of_others(workspace, source, &taken.campaigns).await?;
        let entries = std::mem::take(&mut taken.entries);
        Ok(match (taken.rejected.is_empty(), taken.ignored) {
            (false, _) => Outcome::Rejected(entries),
            (true, 0) => Outcome::Accepted(format!("{} records", taken.records), entries),
            (true, _) => Outcome::Left("no mapping is about it".to_owned()),
        })
    }

    pub(super) async fn imported(
        &self,
        workspace: &Workspace,
        name: &str,
        letter: &Letter,
        raw: &str,
    ) -> Result<Outcome> {
        let mapping = match self.mapping(workspace, name).await {
            Ok(mapping) => mapping,
            Err(Error::NotFound { .. }) => {
                return Ok(Outcome::Left(format!("there is no mapping {name}")));
            }
            Err(error) => return Err(error),
        };
        let Ok(values) = serde_json::from_str::<Map<String, Value>>(raw) else {
            let why =
                "it is a line of a file without its columns; mend it whole, as an object of them";
            return Ok(Outcome::Left(why.to_owned()));
        };
        let importer = Importer { workspace, name, mapping: &mapping };
        let row = Row { line: letter.place, values: &values, raw, scope: Scope::default() };
        Ok(match importer.entries_again(&row, letter.id) {
            Ok(entries) => Outcome::Accepted(format!("{} records", entries.len()), entries),
            Err(reject) => Outcome::Rejected(vec![importer.letter(&row, &reject)]),
        })
    }

    fn source_facts(&self, workspace: &Workspace, name: &str) -> Option<SourceFacts> {
        let catalog = self.shared.catalog(workspace);
        let source = catalog.sources.get(name)?;
        Some(SourceFacts::new(workspace, name, source))
    }
}
