//! A small stand-in for the server, written from the contract alone: it learns only from the events it
//! is sent and shares no logic with the paths.

use super::bandit::{self, Drawn, Weights};
use crate::gyre::{Answer, ArmSums, Gyre, Lift, Rows, Turn};
use crate::sink::Mail;
use crate::time::{DAY, Time};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use xxhash_rust::xxh3::xxh3_64;

/// What the fake does wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// One in ten holdout e-mails is a reminder.
    WrongVariantForHoldout,
    /// The cap on contacts is forgotten.
    NoCap,
    /// Mail goes out without consent.
    NoConsent,
    /// Mail goes out twice.
    Twice,
}

/// What the treated receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treat {
    /// What the holdout receives.
    Blanket,
    Uniform,
    BySegment,
    /// A bandit per segment.
    Learning,
}

#[derive(Debug, Default, Clone)]
struct Known {
    email: String,
    consent: bool,
    orders: Vec<(Time, f64, f64)>,
    coupons: usize,
    views: usize,
    contacts: Vec<Time>,
    mailed: Option<Time>,
}

#[derive(Debug)]
pub(crate) struct Fake {
    pub(crate) start: Time,
    pub(crate) now: Time,
    pub(crate) treat: Treat,
    pub(crate) fault: Fault,
    people: BTreeMap<String, Known>,
    seen: BTreeSet<String>,
    pub(crate) dropped_duplicates: u64,
    pub(crate) outbox: Vec<Mail>,
    turns: Vec<Turn>,
    draws: u64,
    drawn: Vec<Drawn>,
    weights: Weights,
    /// Every call with its body, in order.
    pub(crate) transcript: Vec<String>,
}

impl Fake {
    pub(crate) fn new(treat: Treat, fault: Fault) -> Self {
        let start = Time::parse("2026-01-05T00:00:00Z").unwrap();
        Self {
            start,
            now: start,
            treat,
            fault,
            people: BTreeMap::new(),
            seen: BTreeSet::new(),
            dropped_duplicates: 0,
            outbox: Vec::new(),
            turns: Vec::new(),
            draws: 0,
            drawn: Vec::new(),
            weights: [[0.25; 4]; 3],
            transcript: Vec::new(),
        }
    }

    fn is_holdout(user: &str) -> bool {
        xxh3_64(user.as_bytes()).is_multiple_of(4)
    }

    fn draw(&mut self, user: &str, at: Time) -> &'static str {
        const NAMES: [&str; 4] = ["discount", "free_shipping", "reminder", "nothing"];
        self.draws += 1;
        if Self::is_holdout(user) {
            let wrong = self.fault == Fault::WrongVariantForHoldout;
            return if wrong && self.draws.is_multiple_of(10) { "reminder" } else { "discount" };
        }
        let person = &self.people[user];
        let segment = match person {
            _ if person.coupons * 2 >= person.orders.len() => 0,
            _ if person.views * 2 >= person.orders.len() => 1,
            _ => 2,
        };
        let weights = match self.treat {
            Treat::Blanket => [1., 0., 0., 0.],
            Treat::Uniform => [0.25; 4],
            Treat::BySegment => [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]][segment],
            Treat::Learning => self.weights[segment],
        };
        let hash = xxh3_64(format!("{user} {}", self.draws).as_bytes());
        let mut left = (hash >> 11) as f64 / (1u64 << 53) as f64;
        let mut variant = 0;
        while variant < 3 && left >= weights[variant] {
            left -= weights[variant];
            variant += 1;
        }
        self.drawn.push(Drawn { user: user.to_owned(), at, segment, variant });
        NAMES[variant]
    }

    fn capped(&self, user: &str, now: Time) -> bool {
        let since = now.plus(-14 * DAY);
        let recent = self.people[user].contacts.iter().filter(|at| **at >= since).count();
        recent >= 3 && self.fault != Fault::NoCap
    }

    fn due(&self, user: &str, now: Time) -> bool {
        let last = self.people[user].orders.iter().map(|order| order.0).max();
        last.is_some_and(|last| last < now.plus(-21 * DAY))
    }

    fn send_due(&mut self, to: Time) {
        let mut due: Vec<(Time, String)> = Vec::new();
        for (user, person) in &self.people {
            let Some(last) = person.orders.iter().map(|order| order.0).max() else { continue };
            let entry = last.plus(21 * DAY + 1).max(self.start);
            if entry <= to && person.mailed.is_none_or(|mailed| mailed < entry) {
                due.push((entry, user.clone()));
            }
        }
        due.sort();
        for (at, user) in due {
            self.people.get_mut(&user).unwrap().mailed = Some(at);
            let allowed = self.people[&user].consent || self.fault == Fault::NoConsent;
            if !allowed || self.capped(&user, at) {
                continue;
            }
            let variant = self.draw(&user, at);
            if variant == "nothing" {
                continue;
            }
            self.people.get_mut(&user).unwrap().contacts.push(at);
            let send = format!("{:016x}", xxh3_64(format!("{user}{}", at.0).as_bytes()));
            let mail = Mail {
                to: self.people[&user].email.clone(),
                token: format!("token-{send}"),
                send,
                campaign: "winback".to_owned(),
                variant: variant.to_owned(),
            };
            if self.fault == Fault::Twice {
                self.outbox.push(mail.clone());
            }
            self.outbox.push(mail);
        }
    }

    fn take_turn(&mut self, number: u64) {
        let from = self.start.plus((number as i64 - 1) * 28 * DAY);
        let to = from.plus(28 * DAY);
        let mut arms = [ArmSums::default(), ArmSums::default()];
        for (user, person) in &self.people {
            let arm = &mut arms[usize::from(Self::is_holdout(user))];
            let inside = |at: &Time| from <= *at && *at < to;
            arm.people += 1;
            arm.contacts += person.contacts.iter().filter(|at| inside(at)).count() as u64;
            let orders = person.orders.iter().filter(|order| inside(&order.0));
            arm.repeaters += u64::from(orders.clone().count() > 0);
            arm.margin += orders.clone().map(|order| order.1).sum::<f64>();
            arm.offer_cost += orders.map(|order| order.2).sum::<f64>();
        }
        let rate = |arm: &ArmSums| arm.repeaters as f64 / arm.people as f64;
        let spread = |arm: &ArmSums| rate(arm) * (1.0 - rate(arm)) / arm.people as f64;
        let value = rate(&arms[0]) - rate(&arms[1]);
        let half = 3.0 * (spread(&arms[0]) + spread(&arms[1])).sqrt();
        self.turns.push(Turn {
            number,
            from: from.text(),
            to: to.text(),
            treated: arms[0],
            holdout: arms[1],
            lift: Lift { value, low: value - half, high: value + half },
            net_lift: Lift::default(),
            evidence: Vec::new(),
            warnings: Vec::new(),
        });
    }

    fn learn(&mut self, now: Time) {
        let reward = |user: &str, from: Time, to: Time| {
            let inside = self.people[user].orders.iter().filter(|one| from <= one.0 && one.0 < to);
            inside.map(|one| one.1 - one.2).sum()
        };
        self.weights = bandit::learn(&self.drawn, now, reward);
    }

    pub(crate) fn take_event(&mut self, event: &Value) {
        let id = event["messageId"].as_str().unwrap();
        if !self.seen.insert(id.to_owned()) {
            self.dropped_duplicates += 1;
            return;
        }
        let at = Time::parse(event["timestamp"].as_str().unwrap()).unwrap();
        assert!(at <= self.now, "an event from the future");
        let person = self.people.entry(event["userId"].as_str().unwrap().to_owned()).or_default();
        if event["type"] == "identify" {
            event["traits"]["email"].as_str().unwrap().clone_into(&mut person.email);
            person.consent = event["traits"]["email_consent"].as_bool().unwrap();
        }
        let number = |key: &str| event["properties"][key].as_f64().unwrap();
        match event["event"].as_str() {
            Some("Order Completed") => {
                assert!(number("revenue") > 0.0);
                person.orders.push((at, number("margin"), number("discount")));
            }
            Some("Coupon Applied") => person.coupons += 1,
            Some("Shipping Info Viewed") => person.views += 1,
            Some(name) => assert!(
                name.starts_with("Message ")
                    && event["properties"]["gyre_token"].as_str().unwrap().starts_with("token-")
            ),
            None => {}
        }
    }

    pub(crate) fn advance_to(&mut self, to: Time) {
        assert!(to >= self.now, "time went back");
        loop {
            let end = self.start.plus((self.turns.len() as i64 + 1) * 28 * DAY);
            if end > to {
                break;
            }
            self.send_due(end);
            self.take_turn(self.turns.len() as u64 + 1);
            self.learn(end);
        }
        self.send_due(to);
        self.now = to;
    }

    pub(crate) fn answer(&mut self, user: &str) -> Answer {
        if !self.due(user, self.now) || self.capped(user, self.now) {
            return Answer::default();
        }
        let variant = self.draw(user, self.now);
        if variant == "nothing" {
            return Answer { variant: Some(variant.to_owned()), content: None, token: None };
        }
        self.people.get_mut(user).unwrap().contacts.push(self.now);
        Answer {
            variant: Some(variant.to_owned()),
            content: Some(json!({"title": variant})),
            token: Some(format!("token-{}", self.draws)),
        }
    }

    pub(crate) fn rows(&self, sql: &str) -> Rows {
        let of_events = sql.contains("from events");
        let person = |user: &str| format!("{:032x}", xxh3_64(user.as_bytes()));
        let arm = |user: &str| if Self::is_holdout(user) { "holdout" } else { "treated" };
        let row = |user: &String| {
            if of_events {
                vec![json!(user), json!(person(user))]
            } else {
                vec![json!(person(user)), json!(arm(user))]
            }
        };
        Rows { rows: self.people.keys().map(row).collect(), truncated: false }
    }

    pub(crate) fn turns_taken(&self) -> Vec<Turn> {
        self.turns.clone()
    }
}

impl Gyre for Fake {
    async fn now(&mut self) -> anyhow::Result<Time> {
        Ok(self.now)
    }
    async fn advance(&mut self, to: Time) -> anyhow::Result<()> {
        self.transcript.push(format!("advance {}", to.text()));
        self.advance_to(to);
        Ok(())
    }
    async fn batch(&mut self, body: &Value) -> anyhow::Result<()> {
        self.transcript.push(format!("batch {body}"));
        let events = body["batch"].as_array().unwrap();
        assert!(events.len() <= 500);
        for event in events {
            self.take_event(event);
        }
        Ok(())
    }
    async fn decide(&mut self, user_id: &str) -> anyhow::Result<Answer> {
        self.transcript.push(format!("decide {user_id}"));
        Ok(self.answer(user_id))
    }
    fn mails(&mut self) -> Vec<Mail> {
        let mut mails = std::mem::take(&mut self.outbox);
        mails.sort();
        mails
    }
    async fn query(&mut self, sql: &str, _: usize) -> anyhow::Result<Rows> {
        Ok(self.rows(sql))
    }
    async fn turns(&mut self) -> anyhow::Result<Vec<Turn>> {
        Ok(self.turns_taken())
    }
}
