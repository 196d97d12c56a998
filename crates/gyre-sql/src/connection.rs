//! One connection: whether it is encrypted, then messages until it ends.
//!
//! The loop is our own so that nothing is read after an error that ends the connection: whoever was not
//! let in is not listened to.

use crate::error::{code, fatal, fatal_hinted};
use crate::handlers::Handlers;
use crate::prepared::Prepared;
use crate::serve::Wire;
use futures::{SinkExt as _, StreamExt as _};
use pgwire::api::{ClientInfo as _, DefaultClient, NoopHandler, PgWireConnectionState};
use pgwire::error::{ErrorInfo, PgWireError};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use pgwire::tokio::server::{PgWireMessageServerCodec, process_error, process_message};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::codec::{Framed, FramedParts};
use tokio_util::either::Either;

/// How long a client may take until it is let in.
const PATIENCE: Duration = Duration::from_secs(30);
/// The bytes by which connections begin.
const OPENING: usize = 8;
const ASKS_TLS: u32 = 80_877_103;
const ASKS_GSS: u32 = 80_877_104;
const CANCELS: u32 = 80_877_102;
/// The first byte of TLS itself: clients may begin with it at once.
const HANDSHAKE: u8 = 0x16;

type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;
type Socket = Framed<Stream, PgWireMessageServerCodec<Prepared>>;

/// Serves a connection to its end. Without a seat it is told so, unless it only cancels.
pub(crate) async fn serve(socket: TcpStream, wire: &Arc<Wire>, has_seat: bool) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let handlers = Arc::new(Handlers::new(Arc::clone(wire), has_seat));
    let let_in = tokio::time::timeout(PATIENCE, async {
        let Some(mut socket) = open(socket, wire).await? else { return Ok(None) };
        while !is_in(&socket) {
            let Some(message) = socket.next().await else { return Ok(None) };
            if !step(&mut socket, &handlers, message).await? {
                return Ok(None);
            }
        }
        Ok::<_, io::Error>(Some(socket))
    });
    let Ok(let_in) = let_in.await else { return Ok(()) };
    let Some(mut socket) = let_in? else { return Ok(()) };
    while let Some(message) = socket.next().await {
        if !step(&mut socket, &handlers, message).await? {
            break;
        }
    }
    Ok(())
}

fn is_in(socket: &Socket) -> bool {
    !matches!(
        socket.state(),
        PgWireConnectionState::AwaitingSslRequest
            | PgWireConnectionState::AwaitingStartup
            | PgWireConnectionState::AuthenticationInProgress
    )
}

/// Deals with one message; `false` when it was the last.
async fn step(
    socket: &mut Socket,
    handlers: &Arc<Handlers>,
    message: Result<PgWireFrontendMessage, PgWireError>,
) -> io::Result<bool> {
    let message = match message {
        Ok(PgWireFrontendMessage::Terminate(_)) => return Ok(false),
        Ok(message) => message,
        Err(PgWireError::IoError(error)) => return Err(error),
        Err(_) => {
            refuse(socket, fatal(code::PROTOCOL, "the message cannot be read")).await?;
            return Ok(false);
        }
    };
    let is_last = matches!(message, PgWireFrontendMessage::CancelRequest(_));
    let is_extended = message.is_extended_query();
    let was_in = is_in(socket);
    let done = process_message(
        message,
        socket,
        Arc::clone(handlers),
        Arc::clone(handlers),
        Arc::clone(handlers),
        // Nothing is copied in: what would begin it is refused.
        Arc::new(NoopHandler),
        Arc::clone(&handlers.wire.cancel),
    );
    let Err(error) = done.await else { return Ok(!is_last) };
    if let PgWireError::IoError(error) = error {
        return Err(error);
    }
    let info: ErrorInfo = error.into();
    if !was_in || info.is_fatal() {
        refuse(socket, PgWireError::UserError(Box::new(info))).await?;
        return Ok(false);
    }
    process_error(socket, PgWireError::UserError(Box::new(info)), is_extended).await?;
    Ok(true)
}

/// Says why, and no more.
async fn refuse(socket: &mut Socket, why: PgWireError) -> io::Result<()> {
    let mut info: ErrorInfo = why.into();
    "FATAL".clone_into(&mut info.severity);
    info.severity_nonlocalized = Some("FATAL".to_owned());
    socket.send(PgWireBackendMessage::ErrorResponse(info.into())).await?;
    socket.close().await
}

/// Agrees on encryption; `None` when the client is not to go on.
async fn open(mut socket: TcpStream, wire: &Arc<Wire>) -> io::Result<Option<Socket>> {
    let address = socket.peer_addr()?;
    let mut first = [0];
    if socket.peek(&mut first).await? == 0 {
        return Ok(None);
    }
    let tls = wire.options.tls.as_ref().map(|tls| &tls.0);
    if first == [HANDSHAKE] {
        let Some(tls) = tls else { return Ok(None) };
        let stream = tls.accept(socket).await?;
        let agreed = stream.get_ref().1.alpn_protocol() == Some(b"postgresql".as_slice());
        return Ok(agreed.then(|| framed(Either::Right(Box::new(stream)), address, true, &[])));
    }
    loop {
        let mut opening = [0; OPENING];
        socket.read_exact(&mut opening).await?;
        let [_, _, _, _, asked @ ..] = opening;
        match (u32::from_be_bytes(asked), tls) {
            (ASKS_TLS, Some(tls)) => {
                socket.write_all(b"S").await?;
                // Nothing that was said in the open is read as said in here: no more was read.
                let stream = tls.accept(socket).await?;
                return Ok(Some(framed(Either::Right(Box::new(stream)), address, true, &[])));
            }
            (ASKS_TLS | ASKS_GSS, _) => socket.write_all(b"N").await?,
            (asked, tls) => {
                let mut framed = framed(Either::Left(socket), address, false, &opening);
                // Old clients cancel in the open; the key they show is all that it takes.
                if tls.is_some() && asked != CANCELS {
                    let why = fatal_hinted(
                        code::NOT_AUTHORISED,
                        "the connection has to be encrypted",
                        "connect with sslmode=require",
                    );
                    refuse(&mut framed, why).await?;
                    return Ok(None);
                }
                return Ok(Some(framed));
            }
        }
    }
}

fn framed(stream: Stream, address: std::net::SocketAddr, is_secure: bool, read: &[u8]) -> Socket {
    let mut client = DefaultClient::new(address, is_secure);
    client.set_state(PgWireConnectionState::AwaitingStartup);
    let codec = PgWireMessageServerCodec::new(client);
    let mut parts = FramedParts::new::<PgWireBackendMessage>(stream, codec);
    parts.read_buf.extend_from_slice(read);
    Framed::from_parts(parts)
}
