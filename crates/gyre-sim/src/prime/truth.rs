//! What is true of the files: how much of each dirt was planted, and the numbers without it.

use super::files::File;
use serde::Serialize;
use std::collections::BTreeMap;

/// Counts by name.
pub(super) type Counts = BTreeMap<String, u64>;

/// The truth, as `truth.json`. Amounts are euros.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Truth {
    pub(super) seed: u64,
    pub(super) people: u32,
    /// Rows written, by file.
    pub(super) rows: Counts,
    /// What each cleaning rule has to mend or drop, by rule.
    pub(super) planted: Counts,
    /// Rows that cannot be used, by file and code of the dead letter.
    pub(super) letters: BTreeMap<String, Counts>,
    /// Orders that the plan keeps out, by code.
    pub(super) kept_out: Counts,
    /// Lines that came again as they were, by file.
    pub(super) again: Counts,
    /// Cells that the mapping of a file about nobody mends, by file.
    pub(super) mended_by_mapping: Counts,
    /// The numbers of the campaign.
    pub(super) clean: Clean,
}

/// The numbers of the campaign, without dirt.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Clean {
    pub(super) contacts: u64,
    pub(super) assets: u64,
    pub(super) orders: Sums,
    pub(super) store_orders: Sums,
    /// People who bought, in the shop or in a store.
    pub(super) customers: u64,
    pub(super) variants: BTreeMap<String, Variant>,
    pub(super) segments: BTreeMap<String, Share>,
    pub(super) asset_types: BTreeMap<String, Share>,
    /// Ad spend by channel.
    pub(super) spend: BTreeMap<String, Money>,
}

/// How many, and what they came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Sums {
    pub(super) count: u64,
    pub(super) revenue: Money,
    pub(super) margin: Money,
}

/// Cents, written as euros.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Money(pub(super) i64);

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(euros(self.0))
    }
}

/// Cents as euros.
pub(super) fn euros(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// What a variant came to; people but for `deliveries`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Variant {
    pub(super) enrolled: u64,
    pub(super) deliveries: u64,
    pub(super) reached: u64,
    pub(super) clicked: u64,
    pub(super) converted: u64,
}

/// People, and those of them who did it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Share {
    pub(super) people: u64,
    pub(super) did: u64,
}

impl Truth {
    pub(super) fn new(seed: u64, people: u32) -> Self {
        Self { seed, people, ..Self::default() }
    }
    /// A row was written.
    pub(super) fn row(&mut self, file: File) {
        add(&mut self.rows, file.key());
    }
    /// A rule has something to do.
    pub(super) fn plant(&mut self, rule: &str) {
        add(&mut self.planted, rule);
    }
    /// A row cannot be used.
    pub(super) fn letter(&mut self, file: File, code: &str) {
        add(self.letters.entry(file.key().to_owned()).or_default(), code);
    }
}

/// One more of a name.
pub(super) fn add(counts: &mut Counts, name: &str) {
    *counts.entry(name.to_owned()).or_default() += 1;
}
