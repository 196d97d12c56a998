//! Reports and alerts as they are shown: when they are due, how they stand, what was sent.

use super::standing::{Letter, Mailing, Standing};
use super::{Key, read_all};
use crate::engine::Engine;
use crate::error::Result;
use gyre_config::kinds::{Alert, Report};
use gyre_metrics::{alert_look_after, report_due_after};
use gyre_model::resource::Kind;
use gyre_model::{Timestamp, Workspace};
use serde::Serialize;
use std::collections::BTreeMap;

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub spec: Report,
    /// When it is due next.
    pub next_at: Option<Timestamp>,
    /// `new` where none was due yet, `trouble` where the last could not be computed, else how the last
    /// mailing stands.
    pub state: String,
    /// Why it could not be computed, or did not arrive.
    pub why: Option<String>,
    /// What was sent, newest first.
    pub mailings: Vec<MailingView>,
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlertView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub spec: Alert,
    /// `new` where it was not looked at yet, `ok`, `firing`, or `unknown` where there was no number.
    pub state: String,
    /// Since when it fires.
    pub since: Option<Timestamp>,
    /// Its number as it was looked at last.
    pub value: Option<String>,
    /// When it was looked at last.
    pub looked_at: Option<Timestamp>,
    /// When it is looked at next.
    pub next_at: Option<Timestamp>,
    /// Why there is no number, or why the last mail did not arrive.
    pub why: Option<String>,
    /// What was sent, newest first.
    pub mailings: Vec<MailingView>,
}

/// One mail to everybody whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailingView {
    /// What it is about: the end of a report's period, an alert's episode and what is said of it.
    pub key: String,
    /// The instant that it is about.
    pub at: Timestamp,
    /// `waiting`, `sending`, `sent`, `failed` or `uncertain`: that of the letter that fares worst.
    pub state: String,
    /// One for each address.
    pub letters: Vec<LetterView>,
}

/// A mail to one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LetterView {
    /// The send id, which is in the mail's header.
    pub send: String,
    /// The address.
    pub to: String,
    /// `waiting`, `sending`, `sent`, `failed` or `uncertain`.
    pub state: String,
    /// Attempts begun.
    pub attempt: u32,
    /// When the next attempt is due; when it was over.
    pub at: Timestamp,
    /// Why it was put off, failed, or nobody knows.
    pub why: Option<String>,
}

impl MailingView {
    pub(super) fn of(mailing: &Mailing) -> Self {
        let letter = |letter: &Letter| LetterView {
            send: letter.send.to_string(),
            to: letter.to.clone(),
            state: letter.phase.as_str().to_owned(),
            attempt: letter.attempt,
            at: letter.at,
            why: letter.why.clone(),
        };
        Self {
            key: mailing.key.clone(),
            at: mailing.at,
            state: mailing.phase().as_str().to_owned(),
            letters: mailing.letters.iter().map(letter).collect(),
        }
    }

    /// Why the letter that fares worst did not arrive.
    fn why(&self) -> Option<String> {
        self.letters.iter().find(|one| one.state == self.state)?.why.clone()
    }
}

impl Engine {
    /// The reports of a workspace, by name.
    pub async fn reports(&self, workspace: &Workspace) -> Result<Vec<ReportView>> {
        let known: BTreeMap<Key, Standing> =
            read_all(self.shared.state.as_ref(), workspace).await?.into_iter().collect();
        let now = self.shared.clock.now();
        let catalog = self.shared.catalog(workspace);
        let views = catalog.reports.iter().map(|(name, spec)| {
            let key = (workspace.clone(), Kind::Report, name.clone());
            let standing = known.get(&key).cloned().unwrap_or_else(|| Standing::new(now));
            report(name, spec, &standing)
        });
        Ok(views.collect())
    }

    /// The alerts of a workspace, by name.
    pub async fn alerts(&self, workspace: &Workspace) -> Result<Vec<AlertView>> {
        let known: BTreeMap<Key, Standing> =
            read_all(self.shared.state.as_ref(), workspace).await?.into_iter().collect();
        let now = self.shared.clock.now();
        let catalog = self.shared.catalog(workspace);
        let views = catalog.alerts.iter().map(|(name, spec)| {
            let key = (workspace.clone(), Kind::Alert, name.clone());
            let standing = known.get(&key).cloned().unwrap_or_else(|| Standing::new(now));
            alert(name, spec, &standing)
        });
        Ok(views.collect())
    }
}

fn mailings(standing: &Standing) -> Vec<MailingView> {
    standing.mailings.iter().rev().map(MailingView::of).collect()
}

fn report(name: &str, spec: &Report, standing: &Standing) -> ReportView {
    let mailings = mailings(standing);
    let last = mailings.first();
    let state = match (&standing.trouble, last) {
        (Some(_), _) => "trouble",
        (None, Some(last)) => last.state.as_str(),
        (None, None) => "new",
    };
    ReportView {
        name: name.to_owned(),
        spec: spec.clone(),
        next_at: report_due_after(spec, standing.handled()).ok(),
        state: state.to_owned(),
        why: standing.trouble.clone().or_else(|| last.and_then(MailingView::why)),
        mailings,
    }
}

fn alert(name: &str, spec: &Alert, standing: &Standing) -> AlertView {
    let mailings = mailings(standing);
    let state = match (standing.watch.since, standing.unknown, standing.looked) {
        (Some(_), ..) => "firing",
        (None, true, _) => "unknown",
        (None, false, Some(_)) => "ok",
        (None, false, None) => "new",
    };
    AlertView {
        name: name.to_owned(),
        spec: spec.clone(),
        state: state.to_owned(),
        since: standing.watch.since,
        value: standing.value.clone(),
        looked_at: standing.looked,
        next_at: Some(alert_look_after(spec.every, standing.handled())),
        why: standing.trouble.clone().or_else(|| mailings.first().and_then(MailingView::why)),
        mailings,
    }
}
