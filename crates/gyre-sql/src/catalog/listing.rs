//! The tables that the system catalog tells of: their names and columns, without what they hold.

use super::Named;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::datasource::TableType;
use datafusion::error::Result;
use datafusion_pg_catalog::pg_catalog::catalog_info::CatalogInfo;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;

/// By schema, then by table.
pub(super) type Listed = BTreeMap<String, BTreeMap<String, (SchemaRef, TableType)>>;

/// What there is in a database, as of the last time that it changed.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    database: String,
    listed: Arc<RwLock<Arc<Listed>>>,
}

impl Listing {
    pub(super) fn new(database: &str) -> Self {
        Self { database: database.to_owned(), listed: Arc::default() }
    }

    /// Looks again.
    pub(super) fn replace(&self, listed: Listed) {
        *self.listed.write() = Arc::new(listed);
    }

    fn now(&self) -> Arc<Listed> {
        Arc::clone(&self.listed.read())
    }

    fn table(&self, schema: &str, table: &str) -> Option<(SchemaRef, TableType)> {
        self.now().get(schema)?.get(table).cloned()
    }
}

/// What schemas hold; those of the system are listed without tables.
pub(super) async fn list(schemas: &[Named]) -> Result<Listed> {
    let mut listed = Listed::new();
    for (name, schema) in schemas {
        let mut tables = BTreeMap::new();
        for table in schema.table_names() {
            let Some(provider) = schema.table(&table).await? else { continue };
            let kind = schema.table_type(&table).await?.unwrap_or(TableType::Base);
            tables.insert(table, (provider.schema(), kind));
        }
        listed.insert(name.clone(), tables);
    }
    for system in ["information_schema", "pg_catalog"] {
        listed.insert(system.to_owned(), BTreeMap::new());
    }
    Ok(listed)
}

#[async_trait]
impl CatalogInfo for Listing {
    async fn catalog_names(&self) -> Result<Vec<String>> {
        Ok(vec![self.database.clone()])
    }

    async fn schema_names(&self, catalog: &str) -> Result<Option<Vec<String>>> {
        let is_ours = catalog == self.database;
        Ok(is_ours.then(|| self.now().keys().cloned().collect()))
    }

    async fn table_names(&self, _: &str, schema: &str) -> Result<Option<Vec<String>>> {
        Ok(self.now().get(schema).map(|tables| tables.keys().cloned().collect()))
    }

    async fn table_schema(&self, _: &str, schema: &str, table: &str) -> Result<Option<SchemaRef>> {
        Ok(self.table(schema, table).map(|(columns, _)| columns))
    }

    async fn table_type(&self, _: &str, schema: &str, table: &str) -> Result<Option<TableType>> {
        Ok(self.table(schema, table).map(|(_, kind)| kind))
    }
}
