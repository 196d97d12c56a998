//! The report of a campaign: its variants side by side, whole and cut by segments.
//!
//! It works on people put into variants: campaigns that others ran and that were imported, or the arms
//! of a loop. Everybody enrolled counts, whether or not anything reached them; a response counts in the
//! variant the person was first enrolled in, whatever variant the response names.

mod compare;
mod question;

pub use compare::report;
pub use question::{Population, people, read_people, read_responses, responses};

use serde::Serialize;
use std::collections::BTreeMap;

/// Most values shown of one segment key: every value shown widens all intervals of the cuts.
pub const MOST_VALUES: usize = 40;

/// The word for people without a value of a segment key.
pub const NO_VALUE: &str = "(none)";

/// Sums of one cut: value of the segment key, then variant, then what is known. Without a cut there is
/// one value, the empty text.
pub type Table = BTreeMap<String, BTreeMap<String, Sums>>;

/// What is known of one variant, whole or within one segment value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sums {
    /// People enrolled.
    pub people: u64,
    /// Per response kind, who responded and what it was worth.
    pub responses: BTreeMap<String, Responded>,
}

/// Responses of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Responded {
    /// People who responded at least once.
    pub people: u64,
    /// Responses that have a value.
    pub valued: u64,
    /// Sum of values.
    pub sum: f64,
    /// Sum over people of the square of their values' sum.
    pub sum_squares: f64,
}

/// A campaign's variants compared with its control.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CampaignReport {
    /// The campaign.
    pub campaign: String,
    /// The variant the others are compared with; without one nothing is compared.
    pub control: Option<String>,
    /// One minus the level of the intervals: each alone for the whole, all together for the cuts.
    pub alpha: f64,
    /// The variants: those of the campaign in its order, then others that people were enrolled in.
    pub variants: Vec<VariantCount>,
    /// The response kinds that the campaign names as measures, in its order.
    pub measures: Vec<Measure>,
    /// Comparisons shown in the cuts; their intervals and p values are corrected for this many.
    pub comparisons: usize,
    /// What a reader must see.
    pub warnings: Vec<String>,
}

/// How many people a variant has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VariantCount {
    /// The variant.
    pub variant: String,
    /// People enrolled in it.
    pub people: u64,
}

/// One response kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// The kind.
    pub kind: String,
    /// All people, one row per variant.
    pub overall: Vec<Row>,
    /// The same within each value of each declared segment.
    pub cuts: Vec<Cut>,
}

/// One value of one segment key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cut {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// One row per variant.
    pub rows: Vec<Row>,
}

/// One variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The variant.
    pub variant: String,
    /// People enrolled in it.
    pub people: u64,
    /// People who responded at least once.
    pub responders: u64,
    /// Responders per person; `None` without people.
    pub rate: Option<f64>,
    /// Sum of values.
    pub sum: f64,
    /// Sum over people of the square of their values' sum.
    pub sum_squares: f64,
    /// Value per person, responders or not; `None` without people or where no response has a value.
    pub mean: Option<f64>,
    /// Difference of rates to the control; `None` for the control and where it cannot be computed.
    pub rate_lift: Option<Comparison>,
    /// Difference of means to the control; likewise.
    pub mean_lift: Option<Comparison>,
}

/// A difference to the control.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// Variant minus control, in the measure's unit.
    pub value: f64,
    /// The same over |control|; `None` where the control is zero.
    pub relative: Option<f64>,
    /// Standard error of `value`.
    pub standard_error: f64,
    /// Welch's interval: valid for one look that was planned.
    pub fixed: Range,
    /// Valid at every look.
    pub always_valid: Range,
    /// p of the fixed interval, for this comparison alone.
    pub p: f64,
    /// p of the always-valid interval, for this comparison alone.
    pub p_always_valid: f64,
    /// `p` after Holm, over all comparisons of the cuts; `None` for the whole.
    pub p_adjusted: Option<f64>,
    /// One minus the level of this comparison's intervals.
    pub alpha: f64,
}

/// Two ends, both included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}
