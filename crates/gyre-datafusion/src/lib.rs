//! What everything that stands on DataFusion shares: one session state with Gyre's functions, the
//! check that a query only reads, bound parameters, and errors a caller can act on.
//!
//! Nothing here holds data. The lake brings tables, the rules bring expressions.
#![warn(missing_docs)]

mod budget;
mod compact;
mod error;
mod feature;
mod join;
mod json;
mod memory;
mod parameter;
mod plan;
mod read_only;
mod state;
mod tables;
mod text;
mod timeline;

pub use budget::{Budget, bounded};
pub use compact::compact;
pub use error::{failure, invalid};
pub use join::{keeps_a_side, spilling};
pub use parameter::scalar;
pub use plan::{parse, plan, plan_statement};
pub use read_only::read_only;
pub use state::{
    CATALOG, Limits, SCHEMA, at, for_one_query, gyre_config, gyre_runtime, gyre_state, with_tables,
};
pub use tables::{Bounds, Tables};
pub use text::{plain, plain_schema, plain_type, view_schema, view_type};

#[cfg(test)]
mod tests;
