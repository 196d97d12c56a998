//! Dead letters, mended and replayed.

mod find;
mod mend;
mod said;
mod taken;

pub(crate) use said::stored_again;

use crate::engine::Engine;
use crate::error::{Error, Result};
use gyre_model::id::hash64;
use gyre_model::record::body::{Body, Came, DeadLetter, VERSION};
use gyre_model::{Entry, Family, RecordId, Workspace};
use gyre_ports::failpoint;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Letters taken at once.
const CHUNK: usize = 500;
/// What stands for the message id of a letter whose event was not taken again.
const REJECTED: &str = "rejected again";

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
    /// What it was replayed as, where it was taken.
    replayed_as: Option<String>,
}

impl Letter {
    /// The message id of an event that has none: the same however often the letter is replayed.
    fn message_id(&self) -> Option<String> {
        (!failpoint::mutant("letters.named_anew")).then(|| format!("letter-{}", self.id))
    }
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
        let mut asked = BTreeSet::new();
        // Named twice it is one letter.
        for id in letters.iter().filter(|id| asked.insert(**id)) {
            let Some(letter) = self.letter(workspace, *id).await? else {
                return Err(Error::NotFound { what: "dead letter", name: id.to_string() });
            };
            if let Some(what) = &letter.replayed_as
                && !failpoint::mutant("letters.again")
            {
                report.left.push((*id, format!("it was replayed before ({what})")));
                continue;
            }
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
        // One that was rejected again as itself stands there twice.
        let mut seen = BTreeSet::new();
        for (_, letter) in found.iter().filter(|(_, letter)| seen.insert(letter.id)) {
            self.replay_one(workspace, letter, None, set, &mut report).await?;
        }
        report.next = (found.len() == CHUNK && last < highest).then_some((last, highest));
        Ok(report)
    }

    /// Replays a letter as it stands in the journal, whatever was done with it before.
    #[cfg(test)]
    pub(crate) async fn replay_letter(
        &self,
        workspace: &Workspace,
        body: DeadLetter,
        mended: Option<&Value>,
        set: &BTreeMap<String, Value>,
    ) -> Result<ReplayReport> {
        let letter = Letter {
            id: body.id,
            origin: body.origin,
            code: body.code,
            raw: body.raw,
            place: body.place.unwrap_or_default(),
            came: body.came.unwrap_or_default(),
            replayed_as: None,
        };
        let mut report = ReplayReport::default();
        self.replay_one(workspace, &letter, mended, set, &mut report).await?;
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
            Some(("source", source)) => {
                let named = letter.message_id();
                self.collected(workspace, source, &letter.came, &raw, named.as_deref())
            }
            Some(("webhook", source)) => self.called(workspace, source, letter, &raw).await?,
            Some(("import", mapping)) => self.imported(workspace, mapping, letter, &raw).await?,
            Some(("step", "collect")) => self.unread(workspace, letter, &raw),
            Some(("step", "consent")) => self.unclear(workspace, letter, &raw),
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
                (REJECTED.to_owned(), entries)
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
