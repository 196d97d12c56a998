//! The system catalog of one database. It lives as long as the server, so that the numbers by which
//! clients know tables stay the same from one question to the next.

use super::Named;
use super::comments::Descriptions;
use super::listing::{self, Listing};
use crate::accounts::Comments;
use crate::error::internal;
use crate::measures::{Built, Topics};
use async_trait::async_trait;
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, col, lit};
use datafusion::scalar::ScalarValue;
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
    /// What was made of the topics last.
    metrics: parking_lot::Mutex<Option<Arc<Built>>>,
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
            metrics: parking_lot::Mutex::default(),
            seen: Mutex::default(),
        })
    }

    /// What is made of these topics: what it was before, if they are the same.
    pub(super) fn metrics(&self, topics: &Topics) -> Arc<Built> {
        let mut kept = self.metrics.lock();
        match &*kept {
            Some(built) if built.is_of(topics) => Arc::clone(built),
            _ => Arc::clone(kept.insert(Arc::new(Built::new(topics)))),
        }
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
        // Columns and what they mean are part of a name here: they may change.
        let mut now: BTreeSet<(String, String)> = tables.collect();
        let comments = comments();
        now.extend(comments.iter().flat_map(|(schema, tables)| {
            tables.iter().flat_map(move |(table, described)| {
                let columns = described.columns.iter();
                columns
                    .map(move |(column, text)| (schema.clone(), format!("{table}.{column} {text}")))
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

/// Columns that the played catalog does not have, or not as lists, as PostgreSQL has them. Nothing here has
/// options, rights of its own or an index, so they hold nothing.
const MORE: &[(&str, &[(&str, Kind)])] = &[
    ("pg_class", &[("reloptions", Kind::Texts), ("relacl", Kind::Texts)]),
    (
        "pg_index",
        &[
            ("indkey", Kind::Numbers),
            ("indclass", Kind::Numbers),
            ("indoption", Kind::Numbers),
            ("indcollation", Kind::Numbers),
            ("indnkeyatts", Kind::Number),
            ("indnullsnotdistinct", Kind::Truth),
        ],
    ),
];

/// The type of such a column.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Texts,
    Numbers,
    Number,
    Truth,
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Self::Texts => DataType::new_list(DataType::Utf8, true),
            Self::Numbers => DataType::new_list(DataType::Int32, true),
            Self::Number => DataType::Int16,
            Self::Truth => DataType::Boolean,
        }
    }
}

/// A table with these columns, whether it had them or not.
fn widened(
    name: &str,
    table: Arc<dyn TableProvider>,
    columns: &[(&str, Kind)],
) -> Result<Arc<dyn TableProvider>> {
    let schema = table.schema();
    let kept = schema.fields().iter().map(|field| field.name());
    let kept = kept.filter(|name| columns.iter().all(|(more, _)| more != name)).map(col);
    let mut all: Vec<Expr> = kept.collect();
    for (name, kind) in columns {
        all.push(lit(ScalarValue::try_new_null(&kind.data_type())?).alias(*name));
    }
    let plan = LogicalPlanBuilder::scan(name, provider_as_source(table), None)?.project(all)?;
    Ok(Arc::new(ViewTable::new(plan.build()?, None)))
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
        let Some(table) = self.played.table(name).await? else { return Ok(None) };
        if let Some((name, columns)) = MORE.iter().find(|(more, _)| name.eq_ignore_ascii_case(more))
        {
            return widened(name, table, columns).map(Some);
        }
        if !name.eq_ignore_ascii_case("pg_database") {
            return Ok(Some(table));
        }
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
