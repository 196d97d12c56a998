//! The scan of a snapshot: stock DataFusion nodes only.

use super::Snapshot;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use std::sync::Arc;

#[async_trait]
impl TableProvider for Snapshot {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| {
            if self.decided_by_path(filter) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Inexact
            }
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let keep = self.prune(state, filters)?;
        let files: Vec<PartitionedFile> = self
            .files
            .iter()
            .zip(keep)
            .filter_map(|(file, keep)| keep.then(|| file.clone()))
            .collect();
        if files.is_empty() {
            // A scan without files fails DataFusion's sanity check.
            let schema = match projection {
                Some(columns) => Arc::new(self.schema.project(columns)?),
                None => Arc::clone(&self.schema),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let partitions = state.config().target_partitions().max(1);
        let groups = dealt(files, partitions);
        let (groups, about) = self.merged(groups)?;
        let options = TableParquetOptions {
            global: state.config_options().execution.parquet.clone(),
            ..Default::default()
        };
        let url = ObjectStoreUrl::parse(&self.root[..url::Position::BeforePath])?;
        // Files never change, so what stands in their footers is read once.
        let runtime = state.runtime_env();
        let cached = CachedParquetFileReaderFactory::new(
            runtime.object_store(&url)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let source = ParquetSource::new(self.scan_schema.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(cached));
        // Always given: Delta keeps the partition column where it was declared, the scan has it last.
        let columns = match projection {
            Some(columns) => columns.iter().map(|column| self.places[*column]).collect(),
            None => self.places.clone(),
        };
        // The filter itself reaches the source by DataFusion's own pushdown rule.
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(about)
            .with_projection_indices(Some(columns))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Files by partition, in their order: every partition begins with its newest. DataFusion's own split sorts
/// by path.
fn dealt(files: Vec<PartitionedFile>, partitions: usize) -> Vec<FileGroup> {
    let mut groups = vec![FileGroup::default(); partitions.min(files.len())];
    for (place, file) in files.into_iter().enumerate() {
        let group = place % groups.len();
        groups[group].push(file);
    }
    groups
}

impl Snapshot {
    /// Merges what is known per file into what is known per group and in all. The files' own is
    /// dropped: pruning is done, and it makes a plan that is sent elsewhere four times as big.
    fn merged(&self, groups: Vec<FileGroup>) -> Result<(Vec<FileGroup>, Statistics)> {
        let schema = self.scan_schema.table_schema();
        let mut known = Vec::with_capacity(groups.len());
        let mut merged = Vec::with_capacity(groups.len());
        for group in groups {
            let per_file = group.iter().filter_map(|file| file.statistics.as_deref());
            let about = Statistics::try_merge_iter(per_file, schema)?;
            let files = group.into_inner().into_iter().map(|mut file| {
                file.statistics = None;
                file
            });
            merged.push(FileGroup::new(files.collect()).with_statistics(Arc::new(about.clone())));
            known.push(about);
        }
        let all = Statistics::try_merge_iter(known.iter(), schema)?;
        Ok((merged, all))
    }
}
