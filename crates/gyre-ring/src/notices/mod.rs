//! Notices: mails to people who work here. Reports are boards as mails; alerts say that a number crossed a
//! line, and that it is back.
//!
//! What falls due is computed and written down before anything leaves; each letter is then marked as on
//! its way in a write of its own, and only then handed to the channel. What is found on its way at start
//! is uncertain and is not sent again, as with what is sent to customers.

mod alert;
mod compose;
mod letters;
mod report;
mod standing;
mod views;

pub use compose::Mail;
pub use views::{AlertView, LetterView, MailingView, ReportView};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::shared::Shared;
use gyre_metrics::{alert_look_after, report_due_after};
use gyre_model::resource::Kind;
use gyre_model::{Span, Timestamp, Workspace};
use gyre_ports::state::{Op, State};
use gyre_ports::{ErrorKind, failpoint};
use serde_json::Value;
use standing::Standing;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What names the values of notices in the state.
const PREFIX: &str = "notice:";
/// The channel that carries them.
const CHANNEL: &str = "email";

/// When something is tried again that could not be computed, but may later.
const AGAIN: Span = Span::MINUTE;
/// How long it is tried before a notice says that it could not be computed.
const TRIED: Span = Span::HOUR;

/// Whose notices: a report or an alert of a workspace.
type Key = (Workspace, Kind, String);

/// Sends reports and alerts. One of them is at work at a time.
#[derive(Debug)]
pub(crate) struct Notifier {
    shared: Arc<Shared>,
    /// What the state holds; nobody else writes it.
    known: BTreeMap<Key, Standing>,
    /// What could not be computed, since when, and when it is tried again: one that fails holds nobody else
    /// up.
    later: BTreeMap<Key, (Timestamp, Timestamp)>,
}

impl Notifier {
    /// Opens the notifier: letters that were on their way when the process died are settled as uncertain.
    pub(crate) async fn open(shared: Arc<Shared>) -> Result<Self> {
        let mut notifier = Self { shared, known: BTreeMap::new(), later: BTreeMap::new() };
        for workspace in notifier.shared.state.workspaces().await? {
            for (key, standing) in read_all(notifier.shared.state.as_ref(), &workspace).await? {
                notifier.known.insert(key, standing);
            }
        }
        notifier.settle_uncertain().await?;
        Ok(notifier)
    }

    /// Takes one step; `false` when nothing is due.
    pub(crate) async fn step(&mut self, engine: &Engine) -> Result<bool> {
        let now = self.shared.clock.now();
        if self.send_letters(now).await? {
            return Ok(true);
        }
        let catalogs = self.shared.catalogs.read().clone();
        for (workspace, catalog) in &catalogs.0 {
            for (name, report) in &catalog.reports {
                let key = (workspace.clone(), Kind::Report, name.clone());
                if self.waits(&key, now) {
                    continue;
                }
                let looked = self.look_at_report(engine, &key, report, now).await;
                if self.or_later(key, looked, now)? {
                    return Ok(true);
                }
            }
            for (name, alert) in &catalog.alerts {
                let key = (workspace.clone(), Kind::Alert, name.clone());
                if self.waits(&key, now) {
                    continue;
                }
                let looked = self.look_at_alert(engine, &key, alert, now).await;
                if self.or_later(key, looked, now)? {
                    return Ok(true);
                }
            }
        }
        self.forget().await
    }

    /// Since when something is tried that could not be computed.
    fn since(&self, key: &Key, now: Timestamp) -> Timestamp {
        self.later.get(key).map_or(now, |(since, _)| *since)
    }

    fn waits(&self, key: &Key, now: Timestamp) -> bool {
        self.later.get(key).is_some_and(|(_, later)| now < *later)
    }

    /// What failed is tried again later. With a manual clock nothing passes by itself.
    fn or_later(&mut self, key: Key, looked: Result<bool>, now: Timestamp) -> Result<bool> {
        match looked {
            Ok(did) => {
                self.later.remove(&key);
                Ok(did)
            }
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => {
                tracing::warn!(kind = %key.1, name = key.2, %error, "it is tried again later");
                let since = self.since(&key, now);
                let manual = self.shared.clock.is_manual();
                self.later.insert(key, (since, if manual { now } else { now + AGAIN }));
                if manual { Err(error) } else { Ok(false) }
            }
        }
    }

    /// When there is something to do next, for a manual clock.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let catalogs = self.shared.catalogs.read().clone();
        let due = self.known.iter().filter_map(|((workspace, kind, name), standing)| {
            let catalog = catalogs.of(workspace);
            match kind {
                Kind::Report => {
                    report_due_after(catalog.reports.get(name)?, standing.handled()).ok()
                }
                _ => Some(alert_look_after(catalog.alerts.get(name)?.every, standing.handled())),
            }
        });
        let letters = self.known.values().filter_map(Standing::next_letter);
        due.chain(letters).min()
    }

    /// What is known of a report or alert; it is looked after from now on if it was not before.
    async fn standing(&mut self, key: &Key, now: Timestamp) -> Result<Standing> {
        if let Some(standing) = self.known.get(key) {
            return Ok(standing.clone());
        }
        let standing = Standing::new(now);
        self.keep(key, standing.clone()).await?;
        Ok(standing)
    }

    async fn keep(&mut self, key: &Key, standing: Standing) -> Result<()> {
        let ops = vec![put(key, Some(&standing))?];
        self.shared.state.commit(self.shared.epoch, None, ops).await?;
        self.known.insert(key.clone(), standing);
        Ok(())
    }

    /// What was removed is forgotten, so that another of its name begins anew. The fold may be behind
    /// what is applied, so the state is asked.
    async fn forget(&mut self) -> Result<bool> {
        let catalogs = self.shared.catalogs.read().clone();
        let gone: Vec<Key> = (self.known.keys())
            .filter(|(workspace, kind, name)| {
                let catalog = catalogs.of(workspace);
                match kind {
                    Kind::Report => !catalog.reports.contains_key(name),
                    _ => !catalog.alerts.contains_key(name),
                }
            })
            .cloned()
            .collect();
        for key in gone {
            let (workspace, kind, name) = &key;
            if self.shared.state.resource(workspace, *kind, name).await?.is_none() {
                let ops = vec![put(&key, None)?];
                self.shared.state.commit(self.shared.epoch, None, ops).await?;
                self.known.remove(&key);
            }
        }
        Ok(false)
    }

    async fn settle_uncertain(&mut self) -> Result<()> {
        let idempotent = self.shared.channel(CHANNEL).is_ok_and(|one| one.is_idempotent());
        let again = idempotent || failpoint::mutant("notice.resend_uncertain");
        let now = self.shared.clock.now();
        let keys: Vec<Key> = self.known.keys().cloned().collect();
        for key in keys {
            let Some(mut standing) = self.known.get(&key).cloned() else { continue };
            if standing.settle(again, now) {
                self.keep(&key, standing).await?;
            }
        }
        Ok(())
    }
}

/// Everything that is known of the notices of a workspace.
async fn read_all(state: &dyn State, workspace: &Workspace) -> Result<Vec<(Key, Standing)>> {
    let values = state.values(workspace, PREFIX).await?;
    let mut all = Vec::new();
    for (key, value) in values {
        let Some((kind, name)) = key.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':'))
        else {
            continue;
        };
        let kind = if kind == "report" { Kind::Report } else { Kind::Alert };
        let standing =
            serde_json::from_value(value).map_err(|why| Error::corrupt("a notice", why))?;
        all.push(((workspace.clone(), kind, name.to_owned()), standing));
    }
    Ok(all)
}

/// Of a state that was put back to what it was once: what was due before an instant may have left since. Its
/// letters count as uncertain, and no report of before is sent. Returns how many letters.
pub async fn hold_notices(state: &dyn State, before: Timestamp) -> Result<u64> {
    let mut held = 0;
    let mut ops = Vec::new();
    for workspace in state.workspaces().await? {
        for (key, mut standing) in read_all(state, &workspace).await? {
            held += standing.hold(before);
            ops.push(put(&key, Some(&standing))?);
        }
    }
    if !ops.is_empty() {
        let epoch = state.begin().await?;
        state.commit(epoch, None, ops).await?;
    }
    Ok(held)
}

fn put((workspace, kind, name): &Key, standing: Option<&Standing>) -> Result<Op> {
    let kind = if *kind == Kind::Report { "report" } else { "alert" };
    let value = match standing {
        Some(standing) => {
            serde_json::to_value(standing).map_err(|why| Error::corrupt("a notice", why))?
        }
        None => Value::Null,
    };
    Ok(Op::Put { workspace: workspace.clone(), key: format!("{PREFIX}{kind}:{name}"), value })
}

impl Engine {
    /// One step of the notifier.
    pub(crate) async fn notify(&self) -> Result<bool> {
        // What is asked of the lake is large, and this is one of many futures.
        Box::pin(async { self.notifier.lock().await.step(self).await }).await
    }

    /// Whether everything that happened before an instant can be queried.
    async fn is_there(&self, at: Timestamp) -> Result<bool> {
        if self.shared.clock.is_manual() {
            self.visible().await?;
        }
        Ok(self.watermark().await? >= at)
    }
}

/// What of an error is told with a notice that is tried since an instant: that it cannot be computed is its
/// state. What may pass by itself is tried again instead, but not for ever. Of what the lake says, only what
/// failed: the rest names files and engines.
fn told(error: Error, since: Timestamp, now: Timestamp) -> Result<String> {
    let again = now < since + TRIED || error.is_fatal();
    match error {
        Error::NotFound { what, name } => Ok(format!("there is no {what} `{name}`")),
        Error::Port(_) if error.kind() != ErrorKind::Invalid && again => Err(error),
        Error::Port(port) => Ok(port.what().to_owned()),
        other => Ok(other.to_string()),
    }
}
