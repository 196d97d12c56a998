//! The conversation with the server, and what its end means.

use super::message::Mail;
use super::options::{Security, Server};
use gyre_ports::{Permit, Sent, failpoint};
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error as SmtpError, response::Response};
use parking_lot::Mutex;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An idle connection older than this is closed and not used again: servers hang up on idlers.
const IDLE: Duration = Duration::from_secs(20);

/// How far an attempt had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Making a connection: TCP, TLS, greeting, login. Says nothing about the message.
    Connect,
    /// Sender and recipient were named; the text has not begun.
    Envelope,
    /// The text went out, or a part of it.
    Text,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Envelope => "the envelope",
            Self::Text => "the text",
        }
    }
}

/// Why there is no good reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// The server said no, with this code, and perhaps an enhanced one.
    Refused { code: u16, enhanced: Option<String> },
    /// It did not answer in time.
    Slow,
    /// The connection broke, or what came was no reply.
    Broken,
    /// The server cannot take such an address.
    Unsupported,
    /// The permit was too old.
    Expired,
}

/// An attempt that ended without a good reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) stage: Stage,
    pub(super) why: Why,
}

impl Trouble {
    /// What it means for the message.
    pub(super) fn outcome(&self) -> Sent {
        let why = self.to_string();
        match (&self.why, self.stage) {
            // A wrong password or a server that is closed says nothing about this message.
            (_, Stage::Connect) => Sent::Deferred { why },
            (Why::Expired, _) => Sent::Deferred { why },
            (Why::Unsupported, _) => Sent::Failed { why },
            (Why::Refused { code, .. }, _) if *code >= 500 => Sent::Failed { why },
            (Why::Refused { .. }, _) => Sent::Deferred { why },
            (Why::Slow | Why::Broken, Stage::Envelope) => Sent::Deferred { why },
            (Why::Slow | Why::Broken, Stage::Text) => Sent::Uncertain { why },
        }
    }

    /// From what lettre says. The words of a reply are left out: they often hold the address.
    fn of(stage: Stage, error: &SmtpError) -> Self {
        let why = match error.status() {
            Some(code) => Why::Refused { code: u16::from(code), enhanced: enhanced(error) },
            None => Why::Broken,
        };
        Self { stage, why }
    }

    /// Whether an idle connection may be to blame, so that a new one is worth trying at once.
    fn is_stale(&self) -> bool {
        self.stage == Stage::Envelope
            && matches!(self.why, Why::Broken | Why::Refused { code: 421, .. })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = self.stage.as_str();
        match &self.why {
            Why::Refused { code, enhanced: Some(more) } => write!(f, "{code} {more} at {stage}"),
            Why::Refused { code, enhanced: None } => write!(f, "{code} at {stage}"),
            Why::Slow => write!(f, "no reply in time at {stage}"),
            Why::Broken => write!(f, "connection broken at {stage}"),
            Why::Unsupported => f.write_str("the server takes no such address"),
            Why::Expired => f.write_str("the permit expired"),
        }
    }
}

/// The enhanced status code (RFC 3463), if the reply begins with one.
fn enhanced(error: &SmtpError) -> Option<String> {
    let text = std::error::Error::source(error)?.to_string();
    let word = text.split_whitespace().next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let digits =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(digits)).then(|| word.to_owned())
}

/// Connections that wait for work.
pub(super) struct Pool {
    server: Arc<Server>,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("idle", &self.idle.lock().len()).finish_non_exhaustive()
    }
}

impl Pool {
    pub(super) fn new(server: Arc<Server>) -> Self {
        Self { server, idle: Mutex::default() }
    }

    /// Sends one message; the permit is looked at when there is a connection and before the first
    /// word about the message.
    pub(super) async fn send(&self, permit: &Permit, mail: &Mail) -> Result<(), Trouble> {
        fresh(permit)?;
        if let Some(connection) = self.take() {
            match self.carry(connection, permit, mail).await {
                Err(trouble) if trouble.is_stale() => {}
                done => return done,
            }
        }
        let connection = self.open().await?;
        self.carry(connection, permit, mail).await
    }

    async fn carry(
        &self,
        mut connection: AsyncSmtpConnection,
        permit: &Permit,
        mail: &Mail,
    ) -> Result<(), Trouble> {
        let limit = self.server.timeout;
        let sent = match fresh(permit) {
            Ok(()) => {
                failpoint::reach("smtp.before_send");
                converse(&mut connection, mail, limit).await
            }
            Err(expired) => Err(expired),
        };
        // Kept only if both sides agree on where they are.
        let usable = match &sent {
            Ok(()) | Err(Trouble { why: Why::Expired | Why::Unsupported, .. }) => true,
            Err(Trouble {
                why: Why::Refused { code: 421, .. } | Why::Slow | Why::Broken, ..
            }) => false,
            Err(Trouble { why: Why::Refused { .. }, .. }) => {
                within(limit, Stage::Envelope, connection.command(Rset)).await.is_ok()
            }
        };
        if usable {
            self.put(connection);
        }
        sent
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock();
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    fn put(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock();
        if idle.len() < self.server.connections {
            idle.push((connection, Instant::now()));
        }
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let server = &*self.server;
        let name = ClientId::default();
        within(server.timeout, Stage::Connect, async {
            let wrapper = match &server.security {
                Security::Tls(parameters) => Some(parameters.clone()),
                Security::None | Security::StartTls(_) => None,
            };
            let mut connection = AsyncSmtpConnection::connect_tokio1(
                (server.host.as_str(), server.port),
                None,
                &name,
                wrapper,
                None,
            )
            .await?;
            if let Security::StartTls(parameters) = &server.security {
                connection.starttls(parameters.clone(), &name).await?;
            }
            if let Some(login) = &server.login {
                connection.auth(DEFAULT_MECHANISMS, login).await?;
            }
            Ok(connection)
        })
        .await
    }
}

fn fresh(permit: &Permit) -> Result<(), Trouble> {
    if permit.is_expired() {
        return Err(Trouble { stage: Stage::Envelope, why: Why::Expired });
    }
    Ok(())
}

/// One message on a connection that is at rest.
async fn converse(
    connection: &mut AsyncSmtpConnection,
    mail: &Mail,
    limit: Duration,
) -> Result<(), Trouble> {
    let trouble = |stage, why| Err(Trouble { stage, why });
    let mut parameters = Vec::new();
    if mail.is_international {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return trouble(Stage::Envelope, Why::Unsupported);
        }
        parameters.push(MailParameter::SmtpUtfEight);
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let go_on = within(limit, Stage::Envelope, async {
        connection.command(From::new(mail.envelope.from().cloned(), parameters)).await?;
        for to in mail.envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
        }
        connection.command(Data).await
    })
    .await?;
    if !go_on.has_code(354) {
        return trouble(Stage::Envelope, Why::Broken);
    }
    let last = within(limit, Stage::Text, connection.message(&mail.bytes)).await?;
    if !is_done(&last) {
        return trouble(Stage::Text, Why::Broken);
    }
    Ok(())
}

fn is_done(reply: &Response) -> bool {
    (200..300).contains(&u16::from(reply.code()))
}

/// The result of a step, or what went wrong in it.
async fn within<T>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, step).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Trouble::of(stage, &error)),
        Err(_) => Err(Trouble { stage, why: Why::Slow }),
    }
}
