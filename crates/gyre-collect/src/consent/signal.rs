//! What an event says about every purpose: as it was stated, and in the words of consent managers.

use super::bits::Malformed;
use super::gpp::GppString;
use super::tcf::TcString;
use super::{CHOSEN, UPDATED};
use gyre_config::kinds::{ConsentPolicy, Vocabulary};
use gyre_model::event::{Event, EventKind};
use gyre_model::record::body::Evidence;
use gyre_model::{ConsentDecision, Timestamp, Topic};
use serde_json::{Map, Value};

/// The longest consent string that is kept with an entry, in bytes.
const MAX_RAW: usize = 8 * 1024;
/// The longest other text that is kept with an entry, in characters.
const MAX_TEXT: usize = 200;

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What about.
    pub topic: Topic,
    /// What: granted or denied, or what the caller says in so many words.
    pub decision: ConsentDecision,
    /// Until when a yes counts, where that was stated.
    pub expires_at: Option<Timestamp>,
    /// What shows that it was said.
    pub evidence: Evidence,
    /// Whether clients send it along with every event: it counts when it changes.
    pub repeated: bool,
}

/// Something that was meant to say something and cannot be read. It says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// A stable code, Segment's own where there is one.
    pub code: &'static str,
    /// What is wrong, without anything from the event.
    pub message: String,
    /// What cannot be read.
    pub raw: String,
    /// Where in the event it stands, or would stand.
    pub place: Vec<&'static str>,
}

/// Everything an event says about consent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signals {
    /// What is said, in the order in which it is looked for, no topic twice by one method.
    pub statements: Vec<Statement>,
    /// What cannot be read.
    pub unclear: Vec<Unclear>,
}

/// Everything an event says about consent, others' words read as the policy says.
///
/// | where | method |
/// |---|---|
/// | what [`super::consents`] reads | `trait`, `event` |
/// | `track` `Consent Updated` with `purpose` | `event`, or what a caller of the server states |
/// | `context.consent.categoryPreferences` | `segment` |
/// | `context.consentManagement` | `rudderstack` |
/// | `context.consent.tcString`, `context.IABTCF_TCString` | `tcf` |
/// | `context.consent.gppString`, `context.IABGPP_HDR_GppString` | `gpp` |
/// | `context.consent.uspString`, `context.IABUSPrivacy_String` | `us_privacy` |
/// | `context.consent.google` | `google` |
/// | the header `Sec-GPC: 1` | `gpc` |
///
/// What clients send along with every event is marked as repeated; the event of Segment that tells a
/// choice is not.
pub fn signals(event: &Event, policy: &ConsentPolicy) -> Signals {
    let mut reader = Reader { event, policy, found: Signals::default() };
    reader.stated();
    reader.segment();
    reader.rudderstack();
    let tcf = reader.string("tcString", "IABTCF_TCString");
    reader.parsed("tcf", "consent_tcf_malformed", tcf, TcString::parse, Reader::tcf);
    let gpp = reader.string("gppString", "IABGPP_HDR_GppString");
    reader.parsed("gpp", "consent_gpp_malformed", gpp, GppString::parse, Reader::gpp);
    let usp = reader.string("uspString", "IABUSPrivacy_String");
    let read = GppString::of_us_privacy;
    reader.parsed("us_privacy", "consent_us_privacy_malformed", usp, read, Reader::gpp);
    reader.google();
    if event.gpc {
        let topics = policy.gpc().into_iter().map(|topic| (topic, false)).collect();
        reader.add("gpc", topics, &Evidence::default());
    }
    reader.found
}

/// Where the categories of a consent manager stand.
const CATEGORIES: [&str; 3] = ["context", "consent", "categoryPreferences"];

/// A consent string, and where it stands.
struct Found {
    value: Value,
    place: Vec<&'static str>,
}

struct Reader<'a> {
    event: &'a Event,
    policy: &'a ConsentPolicy,
    found: Signals,
}

impl Reader<'_> {
    /// What is stated in so many words.
    fn stated(&mut self) {
        let method = match self.event.kind {
            EventKind::Identify => "trait",
            _ => "event",
        };
        let stated = self.stated_evidence(method);
        let properties = &self.event.properties;
        let text = |key: &str| properties.get(key).and_then(Value::as_str).map(str::trim);
        let updated = self.event.kind == EventKind::Track && self.event.name == UPDATED;
        // With a purpose, a channel belongs to it and says nothing by itself.
        let purpose = text("purpose").filter(|_| updated);
        let plain = if purpose.is_none() { super::consents(self.event) } else { Vec::new() };
        for (channel, granted) in plain {
            self.state(
                Topic::new(gyre_model::Purpose::Contact, &channel),
                decision(granted),
                &stated,
            );
        }
        let Some(purpose) = purpose else { return };
        let topic = Topic::parse(purpose)
            .map(|topic| text("channel").map_or(topic.clone(), |at| Topic::new(topic.purpose, at)));
        let said = match (text("decision"), properties.get("granted").and_then(Value::as_bool)) {
            (Some(word), _) => ConsentDecision::parse(word),
            (None, granted) => granted.map(decision),
        };
        match (topic, said) {
            (Some(topic), Some(said)) => self.state(topic, said, &stated),
            (None, _) => self.unclear(
                "consent_purpose_not_known",
                "the purpose is none of Gyre's".to_owned(),
                purpose,
                vec!["properties"],
            ),
            (_, None) => self.unclear(
                "consent_decision_not_known",
                "it says neither `granted` (a boolean) nor a decision".to_owned(),
                purpose,
                vec!["properties"],
            ),
        }
    }

    fn stated_evidence(&self, method: &str) -> Evidence {
        let text = |key: &str| {
            let value = self.event.properties.get(key)?.as_str()?.trim();
            (!value.is_empty()).then(|| value.chars().take(MAX_TEXT).collect::<String>())
        };
        // Who wrote it down and how is what our own callers say; anybody else could say anything.
        let ours = self.event.source.starts_with(crate::OWN_SOURCE);
        Evidence {
            method: text("method").filter(|_| ours).or_else(|| Some(method.to_owned())),
            actor: text("actor").filter(|_| ours),
            legal_basis: text("legal_basis"),
            jurisdiction: text("jurisdiction"),
            notice_version: text("notice_version"),
            notice_hash: text("notice_hash"),
            language: text("language"),
            cmp: text("cmp"),
            ..Evidence::default()
        }
    }

    fn state(&mut self, topic: Topic, decision: ConsentDecision, evidence: &Evidence) {
        let expires_at = self.event.properties.get("expires_at").and_then(Value::as_str);
        self.found.statements.push(Statement {
            topic,
            decision,
            expires_at: expires_at.and_then(|text| Timestamp::parse(text).ok()),
            evidence: evidence.clone(),
            repeated: false,
        });
    }

    /// Segment: a category stands for topics; a topic is granted when all its categories are.
    fn segment(&mut self) {
        let asked = self.event.kind == EventKind::Track && self.event.name == CHOSEN;
        let preferences =
            self.event.context.get("consent").and_then(|it| it.get("categoryPreferences"));
        let Some(preferences) = preferences else {
            if asked {
                let message = "`context.consent.categoryPreferences` is missing".to_owned();
                let place = CATEGORIES.to_vec();
                self.unclear("consent_categorypreferences_should_exist", message, "", place);
            }
            return;
        };
        let flags: Option<Vec<(&String, bool)>> = preferences.as_object().and_then(|map| {
            map.iter().map(|(key, value)| value.as_bool().map(|flag| (key, flag))).collect()
        });
        let Some(flags) = flags else {
            let message = "`categoryPreferences` is not an object of booleans".to_owned();
            let (raw, place) = (preferences.to_string(), CATEGORIES.to_vec());
            return self.unclear("consent_categorypreferences_not_boolean", message, &raw, place);
        };
        let meant = flags.into_iter().flat_map(|(category, granted)| {
            let topics = self.policy.meaning(Vocabulary::Categories, category);
            topics.into_iter().map(move |topic| (topic, granted))
        });
        let topics = strictest(meant);
        let evidence = Evidence { raw: Some(cut(&preferences.to_string())), ..Evidence::default() };
        self.add("segment", topics, &evidence);
        if asked {
            // Here somebody has just chosen.
            let own = |one: &&mut Statement| one.evidence.method.as_deref() == Some("segment");
            self.found.statements.iter_mut().filter(own).for_each(|one| one.repeated = false);
        }
    }

    /// RudderStack: what is denied is denied, what is allowed is granted, the rest is not spoken of.
    fn rudderstack(&mut self) {
        let Some(management) = self.event.context.get("consentManagement") else { return };
        let ids = |key: &str| -> Option<Vec<&str>> {
            match management.get(key) {
                None | Some(Value::Null) => Some(Vec::new()),
                // Newer SDKs send the provider's own structure for categories; it says nothing here.
                Some(Value::Object(_)) if key == "allowedConsentIds" => Some(Vec::new()),
                Some(value) => value.as_array()?.iter().map(Value::as_str).collect(),
            }
        };
        let (Some(denied), Some(allowed)) = (ids("deniedConsentIds"), ids("allowedConsentIds"))
        else {
            let message = "the ids of `consentManagement` are not lists of texts".to_owned();
            let (raw, place) = (management.to_string(), vec!["context", "consentManagement"]);
            return self.unclear("consent_management_malformed", message, &raw, place);
        };
        let meant = denied.iter().map(|id| (id, false)).chain(allowed.iter().map(|id| (id, true)));
        let topics = strictest(meant.flat_map(|(id, granted)| {
            let topics = self.policy.meaning(Vocabulary::Categories, id);
            topics.into_iter().map(move |topic| (topic, granted))
        }));
        let provider = management.get("provider").and_then(Value::as_str);
        let evidence = Evidence {
            cmp: provider.map(|text| text.chars().take(MAX_TEXT).collect()),
            raw: Some(cut(&management.to_string())),
            ..Evidence::default()
        };
        self.add("rudderstack", topics, &evidence);
    }

    /// A consent string, where the consent object or the keys of mobile platforms have it.
    fn string(&self, key: &'static str, mobile: &'static str) -> Option<Found> {
        let context = &self.event.context;
        let own = context.get("consent").and_then(|consent| consent.get(key));
        let (value, place) = match own {
            Some(value) => (value, vec!["context", "consent", key]),
            None => (context.get(mobile)?, vec!["context", mobile]),
        };
        (!value.is_null()).then(|| Found { value: value.clone(), place })
    }

    fn parsed<T>(
        &mut self,
        method: &'static str,
        code: &'static str,
        found: Option<Found>,
        parse: impl Fn(&str) -> Result<T, Malformed>,
        read: impl Fn(&mut Self, &'static str, &T, &Evidence),
    ) {
        let Some(Found { value, place }) = found else { return };
        let Some(text) = value.as_str().map(str::trim).filter(|text| !text.is_empty()) else {
            return self.unclear(code, "it is not a text".to_owned(), &value.to_string(), place);
        };
        match parse(text) {
            Ok(parsed) => {
                let evidence = Evidence { raw: Some(cut(text)), ..Evidence::default() };
                read(self, method, &parsed, &evidence);
            }
            Err(why) => self.unclear(code, why.to_string(), text, place),
        }
    }

    fn tcf(&mut self, method: &'static str, string: &TcString, evidence: &Evidence) {
        let mut evidence = Evidence {
            cmp: Some(string.cmp_id.to_string()),
            language: Some(string.language.to_lowercase()),
            notice_version: Some(format!(
                "tcf {}.{}",
                string.policy_version, string.vendor_list_version
            )),
            ..evidence.clone()
        };
        let mut meant = Vec::new();
        for purpose in 1..=11u8 {
            let granted = string.consents(purpose) || string.has_interest(purpose);
            let topics = self.policy.meaning(Vocabulary::Tcf, &purpose.to_string());
            meant.extend(topics.into_iter().map(|topic| (topic, granted)));
        }
        evidence.legal_basis = Some("consent".to_owned());
        self.add(method, strictest(meant), &evidence);
    }

    fn gpp(&mut self, method: &'static str, string: &GppString, evidence: &Evidence) {
        if let Some(tcf) = &string.tcf {
            self.tcf("tcf", tcf, evidence);
        }
        let meant = string.signals.iter().flat_map(|(signal, out)| {
            let topics = self.policy.meaning(Vocabulary::Gpp, signal);
            topics.into_iter().map(move |topic| (topic, !out))
        });
        let topics = strictest(meant);
        let evidence = Evidence { legal_basis: Some("opt_out".to_owned()), ..evidence.clone() };
        self.add(method, topics, &evidence);
    }

    fn google(&mut self) {
        let Some(mode) = self.event.context.get("consent").and_then(|it| it.get("google")) else {
            return;
        };
        let words: Option<Vec<(&String, bool)>> = mode.as_object().and_then(words);
        let Some(words) = words else {
            let message = "it is not an object of `granted` and `denied`".to_owned();
            let (raw, place) = (mode.to_string(), vec!["context", "consent", "google"]);
            return self.unclear("consent_google_malformed", message, &raw, place);
        };
        let meant = words.into_iter().flat_map(|(word, granted)| {
            let topics = self.policy.meaning(Vocabulary::Google, word);
            topics.into_iter().map(move |topic| (topic, granted))
        });
        let topics = strictest(meant);
        let evidence = Evidence { raw: Some(cut(&mode.to_string())), ..Evidence::default() };
        self.add("google", topics, &evidence);
    }

    fn add(&mut self, method: &'static str, topics: Vec<(Topic, bool)>, evidence: &Evidence) {
        for (topic, granted) in topics {
            let evidence = Evidence { method: Some(method.to_owned()), ..evidence.clone() };
            self.found.statements.push(Statement {
                topic,
                decision: decision(granted),
                expires_at: None,
                evidence,
                repeated: true,
            });
        }
    }

    fn unclear(
        &mut self,
        code: &'static str,
        message: String,
        raw: &str,
        place: Vec<&'static str>,
    ) {
        self.found.unclear.push(Unclear { code, message, raw: cut(raw), place });
    }
}

/// Google's words; `wait_for_update` and `region` belong to the call, not to consent.
fn words(map: &Map<String, Value>) -> Option<Vec<(&String, bool)>> {
    map.iter()
        .filter(|(key, _)| !matches!(key.as_str(), "wait_for_update" | "region"))
        .map(|(key, value)| match value.as_str()? {
            "granted" => Some((key, true)),
            "denied" => Some((key, false)),
            _ => None,
        })
        .collect()
}

fn decision(granted: bool) -> ConsentDecision {
    if granted { ConsentDecision::Granted } else { ConsentDecision::Denied }
}

/// Each topic once, granted when all that stands for it is.
fn strictest(meant: impl IntoIterator<Item = (Topic, bool)>) -> Vec<(Topic, bool)> {
    let mut topics: Vec<(Topic, bool)> = Vec::new();
    for (topic, granted) in meant {
        match topics.iter_mut().find(|(known, _)| *known == topic) {
            Some((_, known)) => *known &= granted,
            None => topics.push((topic, granted)),
        }
    }
    topics
}

fn cut(text: &str) -> String {
    crate::letter::cut_at(text, MAX_RAW).to_owned()
}
