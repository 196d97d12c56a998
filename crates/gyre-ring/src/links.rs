//! The links in messages: to the preference page, and to be written to no more.

use crate::shared::Shared;
use gyre_collect::{LinkAction, PageLink};
use gyre_model::record::body::Decision;
use gyre_model::{NodeId, Span, Timestamp, Workspace};
use serde_json::{Map, Value};

/// How long the link to the preference page works.
const PREFERENCES_LIFE: Span = Span::days(90);
/// How long the link to be written to no more works: messages are kept for long.
const UNSUBSCRIBE_LIFE: Span = Span::days(5 * 365);

/// The links of one message.
pub(crate) struct Links {
    unsubscribe: String,
    preferences: String,
}

impl Links {
    /// The links for whom a message is sent to; `None` where nobody said where people reach us.
    pub(crate) fn of(
        shared: &Shared,
        workspace: &Workspace,
        decision: &Decision,
        token: &str,
    ) -> Option<Self> {
        let base = shared.options.public_url.as_deref()?;
        let (node, channel) = (decision.node, decision.channel.as_str());
        // Bound to the decision's time, so that another attempt says the same.
        let link = |action, life| {
            let expires = decision.at + life;
            seal(shared, action, workspace, node, channel, expires)
        };
        let unsubscribe = link(LinkAction::Unsubscribe, UNSUBSCRIBE_LIFE);
        let preferences = link(LinkAction::Preferences, PREFERENCES_LIFE);
        Some(Self {
            unsubscribe: format!("{base}/unsubscribe?token={unsubscribe}&answer={token}"),
            preferences: format!("{base}/preferences?token={preferences}"),
        })
    }

    /// What templates may read.
    pub(crate) fn add_to(&self, values: &mut Map<String, Value>) {
        values.insert("unsubscribe_url".to_owned(), self.unsubscribe.clone().into());
        values.insert("preferences_url".to_owned(), self.preferences.clone().into());
    }

    /// One click to be written to no more (RFC 8058): mail programs post to the address, people who
    /// open it see a page.
    fn headers(&self) -> [(String, String); 2] {
        [
            ("List-Unsubscribe".to_owned(), format!("<{}>", self.unsubscribe)),
            ("List-Unsubscribe-Post".to_owned(), "List-Unsubscribe=One-Click".to_owned()),
        ]
    }
}

/// What a message says of itself, and the links it has.
pub(crate) fn headers(
    campaign: &str,
    variant: &str,
    token: String,
    links: Option<&Links>,
) -> Vec<(String, String)> {
    let mut headers = vec![
        ("X-Gyre-Campaign".to_owned(), campaign.to_owned()),
        ("X-Gyre-Variant".to_owned(), variant.to_owned()),
        ("X-Gyre-Token".to_owned(), token),
    ];
    headers.extend(links.into_iter().flat_map(Links::headers));
    headers
}

/// The link of a person to the preference page, for whoever asks on the person's behalf.
pub(crate) fn preferences(
    shared: &Shared,
    workspace: &Workspace,
    node: NodeId,
    now: Timestamp,
) -> Option<String> {
    let base = shared.options.public_url.as_deref()?;
    let expires = now + PREFERENCES_LIFE;
    let token = seal(shared, LinkAction::Preferences, workspace, node, "", expires);
    Some(format!("{base}/preferences?token={token}"))
}

fn seal(
    shared: &Shared,
    action: LinkAction,
    workspace: &Workspace,
    node: NodeId,
    channel: &str,
    expires: Timestamp,
) -> String {
    let link = PageLink {
        action,
        workspace: workspace.clone(),
        node,
        channel: channel.to_owned(),
        expires,
    };
    link.seal(&shared.options.token_key)
}
