//! A variant as somebody would see it, without deciding or sending anything.

use crate::candidates::template_values;
use crate::engine::Engine;
use crate::error::{Error, Result};
use gyre_deliver::{Email, Templates};
use gyre_derive::Row;
use gyre_model::Workspace;
use serde::Serialize;
use serde_json::{Map, Value};

/// What is to be seen.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The campaign.
    pub campaign: String,
    /// One of its variants.
    pub variant: String,
    /// The channel, for example `email`.
    pub channel: String,
    /// Whose features are filled in; nobody's where absent, so that the defaults of templates show.
    pub person: Option<String>,
}

/// A content with its templates filled in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    /// The subject, for e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Plain text, for e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// HTML, for e-mail that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// What an in-app client receives.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

impl Engine {
    /// A variant of a running campaign on a channel, rendered as it would be delivered now. A template
    /// that cannot be filled in is an invalid request, as it would be no message.
    pub async fn preview(&self, workspace: &Workspace, wanted: &Wanted) -> Result<Preview> {
        let person = match &wanted.person {
            Some(text) => Some(self.known(workspace, text).await?.ok_or_else(stranger)?),
            None => None,
        };
        let catalog = self.shared.catalog(workspace);
        let missing = |what, name: &String| Error::NotFound { what, name: name.clone() };
        let campaign = catalog
            .campaigns
            .get(&wanted.campaign)
            .ok_or_else(|| missing("Campaign", &wanted.campaign))?;
        let variant = campaign
            .variants
            .iter()
            .find(|variant| variant.name == wanted.variant)
            .ok_or_else(|| missing("variant", &wanted.variant))?;
        let content = variant
            .content
            .get(&wanted.channel)
            .ok_or_else(|| missing("content for the channel", &wanted.channel))?;
        // Of nobody, every feature is what it is of somebody new.
        let now = self.shared.clock.now();
        let row = match &person {
            Some(person) => catalog.row(person, now),
            None => Row::of(&catalog.definitions, [].into_iter(), now),
        };
        let features = row.to_json(&catalog.definitions);
        let mut values = template_values(&campaign.name, variant, features);
        // Links of nobody in particular.
        for name in ["unsubscribe_url", "preferences_url"] {
            values.insert(name.to_owned(), "#".into());
        }
        rendered(content, &values).map_err(|why| Error::invalid(why.to_string()))
    }
}

/// The identifier is personal, so it is not repeated.
fn stranger() -> Error {
    Error::NotFound { what: "a person", name: "of that id".to_owned() }
}

fn rendered(content: &Templates, values: &Map<String, Value>) -> gyre_deliver::Result<Preview> {
    let fields = content.fields(values)?;
    if !content.is_mail() {
        return Ok(Preview { subject: None, text: None, html: None, fields });
    }
    let Email { subject, text, html } = content.mail(values)?;
    Ok(Preview { subject: Some(subject), text: Some(text), html, fields })
}
