//! Reports: when one is due it is computed, written down, and then sent.

use super::compose::Mail;
use super::letters::letters;
use super::standing::Mailing;
use super::views::MailingView;
use super::{Key, Notifier, told};
use crate::engine::Engine;
use crate::error::{Error, Result};
use gyre_config::kinds::Report;
use gyre_config::question::{RangeAsked, RangeType};
use gyre_metrics::{fixed_range, range_end, report_due_after, report_due_by, report_range};
use gyre_model::resource::Kind;
use gyre_model::{Span, Timestamp, Workspace};
use gyre_ports::failpoint;

/// How long a report that was asked for is tried.
const PATIENCE: Span = Span::HOUR;

impl Notifier {
    /// Computes a report if it is due and all that it is about can be queried.
    pub(super) async fn look_at_report(
        &mut self,
        engine: &Engine,
        key: &Key,
        report: &Report,
        now: Timestamp,
    ) -> Result<bool> {
        let (workspace, _, name) = key;
        let mut standing = self.standing(key, now).await?;
        let times = || -> Result<_, gyre_metrics::Fault> {
            let next = report_due_after(report, standing.handled())?;
            // Of several that nobody was there to send, the newest is: it says what was missed.
            let due = report_due_by(report, now)?;
            Ok((next, due, report_due_after(report, due)?))
        };
        let Ok((next, due, expires)) = times() else { return Ok(false) };
        if next > now || !engine.is_there(due).await? {
            return Ok(false);
        }
        let missed = next < due;
        let since = self.since(key, now);
        let mail = engine.report_mail(workspace, name, report, due, missed, since).await;
        standing.looked = Some(due);
        standing.trouble = None;
        match mail.and_then(|mail| Ok((period_key(report, due)?, mail))) {
            Ok((period, mail)) => {
                let letters = letters(key, &period, &report.to, now);
                let mail = Some(mail);
                standing.add(Mailing { key: period, at: due, expires, letters, mail });
            }
            Err(error) => standing.trouble = Some(told(error, since, now)?),
        }
        failpoint::reach("notice.before_due");
        self.keep(key, standing).await?;
        failpoint::reach("notice.after_due");
        Ok(true)
    }
}

/// What a report is about: the end of its period, so that another hour of the same day is no other report.
/// A period that does not go on with the calendar is reported again and again.
fn period_key(report: &Report, due: Timestamp) -> Result<String> {
    let range = report_range(report);
    if matches!(range.r#type, RangeType::Period | RangeType::Between) {
        return Ok(due.to_string());
    }
    let end = range_end(&range, due, report.zone.as_deref()).map_err(|fault| told_fault(&fault))?;
    Ok(end.to_string())
}

pub(super) fn told_fault(fault: &gyre_metrics::Fault) -> Error {
    Error::Invalid { message: fault.to_string(), hint: fault.hint.clone() }
}

impl Engine {
    /// A report as it would be sent now. Nothing is sent.
    pub async fn preview_report(&self, workspace: &Workspace, name: &str) -> Result<Mail> {
        let report = self.report(workspace, name)?;
        let now = self.shared.clock.now();
        // Somebody waits for it: what cannot be computed is said at once.
        let since = Timestamp(0);
        Box::pin(self.report_mail(workspace, name, &report, now, false, since)).await
    }

    /// Sends a report at once, beside those that are due; what came of it.
    pub async fn send_report(&self, workspace: &Workspace, name: &str) -> Result<MailingView> {
        let report = self.report(workspace, name)?;
        let mail = self.preview_report(workspace, name).await?;
        let key: Key = (workspace.clone(), Kind::Report, name.to_owned());
        let mut notifier = self.notifier.lock().await;
        let now = self.shared.clock.now();
        let mut standing = notifier.standing(&key, now).await?;
        let asked = format!("asked {now}");
        standing.add(Mailing {
            key: asked.clone(),
            at: now,
            expires: now + PATIENCE,
            letters: letters(&key, &asked, &report.to, now),
            mail: Some(mail),
        });
        notifier.keep(&key, standing).await?;
        let sent = notifier.send_at_once(&key, &asked).await?;
        Ok(MailingView::of(&sent))
    }

    fn report(&self, workspace: &Workspace, name: &str) -> Result<Report> {
        let catalog = self.shared.catalog(workspace);
        let missing = || Error::NotFound { what: "Report", name: name.to_owned() };
        catalog.reports.get(name).cloned().ok_or_else(missing)
    }
}

/// The period of a report, as instants.
pub(super) fn period(report: &Report, at: Timestamp) -> Result<RangeAsked> {
    fixed_range(&report_range(report), at, report.zone.as_deref())
        .map_err(|fault| told_fault(&fault))
}
