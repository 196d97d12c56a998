//! The system catalog of one database. It lives as long as the server, so that the numbers by which
//! clients know tables stay the same from one question to the next.

use super::Named;
use super::comments::Descriptions;
use super::listing::{self, Listing};
use crate::accounts::Comments;
use crate::error::internal;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlanBuilder, col, lit};
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::pg_catalog::{PgCatalogSchemaProvider, PgCatalogStaticTables};
use pgwire::error::PgWireError;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Mutex;

type Played = PgCatalogSchemaProvider<Listing, EmptyContextProvider>;

/// The system catalog of a database.
#[derive(Debug)]
pub(super) struct Database {
    name: String,
    listing: Listing,
    played: Arc<Played>,
    pub(super) descriptions: Arc<Descriptions>,
    /// What there was when it was looked at last.
    seen: Mutex<Option<BTreeSet<(String, String)>>>,
}

impl Database {
    pub(super) fn new(name: &str, fixed: Arc<PgCatalogStaticTables>) -> Result<Self> {
        let listing = Listing::new(name);
        let played = Played::try_new(listing.clone(), fixed, EmptyContextProvider)?;
        Ok(Self {
            name: name.to_owned(),
            listing,
            played: Arc::new(played),
            descriptions: Arc::default(),
            seen: Mutex::default(),
        })
    }

    /// Its schema `pg_catalog`.
    pub(super) fn schema(&self) -> Arc<dyn SchemaProvider> {
        Arc::new(System {
            database: self.name.clone(),
            played: Arc::clone(&self.played),
            descriptions: Arc::clone(&self.descriptions),
        })
    }

    /// Looks at tables and comments again if there are others than before. `state` has this catalog.
    pub(super) async fn refresh(
        &self,
        state: &SessionState,
        schemas: &[Named],
        comments: impl Fn() -> Vec<(String, Comments)>,
    ) -> Result<(), PgWireError> {
        let tables = schemas.iter().flat_map(|(name, schema)| {
            schema.table_names().into_iter().map(|table| (name.clone(), table))
        });
        // A view's columns are part of its name here: they may change.
        let mut now: BTreeSet<(String, String)> = tables.collect();
        let comments = comments();
        now.extend(comments.iter().flat_map(|(schema, tables)| {
            tables.iter().flat_map(move |(table, described)| {
                let columns = described.columns.keys();
                columns.map(move |column| (schema.clone(), format!("{table}.{column}")))
            })
        }));
        let mut seen = self.seen.lock().await;
        if seen.as_ref() == Some(&now) {
            return Ok(());
        }
        let listed = listing::list(schemas).await;
        self.listing.replace(listed.map_err(|why| internal("the tables", &why))?);
        let looked = self.descriptions.look(state, &comments).await;
        looked.map_err(|why| internal("what tables mean", &why))?;
        *seen = Some(now);
        Ok(())
    }
}

/// `pg_catalog` with our descriptions in it.
#[derive(Debug)]
struct System {
    database: String,
    played: Arc<Played>,
    descriptions: Arc<Descriptions>,
}

#[async_trait]
impl SchemaProvider for System {
    fn table_names(&self) -> Vec<String> {
        self.played.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if name.eq_ignore_ascii_case("pg_description") {
            return Ok(Some(self.descriptions.table()?));
        }
        let table = self.played.table(name).await?;
        let Some(table) = table.filter(|_| name.eq_ignore_ascii_case("pg_database")) else {
            return self.played.table(name).await;
        };
        // The played catalog adds one that nobody can connect to.
        let plan = LogicalPlanBuilder::scan("pg_database", provider_as_source(table), None)?
            .filter(col("datname").eq(lit(self.database.as_str())))?
            .build()?;
        Ok(Some(Arc::new(ViewTable::new(plan, None))))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.played.table_exist(name)
    }
}
