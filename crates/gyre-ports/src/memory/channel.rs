//! The in-memory channel: remembers what was sent and answers as a test asks.

use crate::channel::{Channel, Message, Sent};
use crate::permit::Permit;
use async_trait::async_trait;
use gyre_model::SendId;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};

/// A message that was offered, with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The message.
    pub message: Message,
    /// The attempt of its permit.
    pub attempt: u32,
    /// The answer.
    pub sent: Sent,
}

impl Offered {
    /// Whether it may have left: it was accepted, or nobody can tell.
    pub fn may_have_left(&self) -> bool {
        matches!(self.sent, Sent::Accepted | Sent::Uncertain { .. })
    }
}

#[derive(Debug, Default)]
struct Content {
    script: VecDeque<Sent>,
    offered: Vec<Offered>,
}

/// A channel in memory.
#[derive(Debug)]
pub struct MemoryChannel {
    name: String,
    idempotent: bool,
    content: Mutex<Content>,
}

impl MemoryChannel {
    /// A channel that accepts everything and recognises nothing.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), idempotent: false, content: Mutex::default() }
    }

    /// The same, recognising a send id that it has accepted before.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// What it answers to the next messages; afterwards it accepts again. An uncertain one counts as
    /// sent: that is the case in which sending again does harm.
    pub fn script(&self, answers: impl IntoIterator<Item = Sent>) {
        self.content.lock().script.extend(answers);
    }

    /// Everything that was offered, in order.
    pub fn offered(&self) -> Vec<Offered> {
        self.content.lock().offered.clone()
    }

    /// What the people got: an idempotent channel passes a send on only once.
    pub fn received(&self) -> Vec<Message> {
        let content = self.content.lock();
        let mut seen = std::collections::BTreeSet::new();
        let left = content.offered.iter().filter(|one| one.may_have_left());
        let new = left.filter(|one| seen.insert(one.message.send) || !self.idempotent);
        new.map(|one| one.message.clone()).collect()
    }

    /// How many messages somebody got more than once: copies beyond the first.
    pub fn duplicates(&self) -> usize {
        let mut copies: BTreeMap<SendId, usize> = BTreeMap::new();
        for message in self.received() {
            *copies.entry(message.send).or_default() += 1;
        }
        copies.values().map(|count| count - 1).sum()
    }
}

#[async_trait]
impl Channel for MemoryChannel {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    async fn send(&self, batch: Vec<(Permit, Message)>) -> Vec<Sent> {
        let mut content = self.content.lock();
        let mut answers = Vec::with_capacity(batch.len());
        for (permit, message) in batch {
            let sent = if permit.send() != message.send {
                Sent::Failed { why: "the permit is for another send".to_owned() }
            } else if permit.is_expired() {
                Sent::Deferred { why: "the permit expired".to_owned() }
            } else {
                content.script.pop_front().unwrap_or(Sent::Accepted)
            };
            answers.push(sent.clone());
            content.offered.push(Offered { message, attempt: permit.attempt(), sent });
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::state::MemoryState;
    use crate::state::{Intent, Op, Reservation, State};
    use gyre_model::{Cause, NodeId, NodeKind, Timestamp, Workspace};

    /// Sends the message of a number, as often as asked, over one channel.
    async fn check(channel: MemoryChannel, answers: Vec<Sent>, numbers: &[u8]) -> MemoryChannel {
        channel.script(answers);
        for number in numbers {
            // A fresh state each time grants what a faulty sender would grant itself.
            let state = MemoryState::new();
            let epoch = state.begin().await.unwrap();
            let send = SendId::of(&[&[*number]]);
            let node = NodeId::node("default", NodeKind::User, "ada");
            let workspace = Workspace::new("default");
            let at = Timestamp(0);
            let intent = Intent {
                send,
                workspace: workspace.clone(),
                campaign: String::new(),
                node,
                channel: "email".to_owned(),
                due: at,
                expires: at,
                cause: Cause { partition: 0, offset: 0, ordinal: 0 },
            };
            state.commit(epoch, None, vec![Op::Enqueue(intent)]).await.unwrap();
            let reservation = Reservation {
                send,
                attempt: 1,
                workspace,
                node,
                channel: "email".to_owned(),
                at,
                spends: Vec::new(),
                decision: Vec::new(),
            };
            let permits = crate::redeem(&state, epoch, None, vec![reservation], Vec::new());
            let permit = permits.await.unwrap().remove(0);
            let message = Message {
                send,
                to: String::new(),
                subject: String::new(),
                text: String::new(),
                html: None,
                headers: Vec::new(),
            };
            channel.send(vec![(permit, message)]).await;
        }
        channel
    }

    #[tokio::test]
    async fn what_is_sent_twice_is_noticed() {
        let lost = || Sent::Uncertain { why: "lost".to_owned() };
        let busy = || Sent::Deferred { why: "busy".to_owned() };
        let email = || MemoryChannel::new("email");
        let again = check(email(), vec![lost()], &[1, 2, 1]).await;
        assert_eq!((again.received().len(), again.duplicates()), (3, 1));
        let deferred = check(email(), vec![busy()], &[1, 2, 1]).await;
        assert_eq!((deferred.received().len(), deferred.duplicates()), (2, 0));
        let known = check(email().idempotent(), vec![lost()], &[1, 2, 1]).await;
        assert_eq!((known.received().len(), known.duplicates()), (2, 0));
        assert_eq!(known.offered().len(), 3);
    }
}
