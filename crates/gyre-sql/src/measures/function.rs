//! `MEASURE(name)`: written as an aggregate, and taken out of the plan before it could be one.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::plan_err;
use datafusion::logical_expr::{AggregateUDF, Volatility, create_udaf};
use std::sync::Arc;

/// Its name.
pub(super) const NAME: &str = "measure";

/// The function. What is left of it when a plan is run was asked of something else.
pub(crate) fn function() -> AggregateUDF {
    create_udaf(
        NAME,
        vec![DataType::Float64],
        Arc::new(DataType::Float64),
        Volatility::Stable,
        Arc::new(|_| {
            plan_err!(
                "MEASURE() is asked of the tables of schema metrics and takes the name of a measure"
            )
        }),
        Arc::new(vec![DataType::Float64]),
    )
}
