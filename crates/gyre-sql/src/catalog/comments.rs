//! What tables and columns mean, by the numbers under which clients know them.

use crate::accounts::Comments;
use datafusion::arrow::array::{Array, AsArray, Int32Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Int16Type, Int32Type, Schema};
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::physical_plan::collect;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `pg_class` itself is numbered: whose rows are described.
const CLASS: i32 = 1259;

/// Descriptions by (table, column); column 0 is the table itself.
#[derive(Debug, Default)]
pub(super) struct Descriptions(RwLock<BTreeMap<(i32, i32), String>>);

impl Descriptions {
    /// What one object is said to be.
    pub(super) fn get(&self, table: i32, column: i32) -> Option<String> {
        self.0.read().get(&(table, column)).cloned()
    }

    /// Looks up the numbers of everything that is described.
    pub(super) async fn look(
        &self,
        state: &SessionState,
        comments: &[(String, Comments)],
    ) -> Result<()> {
        let numbers = "SELECT c.oid, n.nspname, c.relname, CAST(0 AS SMALLINT), CAST(NULL AS VARCHAR) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             UNION ALL SELECT c.oid, n.nspname, c.relname, a.attnum, a.attname \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid";
        let plan = state.create_logical_plan(numbers).await?;
        let plan = state.create_physical_plan(&plan).await?;
        let mut found = BTreeMap::new();
        for batch in collect(plan, state.task_ctx()).await? {
            let text = |index: usize| -> Result<StringArray> {
                let cast = datafusion::arrow::compute::cast(batch.column(index), &DataType::Utf8)?;
                Ok(cast.as_string::<i32>().clone())
            };
            let (schemas, tables, columns) = (text(1)?, text(2)?, text(4)?);
            let oids = batch.column(0).as_primitive::<Int32Type>();
            let places = batch.column(3).as_primitive::<Int16Type>();
            for row in 0..batch.num_rows() {
                let schema = comments.iter().find(|(name, _)| name == schemas.value(row));
                let Some(described) = schema.and_then(|(_, all)| all.get(tables.value(row))) else {
                    continue;
                };
                let said = if columns.is_null(row) {
                    described.table.as_ref()
                } else {
                    described.columns.get(columns.value(row))
                };
                if let Some(said) = said {
                    found.insert((oids.value(row), i32::from(places.value(row))), said.clone());
                }
            }
        }
        *self.0.write() = found;
        Ok(())
    }

    /// `pg_description`.
    pub(super) fn table(&self) -> Result<Arc<dyn TableProvider>> {
        let all = self.0.read();
        let field = |name: &str, kind| Field::new(name, kind, false);
        let schema = Arc::new(Schema::new(vec![
            field("objoid", DataType::Int32),
            field("classoid", DataType::Int32),
            field("objsubid", DataType::Int32),
            field("description", DataType::Utf8),
        ]));
        let batch = RecordBatch::try_new(
            Arc::clone(&schema),
            vec![
                Arc::new(all.keys().map(|(table, _)| *table).collect::<Int32Array>()),
                Arc::new(all.keys().map(|_| CLASS).collect::<Int32Array>()),
                Arc::new(all.keys().map(|(_, column)| *column).collect::<Int32Array>()),
                Arc::new(all.values().map(|said| Some(said.as_str())).collect::<StringArray>()),
            ],
        )?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }
}
