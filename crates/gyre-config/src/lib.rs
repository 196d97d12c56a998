//! Resources as YAML: one envelope, strict parsing, errors that name the place, and the difference
//! between what is written and what runs. Nothing here reads a file or asks a server.
//!
//! `spec` belongs to people, `managed` to the loop. Applying a file never touches `managed`.
#![warn(missing_docs)]

pub mod case;
pub mod check;
pub mod diagnostic;
mod expression;
pub mod kinds;
mod metrics;
mod nearest;
mod parse;
mod places;
pub mod plan;
mod print;
pub mod pull;
mod reference;
pub mod resource;
mod schema;
mod shape;
mod yaml;

pub use case::TestCase;
pub use check::{CheckRule, RuleFault, RuleUse, Scope, check};
pub use diagnostic::{Diagnostic, Severity, all_fine};
pub use expression::Expression;
pub use metrics::metrics;
pub use nearest::hint as nearest_hint;
pub use parse::{Item, Parsed, parse};
pub use places::{Part, Places};
pub use plan::{Plan, PlanOptions, Running, plan};
pub use print::{PrintError, print};
pub use pull::{ManagedHalf, PullError, Pulled, pull};
pub use reference::reference;
pub use resource::{Metadata, Resource, Spec};
pub use schema::json_schema;

#[cfg(test)]
mod tests;
