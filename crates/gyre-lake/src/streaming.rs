//! Live tables as queries read them: rows are made by the server while they are read.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::stream;
use gyre_ports::lake::LiveTable;
use std::sync::Arc;

/// A live table as a provider.
pub(crate) fn provider(table: &Arc<dyn LiveTable>) -> Result<Arc<dyn TableProvider>> {
    let rows = Arc::new(Rows { table: Arc::clone(table), schema: table.schema() });
    Ok(Arc::new(StreamingTable::try_new(table.schema(), vec![rows])?))
}

#[derive(Debug)]
struct Rows {
    table: Arc<dyn LiveTable>,
    schema: SchemaRef,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.table.rows().map(|batch| -> Result<RecordBatch> {
            batch.map_err(|error| DataFusionError::External(Box::new(error)))
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::iter(rows)))
    }
}
