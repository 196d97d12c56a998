//! The registrar: carries requests out, a step at a time.

use super::request::{self, Request};
use super::{certificate, rectify};
use crate::engine::Engine;
use crate::error::Result;
use gyre_model::Timestamp;
use gyre_model::record::body::{SubjectRequestKind, SubjectRequestState};
use gyre_ports::failpoint;
use std::sync::atomic::Ordering;

/// The registrar.
#[derive(Debug, Default)]
pub struct Registrar {
    /// Whether it has looked since the process started.
    awake: bool,
    /// When exports were last looked through for old ones.
    tidied: Option<Timestamp>,
}

impl Engine {
    /// Carries out what is asked for; `false` when nothing can be done now.
    pub(crate) async fn register(&self) -> Result<bool> {
        let mut registrar = self.registrar.lock().await;
        let shared = &self.shared;
        if !registrar.awake {
            // What a crash left in the log of the state.
            shared.state.purge().await?;
            shared.requested.store(true, Ordering::SeqCst);
            self.try_failed_again().await?;
            registrar.awake = true;
        }
        let mut moved = self.tidy(&mut registrar).await?;
        if !shared.requested.swap(false, Ordering::SeqCst)
            && shared.refused.load(Ordering::SeqCst) == 0
        {
            return Ok(moved);
        }
        let done = self.carry_out_requests().await;
        // Whatever was in the way: there may be more to do.
        if !matches!(done, Ok(false)) {
            shared.requested.store(true, Ordering::SeqCst);
        }
        moved |= done?;
        Ok(moved)
    }

    async fn carry_out_requests(&self) -> Result<bool> {
        let mut moved = self.sweep_blocked().await?;
        let open = request::open(&self.shared).await?;
        let (erasures, others): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|one| one.kind == SubjectRequestKind::Erase);
        let waiting = erasures.len();
        moved |= self.erase_people(erasures).await?;
        for request in others {
            moved |= match request.kind {
                SubjectRequestKind::Export => self.export_person(request).await?,
                SubjectRequestKind::Rectify => self.settle_corrections(request).await?,
                _ => self.settle_rights(request).await?,
            };
        }
        if waiting > 0 && !moved {
            // The processor says when it has come to them.
            self.shared.requested.store(true, Ordering::SeqCst);
        }
        Ok(moved)
    }

    /// Restrictions and lifts are done when the processor has come to them.
    async fn settle_rights(&self, mut request: Request) -> Result<bool> {
        let rights = self.shared.rights.read().clone();
        let is_done = match request.kind {
            SubjectRequestKind::Restrict => {
                request.nodes.iter().all(|node| rights.restricts(*node))
            }
            SubjectRequestKind::Unrestrict => {
                !request.nodes.iter().any(|node| rights.restricts(*node))
            }
            SubjectRequestKind::Lift => !request.keys().any(|key| rights.is_suppressed(key)),
            SubjectRequestKind::Export
            | SubjectRequestKind::Erase
            | SubjectRequestKind::Rectify => false,
        };
        if !is_done {
            return Ok(false);
        }
        let at = self.shared.clock.now();
        request.state = SubjectRequestState::Done;
        request.done_at = Some(at);
        self.shared.state.commit(self.shared.epoch, None, request.step(at)?).await?;
        failpoint::reach("subject.after_done");
        Ok(true)
    }

    /// A rectification is done when the fold has what the processor made of it; then it is certified.
    async fn settle_corrections(&self, mut request: Request) -> Result<bool> {
        let shared = &self.shared;
        let Some(corrected) = rectify::settled(shared, &request).await? else { return Ok(false) };
        let at = shared.clock.now();
        let tidy = rectify::close(&mut request, corrected);
        request.done_at = Some(at);
        request.certificate =
            Some(certificate::sign(&request, at, shared.options.subjects.signer.as_ref())?);
        let mut ops = request.step(at)?;
        ops.push(tidy);
        shared.state.commit(shared.epoch, None, ops).await?;
        failpoint::reach("subject.after_done");
        Ok(true)
    }

    async fn try_failed_again(&self) -> Result<()> {
        for workspace in self.shared.state.workspaces().await? {
            for mut request in request::all(&self.shared, &workspace).await? {
                if request.state == SubjectRequestState::Failed {
                    (request.state, request.failures) = (SubjectRequestState::Received, 0);
                    let mut ops = request.step(self.shared.clock.now())?;
                    // The record of the first step is in the journal already.
                    ops.truncate(2);
                    self.shared.state.commit(self.shared.epoch, None, ops).await?;
                }
            }
        }
        Ok(())
    }

    /// Removes exports that were kept long enough.
    async fn tidy(&self, registrar: &mut Registrar) -> Result<bool> {
        let now = self.shared.clock.now();
        let hour = gyre_model::Span::parse("1h").unwrap_or(gyre_model::Span::SECOND);
        if registrar.tidied.is_some_and(|last| now < last + hour) {
            return Ok(false);
        }
        registrar.tidied = Some(now);
        let mut moved = self.retain(now).await?;
        for workspace in self.shared.state.workspaces().await? {
            for mut request in request::all(&self.shared, &workspace).await? {
                if request.export_until.is_some_and(|until| until <= now) {
                    self.shared.options.subjects.exports.discard(&request.export_name()).await?;
                    (request.export_bytes, request.export_until) = (None, None);
                    let ops = vec![request.row()?];
                    self.shared.state.commit(self.shared.epoch, None, ops).await?;
                    moved = true;
                }
            }
        }
        Ok(moved)
    }
}
