//! Serving on a listener until told to stop.

use crate::app::{App, Server};
use crate::{gate, routes};
use axum::Router;
use axum::serve::ListenerExt;
use std::future::IntoFuture;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long requests may take to end once the server is stopping.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `shutdown` returns: the routes, and what is no route from `pages`. Then lets requests end for at most ten seconds. Small answers are
/// sent at once (`TCP_NODELAY`).
///
/// # Errors
/// Fails when the listener does.
pub async fn serve(
    listener: TcpListener,
    app: App,
    pages: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let server = Server::new(app);
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection may answer late");
        }
    });
    let mut closing = server.closing.subscribe();
    let stopping = Arc::clone(&server);
    // On a thread that answers, not on this one, which only takes connections; ends when this does.
    let mut watching = tokio::task::JoinSet::new();
    watching.spawn(gate::watch(Arc::clone(&server)));
    let serving = axum::serve(listener, routes::with_pages(server, pages)).with_graceful_shutdown(
        async move {
            shutdown.await;
            stopping.closing.send_replace(true);
        },
    );
    let overdue = async move {
        let _stopping = closing.wait_for(|closing| *closing).await.is_ok();
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving.into_future() => served,
        () = overdue => Ok(()),
    }
}
