//! What is kept between questions about metrics.

use super::coverage::Coverages;

/// What is kept between questions about metrics.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// What numbers rest on.
    pub(crate) coverages: Coverages,
}
