//! Consent, asked and stated: what somebody says through us, where somebody stands as of an instant,
//! whether the ledger is whole, and who may be in a training set or an export.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::links;
use crate::person::Person;
use crate::processor::consent::head;
use gyre_collect::{LinkAction, LinkError, OWN_SOURCE, PageLink, ids};
use gyre_govern::ledger::Walk;
use gyre_govern::{Gate, Word, standing};
use gyre_model::id::hash128;
use gyre_model::record::body::{ChainLink, Consent, Evidence, Subject};
use gyre_model::{
    ConsentDecision, Entry, Family, NodeId, NodeKind, PersonId, Purpose, RecordId, Timestamp,
    Topic, Workspace,
};
use gyre_ports::failpoint;
use gyre_ports::lake::Parameter;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
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

/// Where somebody stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentView {
    /// The person.
    pub person: PersonId,
    /// As of when.
    pub as_of: Timestamp,
    /// The jurisdiction, where the policy finds one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Where the person stands on everything that was said or is asked.
    pub topics: Vec<TopicView>,
    /// The person's preference page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences_url: Option<String>,
}

/// Where somebody stands on one topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicView {
    /// The purpose.
    pub purpose: &'static str,
    /// The channel, or `*`; none for purposes without.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// Whether it is allowed: what was said, else what the jurisdiction says. For contact a contact
    /// policy may want more.
    pub allowed: bool,
    /// What was said.
    #[serde(flatten)]
    pub stands: StandingView,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingView {
    /// `granted`, `denied`, `withdrawn`, `expired`; absent where nothing was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<&'static str>,
    /// `silence`, `said`, `conflict`, `expired`.
    pub because: &'static str,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The entries of the ledger it rests on.
    pub ledger: Vec<RecordId>,
}

/// What a walk over the ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerReport {
    /// Whether it is whole.
    pub whole: bool,
    /// Entries that were held against their hashes.
    pub entries: u64,
    /// Entries written before the ledger was chained.
    pub unchained: u64,
    /// The hash of the last entry: kept elsewhere, it shows later that nothing was rewritten.
    pub head: String,
    /// What is wrong.
    pub faults: Vec<String>,
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

    /// Where somebody stands; `as_of` an instant of the past, and if asked so, only by what was known at
    /// `known_at`.
    pub async fn consent(
        &self,
        workspace: &Workspace,
        text: &str,
        as_of: Option<Timestamp>,
        known_at: Option<Timestamp>,
    ) -> Result<Option<ConsentView>> {
        let Some(person) = self.known(workspace, text).await? else { return Ok(None) };
        let now = self.shared.clock.now();
        let words = match (as_of, known_at) {
            (None, None) => person.words(),
            _ => self.words_of(workspace, &person, known_at).await?,
        };
        Ok(Some(self.stand(workspace, &person, &words, as_of.unwrap_or(now))))
    }

    /// Where a person stands by these words.
    pub fn stand(
        &self,
        workspace: &Workspace,
        person: &Person,
        words: &[Word],
        at: Timestamp,
    ) -> ConsentView {
        let catalog = self.shared.catalog(workspace);
        let law = catalog.law(person);
        let mut topics: BTreeSet<Topic> =
            words.iter().filter(|word| word.at <= at).map(|word| word.topic.clone()).collect();
        if law.policy.is_some() {
            let others = Purpose::ALL.into_iter().filter(|purpose| !purpose.is_contact());
            topics.extend(others.map(|purpose| Topic::new(purpose, "")));
        }
        let view = |topic: Topic| {
            let stands = standing(words, &topic, at);
            let silence = if law.policy.is_some() { law.allows_silence(&topic) } else { false };
            TopicView {
                purpose: topic.purpose.as_str(),
                allowed: stands.allows(silence),
                channel: topic.channel,
                stands: StandingView {
                    decision: stands.decision.map(ConsentDecision::as_str),
                    because: stands.because.as_str(),
                    since: stands.since,
                    until: stands.until,
                    ledger: stands.ledger,
                },
            }
        };
        let jurisdiction = law.policy.and_then(|policy| policy.jurisdiction_of(law.place));
        ConsentView {
            person: person.id,
            as_of: at,
            jurisdiction: jurisdiction.map(str::to_owned),
            topics: topics.into_iter().map(view).collect(),
            preferences_url: links::preferences(
                &self.shared,
                workspace,
                person.root(),
                self.shared.clock.now(),
            ),
        }
    }

    /// Everything the ledger has of a person's nodes.
    async fn words_of(
        &self,
        workspace: &Workspace,
        person: &Person,
        known_at: Option<Timestamp>,
    ) -> Result<Vec<Word>> {
        self.visible().await?;
        let mut words = Vec::new();
        for (id, node) in &person.nodes {
            let mut after = -1;
            loop {
                let rows = self
                    .select(
                        "SELECT * FROM consents WHERE workspace = $1 AND node = $2 \
                         AND _offset > $3 ORDER BY _offset LIMIT 1000",
                        vec![
                            Parameter::Text(workspace.to_string()),
                            Parameter::Text(id.to_string()),
                            Parameter::Integer(after),
                        ],
                    )
                    .await?;
                let last = rows.last().and_then(|row| row["_offset"].as_i64());
                for row in &rows {
                    let entry = entry_of(row)?;
                    let known = known_at.is_none_or(|at| received(row, &entry) <= at);
                    if known {
                        words.push(word(*id, node.since(), &entry));
                    }
                }
                match last {
                    Some(last) if rows.len() == PAGE => after = last,
                    _ => break,
                }
            }
        }
        Ok(words)
    }

    /// Walks the ledger of a workspace as the lake has it, entry by entry in the order in which it
    /// stands, and holds its end against the fold's.
    pub async fn verify_consents(&self, workspace: &Workspace) -> Result<LedgerReport> {
        self.visible().await?;
        let mut report = LedgerReport {
            whole: true,
            entries: 0,
            unchained: 0,
            head: String::new(),
            faults: Vec::new(),
        };
        for partition in 0..self.shared.journal.partitions() {
            // Taken before the walk: what comes meanwhile is behind it.
            let end = head(self.shared.fold.as_ref(), partition, workspace)?;
            let (mut walk, mut after) = (Walk::default(), -1);
            loop {
                let rows = self
                    .select(
                        "SELECT * FROM consents WHERE workspace = $1 AND _partition = $2 \
                         AND _offset > $3 ORDER BY _offset LIMIT 1000",
                        vec![
                            Parameter::Text(workspace.to_string()),
                            Parameter::Integer(i64::from(partition)),
                            Parameter::Integer(after),
                        ],
                    )
                    .await?;
                for row in &rows {
                    walk.take(&entry_of(row)?);
                }
                match rows.last().and_then(|row| row["_offset"].as_i64()) {
                    Some(last) if rows.len() == PAGE => after = last,
                    _ => break,
                }
            }
            walk.end(&end);
            report.entries += walk.entries;
            report.unchained += walk.unchained;
            report.head = walk.head().hash;
            report.faults.extend(walk.faults.iter().map(ToString::to_string));
        }
        report.whole = report.faults.is_empty();
        Ok(report)
    }

    /// Who of these people may be in a training set ([`Gate::Training`]) or leave in an export
    /// ([`Gate::Export`]), and who is withheld and why. Whoever takes rows of people for either asks
    /// here, now: what was allowed when the rows were written may not be any more.
    pub fn permitted(
        &self,
        workspace: &Workspace,
        gate: Gate,
        people: &[PersonId],
    ) -> Result<(Vec<PersonId>, Vec<Withheld>)> {
        let catalog = self.shared.catalog(workspace);
        let now = self.shared.clock.now();
        let (mut open, mut withheld) = (Vec::new(), Vec::new());
        for &id in people {
            let known = self.shared.people_of(id.root().key()).by_node(id.root())?;
            let Some(person) = known.filter(|person| person.workspace == *workspace) else {
                withheld.push(Withheld { person: id, because: "unknown", ledger: Vec::new() });
                continue;
            };
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

/// A statement as an event of ours.
fn own_event(
    workspace: &Workspace,
    stated: &Stated,
    topic: Option<&(Topic, ConsentDecision)>,
    index: usize,
    now: Timestamp,
) -> Result<(RecordId, Entry)> {
    let of = |text: &Option<String>| text.as_deref().and_then(ids::usable).map(str::to_owned);
    let (user, anonymous) = (of(&stated.user_id), of(&stated.anonymous_id));
    let email = stated.email.as_deref().and_then(ids::email);
    let name = workspace.as_str();
    let node = user
        .as_ref()
        .map(|id| NodeId::node(name, NodeKind::User, id))
        .or_else(|| anonymous.as_ref().map(|id| NodeId::node(name, NodeKind::Anonymous, id)))
        .or_else(|| email.as_ref().map(|id| NodeId::node(name, NodeKind::Email, id)))
        .ok_or_else(|| Error::Invalid {
            message: "the statement names nobody".to_owned(),
            hint: Some("give user_id, anonymous_id or email".to_owned()),
        })?;
    let mut properties = stated.properties.clone();
    if let Some((topic, decision)) = topic {
        properties.insert("purpose".to_owned(), topic.purpose.as_str().into());
        if topic.purpose.is_contact() {
            properties.insert("channel".to_owned(), topic.channel.clone().into());
        }
        properties.insert("decision".to_owned(), decision.as_str().into());
    }
    let taken_back = topic.is_some_and(|(_, decision)| !decision.is_granted());
    let mut context = if topic.is_none() { stated.context.clone() } else { Map::new() };
    if let Some(email) = &email {
        context.insert("traits".to_owned(), json!({"email": email}));
    }
    let at = stated.occurred_at.unwrap_or(now);
    let about = topic.map(|(topic, said)| format!("{topic} {}", said.as_str()));
    let id = RecordId(match &stated.id {
        Some(id) => hash128(&[name.as_bytes(), id.as_bytes(), &(index as u64).to_le_bytes()]),
        None => hash128(&[
            name.as_bytes(),
            node.as_bytes(),
            stated.through.as_bytes(),
            about.unwrap_or_default().as_bytes(),
            &now.0.to_le_bytes(),
        ]),
    });
    let mut event = json!({
        "type": "track",
        "event": "Consent Updated",
        "userId": user,
        "anonymousId": anonymous,
        "timestamp": at.to_string(),
        "context": context,
    });
    if let Some(token) = stated.answers.as_ref().filter(|_| taken_back) {
        // It answers the message in which the link stood, and says so for this channel only.
        properties.insert(gyre_collect::TOKEN_PROPERTY.to_owned(), token.clone().into());
        event["event"] = "Unsubscribed".into();
    }
    event["properties"] = Value::Object(properties);
    let payload = json!({
        "v": 1,
        "source": format!("{OWN_SOURCE}{}", stated.through),
        "message_id": format!("consent-{id}"),
        "event": event,
    });
    let entry = Entry {
        workspace: workspace.clone(),
        family: Family::Event,
        key: node.key(),
        cause: None,
        payload: payload.to_string().into_bytes(),
    };
    Ok((id, entry))
}

fn word(node: NodeId, joined: Timestamp, entry: &Consent) -> Word {
    Word {
        id: entry.chain.as_ref().map(|link| link.id).unwrap_or_default(),
        node,
        joined,
        topic: entry.topic(),
        decision: entry.decision(),
        at: entry.occurred_at,
        expires_at: entry.expires_at,
    }
}

/// When it was known; entries of before say only when they were written.
fn received(row: &Value, entry: &Consent) -> Timestamp {
    let written = || row["at"].as_str().and_then(|text| Timestamp::parse(text).ok());
    entry.received_at.or_else(written).unwrap_or(entry.occurred_at)
}

/// An entry as a row of the lake has it.
fn entry_of(row: &Value) -> Result<Consent> {
    let wrong = |what: &'static str| Error::corrupt("entry of the consent ledger", what);
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    let id = |name: &'static str| text(name).and_then(|text| text.parse().ok());
    let time = |name: &str| row[name].as_str().and_then(|text| Timestamp::parse(text).ok());
    let node = text("node").and_then(|text| text.parse().ok()).ok_or_else(|| wrong("node"))?;
    let chain = match (id("consent"), row["number"].as_u64(), text("hash")) {
        (Some(id), Some(number), Some(hash)) => Some(ChainLink {
            id,
            number,
            previous: text("previous_hash").unwrap_or_default(),
            hash,
        }),
        _ => None,
    };
    let subject = match (text("subject_kind"), text("subject_hash")) {
        (Some(kind), Some(hash)) => Some(Subject { kind, hash }),
        _ => None,
    };
    Ok(Consent {
        v: 1,
        node,
        person: text("person").and_then(|id| id.parse().ok()).ok_or_else(|| wrong("person"))?,
        channel: text("channel").unwrap_or_default(),
        granted: row["granted"].as_bool().ok_or_else(|| wrong("granted"))?,
        occurred_at: time("occurred_at").ok_or_else(|| wrong("occurred_at"))?,
        source: text("source").unwrap_or_default(),
        purpose: text("purpose").and_then(|name| Purpose::parse(&name)).unwrap_or_default(),
        decision: text("decision").and_then(|name| ConsentDecision::parse(&name)),
        subject,
        evidence: Evidence {
            legal_basis: text("legal_basis"),
            jurisdiction: text("jurisdiction"),
            notice_version: text("notice_version"),
            notice_hash: text("notice_hash"),
            language: text("language"),
            method: text("method"),
            event: text("message_id"),
            cmp: text("cmp"),
            raw: text("raw"),
            actor: text("actor"),
        },
        received_at: time("received_at"),
        expires_at: time("expires_at"),
        chain,
    })
}
