//! Files imported: rows become records, each exactly once however often a chunk is sent.

use crate::engine::Engine;
use crate::error::{Error, Result};
use gyre_collect::import::{Importer, Row, RowReject, Scope};
use gyre_config::Spec;
use gyre_config::kinds::Mapping;
use gyre_model::id::hash64;
use gyre_model::resource::Kind;
use gyre_model::{Cause, Entry, Partition, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::Op;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Causes of imported records name a pseudo-partition of their import: the top bit tells.
const IMPORTED: Partition = 1 << 31;

/// A row of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRow {
    /// Its line, from 1, the header not counted.
    pub line: u64,
    /// Its values by column.
    pub values: Map<String, Value>,
    /// The row as it came.
    pub raw: String,
    /// Why it cannot be read, where it cannot: then it has no values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed: Option<String>,
}

/// Rows of one import, in order of their lines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportChunk {
    /// The import: the same file under the same mapping has the same.
    pub import: String,
    /// The rows.
    pub rows: Vec<ImportRow>,
    /// Whether these are the last.
    #[serde(default)]
    pub done: bool,
}

/// How far an import has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportProgress {
    /// The import.
    pub import: String,
    /// The mapping.
    pub mapping: String,
    /// The last line dealt with.
    pub line: u64,
    /// Rows that became records.
    pub accepted: u64,
    /// Rows that became dead letters.
    pub rejected: u64,
    /// Records written.
    pub records: u64,
    /// Whether the whole file was dealt with.
    pub done: bool,
}

impl Engine {
    /// How far an import has come; `None` if it never began.
    pub async fn import_progress(
        &self,
        workspace: &Workspace,
        import: &str,
    ) -> Result<Option<ImportProgress>> {
        let value = self.shared.state.value(workspace, &key(import)).await?;
        value
            .map(|value| {
                serde_json::from_value(value).map_err(|why| Error::corrupt("import progress", why))
            })
            .transpose()
    }

    /// Takes a chunk of rows. Lines dealt with before are skipped, so a chunk may be sent again.
    pub async fn import(
        &self,
        workspace: &Workspace,
        mapping: &str,
        chunk: ImportChunk,
    ) -> Result<ImportProgress> {
        let spec = self.mapping(workspace, mapping).await?;
        let mut progress =
            self.import_progress(workspace, &chunk.import).await?.unwrap_or_else(|| {
                ImportProgress {
                    import: chunk.import.clone(),
                    mapping: mapping.to_owned(),
                    ..ImportProgress::default()
                }
            });
        let importer = Importer { workspace, name: mapping, mapping: &spec };
        let partition = IMPORTED
            | (hash64(&[workspace.as_str().as_bytes(), chunk.import.as_bytes()]) as u32
                & 0x7fff_fffe);
        let mut entries: Vec<Entry> = Vec::new();
        let mut campaigns = BTreeMap::new();
        for one in &chunk.rows {
            if one.line <= progress.line {
                continue;
            }
            let scope = Scope::default();
            let row = Row { line: one.line, values: &one.values, raw: &one.raw, scope };
            let read = match &one.malformed {
                Some(why) => {
                    Err(RowReject::new("malformed_row", why.clone()).hint(&whole(&chunk.rows)))
                }
                None if !importer.takes(&row).unwrap_or(true) => {
                    progress.line = one.line;
                    continue;
                }
                None => importer.entries(&row),
            };
            let made = match read {
                Ok(made) => {
                    let mut titles = importer.campaign_titles(&row);
                    for (name, campaign) in importer.campaigns(&row).unwrap_or_default() {
                        let title = titles.remove(&name);
                        campaigns.insert(name, (campaign, title));
                    }
                    progress.accepted += 1;
                    progress.records += made.len() as u64;
                    made
                }
                Err(reject) => {
                    progress.rejected += 1;
                    vec![importer.letter(&row, &reject)]
                }
            };
            entries.extend((0u32..).zip(made).map(|(ordinal, entry)| Entry {
                cause: Some(Cause { partition, offset: one.line, ordinal }),
                ..entry
            }));
            progress.line = one.line;
        }
        progress.done |= chunk.done;
        self.campaigns_of_others(workspace, &spec.source, &campaigns).await?;
        self.ingest(entries).await?;
        failpoint::reach("import.after_append");
        let op = Op::Put {
            workspace: workspace.clone(),
            key: key(&chunk.import),
            value: serde_json::to_value(&progress).unwrap_or_default(),
        };
        self.shared.state.commit(self.shared.epoch, None, vec![op]).await?;
        failpoint::reach("import.after_state");
        Ok(progress)
    }

    pub(crate) async fn mapping(&self, workspace: &Workspace, name: &str) -> Result<Mapping> {
        let missing = || Error::NotFound { what: "mapping", name: name.to_owned() };
        let row = self.shared.state.resource(workspace, Kind::Mapping, name).await?;
        match Spec::from_json(Kind::Mapping, row.ok_or_else(missing)?.spec) {
            Ok(Spec::Mapping(mapping)) => Ok(mapping),
            Ok(_) => Err(missing()),
            Err(why) => Err(Error::corrupt("mapping", why)),
        }
    }
}

/// How a row that cannot be read is mended: the others tell what its columns are.
fn whole(rows: &[ImportRow]) -> String {
    let columns = rows.iter().find(|row| !row.values.is_empty()).map(|row| {
        let names: Vec<&str> = row.values.keys().map(String::as_str).collect();
        format!(": {}", names.join(", "))
    });
    format!("mend it whole, as an object of its columns{}", columns.unwrap_or_default())
}

fn key(import: &str) -> String {
    format!("import:{import}")
}
