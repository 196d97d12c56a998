//! Alerts: looked at when they are due; what is to be said is written down with the look, and then sent.

use super::letters::letters;
use super::report::told_fault;
use super::standing::Mailing;
use super::{Key, Notifier, told};
use crate::engine::Engine;
use crate::error::Result;
use gyre_config::kinds::{Alert, AlertWhen};
use gyre_config::question::{Compare, Question, TimeAsked};
use gyre_metrics::{
    Answer, Verdict, alert_look_after, alert_look_by, alert_range, fixed_range, judge, written,
};
use gyre_model::{Span, Timestamp, Workspace};
use gyre_ports::failpoint;

/// How long an alert is tried.
const PATIENCE: Span = Span::DAY;

impl Notifier {
    /// Looks at an alert if it is due and all that it is about can be queried.
    pub(super) async fn look_at_alert(
        &mut self,
        engine: &Engine,
        key: &Key,
        alert: &Alert,
        now: Timestamp,
    ) -> Result<bool> {
        let (workspace, _, name) = key;
        let mut standing = self.standing(key, now).await?;
        let at = alert_look_by(alert.every, now);
        let since = self.since(key, now);
        if alert_look_after(alert.every, standing.handled()) > now || !engine.is_there(at).await? {
            return Ok(false);
        }
        standing.looked = Some(at);
        standing.trouble = None;
        match engine.alert_answer(workspace, alert, at).await {
            Ok(answer) => {
                let shown = answer.total.values().next().cloned();
                let metric = answer.metrics.first();
                let format = metric.map(|metric| metric.format.as_str()).unwrap_or_default();
                let verdict = match &shown {
                    Some(shown) => judge(alert.when, shown),
                    None => Verdict::Unknown("there is no number"),
                };
                standing.value = shown.map(|shown| written(&shown.now, format));
                standing.unknown = matches!(verdict, Verdict::Unknown(_));
                if let Verdict::Unknown(why) = &verdict {
                    standing.trouble = Some((*why).to_owned());
                }
                let since = standing.watch.since;
                if let Some(word) = standing.watch.look(&verdict, at, alert.quiet) {
                    let since = since.or(standing.watch.since).unwrap_or(at);
                    let mail =
                        engine.alert_mail(workspace, name, alert, word, since, at, &answer)?;
                    // The episode, and what is said of it when: said once.
                    let episode = format!("{since} {} {at}", word.as_str());
                    let letters = letters(key, &episode, &alert.to, now);
                    let (expires, mail) = (now + PATIENCE, Some(mail));
                    standing.add(Mailing { key: episode, at, expires, letters, mail });
                }
            }
            Err(error) => {
                standing.trouble = Some(told(error, since, now)?);
                standing.unknown = true;
            }
        }
        failpoint::reach("notice.before_due");
        self.keep(key, standing).await?;
        failpoint::reach("notice.after_due");
        Ok(true)
    }
}

impl Engine {
    /// The number of an alert as it is at an instant.
    async fn alert_answer(
        &self,
        workspace: &Workspace,
        alert: &Alert,
        at: Timestamp,
    ) -> Result<Answer> {
        let zone = alert.zone.as_deref();
        let range =
            fixed_range(&alert_range(alert), at, zone).map_err(|fault| told_fault(&fault))?;
        let compared = matches!(alert.when, AlertWhen::ChangesBy(_));
        let mut question = Question::of(vec![alert.metric.clone()], Vec::new());
        question.time = TimeAsked {
            range,
            compare: compared.then_some(Compare::PreviousPeriod).into_iter().collect(),
            zone: alert.zone.clone(),
            ..TimeAsked::default()
        };
        question.filters.clone_from(&alert.r#where);
        Box::pin(self.ask_metrics(workspace, question, false, Span(0))).await
    }
}
