//! Dead letters, mended and replayed.

mod mend;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::explain::objects;
use gyre_collect::import::{Importer, Row, Scope};
use gyre_collect::{SourceFacts, collect_again};
use gyre_model::event::Collected;
use gyre_model::id::hash64;
use gyre_model::record::body::{Body, Came, DeadLetter, VERSION};
use gyre_model::{Entry, Family, RecordId, Workspace};
use gyre_ports::failpoint;
use gyre_ports::lake::{Parameter, Query, Sql};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// Letters taken at once.
const CHUNK: usize = 500;

/// What became of replayed letters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReplayReport {
    /// Letters whose event is accepted now.
    pub accepted: usize,
    /// Letters that are rejected again.
    pub rejected: usize,
    /// Letters that cannot be replayed from here, and why.
    pub left: Vec<(RecordId, String)>,
    /// Up to which letter was gone, and up to which there were some when it began; together they go on
    /// with the next letters. Absent when there are no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<(i64, i64)>,
}

/// Which letters are replayed, of those that were not.
#[derive(Debug, Clone, Default)]
pub struct LetterFilter {
    /// With this code; empty: any.
    pub code: String,
    /// From here; empty: anywhere.
    pub origin: String,
    /// Where an earlier call ended: [`ReplayReport::next`].
    pub next: Option<(i64, i64)>,
}

/// A letter as the lake has it.
struct Letter {
    id: RecordId,
    origin: String,
    code: String,
    raw: String,
    place: u64,
    /// What the request said; nothing of letters from before that was kept.
    came: Came,
}

/// What came of one letter.
enum Outcome {
    Accepted(String, Vec<Entry>),
    Rejected(Vec<Entry>),
    Left(String),
}

impl Engine {
    /// Collects the events of dead letters again, under their sources or mappings and today's rules.
    /// `mended` replaces the event of a letter; `set` replaces single values in it, by path.
    pub async fn replay(
        &self,
        workspace: &Workspace,
        letters: &[RecordId],
        mended: Option<&Value>,
        set: &BTreeMap<String, Value>,
    ) -> Result<ReplayReport> {
        self.visible().await?;
        let mut report = ReplayReport::default();
        for id in letters {
            let Some(letter) = self.letter(workspace, *id).await? else {
                return Err(Error::NotFound { what: "dead letter", name: id.to_string() });
            };
            self.replay_one(workspace, &letter, mended, set, &mut report).await?;
        }
        Ok(report)
    }

    /// The same for the next letters that a filter names and that were not replayed yet.
    pub async fn replay_all(
        &self,
        workspace: &Workspace,
        filter: &LetterFilter,
        set: &BTreeMap<String, Value>,
    ) -> Result<ReplayReport> {
        self.visible().await?;
        let (after, upto) = filter.next.unwrap_or((-1, i64::MAX));
        let found = self.waiting(workspace, filter, after, upto).await?;
        let mut report = ReplayReport::default();
        let Some((last, _)) = found.last() else { return Ok(report) };
        let (last, highest) = (*last, upto.min(self.highest()));
        for (_, letter) in &found {
            self.replay_one(workspace, letter, None, set, &mut report).await?;
        }
        report.next = (found.len() == CHUNK && last < highest).then_some((last, highest));
        Ok(report)
    }

    /// The last offset there is: letters that come of replaying are above it.
    fn highest(&self) -> i64 {
        self.shared.journal.end(0) as i64 - 1
    }

    async fn replay_one(
        &self,
        workspace: &Workspace,
        letter: &Letter,
        mended: Option<&Value>,
        set: &BTreeMap<String, Value>,
        report: &mut ReplayReport,
    ) -> Result<()> {
        let raw = match mend::mended(&letter.raw, mended, set) {
            Ok(raw) => raw,
            Err(why) => {
                report.left.push((letter.id, why));
                return Ok(());
            }
        };
        let outcome = match letter.origin.split_once(':') {
            Some(("source", source)) => self.collected(workspace, source, &letter.came, &raw),
            Some(("webhook", source)) => self.called(workspace, source, letter, &raw).await?,
            Some(("import", mapping)) => self.imported(workspace, mapping, letter, &raw).await?,
            Some(("step", "collect")) => self.unread(workspace, &raw),
            _ => Outcome::Left("what was wrong with it cannot be mended from here".to_owned()),
        };
        let (replayed_as, mut entries) = match outcome {
            Outcome::Left(why) => {
                report.left.push((letter.id, why));
                return Ok(());
            }
            Outcome::Accepted(what, entries) => {
                report.accepted += 1;
                (what, entries)
            }
            Outcome::Rejected(entries) => {
                report.rejected += 1;
                ("rejected again".to_owned(), entries)
            }
        };
        // A letter that was rejected again as itself still waits.
        let same = |entry: &Entry| {
            entry.family == Family::DeadLetter
                && DeadLetter::decode(&entry.payload).is_ok_and(|body| body.id == letter.id)
        };
        if !entries.iter().any(same) {
            entries.push(mark(workspace, letter, replayed_as));
        }
        self.ingest(entries).await
    }

    fn collected(&self, workspace: &Workspace, source: &str, came: &Came, raw: &str) -> Outcome {
        let Some(facts) = self.source_facts(workspace, source) else {
            return Outcome::Left(format!("there is no source {source}"));
        };
        let nothing = Came::default();
        let came = if failpoint::mutant("letters.forgets") { &nothing } else { came };
        match collect_again(raw, came, &facts, self.shared.clock.now()) {
            Ok(collected) if collected.accepted > 0 => {
                Outcome::Accepted("event".to_owned(), collected.entries)
            }
            Ok(collected) => Outcome::Rejected(collected.entries),
            Err(reject) => Outcome::Left(reject.message),
        }
    }

    /// A stored event that could not be read: what it holds is collected again.
    fn unread(&self, workspace: &Workspace, raw: &str) -> Outcome {
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
        self.collected(workspace, &kept.source, &came, kept.event.get())
    }

    async fn called(
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

    async fn imported(
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
            let why = "it is a line of a file without its columns; import the file again";
            return Ok(Outcome::Left(why.to_owned()));
        };
        let importer = Importer { workspace, name, mapping: &mapping };
        let row = Row { line: letter.place, values: &values, raw, scope: Scope::default() };
        Ok(match importer.entries_again(&row) {
            Ok(entries) => Outcome::Accepted(format!("{} records", entries.len()), entries),
            Err(reject) => Outcome::Rejected(vec![importer.letter(&row, &reject)]),
        })
    }

    fn source_facts(&self, workspace: &Workspace, name: &str) -> Option<SourceFacts> {
        let catalog = self.shared.catalog(workspace);
        let source = catalog.sources.get(name)?;
        Some(SourceFacts::new(workspace, name, source))
    }

    async fn letter(&self, workspace: &Workspace, id: RecordId) -> Result<Option<Letter>> {
        let sql = "SELECT letter, origin, code, raw, place, came, _offset FROM dead_letters \
             WHERE workspace = $1 AND letter = $2 AND replayed_as IS NULL LIMIT 1";
        let parameters =
            vec![Parameter::Text(workspace.to_string()), Parameter::Text(id.to_string())];
        Ok(self.letters(sql, parameters, 1).await?.into_iter().next().map(|(_, letter)| letter))
    }

    async fn waiting(
        &self,
        workspace: &Workspace,
        filter: &LetterFilter,
        after: i64,
        upto: i64,
    ) -> Result<Vec<(i64, Letter)>> {
        let sql = "SELECT d.letter, d.origin, d.code, d.raw, d.place, d.came, d._offset \
             FROM dead_letters d LEFT JOIN \
             (SELECT DISTINCT letter FROM dead_letters \
              WHERE workspace = $1 AND replayed_as IS NOT NULL) m ON m.letter = d.letter \
             WHERE d.workspace = $1 AND ($2 = '' OR d.code = $2) AND ($3 = '' OR d.origin = $3) \
             AND d.replayed_as IS NULL AND m.letter IS NULL \
             AND d._offset > $4 AND d._offset <= $5 ORDER BY d._offset";
        let parameters = vec![
            Parameter::Text(workspace.to_string()),
            Parameter::Text(filter.code.clone()),
            Parameter::Text(filter.origin.clone()),
            Parameter::Integer(after),
            Parameter::Integer(upto),
        ];
        self.letters(sql, parameters, CHUNK).await
    }

    async fn letters(
        &self,
        sql: &str,
        parameters: Vec<Parameter>,
        max_rows: usize,
    ) -> Result<Vec<(i64, Letter)>> {
        let timeout = Duration::from_secs(30);
        let query = Query { sql: Sql::Text(sql.to_owned()), parameters, max_rows, timeout };
        let rows = objects(&self.shared.lake.query(query).await?);
        rows.into_iter()
            .map(|row| {
                let text = |name: &str| {
                    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                let number = |name: &str| row.get(name).and_then(Value::as_i64).unwrap_or_default();
                let id = serde_json::from_value(Value::String(text("letter")))
                    .map_err(|why| Error::corrupt("dead letter", why))?;
                let letter = Letter {
                    id,
                    origin: text("origin"),
                    code: text("code"),
                    raw: text("raw"),
                    place: number("place") as u64,
                    came: match text("came").as_str() {
                        "" => Came::default(),
                        came => serde_json::from_str(came)
                            .map_err(|why| Error::corrupt("dead letter", why))?,
                    },
                };
                Ok((number("_offset"), letter))
            })
            .collect()
    }
}

/// What says that a letter was replayed. It holds nothing of what came.
fn mark(workspace: &Workspace, letter: &Letter, replayed_as: String) -> Entry {
    let body = DeadLetter {
        v: VERSION,
        id: letter.id,
        origin: letter.origin.clone(),
        code: letter.code.clone(),
        message: "replayed".to_owned(),
        hint: None,
        place: None,
        raw: String::new(),
        came: None,
        replayed_as: Some(replayed_as),
    };
    Entry {
        workspace: workspace.clone(),
        family: Family::DeadLetter,
        key: hash64(&[letter.id.as_bytes()]),
        cause: None,
        payload: body.encode(),
    }
}
