//! A plan inferred from traffic. It is a beginning for people to read and change.

use super::is_there;
use crate::{ids, when};
use gyre_config::kinds::{
    Pii, PlanMode, PlannedEvent, PlannedProperty, PropertyType, TrackingPlan, Unplanned,
};
use gyre_model::event::EventKind;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The most values that are listed as those allowed.
const MOST_VALUES: usize = 12;
/// How often an event must have been seen before its values are taken for all there are.
const ENOUGH: u64 = 50;

/// An event that was seen.
#[derive(Debug, Clone)]
pub struct Observed<'a> {
    /// Which call it was.
    pub kind: EventKind,
    /// Its name.
    pub name: &'a str,
    /// Its properties, or its traits.
    pub properties: &'a Map<String, Value>,
}

/// How often a call was seen, and its properties.
type Call = (u64, BTreeMap<String, Seen>);

#[derive(Default)]
struct Seen {
    there: u64,
    types: BTreeSet<PropertyType>,
    values: BTreeSet<String>,
    many: bool,
    emails: u64,
}

/// The plan that all of these calls keep to, with the mode `warn`; and how often each was seen. A plan
/// that somebody applies to pages should not find a page of tomorrow wrong, so those that have no name
/// yet are allowed.
pub fn infer<'a>(
    events: impl Iterator<Item = Observed<'a>>,
) -> (TrackingPlan, BTreeMap<String, u64>) {
    let mut all: BTreeMap<(&str, String), Call> = BTreeMap::new();
    for event in events.filter(|event| event.kind != EventKind::Alias) {
        let key = (event.kind.as_str(), event.name.to_owned());
        let (count, properties) = all.entry(key).or_default();
        *count += 1;
        for (name, value) in event.properties.iter().filter(|(_, value)| is_there(value)) {
            observe(properties.entry(name.clone()).or_default(), value);
        }
    }
    let mut counts = BTreeMap::new();
    let mut plan = TrackingPlan {
        sources: Vec::new(),
        mode: PlanMode::Warn,
        unplanned: Unplanned::Warn,
        events: BTreeMap::new(),
        identify: None,
        group: None,
        pages: BTreeMap::new(),
        screens: BTreeMap::new(),
        cleaning: Vec::new(),
    };
    for ((kind, name), (count, properties)) in all {
        let properties = properties
            .into_iter()
            .map(|(name, seen)| {
                let planned = planned(&name, &seen, count);
                (name, planned)
            })
            .collect();
        let planned = PlannedEvent { properties, ..PlannedEvent::default() };
        counts.insert(shown(kind, &name), count);
        match EventKind::parse(kind) {
            Some(EventKind::Identify) => plan.identify = Some(planned),
            Some(EventKind::Group) => plan.group = Some(planned),
            Some(EventKind::Page) => keep(&mut plan.pages, name, planned),
            Some(EventKind::Screen) => keep(&mut plan.screens, name, planned),
            _ => drop(plan.events.insert(name, planned)),
        }
    }
    (plan, counts)
}

/// What people call a call.
fn shown(kind: &str, name: &str) -> String {
    match (kind, name) {
        ("track", name) => name.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, name) => format!("{kind} {name}"),
    }
}

/// A page or screen in the plan; every other one may look as it likes.
fn keep(all: &mut BTreeMap<String, PlannedEvent>, name: String, planned: PlannedEvent) {
    all.entry("*".to_owned()).or_default();
    if !name.is_empty() {
        all.insert(name, planned);
    }
}

fn observe(seen: &mut Seen, value: &Value) {
    seen.there += 1;
    seen.types.insert(kind(value));
    let Some(text) = value.as_str() else {
        seen.many = true;
        return;
    };
    seen.emails += u64::from(ids::email(text).is_some());
    if !seen.many {
        seen.values.insert(text.to_owned());
        seen.many = seen.values.len() > MOST_VALUES || text.len() > 60;
    }
}

fn kind(value: &Value) -> PropertyType {
    match value {
        Value::Bool(_) => PropertyType::Boolean,
        Value::Number(number) if number.is_f64() => PropertyType::Number,
        Value::Number(_) => PropertyType::Integer,
        Value::Array(_) => PropertyType::List,
        Value::Object(_) => PropertyType::Object,
        Value::String(text) if when::parse_strict(text.trim()).is_some() => PropertyType::Time,
        Value::String(_) | Value::Null => PropertyType::Text,
    }
}

fn planned(name: &str, seen: &Seen, count: u64) -> PlannedProperty {
    use PropertyType::{Integer, Number, Text, Time};
    let types: Vec<PropertyType> = seen.types.iter().copied().collect();
    let kind = match types[..] {
        [one] => Some(one),
        // A total of 20 among totals of 19.99 is a number too.
        [Number, Integer] | [Integer, Number] => Some(Number),
        [Text, Time] | [Time, Text] => Some(Text),
        _ => None,
    };
    let pii = pii(name, seen);
    let listed = kind == Some(Text) && !seen.many && count >= ENOUGH && pii.is_none();
    // An id is different every time, however few were seen.
    let few = seen.values.len() as u64 * 5 <= seen.there;
    PlannedProperty {
        r#type: kind,
        required: seen.there == count,
        values: if listed && few {
            seen.values.iter().map(|text| Value::String(text.clone())).collect()
        } else {
            Vec::new()
        },
        pii,
        ..PlannedProperty::default()
    }
}

/// Whether a property looks personal, by its name and by what was seen.
fn pii(name: &str, seen: &Seen) -> Option<Pii> {
    const DIRECT: [&str; 11] = [
        "email",
        "mail",
        "phone",
        "mobile",
        "firstname",
        "lastname",
        "fullname",
        "address",
        "street",
        "ip",
        "iban",
    ];
    const INDIRECT: [&str; 7] =
        ["birthday", "birthdate", "zip", "postcode", "postal", "age", "gender"];
    if seen.emails > 0 {
        return Some(Pii::Direct);
    }
    let bare: String = name.to_lowercase().chars().filter(|c| !matches!(c, '_' | '-')).collect();
    let words: Vec<String> =
        name.to_lowercase().split(['_', '-', ' ']).map(str::to_owned).collect();
    let has = |known: &[&str]| {
        known.iter().any(|one| bare == *one || words.iter().any(|word| word == one))
    };
    if has(&DIRECT) {
        Some(Pii::Direct)
    } else if has(&INDIRECT) {
        Some(Pii::Indirect)
    } else {
        None
    }
}
