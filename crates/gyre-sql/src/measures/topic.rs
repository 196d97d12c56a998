//! A topic as a table: it has columns to name, and no rows of its own.

use super::{AGES, Measure, TIME, Topic};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, plan_err};
use datafusion::datasource::TableType;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// The type of `time`.
pub(super) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The table of a topic.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) topic: Arc<Topic>,
    columns: SchemaRef,
}

impl Table {
    pub(super) fn new(topic: Arc<Topic>) -> Self {
        let time = Field::new(TIME, time_type(), true);
        let dimensions = topic.dimensions.iter();
        let dimensions = dimensions.map(|(name, _)| Field::new(name, DataType::Utf8, true));
        let measures = topic.measures.iter();
        let measures = measures.map(|one| Field::new(&one.name, DataType::Float64, true));
        let ages = AGES.iter().filter(|_| topic.has_ages);
        let ages = ages.map(|(name, _)| Field::new(*name, DataType::Int64, true));
        let columns = std::iter::once(time).chain(ages).chain(dimensions).chain(measures);
        let columns: Vec<Field> = columns.collect();
        Self { columns: Arc::new(Schema::new(columns)), topic }
    }

    /// The measure of that name.
    pub(super) fn measure(&self, name: &str) -> Option<&Measure> {
        self.topic.measures.iter().find(|one| one.name == name)
    }
}

#[async_trait]
impl TableProvider for Table {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.columns)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let table = &self.topic.name;
        let measure = self.topic.measures.first().map_or("…", |one| one.name.as_str());
        if self.topic.has_ages {
            return plan_err!(
                "metrics.{table} has no rows of its own: its measures are computed for ages, as in \
                 SELECT age_month, MEASURE({measure}) FROM metrics.{table} GROUP BY 1"
            );
        }
        plan_err!(
            "metrics.{table} has no rows of its own: its measures are computed for what they are \
             split by, as in SELECT date_trunc('day', time), MEASURE({measure}) FROM metrics.{table} \
             WHERE time >= now() - interval '30 days' GROUP BY 1; metrics.{table}_daily has a row per day"
        )
    }
}
