//! Who is meant by a certificate: it has keyed hashes of identifiers, and this installation has the key. So an
//! erasure can be carried into a data folder that was restored from before it.

use super::rights::SubjectKey;
use crate::engine::Engine;
use crate::error::{Error, Result};
use gyre_model::{NodeId, Workspace};
use gyre_ports::failpoint;
use gyre_ports::fold::Space;
use std::collections::BTreeSet;

/// What an identifier begins with that is made of hashes, with commas between them.
const HASHES: &str = "subject:";
/// Nodes looked at at once.
const PAGE: usize = 10_000;

/// The hashes that an identifier is made of; `None` for one that is written out.
pub(super) fn hashes(identifier: &str) -> Option<BTreeSet<SubjectKey>> {
    identifier.trim().strip_prefix(HASHES)?.split(',').map(SubjectKey::parse).collect()
}

impl Engine {
    /// The nodes of a workspace that have one of these hashes.
    pub(super) fn nodes_of_hashes(
        &self,
        workspace: &Workspace,
        hashes: &BTreeSet<SubjectKey>,
    ) -> Result<Vec<NodeId>> {
        let rights = self.shared.rights.read().clone();
        let mut found = Vec::new();
        if failpoint::mutant("subject.no_hashes") {
            return Ok(found);
        }
        for partition in 0..self.shared.journal.partitions() {
            let mut from = Vec::new();
            loop {
                let page = self.shared.fold.scan(partition, Space::Node, &from, &[], PAGE)?;
                for (key, _) in &page {
                    let id = <[u8; 16]>::try_from(key.as_slice())
                        .map_err(|_| Error::corrupt("node key", "not sixteen bytes"))?;
                    let node = NodeId(id);
                    if hashes.contains(&rights.key_of(workspace, node)) {
                        found.push(node);
                    }
                }
                match page.last() {
                    Some((last, _)) if page.len() == PAGE => {
                        from.clone_from(last);
                        from.push(0);
                    }
                    _ => break,
                }
            }
        }
        Ok(found)
    }
}
