//! A planned rule and its evaluation.

use crate::plan::{Build, failure};
use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::physical_expr::PhysicalExpr;
use gyre_ports::rules::{Checked, Crossing, Rule, RuleError};
use std::sync::Arc;

/// A rule as a physical expression over its own columns.
#[derive(Debug)]
pub(crate) struct Planned {
    checked: Checked,
    /// Only the columns the rule reads, in the order of `checked.columns`.
    schema: SchemaRef,
    /// Where each stood in the schema the rule was compiled against.
    places: Vec<usize>,
    plan: Arc<dyn PhysicalExpr>,
}

impl Planned {
    pub(crate) fn new(
        state: &SessionState,
        checked: Checked,
        schema: &Schema,
    ) -> Result<Self, RuleError> {
        let places = checked
            .columns
            .iter()
            .map(|name| schema.index_of(name).map_err(|_| missing(name)))
            .collect::<Result<Vec<_>, _>>()?;
        // Any row may be null, whatever the schema at hand says.
        let own = places
            .iter()
            .map(|place| Arc::new(schema.field(*place).clone().with_nullable(true)))
            .collect::<Vec<_>>();
        let own = Schema::new(own);
        let named = crate::named(&own)?;
        let logical = Build { state, schema: &named }.term(&checked.term)?;
        let plan =
            state.create_physical_expr(logical, &named).map_err(|failed| failure(&failed))?;
        let rule = Self { checked, schema: Arc::new(own), places, plan };
        // A pattern that is no pattern fails here and not in the middle of the night.
        rule.run(&rule.nobody()?).map_err(|failed| failure(&failed))?;
        Ok(rule)
    }

    /// One row of nulls.
    fn nobody(&self) -> Result<RecordBatch, RuleError> {
        let nulls = self.schema.fields().iter().map(|of| new_null_array(of.data_type(), 1));
        self.batch(nulls.collect(), 1)
    }

    fn batch(
        &self,
        columns: Vec<arrow_array::ArrayRef>,
        rows: usize,
    ) -> Result<RecordBatch, RuleError> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .map_err(|failed| failure(&DataFusionError::from(failed)))
    }

    /// Its own columns of a batch, which may hold more of them in any order.
    fn project(&self, batch: &RecordBatch) -> Result<RecordBatch, RuleError> {
        let given = batch.schema_ref();
        let mut columns = Vec::with_capacity(self.places.len());
        for (field, place) in self.schema.fields().iter().zip(&self.places) {
            let same = given.fields().get(*place).is_some_and(|at| at.name() == field.name());
            let place = if same { Some(*place) } else { given.index_of(field.name()).ok() };
            let column = place
                .map(|place| batch.column(place))
                .filter(|column| column.data_type() == field.data_type())
                .ok_or_else(|| missing(field.name()))?;
            columns.push(Arc::clone(column));
        }
        self.batch(columns, batch.num_rows())
    }

    fn run(&self, batch: &RecordBatch) -> Result<BooleanArray, DataFusionError> {
        let answers = self.plan.evaluate(batch)?.into_array(batch.num_rows())?;
        let answers = answers.as_boolean_opt().ok_or_else(|| {
            DataFusionError::Execution("the answers are not true or false".to_owned())
        })?;
        Ok(match answers.nulls() {
            None => answers.clone(),
            Some(known) => BooleanArray::new(answers.values() & known.inner(), None),
        })
    }
}

fn missing(column: &str) -> RuleError {
    RuleError {
        message: format!("the batch has no column {column} of the type the rule was compiled for"),
        words: Some(column.to_owned()),
        hint: None,
    }
}

impl Rule for Planned {
    fn evaluate(&self, batch: &RecordBatch) -> Result<BooleanArray, RuleError> {
        let own = self.project(batch)?;
        if let Ok(answers) = self.run(&own) {
            return Ok(answers);
        }
        // One row whose time or number overflows must not silence the others: it is null by itself.
        let alone = |row| self.run(&own.slice(row, 1)).is_ok_and(|answer| answer.value(0));
        Ok((0..own.num_rows()).map(|row| Some(alone(row))).collect())
    }
    fn columns(&self) -> &[String] {
        &self.checked.columns
    }
    fn crossings(&self) -> &[Crossing] {
        &self.checked.crossings
    }
}
