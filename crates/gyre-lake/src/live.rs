//! What a query sees of a table: the committed rows and the rows of the tail above their fence.

use crate::fence::Fences;
use crate::tail::Part;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;
use std::sync::Arc;

/// What is committed of a table, at one instant.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// The committed rows.
    pub(crate) provider: Arc<dyn TableProvider>,
    /// The columns as rows are appended and written.
    pub(crate) written: SchemaRef,
    /// The columns as queries see them.
    pub(crate) shown: SchemaRef,
    /// Up to where rows are committed.
    pub(crate) fences: Fences,
}

/// Committed rows and the tail above them.
#[derive(Debug)]
pub(crate) struct Live {
    base: Arc<dyn TableProvider>,
    hot: Vec<RecordBatch>,
}

impl Live {
    /// `tail` must have been captured before `base` was loaded: rows that were committed in between
    /// are then in both, and dropped here; in the other order they would be in neither.
    pub(crate) fn new(tail: Option<&Part>, base: &Base) -> Self {
        let hot = tail.map(|tail| tail.shown_above(&base.fences)).unwrap_or_default();
        Self { base: Arc::clone(&base.provider), hot }
    }
}

#[async_trait]
impl TableProvider for Live {
    fn schema(&self) -> SchemaRef {
        self.base.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        if self.hot.is_empty() {
            return self.base.supports_filters_pushdown(filters);
        }
        // The tail does not filter; the filter stays above both.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let committed = self.base.scan(state, projection, filters, limit).await?;
        if self.hot.is_empty() {
            return Ok(committed);
        }
        let hot = MemTable::try_new(self.schema(), vec![self.hot.clone()])?;
        let hot = hot.scan(state, projection, &[], limit).await?;
        UnionExec::try_new(vec![committed, hot])
    }
}
