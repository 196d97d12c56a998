//! What an erasure does to backups: it destroys the keys without which they say nothing of the person.

use super::erase::Job;
use super::request::Removed;
use crate::engine::Engine;
use crate::error::Result;
use gyre_model::{Offset, Partition};
use gyre_ports::failpoint;
use gyre_ports::{Destroyed, KeptPlace};
use std::collections::BTreeSet;

impl Job {
    /// The keys that records of the person are filed under.
    fn keys(&self) -> BTreeSet<u64> {
        self.nodes.iter().map(|(node, _)| node.key()).collect()
    }

    /// Whether what is filed under a key is the person's.
    pub(super) fn has_key(&self, key: u64) -> bool {
        self.nodes.iter().any(|(node, _)| node.key() == key)
    }

    /// The keys that were destroyed, for the certificate.
    pub(super) fn keys_removed(&self) -> Vec<Removed> {
        let named = self.request.plan.as_ref().map_or(0, |plan| plan.named.len());
        let counts = [("keys", self.keys().len()), ("record_keys", named)];
        counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(table, count)| Removed {
                store: "backups".to_owned(),
                table: table.to_owned(),
                count: count as u64,
                bytes: None,
            })
            .collect()
    }
}

impl Engine {
    /// Destroys what backups are sealed with for these people; `false` when no backup ever was. The journal
    /// has to be without them: a backup that begins afterwards takes new keys.
    pub(super) async fn destroy_keys(&self, jobs: &[Job]) -> Result<bool> {
        let shared = &self.shared;
        let mut destroyed = Destroyed::default();
        for job in jobs {
            destroyed.keys.extend(job.keys());
            let Some(plan) = &job.request.plan else { continue };
            destroyed.records.extend(&plan.named);
            let workspace = &job.request.workspace;
            for (partition, offset, name) in &plan.places {
                if let Some(value) = shared.state.value(workspace, name).await? {
                    destroyed.places.push(KeptPlace {
                        record: (*partition, *offset),
                        workspace: workspace.clone(),
                        name: name.clone(),
                        value,
                    });
                }
            }
        }
        let has_backups = shared.options.subjects.backups.destroy(destroyed).await?;
        failpoint::reach("subject.after_keys");
        Ok(has_backups)
    }

    /// The same for single records that were blanked.
    pub(super) async fn destroy_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<()> {
        let records = offsets.iter().map(|offset| (partition, *offset)).collect();
        let destroyed = Destroyed { records, ..Destroyed::default() };
        self.shared.options.subjects.backups.destroy(destroyed).await?;
        Ok(())
    }
}
