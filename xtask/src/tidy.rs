//! `cargo xtask tidy`: the picture of the layers, and the rules for files, held against the checkout.
//! A test of this crate does the same, so that they hold wherever the tests are run.

mod files;
mod graph;
mod layers;
mod links;

use crate::{exec, place};
use graph::Graph;

/// Checks the layers of the crates and the rules for files.
pub(crate) fn run() -> anyhow::Result<()> {
    let found = faults()?;
    for fault in &found {
        exec::say(fault);
    }
    anyhow::ensure!(found.is_empty(), "{} faults", found.len());
    exec::say("tidy: layers and files are as they should be");
    Ok(())
}

/// Everything that is not as it should be, one line each.
fn faults() -> anyhow::Result<Vec<String>> {
    let root = place::root()?;
    let graph = Graph::read()?;
    let mut found = layers::faults(&graph, graph::built_alone)?;
    found.extend(files::faults(&root)?);
    found.extend(links::faults(&root)?);
    Ok(found)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checkout_is_tidy() {
        let found = super::faults().unwrap();
        assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    }
}
