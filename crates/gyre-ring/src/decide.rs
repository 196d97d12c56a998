//! In-app decisions: drawn when asked for, recorded before they are answered.

use crate::candidates::{self, Occasion};
use crate::catalog::{Catalog, CompiledCampaign};
use crate::error::{Error, Result};
use crate::leases::Leases;
use crate::pending::OnItsWay;
use crate::person::Person;
use crate::shared::Shared;
use gyre_collect::Token;
use gyre_govern::Contacted;
use gyre_model::record::body::{Body, Decision, Delivery, Mode, Outcome, VERSION};
use gyre_model::{DecisionId, Entry, Family, NodeId, NodeKind, Workspace};
use gyre_ports::{Durability, failpoint};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The channel of what is shown in the app.
pub const IN_APP: &str = "in_app";

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The person's user id.
    pub user_id: Option<String>,
    /// The person's anonymous id.
    pub anonymous_id: Option<String>,
    /// Where something could be shown.
    pub placement: String,
    /// One campaign only.
    pub campaign: Option<String>,
    /// What else is known of the occasion.
    pub context: Map<String, Value>,
    /// Whether to wait until the decision is on disk.
    pub strict: bool,
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The decision; `None` when no campaign has the person in its audience here.
    pub decision: Option<Decision>,
    /// What to show, if anything.
    pub content: Option<Map<String, Value>>,
    /// To be sent back with responses.
    pub token: Option<String>,
}

/// Takes in-app decisions.
#[derive(Debug)]
pub struct Decider {
    shared: Arc<Shared>,
    leases: Leases,
}

impl Decider {
    /// A decider over the shared parts.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { leases: Leases::new(Arc::clone(&shared)), shared }
    }

    /// Draws and records; answers once the record is written.
    pub async fn decide(&self, workspace: &Workspace, question: &Question) -> Result<Answer> {
        let Some(person) = self.find(workspace, question)? else {
            return Ok(Answer::default());
        };
        if self.shared.rights.read().is_restricted(&person) {
            // What is known of them must not be used.
            return Ok(Answer::default());
        }
        let catalog = self.shared.catalog(workspace);
        for campaign in catalog.campaigns.values() {
            let wanted = question.campaign.as_ref().is_none_or(|name| *name == campaign.name);
            let here = campaign.spec.placements.contains(&question.placement);
            if !wanted || !here || campaign.spec.external {
                continue;
            }
            if question.campaign.is_none()
                && !candidates::is_in_audience(&catalog, campaign, &person)
            {
                continue;
            }
            return self.draw(workspace, question, &catalog, campaign, &person).await;
        }
        Ok(Answer::default())
    }

    fn find(&self, workspace: &Workspace, question: &Question) -> Result<Option<Arc<Person>>> {
        let named =
            [(NodeKind::User, &question.user_id), (NodeKind::Anonymous, &question.anonymous_id)];
        for (kind, value) in named {
            if let Some(value) = value {
                let node = NodeId::node(workspace.as_str(), kind, value);
                if let Some(person) = self.shared.people_of(node.key()).by_node(node)? {
                    return Ok(Some(person));
                }
            }
        }
        if question.user_id.is_none() && question.anonymous_id.is_none() {
            return Err(Error::Invalid {
                message: "a decision needs somebody".to_owned(),
                hint: Some("give user_id or anonymous_id".to_owned()),
            });
        }
        Ok(None)
    }

    async fn draw(
        &self,
        workspace: &Workspace,
        question: &Question,
        catalog: &Catalog,
        campaign: &CompiledCampaign,
        person: &Person,
    ) -> Result<Answer> {
        let at = self.shared.clock.now();
        let spent = self.leases.spent(campaign).await?;
        let consent = person.said();
        let known = person.contacts();
        let queued = self.shared.reserved.contacts(workspace, person);
        let purpose = format!("draw:{}", campaign.name);
        let drawn = self.shared.pending.with(person.id, |on_their_way| {
            let same = on_their_way.iter().filter(|one| one.campaign == campaign.name).count();
            let ordinal = person.draws(&campaign.name) + same as u64;
            let mut contacts = known.clone();
            contacts.extend(queued.iter().cloned());
            contacts.extend(on_their_way.iter().filter_map(|one| one.contact.clone()));
            let root = person.root();
            let id = DecisionId::of(&[
                workspace.as_str().as_bytes(),
                campaign.name.as_bytes(),
                &root.0,
                &ordinal.to_le_bytes(),
            ]);
            let occasion = Occasion {
                at,
                mode: Mode::InApp,
                channel: IN_APP,
                placement: Some(&question.placement),
                context: &question.context,
                has_address: true,
                consent: &consent,
                contacts: &contacts,
                spent: &spent,
                uniform: self.shared.options.dice.uniform(&root.0, &purpose, ordinal),
                ordinal,
            };
            let drawn = candidates::draw(catalog, campaign, person, &occasion, id)?;
            let one = OnItsWay {
                id,
                campaign: campaign.name.clone(),
                contact: drawn.shown.map(|_| Contacted { channel: IN_APP.to_owned(), at }),
            };
            Ok::<_, Error>((drawn, Some(one)))
        })?;
        let taken = self.leases.take(&drawn.spends).await;
        let written = match taken {
            Ok(()) => self.write(workspace, &drawn.record, question.strict).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            self.shared.pending.settle(&[(person.id, drawn.record.id)]);
            return Err(error);
        }
        let content = match drawn.shown {
            Some(variant) => {
                let features = drawn.record.features.clone();
                let values = candidates::template_values(&campaign.name, variant, features);
                variant
                    .content
                    .get(IN_APP)
                    .map(|content| content.fields(&values))
                    .transpose()
                    .map_err(|why| Error::invalid(why.to_string()))?
            }
            None => None,
        };
        let token = drawn.shown.map(|variant| {
            Token {
                decision: drawn.record.id,
                campaign: campaign.name.clone(),
                variant: variant.name.clone(),
                node: drawn.record.node,
            }
            .seal(&self.shared.options.token_key)
        });
        Ok(Answer { decision: Some(drawn.record), content, token })
    }

    async fn write(&self, workspace: &Workspace, record: &Decision, strict: bool) -> Result<()> {
        let entry = |family: Family, payload: Vec<u8>| Entry {
            workspace: workspace.clone(),
            family,
            key: record.node.key(),
            cause: None,
            payload,
        };
        let mut entries = vec![entry(Family::Decision, record.encode())];
        if let Some(send) = record.send {
            let rendered = Delivery {
                v: VERSION,
                send,
                decision: Some(record.id),
                node: record.node,
                person: record.person,
                campaign: record.campaign.clone(),
                variant: record.chosen.clone(),
                channel: record.channel.clone(),
                outcome: Outcome::Rendered,
                detail: None,
                attempt: 1,
                at: record.at,
            };
            entries.push(entry(Family::Delivery, rendered.encode()));
        }
        let durability = if strict { Durability::Synced } else { Durability::Written };
        let partition = self.shared.journal.partition_of(record.node.key());
        failpoint::reach("decide.before_write");
        self.shared.journal.append(partition, entries, durability).await?;
        failpoint::reach("decide.after_write");
        Ok(())
    }
}
