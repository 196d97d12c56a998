//! What a replay found.

use gyre_model::{Offset, Timestamp};
use serde::Serialize;

/// What a replay found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Replayed {
    /// Whether everything that was compared is the same.
    pub same: bool,
    /// `recorded`, `today` or `changed`.
    pub rules: String,
    /// What was replayed.
    pub records: ReplayRecords,
    /// Derived records, by family.
    pub families: Vec<FamilyCount>,
    /// Differences for which there is no reason in rules or in what was erased.
    pub unexplained: u64,
    /// Some of the differences.
    pub samples: Vec<ReplaySample>,
    /// Who belongs to whom.
    pub people: PeopleCount,
    /// Rows, by table.
    pub tables: Vec<TableCount>,
    /// Why rows were not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tables_left_out: Option<String>,
    /// Rules that were others in history than those that were replayed.
    pub rule_changes: Vec<RuleChange>,
}

/// What was replayed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReplayRecords {
    /// Records of the journal that were replayed.
    pub replayed: u64,
    /// What follows from records from this offset on is compared.
    pub compared_from: Offset,
    /// Up to this one, which is not.
    pub compared_to: Offset,
    /// Records that follow from nothing else.
    pub sources: u64,
    /// Records that hold nothing any more: erased, or too old.
    pub blank: u64,
}

/// Derived records of a family.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FamilyCount {
    /// The family.
    pub family: String,
    /// Bit-identical, the cause with them.
    pub same: u64,
    /// The same, in another order among what follows from one record.
    pub moved: u64,
    /// Of the same cause, with another content.
    pub different: u64,
    /// Only in the live journal.
    pub only_live: u64,
    /// Only in the replay.
    pub only_replayed: u64,
    /// Blank in the live journal: nothing to compare with.
    pub blank: u64,
}

impl FamilyCount {
    /// How many differ.
    pub fn differ(&self) -> u64 {
        self.moved + self.different + self.only_live + self.only_replayed
    }
}

/// One difference. It names no values: they may be personal.
#[derive(Debug, Clone, Serialize)]
pub struct ReplaySample {
    /// The family.
    pub family: String,
    /// `moved`, `different`, `only_live` or `only_replayed`.
    pub what: &'static str,
    /// The offset of the record that it follows from.
    pub offset: Offset,
    /// The stamp of the derived record in the live journal, or that of the journal's end.
    pub at: Timestamp,
    /// The fields that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Why it is so.
    pub reason: String,
}

/// Who belongs to whom.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PeopleCount {
    /// Identifiers that were joined with others on either side.
    pub nodes: u64,
    /// Those whose person differs.
    pub differ: u64,
    /// People of the live journal that are several in the replay.
    pub parted: u64,
    /// People of the replay that are several in the live journal.
    pub joined: u64,
    /// Some: the node, its person in the live journal, and in the replay.
    pub samples: Vec<(String, String, String)>,
}

/// Rows of a table.
#[derive(Debug, Clone, Serialize)]
pub struct TableCount {
    /// The table.
    pub table: String,
    /// In the live lake.
    pub live: u64,
    /// In that of the replay.
    pub replayed: u64,
}

/// A rule that was another in history than the one that was replayed.
#[derive(Debug, Clone, Serialize)]
pub struct RuleChange {
    /// The workspace.
    pub workspace: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The versions that say something else.
    pub other_versions: Vec<u64>,
    /// From which offset on history had the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_from: Option<Offset>,
    /// From which offset on the two may differ because of it.
    pub from: Offset,
}

impl Replayed {
    /// Whether everything is the same.
    pub(super) fn conclude(&mut self) {
        let tables = self.tables.iter().filter(|table| table.live != table.replayed).count();
        let families: u64 = self.families.iter().map(FamilyCount::differ).sum();
        self.same = families == 0 && self.people.differ == 0 && tables == 0;
        let is_explained = !self.rule_changes.is_empty() || self.records.blank > 0;
        if tables > 0 && families == 0 && !is_explained {
            // Rows that come from no derived record: events and facts.
            self.unexplained += tables as u64;
        }
    }
}
