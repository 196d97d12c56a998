//! Letters on their way: marked, handed over, and what came of it.

use super::standing::{Letter, Mailing, Phase, Standing};
use super::{CHANNEL, Key, Notifier, put};
use crate::error::{Error, Result};
use gyre_model::resource::Kind;
use gyre_model::{SendId, Timestamp};
use gyre_ports::{Message, Sent, failpoint, redeem_notices};

impl Notifier {
    /// Sends the letters of one mailing that are due; `false` when there are none.
    pub(super) async fn send_letters(&mut self, now: Timestamp) -> Result<bool> {
        let due = |mailing: &Mailing| mailing.letters.iter().any(|letter| is_due(letter, now));
        let found = self.known.iter().find_map(|(key, standing)| {
            let place = standing.mailings.iter().position(due)?;
            Some((key.clone(), place))
        });
        let Some((key, place)) = found else { return Ok(false) };
        self.send_mailing(&key, place, now).await?;
        Ok(true)
    }

    async fn send_mailing(&mut self, key: &Key, place: usize, now: Timestamp) -> Result<()> {
        let Some(mut standing) = self.known.get(key).cloned() else { return Ok(()) };
        let Some(mailing) = standing.mailings.get_mut(place) else { return Ok(()) };
        let mail = mailing.mail.clone().unwrap_or_default();
        let expires = mailing.expires;
        let mut messages = Vec::new();
        let mut attempts = Vec::new();
        for letter in mailing.letters.iter_mut().filter(|letter| is_due(letter, now)) {
            if now > expires {
                (letter.phase, letter.at) = (Phase::Failed, now);
                letter.why = Some("it came too late to be sent".to_owned());
                continue;
            }
            letter.phase = Phase::Sending;
            letter.attempt += 1;
            attempts.push((letter.send, letter.attempt));
            messages.push(Message {
                send: letter.send,
                to: letter.to.clone(),
                subject: mail.subject.clone(),
                text: mail.text.clone(),
                html: Some(mail.html.clone()),
                // Nobody's holiday answers it, and no other machine does.
                headers: vec![("Auto-Submitted".to_owned(), "auto-generated".to_owned())],
            });
        }
        if attempts.is_empty() {
            mailing.tidy();
            return self.keep(key, standing).await;
        }
        let written = vec![put(key, Some(&standing))?];
        let (state, epoch) = (self.shared.state.as_ref(), self.shared.epoch);
        let permits = redeem_notices(state, epoch, attempts.clone(), written).await?;
        self.known.insert(key.clone(), standing.clone());
        let outcomes = match self.shared.channel(CHANNEL) {
            Ok(channel) => channel.send(permits.into_iter().zip(messages).collect()).await,
            Err(_) => {
                let why = "this server sends no mail: start it with --smtp".to_owned();
                vec![Sent::Deferred { why }; attempts.len()]
            }
        };
        failpoint::reach("notice.after_send");
        if let Some(mailing) = standing.mailings.get_mut(place) {
            for ((send, _), sent) in attempts.into_iter().zip(outcomes) {
                mailing.outcome(send, sent, self.shared.clock.now());
            }
        }
        // Also where it cannot be kept now: the next time that it is kept it says what came of it.
        self.known.insert(key.clone(), standing.clone());
        self.keep(key, standing).await?;
        failpoint::reach("notice.after_outcome");
        Ok(())
    }

    /// Sends what waits of one mailing at once; how it stands then.
    pub(super) async fn send_at_once(&mut self, key: &Key, mailing: &str) -> Result<Mailing> {
        let now = self.shared.clock.now();
        let of = |standing: &Standing| standing.mailings.iter().position(|one| one.key == mailing);
        let lost = || Error::NotFound { what: "mailing", name: mailing.to_owned() };
        let place = self.known.get(key).and_then(of).ok_or_else(lost)?;
        self.send_mailing(key, place, now).await?;
        let standing = self.known.get(key).ok_or_else(lost)?;
        standing.mailings.get(place).cloned().ok_or_else(lost)
    }
}

fn is_due(letter: &Letter, now: Timestamp) -> bool {
    letter.phase == Phase::Waiting && letter.at <= now
}

/// The letters of a mailing, one for each address. The same mailing gives the same send ids, whenever it
/// is made.
pub(super) fn letters(
    (workspace, kind, name): &Key,
    mailing: &str,
    to: &[String],
    now: Timestamp,
) -> Vec<Letter> {
    let letter = |to: &String| Letter {
        send: send_id(workspace.as_str(), *kind, name, mailing, to),
        to: to.clone(),
        phase: Phase::Waiting,
        attempt: 0,
        at: now,
        why: None,
    };
    to.iter().map(letter).collect()
}

fn send_id(workspace: &str, kind: Kind, name: &str, mailing: &str, to: &str) -> SendId {
    let parts = ["notice", workspace, kind.as_str(), name, mailing, to];
    SendId::of(&parts.map(str::as_bytes))
}
