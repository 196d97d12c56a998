//! What is answered about tracking plans.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What plans counted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanCountList {
    counts: Vec<PlanCount>,
    columns: Vec<PromotedColumn>,
}

/// A property that is a column in queries.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromotedColumn {
    /// The view that has it; a query names it like a table.
    view: String,
    column: String,
    /// `text`, `double`, `bigint`, `boolean` or `timestamp`.
    r#type: String,
    plan: String,
    property: String,
    description: Option<String>,
}

/// One thing that a plan counted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanCount {
    plan: String,
    event: String,
    /// `checked`, `mended`, `dropped` or `violation`.
    what: String,
    /// The cleaning rule, or the code of the violation.
    rule: Option<String>,
    property: Option<String>,
    count: u64,
}

/// A plan inferred from traffic.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InferredPlan)]
pub(crate) struct Inferred {
    /// The plan as a document.
    yaml: String,
    /// How often each event was seen.
    events: BTreeMap<String, u64>,
}
