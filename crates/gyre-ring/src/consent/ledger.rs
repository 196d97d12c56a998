//! The ledger as the lake has it, held against its chain.

use super::PAGE;
use super::gaps::{Removal, erased_places, removal};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::processor::consent::head;
use gyre_govern::ledger::{Fault, Walk};
use gyre_model::record::body::{ChainLink, Consent, Evidence, Subject};
use gyre_model::{ConsentDecision, Purpose, Timestamp, Workspace};
use gyre_ports::lake::Parameter;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a walk over the ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerReport {
    /// Whether it is whole.
    pub whole: bool,
    /// Entries that were held against their hashes.
    pub entries: u64,
    /// Entries written before the ledger was chained.
    pub unchained: u64,
    /// Entries that were erased with their people; their places are kept.
    #[serde(default)]
    pub erased: u64,
    /// Entries that were removed because of their age.
    #[serde(default)]
    pub removed: u64,
    /// The hash of the last entry: kept elsewhere, it shows later that nothing was rewritten.
    pub head: String,
    /// What is wrong.
    pub faults: Vec<String>,
}

impl Engine {
    /// Walks the ledger of a workspace as the lake has it, entry by entry in the order in which it
    /// stands, and holds its end against the fold's.
    pub async fn verify_consents(&self, workspace: &Workspace) -> Result<LedgerReport> {
        // In the middle of an erasure there are gaps.
        let _nothing_is_removed = self.registrar.lock().await;
        self.visible().await?;
        let mut report = LedgerReport {
            whole: true,
            entries: 0,
            unchained: 0,
            erased: 0,
            removed: 0,
            head: String::new(),
            faults: Vec::new(),
        };
        for partition in 0..self.shared.journal.partitions() {
            // Taken before the walk: what comes meanwhile is behind it.
            let end = head(self.shared.fold.as_ref(), partition, workspace)?;
            let shared = &self.shared;
            let removal = removal(shared, workspace, partition).await?;
            let (mut walk, mut after) =
                (Walk::behind(removal.as_ref().map(Removal::as_removed)), -1);
            if let Some(removal) = &removal {
                report.removed += removal.removed;
                if !removal.is_signed(shared, workspace, partition) {
                    walk.faults.push(Fault::Unproven { number: removal.number });
                }
            }
            let places = erased_places(shared, workspace, partition).await?;
            for place in places.iter().filter(|one| !one.is_signed(shared, workspace, partition)) {
                walk.faults.push(Fault::Unproven { number: place.link.number });
            }
            let mut places = places.into_iter().map(|place| place.link).peekable();
            loop {
                let rows = self
                    .select(
                        "SELECT * FROM consents WHERE workspace = $1 AND _partition = $2 \
                         AND _offset > $3 ORDER BY _offset LIMIT 1000",
                        vec![
                            Parameter::Text(workspace.to_string()),
                            Parameter::Integer(i64::from(partition)),
                            Parameter::Integer(after),
                        ],
                    )
                    .await?;
                for row in &rows {
                    let entry = entry_of(row)?;
                    let number = entry.chain.as_ref().map_or(0, |link| link.number);
                    while let Some(place) = places.next_if(|place| place.number < number) {
                        walk.pass(&place);
                    }
                    walk.take(&entry);
                }
                match rows.last().and_then(|row| row["_offset"].as_i64()) {
                    Some(last) if rows.len() == PAGE => after = last,
                    _ => break,
                }
            }
            places.for_each(|place| walk.pass(&place));
            walk.end(&end);
            report.entries += walk.entries;
            report.erased += walk.erased;
            report.unchained += walk.unchained;
            report.head = walk.head().hash;
            report.faults.extend(walk.faults.iter().map(ToString::to_string));
        }
        report.whole = report.faults.is_empty();
        Ok(report)
    }
}

/// An entry as a row of the lake has it.
pub(super) fn entry_of(row: &Value) -> Result<Consent> {
    let wrong = |what: &'static str| Error::corrupt("entry of the consent ledger", what);
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    let id = |name: &'static str| text(name).and_then(|text| text.parse().ok());
    let time = |name: &str| row[name].as_str().and_then(|text| Timestamp::parse(text).ok());
    let node = text("node").and_then(|text| text.parse().ok()).ok_or_else(|| wrong("node"))?;
    let chain = match (id("consent"), row["number"].as_u64(), text("hash")) {
        (Some(id), Some(number), Some(hash)) => Some(ChainLink {
            id,
            number,
            previous: text("previous_hash").unwrap_or_default(),
            hash,
        }),
        _ => None,
    };
    let subject = match (text("subject_kind"), text("subject_hash")) {
        (Some(kind), Some(hash)) => Some(Subject { kind, hash }),
        _ => None,
    };
    Ok(Consent {
        v: 1,
        node,
        person: text("person").and_then(|id| id.parse().ok()).ok_or_else(|| wrong("person"))?,
        channel: text("channel").unwrap_or_default(),
        granted: row["granted"].as_bool().ok_or_else(|| wrong("granted"))?,
        occurred_at: time("occurred_at").ok_or_else(|| wrong("occurred_at"))?,
        source: text("source").unwrap_or_default(),
        purpose: text("purpose").and_then(|name| Purpose::parse(&name)).unwrap_or_default(),
        decision: text("decision").and_then(|name| ConsentDecision::parse(&name)),
        subject,
        evidence: Evidence {
            legal_basis: text("legal_basis"),
            jurisdiction: text("jurisdiction"),
            notice_version: text("notice_version"),
            notice_hash: text("notice_hash"),
            language: text("language"),
            method: text("method"),
            event: text("message_id"),
            cmp: text("cmp"),
            raw: text("raw"),
            actor: text("actor"),
        },
        received_at: time("received_at"),
        expires_at: time("expires_at"),
        chain,
    })
}
