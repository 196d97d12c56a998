//! `cargo xtask ci`: the quick refusals first, then everything.

use crate::{test, tidy};

/// Runs what CI runs.
pub(crate) fn run() -> anyhow::Result<()> {
    tidy::run()?;
    // With the rules for dependencies, which need the Python that the tests prepare.
    test::run(&test::Args::default())
}
