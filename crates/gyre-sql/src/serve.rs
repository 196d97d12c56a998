//! Listening: who comes is counted, and served on a task of its own.

use crate::accounts::Accounts;
use crate::catalog::Catalogs;
use crate::connection;
use crate::measures::Measures;
use crate::statement::Reader;
use crate::tls::Tls;
use gyre_datafusion::Tables;
use pgwire::api::cancel::DefaultCancelHandler;
use pgwire::api::{ConnectionManager, RandomPidSecretKeyGenerator};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How connections are served.
#[derive(Debug, Clone)]
pub struct Options {
    /// Encrypts connections. With it, those that are not encrypted are refused.
    pub tls: Option<Tls>,
    /// The longest that a statement may run, and may wait before; clients may ask for less.
    pub timeout: Duration,
    /// The most rows of an answer; more is an error, for a cut answer would be a wrong one.
    pub max_rows: usize,
    /// The most connections at once.
    pub max_connections: usize,
    /// Whether there is a schema with the lake's tables alone.
    pub has_raw: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: None,
            timeout: Duration::from_secs(30),
            max_rows: 1_000_000,
            max_connections: 64,
            has_raw: false,
        }
    }
}

/// What all connections share.
#[derive(Debug)]
pub struct Wire {
    pub(crate) options: Options,
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) measures: Arc<dyn Measures>,
    pub(crate) tables: Arc<dyn Tables>,
    pub(crate) catalogs: Catalogs,
    pub(crate) reader: Reader,
    pub(crate) connections: Arc<ConnectionManager>,
    pub(crate) cancel: Arc<DefaultCancelHandler>,
    pub(crate) keys: RandomPidSecretKeyGenerator,
    /// What the verifiers of nobody follow from.
    pub(crate) secret: [u8; 32],
    seats: Arc<Semaphore>,
}

impl Wire {
    /// Over a lake and metrics, for those whom `accounts` knows.
    pub fn new(
        tables: Arc<dyn Tables>,
        accounts: Arc<dyn Accounts>,
        measures: Arc<dyn Measures>,
        options: Options,
    ) -> io::Result<Arc<Self>> {
        let catalogs = Catalogs::new(
            Arc::clone(&tables),
            Arc::clone(&accounts),
            Arc::clone(&measures),
            options.has_raw,
        );
        let catalogs = catalogs.map_err(io::Error::other)?;
        let connections = Arc::new(ConnectionManager::new());
        let mut secret = [0; 32];
        random(&mut secret)?;
        Ok(Arc::new(Self {
            seats: Arc::new(Semaphore::new(options.max_connections)),
            options,
            accounts,
            measures,
            tables,
            catalogs,
            reader: Reader::default(),
            cancel: Arc::new(DefaultCancelHandler::new(Arc::clone(&connections))),
            connections,
            keys: RandomPidSecretKeyGenerator::default(),
            secret,
        }))
    }
}

/// Bytes that nobody can guess.
pub(crate) fn random(bytes: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty())?;
    }
    Ok(())
}

/// Serves until `shutdown` returns; then every connection ends, also where a statement runs.
///
/// # Errors
/// Fails when the listener does.
pub async fn serve(
    listener: TcpListener,
    wire: Arc<Wire>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let mut served = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            taken = listener.accept() => match taken {
                Ok((socket, _)) => {
                    let seat = Arc::clone(&wire.seats).try_acquire_owned().ok();
                    let wire = Arc::clone(&wire);
                    served.spawn(async move {
                        let _seat = &seat;
                        if let Err(error) = connection::serve(socket, &wire, seat.is_some()).await {
                            tracing::debug!(%error, "a connection of an SQL client ended early");
                        }
                    });
                }
                // Nobody can come in for want of files, for example: those who are in go on.
                Err(error) => {
                    tracing::error!(%error, "a connection of an SQL client could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = served.join_next() => {}
        }
    }
    // Dropped, they stop.
    served.shutdown().await;
    Ok(())
}
