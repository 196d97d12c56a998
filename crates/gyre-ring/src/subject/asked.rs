//! Which requests are about whom, kept in memory: asking would otherwise read every request there ever was.

use super::request::{self, Request};
use crate::error::Result;
use crate::shared::Shared;
use gyre_model::{RecordId, Workspace};
use std::collections::{BTreeSet, HashMap};

/// The requests of workspaces by the keyed hashes of their subjects; a workspace is read when first asked
/// about.
#[derive(Debug, Default)]
pub(crate) struct Asked(HashMap<Workspace, HashMap<String, BTreeSet<RecordId>>>);

impl Asked {
    /// The requests that share a key with a subject, newest first.
    pub(super) async fn about(
        &mut self,
        shared: &Shared,
        workspace: &Workspace,
        subject: &[String],
    ) -> Result<Vec<Request>> {
        if !self.0.contains_key(workspace) {
            let all = request::all(shared, workspace).await?;
            self.0.insert(workspace.clone(), HashMap::new());
            all.iter().for_each(|request| self.note(request));
        }
        let known = self.0.get(workspace);
        let ids: BTreeSet<RecordId> = subject
            .iter()
            .filter_map(|key| known?.get(key))
            .flat_map(|ids| ids.iter().copied())
            .collect();
        let mut requests = Vec::new();
        for id in ids {
            requests.extend(request::read(shared, workspace, id).await?);
        }
        request::newest_first(&mut requests);
        Ok(requests)
    }

    /// Notes what a request that was written down is about.
    pub(super) fn note(&mut self, request: &Request) {
        if let Some(known) = self.0.get_mut(&request.workspace) {
            for key in &request.subject {
                known.entry(key.clone()).or_default().insert(request.id);
            }
        }
    }
}
