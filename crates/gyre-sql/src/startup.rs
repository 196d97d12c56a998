//! Letting somebody in: who they say they are, the proof of it, and which workspace they want.

use crate::accounts::Account;
use crate::error::{code, error, fatal, fatal_hinted, internal};
use crate::handlers::Handlers;
use crate::scram::{self, Exchange, METHOD, Verifier};
use crate::serve::random;
use crate::session::Session;
use crate::settings::{REPORTED, Settings};
use async_trait::async_trait;
use futures::{Sink, SinkExt as _};
use parking_lot::Mutex;
use pgwire::api::auth::{
    StartupHandler, protocol_negotiation, save_startup_parameters_to_metadata,
};
use pgwire::api::{
    ClientInfo, ConnectionGuard, ConnectionHandle, METADATA_DATABASE, METADATA_USER,
    PgWireConnectionState, PidSecretKeyGenerator as _,
};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::response::{ReadyForQuery, TransactionStatus};
use pgwire::messages::startup::{
    Authentication, BackendKeyData, ParameterStatus, PasswordMessageFamily,
};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use std::fmt::{Debug, Write as _};
use std::sync::Arc;

/// How far somebody is on their way in.
#[derive(Debug, Default)]
pub(crate) enum Way {
    /// They have not said who they are.
    #[default]
    Outside,
    /// They said it, and are asked to prove it.
    Named(Candidate),
    /// They are proving it.
    Proving(Candidate, Exchange),
    /// They are in.
    Inside,
}

/// Who somebody says to be.
#[derive(Debug)]
pub(crate) struct Candidate {
    user: String,
    /// Nobody's, if the name is not known.
    account: Option<Account>,
}

#[async_trait]
impl StartupHandler for Handlers {
    async fn on_startup<C>(
        &self,
        client: &mut C,
        message: PgWireFrontendMessage,
    ) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let way = std::mem::take(&mut *self.way.lock());
        let next = match (way, message) {
            (Way::Outside, PgWireFrontendMessage::Startup(startup)) => {
                if !self.has_seat {
                    return Err(fatal(code::TOO_MANY, "there are too many connections"));
                }
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                if client.metadata().contains_key("replication") {
                    return Err(fatal(code::NOT_SUPPORTED, "there is no replication"));
                }
                let Some(user) = client.metadata().get(METADATA_USER).cloned() else {
                    return Err(fatal(code::NOT_AUTHORISED, "the connection names no user"));
                };
                let account = self.wire.accounts.account(&user).await;
                let account = account.map_err(|why| internal("an account", &why))?;
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let methods = Authentication::SASL(vec![METHOD.to_owned()]);
                client.send(PgWireBackendMessage::Authentication(methods)).await?;
                Way::Named(Candidate { user, account })
            }
            (Way::Named(candidate), PgWireFrontendMessage::PasswordMessageFamily(said)) => {
                let (exchange, answer) = self.begin(&candidate, said)?;
                let answer = Authentication::SASLContinue(answer.into());
                client.send(PgWireBackendMessage::Authentication(answer)).await?;
                Way::Proving(candidate, exchange)
            }
            (
                Way::Proving(candidate, exchange),
                PgWireFrontendMessage::PasswordMessageFamily(said),
            ) => {
                let said = said.into_sasl_response()?;
                let said = std::str::from_utf8(&said.data).map_err(|_| malformed())?;
                let proof = exchange.end(said).map_err(|why| refused(why, &candidate))?;
                // Only nobody's exchange ends well without an account, and only in a test.
                let Candidate { account: Some(account), user } = candidate else {
                    return Err(wrong());
                };
                let session = self.admit(client, account, &user).await?;
                let proof = Authentication::SASLFinal(proof.into());
                client.feed(PgWireBackendMessage::Authentication(proof)).await?;
                welcome(client, &session).await?;
                Way::Inside
            }
            _ => return Err(fatal(code::PROTOCOL, "the message does not belong here")),
        };
        *self.way.lock() = next;
        Ok(())
    }
}

impl Handlers {
    /// The server's part of the exchange.
    fn begin(
        &self,
        candidate: &Candidate,
        said: PasswordMessageFamily,
    ) -> PgWireResult<(Exchange, String)> {
        let said = said.into_sasl_initial_response()?;
        if said.auth_method != METHOD {
            return Err(fatal_hinted(
                code::NOT_AUTHORISED,
                "the way to prove the password is not known",
                "use a client that speaks SCRAM-SHA-256",
            ));
        }
        let first = said.data.unwrap_or_default();
        let first = std::str::from_utf8(&first).map_err(|_| malformed())?;
        let kept = candidate.account.as_ref().and_then(|account| account.verifier.as_deref());
        let verifier = kept.and_then(Verifier::parse);
        if let (Some(account), None) = (&candidate.account, &verifier) {
            tracing::warn!(token = %account.name, "a token was made before SQL clients could use it; make a new one");
        }
        let verifier =
            verifier.unwrap_or_else(|| Verifier::of_nobody(&self.wire.secret, &candidate.user));
        let mut bytes = [0; 18];
        random(&mut bytes).map_err(|why| internal("a nonce", &why))?;
        let nonce = bytes.iter().fold(String::new(), |mut text, byte| {
            // Writing to a text cannot fail.
            let _written = write!(text, "{byte:02x}");
            text
        });
        Exchange::begin(verifier, first, &nonce).map_err(|why| refused(why, candidate))
    }

    /// What is left to check once somebody is who they say.
    async fn admit<C>(
        &self,
        client: &mut C,
        account: Account,
        user: &str,
    ) -> PgWireResult<Arc<Session>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        if !account.may_query {
            tracing::info!(token = %account.name, role = %account.role, "a token that may not ask in SQL was refused");
            return Err(fatal_hinted(
                code::NOT_ALLOWED,
                format!("the role {} does not allow this", account.role),
                "SQL is for the roles analyst and admin",
            ));
        }
        // Where no database is named, clients name the user.
        let named = client.metadata().get(METADATA_DATABASE).filter(|named| *named != user);
        let database = named.cloned().unwrap_or_else(|| "main".to_owned());
        let known = self.wire.accounts.has_workspace(&database).await;
        if !known.map_err(|why| internal("the workspaces", &why))? {
            return Err(fatal_hinted(
                code::NO_DATABASE,
                format!("database \"{database}\" does not exist"),
                "a database is a workspace, such as main",
            ));
        }
        let (pid, key) = self.wire.keys.generate(client);
        client.set_pid_and_secret_key(pid, key.clone());
        let (handle, guard) = self.wire.connections.register(pid, key);
        client.session_extensions().insert::<Arc<ConnectionHandle>>(handle);
        client.session_extensions().insert::<ConnectionGuard>(guard);
        let said = client.metadata().iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut settings = Settings::begin(said);
        options(client.metadata().get("options").map(String::as_str), &mut settings);
        let session = Arc::new(Session {
            account,
            database,
            pid,
            settings: Arc::new(Mutex::new(settings)),
            cursors: Mutex::default(),
        });
        tracing::info!(token = %session.account.name, database = %session.database, "an SQL client came in");
        // Set once: only who is outside gets here.
        let _first = self.session.set(Arc::clone(&session)).is_ok();
        Ok(session)
    }
}

/// What libpq is told in `options`: `-c name=value`.
fn options(said: Option<&str>, settings: &mut Settings) {
    let mut words = said.unwrap_or_default().split_whitespace();
    while let Some(word) = words.next() {
        let pair = match word.strip_prefix("-c").or_else(|| word.strip_prefix("--")) {
            Some("") => words.next(),
            other => other,
        };
        if let Some((name, value)) = pair.and_then(|pair| pair.split_once('='))
            && settings.set(name, value).is_err()
        {
            tracing::debug!(setting = name, "an option of a new connection was passed over");
        }
    }
}

/// Tells the client that it is in, and what to know.
async fn welcome<C>(client: &mut C, session: &Session) -> PgWireResult<()>
where
    C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
    C::Error: Debug,
    PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
{
    client.feed(PgWireBackendMessage::Authentication(Authentication::Ok)).await?;
    let mut told: Vec<(String, String)> =
        REPORTED.iter().filter_map(|name| session.settings.lock().get(name)).collect();
    told.push(("session_authorization".to_owned(), session.account.name.clone()));
    for (name, value) in told {
        let status = ParameterStatus::new(name, value);
        client.feed(PgWireBackendMessage::ParameterStatus(status)).await?;
    }
    let (pid, key) = client.pid_and_secret_key();
    client.feed(PgWireBackendMessage::BackendKeyData(BackendKeyData::new(pid, key))).await?;
    client.set_state(PgWireConnectionState::ReadyForQuery);
    let ready = ReadyForQuery::new(TransactionStatus::Idle);
    client.send(PgWireBackendMessage::ReadyForQuery(ready)).await?;
    Ok(())
}

/// The same for a wrong name and a wrong token.
fn wrong() -> PgWireError {
    fatal_hinted(
        code::WRONG_PASSWORD,
        "the token is wrong, or it is not the token of this user",
        "the user is the id or the name of the token, or gyre for the server's own; the password is the token",
    )
}

fn malformed() -> PgWireError {
    fatal(code::PROTOCOL, "the proof of the password cannot be read")
}

fn refused(why: scram::Error, candidate: &Candidate) -> PgWireError {
    match why {
        scram::Error::Wrong => {
            // A name that nobody has may be anything, a token too.
            let token = candidate.account.as_ref().map(|account| account.name.as_str());
            tracing::warn!(token, "an SQL client was refused");
            wrong()
        }
        scram::Error::Binding => fatal(code::NOT_AUTHORISED, "channel binding is not offered"),
        scram::Error::Malformed => malformed(),
    }
}

/// Refuses a session whose token is gone.
pub(crate) fn revoked() -> PgWireError {
    fatal(code::NOT_AUTHORISED, "the token was revoked, or its role was changed")
}

/// Nobody asks before they are in; the protocol sees to it.
pub(crate) fn not_in() -> PgWireError {
    error(code::PROTOCOL, "nobody is signed in")
}
