//! Dead letters, mended and replayed.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::explain::objects;
use gyre_collect::{Call, Route, SourceFacts, collect};
use gyre_model::{RecordId, Workspace};
use gyre_ports::lake::{Parameter, Query, Sql};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// What became of replayed letters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReplayReport {
    /// Letters whose event is accepted now.
    pub accepted: usize,
    /// Letters that are rejected again; each is a new letter.
    pub rejected: usize,
    /// Letters that cannot be replayed from here, and why.
    pub left: Vec<(RecordId, String)>,
}

impl Engine {
    /// Collects the events of dead letters again, under their sources and today's rules. A letter's raw
    /// text is one event; `mended` replaces it.
    pub async fn replay(
        &self,
        workspace: &Workspace,
        letters: &[RecordId],
        mended: Option<&Value>,
    ) -> Result<ReplayReport> {
        self.visible().await?;
        let mut report = ReplayReport::default();
        for id in letters {
            let Some(letter) = self.letter(workspace, *id).await? else {
                return Err(Error::NotFound { what: "dead letter", name: id.to_string() });
            };
            let text = |name: &str| letter.get(name).and_then(Value::as_str).unwrap_or_default();
            let Some(source) = text("origin").strip_prefix("source:") else {
                let why = "it did not come from a source; import its file again".to_owned();
                report.left.push((*id, why));
                continue;
            };
            let raw = mended.map_or_else(|| text("raw").to_owned(), Value::to_string);
            let facts = self.source_facts(workspace, source);
            let body = format!("{{\"batch\":[{raw}]}}");
            let call = Call {
                route: Route::Batch,
                body: body.as_bytes(),
                basic_key: Some(String::new()),
                query_key: None,
                gpc: false,
                received_at: self.shared.clock.now(),
            };
            match collect(&call, &|_| facts.clone()) {
                Ok(collected) => {
                    report.accepted += collected.accepted;
                    report.rejected += collected.rejected.len();
                    self.ingest(collected.entries).await?;
                }
                Err(reject) => report.left.push((*id, reject.message)),
            }
        }
        Ok(report)
    }

    fn source_facts(&self, workspace: &Workspace, name: &str) -> Option<SourceFacts> {
        let catalog = self.shared.catalog(workspace);
        let source = catalog.sources.get(name)?;
        Some(SourceFacts {
            workspace: workspace.clone(),
            name: name.to_owned(),
            public: source.r#type.is_public(),
            enabled: source.enabled,
            max_event_bytes: source.max_event_bytes as usize,
            max_request_bytes: source.max_request_bytes as usize,
        })
    }

    async fn letter(&self, workspace: &Workspace, id: RecordId) -> Result<Option<Value>> {
        let query = Query {
            sql: Sql::Text(
                "SELECT origin, raw FROM dead_letters WHERE workspace = $1 AND letter = $2 LIMIT 1"
                    .to_owned(),
            ),
            parameters: vec![
                Parameter::Text(workspace.to_string()),
                Parameter::Text(id.to_string()),
            ],
            max_rows: 1,
            timeout: Duration::from_secs(30),
        };
        Ok(objects(&self.shared.lake.query(query).await?).into_iter().next())
    }
}
