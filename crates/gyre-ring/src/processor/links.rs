//! Identity edges of a batch: those of the fold with what the batch changes.

use super::batch::Batch;
use crate::error::{Error, Result};
use gyre_identify::{Links, Reason, Web};
use gyre_model::NodeId;
use gyre_ports::fold::{Space, Write};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The form written today.
const FORM: u8 = 1;

/// Edges that were read or changed, by their ends.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    read: HashMap<NodeId, Arc<Links>>,
    changed: BTreeSet<NodeId>,
}

/// Edges of a node from the fold's bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Links> {
    match bytes.first() {
        Some(&FORM) => postcard::from_bytes::<(u8, Links)>(bytes)
            .map(|(_, links)| links)
            .map_err(|why| Error::corrupt("identity edges", why)),
        _ => Err(Error::corrupt("identity edges", "written by another version; clear the fold")),
    }
}

impl Overlay {
    /// What the fold must write.
    pub(super) fn writes(&self, into: &mut Vec<Write>) -> Result<()> {
        for node in &self.changed {
            let Some(links) = self.read.get(node) else { continue };
            let bytes = postcard::to_stdvec(&(FORM, links.as_ref()))
                .map_err(|why| Error::corrupt("identity edges", why))?;
            into.push(Write::Put(Space::Link, node.0.to_vec(), bytes));
        }
        Ok(())
    }
}

impl Web for Batch<'_> {
    type Error = Error;

    fn links(&mut self, node: NodeId) -> Result<Arc<Links>> {
        if let Some(links) = self.links.read.get(&node) {
            return Ok(Arc::clone(links));
        }
        let (fold, partition) = (&self.processor.shared.fold, self.processor.partition);
        let links = match fold.get(partition, Space::Link, &node.0)? {
            Some(bytes) => Arc::new(decode(&bytes)?),
            None => Arc::default(),
        };
        self.links.read.insert(node, Arc::clone(&links));
        Ok(links)
    }
}

impl Batch<'_> {
    /// Changes the edges of a node.
    pub(super) fn change_links(
        &mut self,
        node: NodeId,
        change: impl FnOnce(&mut Links),
    ) -> Result<()> {
        let mut links = self.links(node)?;
        // The overlay lets go of its own, so that nothing is copied.
        self.links.read.remove(&node);
        change(Arc::make_mut(&mut links));
        self.links.read.insert(node, links);
        self.links.changed.insert(node);
        Ok(())
    }

    /// Writes down what became of edges; those that do not hold any more, or never did, with why.
    pub(super) fn judge(
        &mut self,
        edges: &BTreeMap<(NodeId, NodeId), Option<Reason>>,
    ) -> Result<Vec<((NodeId, NodeId), Reason)>> {
        let mut dropped = Vec::new();
        for (&(low, high), &reason) in edges {
            let mut news = false;
            for (node, other) in [(low, high), (high, low)] {
                let stands =
                    self.links(node)?.get(other).is_some_and(|edge| edge.dropped != reason);
                if stands {
                    news = true;
                    self.change_links(node, |links| {
                        links.judge(other, reason);
                    })?;
                }
            }
            if let Some(reason) = reason.filter(|_| news) {
                dropped.push(((low, high), reason));
            }
        }
        Ok(dropped)
    }
}
