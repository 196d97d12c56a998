//! What is remembered of a report or an alert: what was dealt with, and the letters that came of it.

use super::compose::Mail;
use gyre_deliver::next_attempt;
use gyre_metrics::Watch;
use gyre_model::{SendId, Timestamp};
use gyre_ports::Sent;
use serde::{Deserialize, Serialize};

/// Mailings that are remembered.
const KEPT: usize = 5;

/// What is remembered of a report or an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Since when it is looked after.
    pub(super) since: Timestamp,
    /// The last instant that was dealt with.
    #[serde(default)]
    pub(super) looked: Option<Timestamp>,
    /// Why nothing could be computed then.
    #[serde(default)]
    pub(super) trouble: Option<String>,
    /// Of an alert, whether it holds.
    #[serde(default)]
    pub(super) watch: Watch,
    /// Of an alert, its number as it was shown last.
    #[serde(default)]
    pub(super) value: Option<String>,
    /// Of an alert, whether there was a number.
    #[serde(default)]
    pub(super) unknown: bool,
    /// What was sent, oldest first.
    #[serde(default)]
    pub(super) mailings: Vec<Mailing>,
}

/// One mail to everybody whom it concerns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Mailing {
    /// What it is about, once and for all: the same is never mailed twice.
    pub(super) key: String,
    /// The instant that it is about.
    pub(super) at: Timestamp,
    /// After this no attempt is made.
    pub(super) expires: Timestamp,
    /// One for each address.
    pub(super) letters: Vec<Letter>,
    /// What it says, until all letters are over: a later attempt says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mail: Option<Mail>,
}

/// A mail to one address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Letter {
    /// The idempotency key.
    pub(super) send: SendId,
    /// The address.
    pub(super) to: String,
    /// How far it has come.
    pub(super) phase: Phase,
    /// Attempts begun.
    pub(super) attempt: u32,
    /// When the next attempt is due; when it was over.
    pub(super) at: Timestamp,
    /// Why it was put off, failed, or nobody knows.
    #[serde(default)]
    pub(super) why: Option<String>,
}

/// How far a letter has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Not begun, or waiting for another attempt.
    Waiting,
    /// On its way; if found so at start, nobody knows whether it left.
    Sending,
    /// The mail server took it.
    Sent,
    /// It did not leave and will not.
    Failed,
    /// Nobody knows.
    Uncertain,
}

impl Phase {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
        }
    }
    fn is_over(self) -> bool {
        matches!(self, Self::Sent | Self::Failed | Self::Uncertain)
    }
}

impl Standing {
    pub(super) fn new(since: Timestamp) -> Self {
        Self {
            since,
            looked: None,
            trouble: None,
            watch: Watch::default(),
            value: None,
            unknown: false,
            mailings: Vec::new(),
        }
    }

    /// Up to here it was dealt with.
    pub(super) fn handled(&self) -> Timestamp {
        self.looked.unwrap_or(self.since)
    }

    /// When the next letter is due.
    pub(super) fn next_letter(&self) -> Option<Timestamp> {
        let letters = self.mailings.iter().flat_map(|one| &one.letters);
        letters.filter(|one| one.phase == Phase::Waiting).map(|one| one.at).min()
    }

    /// Adds a mailing, unless it was added before, and forgets the oldest that are over.
    pub(super) fn add(&mut self, mailing: Mailing) {
        if self.mailings.iter().any(|one| one.key == mailing.key) {
            return;
        }
        self.mailings.push(mailing);
        while self.mailings.len() > KEPT {
            let over = |one: &Mailing| one.letters.iter().all(|letter| letter.phase.is_over());
            let Some(oldest) = self.mailings.iter().position(over) else { return };
            self.mailings.remove(oldest);
        }
    }

    /// Settles what was on its way when the process died; whether there was anything. `again`: the other
    /// side recognises a send id.
    pub(super) fn settle(&mut self, again: bool, now: Timestamp) -> bool {
        let mut found = false;
        for mailing in &mut self.mailings {
            for letter in &mut mailing.letters {
                if letter.phase == Phase::Sending {
                    found = true;
                    letter.phase = if again { Phase::Waiting } else { Phase::Uncertain };
                    letter.at = now;
                    letter.why = Some("the process ended while it was being sent".to_owned());
                }
            }
            mailing.tidy();
        }
        found
    }

    /// What was due before an instant may have left already; how many letters.
    pub(super) fn hold(&mut self, before: Timestamp) -> u64 {
        let mut held = 0;
        for mailing in &mut self.mailings {
            for letter in &mut mailing.letters {
                if letter.phase == Phase::Waiting && letter.at <= before {
                    held += 1;
                    (letter.phase, letter.at) = (Phase::Uncertain, before);
                    letter.why = Some("it may have left after the backup was made".to_owned());
                }
            }
            mailing.tidy();
        }
        self.looked = Some(self.handled().max(before));
        held
    }
}

impl Mailing {
    /// Takes the outcome of an attempt into account.
    pub(super) fn outcome(&mut self, send: SendId, sent: Sent, now: Timestamp) {
        let expires = self.expires;
        for letter in self.letters.iter_mut().filter(|letter| letter.send == send) {
            let (phase, at, why) = match &sent {
                Sent::Accepted => (Phase::Sent, now, None),
                Sent::Failed { why } => (Phase::Failed, now, Some(why.clone())),
                Sent::Uncertain { why } => (Phase::Uncertain, now, Some(why.clone())),
                Sent::Deferred { why } => match next_attempt(letter.attempt, now, expires) {
                    Some(next) => (Phase::Waiting, next, Some(why.clone())),
                    None => (Phase::Failed, now, Some(format!("no more attempts: {why}"))),
                },
            };
            (letter.phase, letter.at, letter.why) = (phase, at, why);
        }
        self.tidy();
    }

    /// What is over needs no text.
    pub(super) fn tidy(&mut self) {
        if self.letters.iter().all(|letter| letter.phase.is_over()) {
            self.mail = None;
        }
    }

    /// The state of all letters in one word: the worst of them.
    pub(super) fn phase(&self) -> Phase {
        let order = [Phase::Waiting, Phase::Sending, Phase::Failed, Phase::Uncertain, Phase::Sent];
        let has = |phase: &Phase| self.letters.iter().any(|letter| letter.phase == *phase);
        order.into_iter().find(has).unwrap_or(Phase::Sent)
    }
}

#[cfg(test)]
mod tests {
    use super::{Letter, Mail, Mailing, Phase, Standing};
    use expect_test::expect;
    use gyre_model::{SendId, Span, Timestamp};
    use gyre_ports::Sent;

    fn mailing(key: &str, phase: Phase) -> Mailing {
        let to = "ada@example.com".to_owned();
        let send = SendId::of(&[key.as_bytes()]);
        Mailing {
            key: key.to_owned(),
            at: Timestamp(0),
            expires: Timestamp(0) + Span::HOUR,
            letters: vec![Letter { send, to, phase, attempt: 1, at: Timestamp(0), why: None }],
            mail: Some(Mail::default()),
        }
    }

    #[test]
    fn the_same_is_not_mailed_twice_and_the_oldest_is_forgotten() {
        let mut standing = Standing::new(Timestamp(0));
        standing.add(mailing("0", Phase::Waiting));
        for number in [1, 1, 2, 3, 3, 4, 5, 6, 6] {
            standing.add(mailing(&number.to_string(), Phase::Sent));
        }
        let keys: Vec<&str> = standing.mailings.iter().map(|one| &*one.key).collect();
        // What still has to leave is not forgotten.
        assert_eq!(keys, ["0", "3", "4", "5", "6"]);
    }

    #[test]
    fn what_was_on_its_way_is_uncertain_and_stays_so() {
        let mut standing = Standing::new(Timestamp(0));
        standing.add(mailing("1", Phase::Sending));
        assert!(standing.settle(false, Timestamp(5)));
        assert_eq!(standing.mailings[0].phase(), Phase::Uncertain);
        assert_eq!((standing.next_letter(), &standing.mailings[0].mail), (None, &None));
        assert!(!standing.settle(false, Timestamp(6)));
        let mut known = Standing::new(Timestamp(0));
        known.add(mailing("1", Phase::Sending));
        assert!(known.settle(true, Timestamp(5)));
        assert_eq!(known.next_letter(), Some(Timestamp(5)));
        assert!(known.mailings[0].mail.is_some());
    }

    #[test]
    fn what_is_put_back_sends_nothing_of_before() {
        let mut standing = Standing::new(Timestamp(0));
        standing.add(mailing("1", Phase::Waiting));
        standing.add(mailing("2", Phase::Sent));
        assert_eq!(standing.hold(Timestamp(9)), 1);
        assert_eq!(standing.mailings[0].phase(), Phase::Uncertain);
        assert_eq!((standing.handled(), standing.next_letter()), (Timestamp(9), None));
    }

    #[test]
    fn an_attempt_ends_in_one_of_four_ways() {
        let why = || "why".to_owned();
        let mut told = Vec::new();
        for (sent, attempt) in [
            (Sent::Accepted, 1),
            (Sent::Failed { why: why() }, 1),
            (Sent::Uncertain { why: why() }, 1),
            (Sent::Deferred { why: why() }, 1),
            // The one after next would come after an hour.
            (Sent::Deferred { why: why() }, 4),
        ] {
            let mut one = mailing("1", Phase::Sending);
            one.letters[0].attempt = attempt;
            let send = one.letters[0].send;
            one.outcome(send, sent, Timestamp(0));
            let letter = &one.letters[0];
            told.push(format!("{} {:?} {}", letter.phase.as_str(), letter.why, one.mail.is_some()));
        }
        expect![[r#"
            sent None false
            failed Some("why") false
            uncertain Some("why") false
            waiting Some("why") true
            failed Some("no more attempts: why") false"#]]
        .assert_eq(&told.join("\n"));
    }
}
