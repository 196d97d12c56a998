//! E-mail over SMTP.
//!
//! SMTP has no idempotency key, so what matters is how an attempt ends: see [`Smtp`]. The
//! conversation is led here, command by command, because only so is it known whether a lost
//! connection can have cost a message or not.

mod message;
mod options;
mod send;
#[cfg(test)]
mod tests;

pub use options::{Error, Options};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use gyre_ports::{Channel, Clock, Message, Permit, Sent, failpoint};
use options::Server;
use send::Pool;
use std::sync::Arc;
use tracing::warn;

/// The channel `email`.
///
/// Not idempotent. What an attempt comes to:
///
/// | what happened | answer |
/// | --- | --- |
/// | the server took the message | accepted |
/// | no connection, TLS or login; whatever code it was refused with | deferred |
/// | a 4xx reply | deferred |
/// | the conversation broke off before the text went out | deferred |
/// | the permit had expired | deferred, nothing was sent |
/// | a 5xx reply | failed |
/// | an address or a header that cannot be used | failed, nothing was sent |
/// | the conversation broke off after the text began and before the last reply | uncertain |
///
/// A permit must be fresh when a message's turn comes: a batch larger than what the connections can
/// carry within a permit's life comes back deferred from there on.
#[derive(Debug)]
pub struct Smtp {
    server: Arc<Server>,
    pool: Pool,
    clock: Arc<dyn Clock>,
}

impl Smtp {
    /// A channel to the server of `options`. Connects with the first message, so that a mail server
    /// that is away defers mail and does not stop the start. The clock gives the `Date` header.
    pub fn connect(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let server = Arc::new(Server::of(options)?);
        Ok(Self { pool: Pool::new(Arc::clone(&server)), server, clock })
    }

    async fn send_one(&self, permit: Permit, message: Message) -> Sent {
        if permit.send() != message.send {
            return Sent::Failed { why: "the permit is for another send".to_owned() };
        }
        let mail = match message::build(&message, &self.server.from, self.clock.now()) {
            Ok(mail) => mail,
            Err(error) => return Sent::Failed { why: error.to_string() },
        };
        let sent = match self.pool.send(&permit, &mail).await {
            Ok(()) => Sent::Accepted,
            Err(trouble) => trouble.outcome(),
        };
        failpoint::reach("smtp.after_send");
        if let Sent::Uncertain { why } = &sent {
            warn!(send = %message.send, attempt = permit.attempt(), %why, "delivery uncertain");
        }
        sent
    }
}

#[async_trait]
impl Channel for Smtp {
    fn name(&self) -> &'static str {
        "email"
    }

    fn is_idempotent(&self) -> bool {
        false
    }

    async fn send(&self, batch: Vec<(Permit, Message)>) -> Vec<Sent> {
        stream::iter(batch)
            .map(|(permit, message)| self.send_one(permit, message))
            .buffered(self.server.connections)
            .collect()
            .await
    }
}
