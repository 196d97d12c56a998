//! A topic with a row per day, for tools that cannot write `MEASURE`. Only what is read is computed.

use super::condition::{add, column, simple};
use super::{AT_ONCE, Asked, DAILY, DAY, Measure, Measures, TIME, Topic, wrong};
use crate::session::Session as Connection;
use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, AsArray, Date32Array, Float64Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result, internal_err};
use datafusion::datasource::TableType;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableScan};
use datafusion::physical_plan::ExecutionPlan;
use gyre_model::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far back it goes where no condition says so.
pub(super) const DAYS: i64 = 90;
const MICROSECONDS: i64 = 86_400_000_000;

/// What the daily table of a topic is made of.
#[derive(Debug)]
pub(super) struct Days {
    pub(super) topic: Arc<Topic>,
    columns: SchemaRef,
    names: Vec<String>,
}

impl Days {
    pub(super) fn new(topic: Arc<Topic>) -> Self {
        let daily = topic.measures.iter().filter(|one| one.is_daily);
        let names: Vec<String> = daily.map(|one| one.name.clone()).collect();
        let mut columns = vec![Field::new(DAY, DataType::Date32, false)];
        columns.extend(names.iter().map(|name| Field::new(name, DataType::Float64, true)));
        Self { columns: Arc::new(Schema::new(columns)), names, topic }
    }
}

/// The daily table of a topic, for a connection.
#[derive(Debug)]
pub(super) struct Daily {
    of: Arc<Days>,
    measures: Arc<dyn Measures>,
    connection: Arc<Connection>,
}

impl Daily {
    pub(super) fn new(
        of: Arc<Days>,
        measures: Arc<dyn Measures>,
        connection: Arc<Connection>,
    ) -> Self {
        Self { of, measures, connection }
    }

    /// Refuses to add up, or to take the mean of, what does not allow it.
    pub(super) fn check(&self, expressions: &[Expr]) -> gyre_ports::Result<()> {
        for expression in expressions {
            let mut plain = expression;
            while let Expr::Alias(alias) = plain {
                plain = &alias.expr;
            }
            let Expr::AggregateFunction(function) = plain else { continue };
            let adds = match function.func.name() {
                "sum" => false,
                "avg" | "mean" => true,
                _ => continue,
            };
            let name = function.params.args.first().and_then(column);
            let measure = name.and_then(|name| self.measure(name));
            if let Some(measure) = measure.filter(|one| adds || !one.is_additive) {
                let (table, name) = (&self.of.topic.name, &measure.name);
                let what = format!("the days of {name} cannot be put together by `{plain}`");
                let hint =
                    format!("ask for the whole: SELECT MEASURE({name}) FROM metrics.{table}");
                return Err(wrong(what, &hint));
            }
        }
        Ok(())
    }

    fn measure(&self, name: &str) -> Option<&Measure> {
        self.of.topic.measures.iter().find(|one| one.name == name)
    }

    /// The days that a statement reads.
    fn period(&self, state: &SessionState, scan: &TableScan) -> gyre_ports::Result<Asked> {
        let mut asked = Asked {
            grain: Some("day".to_owned()),
            may_see_people: self.connection.account.may_see_people,
            ..Asked::default()
        };
        let schema = DFSchema::try_from_qualified_schema(scan.table_name.clone(), &self.of.columns);
        let schema = Arc::new(schema.map_err(super::broken)?);
        for filter in &scan.filters {
            let plain = simple(state, &schema, filter)?;
            // What is not understood is computed, and left out by the engine.
            let mut with = asked.clone();
            if add(&mut with, &plain, DAY).is_ok() && with.conditions.is_empty() {
                asked = with;
            }
        }
        let day = |at: Timestamp| Timestamp(at.0.div_euclid(MICROSECONDS) * MICROSECONDS);
        asked.from = asked.from.map(day);
        // A day belongs to it as a whole.
        asked.to = asked.to.map(|at| day(Timestamp(at.0 + MICROSECONDS - 1)));
        if asked.from.is_none() {
            let props = state.execution_props().query_execution_start_time;
            let now = props.map_or(0, |now| now.timestamp_micros());
            let end = asked.to.map_or(now, |to| to.0.min(now));
            asked.from = Some(day(Timestamp(end - DAYS * MICROSECONDS)));
        }
        Ok(asked)
    }

    /// The columns that are read of the days that are read.
    pub(super) async fn answer(
        &self,
        state: &SessionState,
        scan: &TableScan,
    ) -> gyre_ports::Result<RecordBatch> {
        let asked = self.period(state, scan)?;
        let all: Vec<usize> = (0..self.of.columns.fields().len()).collect();
        self.rows(asked, scan.projection.as_ref().unwrap_or(&all)).await
    }

    async fn rows(&self, asked: Asked, columns: &[usize]) -> gyre_ports::Result<RecordBatch> {
        let wanted: Vec<&String> =
            columns.iter().filter_map(|place| self.of.names.get(place.checked_sub(1)?)).collect();
        // Days alone are those of a count, which has a row for each.
        let asked_for: Vec<&String> = if wanted.is_empty() {
            let counts = |name: &&String| self.measure(name).is_some_and(|one| one.is_additive);
            self.of.names.iter().find(counts).or(self.of.names.first()).into_iter().collect()
        } else {
            wanted
        };
        let mut days: BTreeMap<i32, BTreeMap<String, f64>> = BTreeMap::new();
        for some in asked_for.chunks(AT_ONCE) {
            let names: Vec<String> = some.iter().copied().cloned().collect();
            let asked = Asked { measures: names.clone(), ..asked.clone() };
            let rows = self.measures.ask(&self.connection.database, asked).await?;
            read(&rows, &names, &mut days).map_err(super::broken)?;
        }
        let arrays = columns.iter().map(|place| -> ArrayRef {
            match place.checked_sub(1).and_then(|place| self.of.names.get(place)) {
                None => Arc::new(Date32Array::from_iter_values(days.keys().copied())),
                Some(name) => {
                    let values = days.values().map(|day| day.get(name).copied());
                    Arc::new(values.collect::<Float64Array>())
                }
            }
        });
        let columns: Vec<Field> =
            columns.iter().map(|place| self.of.columns.field(*place).clone()).collect();
        let schema = Arc::new(Schema::new(columns));
        let options =
            datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(days.len()));
        let batch = RecordBatch::try_new_with_options(schema, arrays.collect(), &options);
        batch.map_err(|why| super::broken(why.into()))
    }
}

fn read(
    rows: &RecordBatch,
    names: &[String],
    days: &mut BTreeMap<i32, BTreeMap<String, f64>>,
) -> Result<()> {
    let Some(times) = rows.column_by_name(TIME) else {
        return internal_err!("the answer by day has no time");
    };
    let times = cast(times, &DataType::Date32)?;
    let times = times.as_primitive::<Date32Type>();
    for day in times.iter().flatten() {
        days.entry(day).or_default();
    }
    for name in names {
        let Some(column) = rows.column_by_name(name) else { continue };
        for (day, value) in times.iter().zip(column.as_primitive::<Float64Type>()) {
            if let (Some(day), Some(value)) = (day, value) {
                days.entry(day).or_default().insert(name.clone(), value);
            }
        }
    }
    Ok(())
}

#[async_trait]
impl TableProvider for Daily {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.of.columns)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        internal_err!("days of metrics are asked for before a plan is run")
    }
}

/// The name of the daily table of a topic.
pub(super) fn name(topic: &Topic) -> String {
    format!("{}{DAILY}", topic.name)
}
