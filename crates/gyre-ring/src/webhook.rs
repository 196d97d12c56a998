//! Calls of other systems: what a source demands of them, and what they become.

use crate::apply::Applying;
use crate::engine::Engine;
use crate::error::Result;
use gyre_collect::webhook::{self, Taken, Webhook};
use gyre_config::kinds::{Campaign, Mapping, Signature, Source};
use gyre_config::{Metadata, Resource, Spec};
use gyre_model::Workspace;
use gyre_model::resource::Kind;
use gyre_ports::ErrorKind;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How often a campaign is written again where somebody else was faster.
const TRIES: usize = 3;

/// What a webhook source demands.
#[derive(Debug, Clone)]
pub struct WebhookSource {
    /// How its calls are signed.
    pub signature: Option<Signature>,
    /// The largest body in bytes.
    pub max_bytes: usize,
}

impl Engine {
    /// A source of `type: webhook`.
    pub fn webhook_source(&self, workspace: &Workspace, name: &str) -> Option<WebhookSource> {
        let catalog = self.shared.catalog(workspace);
        let source = catalog.sources.get(name).filter(|source| is_webhook(source))?;
        Some(WebhookSource {
            signature: source.signature.clone(),
            max_bytes: source.max_request_bytes as usize,
        })
    }

    /// Takes a call whose signature was checked. On disk when it returns; the same call again counts
    /// once.
    pub async fn webhook(
        &self,
        workspace: &Workspace,
        source: &str,
        headers: &Map<String, Value>,
        body: &Value,
        id: Option<&str>,
    ) -> Result<Taken> {
        let mut taken = self.map_only(workspace, source, headers, body, (id, None));
        let campaigns = std::mem::take(&mut taken.campaigns);
        self.campaigns_of_others(workspace, source, &campaigns).await?;
        self.ingest(std::mem::take(&mut taken.entries)).await?;
        taken.campaigns = campaigns;
        Ok(taken)
    }

    /// What a call becomes; nothing is written. `only` names the one mapping that counts.
    pub(crate) fn map_only(
        &self,
        workspace: &Workspace,
        source: &str,
        headers: &Map<String, Value>,
        body: &Value,
        (id, only): (Option<&str>, Option<&str>),
    ) -> Taken {
        let catalog = self.shared.catalog(workspace);
        let of_source = |mapping: &&Mapping| {
            mapping.source == source && mapping.format == gyre_config::kinds::Format::Json
        };
        let mappings = catalog
            .mappings
            .iter()
            .filter(|(name, mapping)| {
                of_source(mapping) && only.is_none_or(|only| only == name.as_str())
            })
            .map(|(name, mapping)| (name.as_str(), mapping))
            .collect();
        let enabled = catalog.sources.get(source).is_none_or(|source| source.enabled);
        let call = Webhook { workspace, source, mappings, headers, body, id, enabled };
        webhook::webhook(&call)
    }

    /// Campaigns that others run become resources. What people wrote stays as it is, and what is the
    /// same gives no new version.
    pub(crate) async fn campaigns_of_others(
        &self,
        workspace: &Workspace,
        source: &str,
        campaigns: &BTreeMap<String, (Campaign, Option<String>)>,
    ) -> Result<()> {
        let by = format!("source:{source}");
        for (name, (campaign, title)) in campaigns {
            for attempt in 1.. {
                let history = self.shared.state.history(workspace, Kind::Campaign, name).await?;
                if history.last().is_some_and(|row| row.by != by) {
                    break;
                }
                let metadata = Metadata {
                    name: name.clone(),
                    workspace: None,
                    description: title.clone(),
                    labels: BTreeMap::new(),
                };
                let spec = Spec::Campaign(campaign.clone());
                let resource = Resource { metadata, spec, managed: Value::Null };
                let applying = Applying {
                    resources: vec![resource],
                    remove: Vec::new(),
                    reset_managed: false,
                    by: by.clone(),
                };
                match self.apply(workspace, applying).await {
                    Err(error) if error.kind() == ErrorKind::Conflict && attempt < TRIES => {}
                    done => {
                        done?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_webhook(source: &Source) -> bool {
    source.r#type == gyre_config::kinds::SourceType::Webhook
}
