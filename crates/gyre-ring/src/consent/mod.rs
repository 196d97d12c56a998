//! Consent, asked and stated: what somebody says through us, where somebody stands as of an instant,
//! whether the ledger is whole, and who may be in a training set or an export.

mod event;
mod gaps;
mod ledger;
mod stand;
mod withheld;

pub(crate) use gaps::{erased_places, keep_place, removal};
pub use ledger::LedgerReport;
pub use stand::{ConsentView, StandingView, TopicView};
pub(crate) use withheld::{Found, next_change, withheld};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::person::Person;
use event::own_event;
use gyre_collect::{LinkAction, LinkError, PageLink};
use gyre_govern::Gate;
use gyre_model::{ConsentDecision, PersonId, RecordId, Timestamp, Topic, Workspace};
use gyre_ports::failpoint;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Entries of the ledger read at once.
const PAGE: usize = 1_000;

/// Something said through us.
#[derive(Debug, Clone, Default)]
pub struct Stated {
    /// Which of our doors it came through: `api`, `preferences`, `unsubscribe`.
    pub through: &'static str,
    /// The person's user id.
    pub user_id: Option<String>,
    /// The person's anonymous id.
    pub anonymous_id: Option<String>,
    /// The person's e-mail address.
    pub email: Option<String>,
    /// What about, each with what was said.
    pub topics: Vec<(Topic, ConsentDecision)>,
    /// When; now when absent, never later.
    pub occurred_at: Option<Timestamp>,
    /// The same id again is the same statement.
    pub id: Option<String>,
    /// Further properties: `legal_basis`, `notice_version`, `language`, `method`, `actor`, ….
    pub properties: Map<String, Value>,
    /// Consent strings and objects of others, as events carry them.
    pub context: Map<String, Value>,
    /// The token of the decision whose message it answers.
    pub answers: Option<String>,
}

/// Somebody who is left out of a training set or an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Withheld {
    /// The person.
    pub person: PersonId,
    /// Why.
    pub because: &'static str,
    /// The entries of the ledger it rests on.
    pub ledger: Vec<RecordId>,
}

impl Engine {
    /// Writes down what somebody said. When it returns, it is on disk and in effect: nothing more is
    /// decided or sent against it.
    pub async fn state_consent(
        &self,
        workspace: &Workspace,
        stated: &Stated,
    ) -> Result<Vec<RecordId>> {
        let now = self.shared.clock.now();
        let mut ids = Vec::new();
        let mut entries = Vec::new();
        let carried = (!stated.context.is_empty()).then_some(None);
        let topics = stated.topics.iter().map(Some).chain(carried);
        for (index, topic) in topics.enumerate() {
            let (id, entry) = own_event(workspace, stated, topic, index, now)?;
            ids.push(id);
            entries.push(entry);
        }
        if entries.is_empty() {
            return Err(Error::Invalid {
                message: "nothing is said".to_owned(),
                hint: Some("give a purpose with a decision, or a context".to_owned()),
            });
        }
        self.ingest(entries).await?;
        self.caught_up().await?;
        Ok(ids)
    }

    /// The person a link in a message belongs to, and the link.
    pub fn linked(
        &self,
        token: &str,
        action: LinkAction,
    ) -> Result<(PageLink, Arc<Person>), LinkError> {
        let now = self.shared.clock.now();
        let link = PageLink::open(token, action, now, &self.shared.options.token_key)?;
        let people = self.shared.people_of(link.node.key());
        let found = people.by_node(link.node).ok().flatten();
        let person = found.filter(|person| person.workspace == link.workspace);
        person.map(|person| (link, person)).ok_or(LinkError::Expired)
    }

    /// Who of these people may be in a training set ([`Gate::Training`]), leave in an export
    /// ([`Gate::Export`]) or count ([`Gate::Measuring`]), and who is withheld and why. Whoever takes rows of people for either asks
    /// here, now: what was allowed when the rows were written may not be any more.
    pub fn permitted(
        &self,
        workspace: &Workspace,
        gate: Gate,
        people: &[PersonId],
    ) -> Result<(Vec<PersonId>, Vec<Withheld>)> {
        let catalog = self.shared.catalog(workspace);
        let rights = self.shared.rights.read().clone();
        let now = self.shared.clock.now();
        let (mut open, mut withheld) = (Vec::new(), Vec::new());
        for &id in people {
            let known = self.shared.people_of(id.root().key()).by_node(id.root())?;
            let Some(person) = known.filter(|person| person.workspace == *workspace) else {
                withheld.push(Withheld { person: id, because: "unknown", ledger: Vec::new() });
                continue;
            };
            if rights.is_restricted(&person) && !failpoint::mutant("gate.restricted") {
                withheld.push(Withheld { person: id, because: "restricted", ledger: Vec::new() });
                continue;
            }
            let verdict = catalog.law(&person).judge(gate, "", &person.words(), now);
            match verdict.inspect(|verdict| self.shared.gates.count(verdict)) {
                Some(no) if !no.allowed && !failpoint::mutant("gate.permitted") => {
                    let because = no.because.as_str();
                    withheld.push(Withheld { person: id, because, ledger: no.ledger });
                }
                _ => open.push(id),
            }
        }
        Ok((open, withheld))
    }
}
