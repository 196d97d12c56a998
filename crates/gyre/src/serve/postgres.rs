//! The wire of PostgreSQL, as this server wires it: its tokens, its workspaces, its lake.

use super::measures::Metrics;
use super::options::ServeArgs;
use crate::failure::Failure;
use anyhow::Context as _;
use async_trait::async_trait;
use gyre_api::{SqlLogin, SqlLogins};
use gyre_datafusion::Tables;
use gyre_model::Workspace;
use gyre_ring::Engine;
use gyre_sql::{Account, Accounts, Comments, Described, Fault, Options, Tls, View, Wire};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// SQL clients, being served.
pub(super) struct Postgres {
    pub(super) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Postgres {
    /// Begins to serve, if the operator said where. Everything of it runs where reports do.
    pub(super) async fn start(
        args: &ServeArgs,
        engine: &Arc<Engine>,
        tables: &Arc<dyn Tables>,
        token: &str,
        analytics: &Handle,
    ) -> anyhow::Result<Option<Self>> {
        let Some(listen) = args.postgres else { return Ok(None) };
        let accounts = Server {
            engine: Arc::clone(engine),
            logins: SqlLogins::new(Arc::clone(&engine.shared.state), token),
        };
        let options = Options {
            tls: tls(args)?,
            timeout: Duration::from_micros(args.postgres_timeout.0.unsigned_abs()),
            max_rows: args.postgres_max_rows,
            max_connections: args.postgres_connections,
            has_raw: args.postgres_raw,
        };
        if options.tls.is_none() && !listen.ip().is_loopback() {
            tracing::warn!(%listen, "SQL clients are answered in the open; see --postgres-tls-cert");
        }
        let metrics = Metrics::new(Arc::clone(engine));
        let wire = Wire::new(Arc::clone(tables), Arc::new(accounts), Arc::new(metrics), options);
        let wire = wire.context("SQL clients cannot be served")?;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Failure::new(format!("it cannot listen on {listen} for SQL clients: {error}"))
                .hint("another server may be there already; pass another --postgres")
        })?;
        let address = listener.local_addr().context("the address is not known")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = analytics.spawn(gyre_sql::serve(listener, wire, async {
            // Dropped or sent, it is over.
            stopped.await.ok();
        }));
        Ok(Some(Self { address, stop, served }))
    }

    /// Ends every connection.
    pub(super) async fn stop(self) {
        drop(self.stop);
        match self.served.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "serving SQL clients failed"),
            Err(error) => tracing::warn!(%error, "serving SQL clients ended early"),
        }
    }
}

fn tls(args: &ServeArgs) -> anyhow::Result<Option<Tls>> {
    let (Some(certificate), Some(key)) = (&args.postgres_tls_cert, &args.postgres_tls_key) else {
        return Ok(None);
    };
    let tls = Tls::load(certificate, key).map_err(|error| {
        Failure::usage(format!("SQL clients cannot be answered encrypted: {error}"))
            .hint("--postgres-tls-cert and --postgres-tls-key name files in PEM")
    })?;
    Ok(Some(tls))
}

/// This server, as the wire sees it.
#[derive(Debug)]
struct Server {
    engine: Arc<Engine>,
    logins: SqlLogins,
}

#[async_trait]
impl Accounts for Server {
    async fn account(&self, user: &str) -> Result<Option<Account>, Fault> {
        let login = self.logins.find(user).await?;
        Ok(login.map(|login| {
            let SqlLogin { id, name, role, may_query, may_see_people, verifier } = login;
            Account { id, name, role: role.to_owned(), may_query, may_see_people, verifier }
        }))
    }

    async fn is_valid(&self, account: &Account) -> Result<bool, Fault> {
        Ok(self.logins.is_valid(&account.id, &account.role).await?)
    }

    async fn has_workspace(&self, name: &str) -> Result<bool, Fault> {
        if name.starts_with('_') {
            return Ok(false);
        }
        let known = self.engine.shared.state.workspaces().await?;
        Ok(name == Workspace::default().as_str() || known.iter().any(|one| one.as_str() == name))
    }

    async fn settle(&self) -> Result<(), Fault> {
        // A manual clock stands still while it is asked, so whoever asks sees all of it, as over HTTP.
        if self.engine.shared.clock.is_manual() {
            let engine = Arc::clone(&self.engine);
            // To its end, though the caller goes: a step of the ring must not be dropped half-way.
            tokio::spawn(async move { engine.visible().await }).await??;
        }
        Ok(())
    }

    fn views(&self, workspace: &str) -> Vec<View> {
        let workspace = Workspace::new(workspace);
        let mut columns = self.engine.promoted_columns(&workspace);
        let standing = gyre_ring::described_views();
        let views = self.engine.views(&workspace).into_iter().map(|(name, query)| {
            let own = columns.extract_if(.., |column| column.view == name);
            let described = own.filter_map(|column| Some((column.column, column.description?)));
            let mut described = Described { table: None, columns: described.collect() };
            if let Some(view) = standing.iter().find(|view| view.name == name) {
                described.table = Some(view.comment.to_owned());
                described.columns.extend(
                    (view.columns.iter())
                        .map(|(name, what)| ((*name).to_owned(), (*what).to_owned())),
                );
            }
            View { name, query, described }
        });
        views.collect()
    }

    fn comments(&self) -> Comments {
        let described = gyre_ring::tables().into_iter().map(|spec| {
            let columns = spec.columns.into_iter();
            let columns = columns.map(|(name, what)| (name.to_owned(), what.comment.to_owned()));
            let table = Some(spec.comment.to_owned());
            (spec.name.to_owned(), Described { table, columns: columns.collect() })
        });
        // Views tell of themselves where they are defined.
        let live = gyre_ring::described_views().into_iter().filter(|one| one.name == "persons");
        let live = live.map(|view| {
            let own =
                view.columns.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned()));
            let columns = own.collect();
            (view.name.to_owned(), Described { table: Some(view.comment.to_owned()), columns })
        });
        described.chain(live).collect()
    }
}
