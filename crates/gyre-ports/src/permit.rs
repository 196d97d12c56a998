//! Permits: the proof that a contact was reserved, or that a notice to those who work here was written
//! down. Nothing is sent without one.

use crate::error::Result;
use crate::failpoint;
use crate::state::{Epoch, Op, Position, Reservation, State};
use gyre_model::SendId;
use std::time::{Duration, Instant};

/// How long a permit is good for, in real time.
const LIFE: Duration = Duration::from_secs(1);

/// The proof that one attempt of one send was reserved. Made only by [`redeem`] and [`redeem_notices`],
/// used up by [`crate::Channel::send`], never written anywhere.
#[derive(Debug)]
pub struct Permit {
    send: SendId,
    attempt: u32,
    minted: Instant,
}

impl Permit {
    /// The send it is for.
    pub fn send(&self) -> SendId {
        self.send
    }
    /// The attempt it is for.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
    /// Whether it is too old to be used: the facts it was granted on may have changed.
    pub fn is_expired(&self) -> bool {
        self.minted.elapsed() > LIFE
    }
}

/// Commits reservations, with whatever else belongs to the same write, and mints a permit for each, in
/// the same order. Nothing is minted unless everything was committed.
pub async fn redeem(
    state: &dyn State,
    epoch: Epoch,
    position: Option<Position>,
    reservations: Vec<Reservation>,
    with: Vec<Op>,
) -> Result<Vec<Permit>> {
    let sends: Vec<(SendId, u32)> =
        reservations.iter().map(|one| (one.send, one.attempt)).collect();
    let ops = reservations.into_iter().map(Op::Reserve).chain(with).collect();
    failpoint::reach("redeem.before_commit");
    state.commit(epoch, position, ops).await?;
    failpoint::reach("redeem.after_commit");
    let minted = Instant::now();
    Ok(sends.into_iter().map(|(send, attempt)| Permit { send, attempt, minted }).collect())
}

/// Commits what says that notices to people who work here are on their way, and mints a permit for each
/// attempt, in the same order. They reserve no contact: no customer is addressed. Nothing is minted unless
/// everything was committed.
pub async fn redeem_notices(
    state: &dyn State,
    epoch: Epoch,
    attempts: Vec<(SendId, u32)>,
    written: Vec<Op>,
) -> Result<Vec<Permit>> {
    failpoint::reach("notice.before_commit");
    state.commit(epoch, None, written).await?;
    failpoint::reach("notice.after_commit");
    let minted = Instant::now();
    Ok(attempts.into_iter().map(|(send, attempt)| Permit { send, attempt, minted }).collect())
}
