//! Resources as YAML: one envelope, strict parsing, errors that name the place, and the difference
//! between what is written and what runs. Nothing here reads a file or asks a server.
//!
//! `spec` belongs to people, `managed` to the loop. Applying a file never touches `managed`.
#![warn(missing_docs)]

mod boards;
pub mod case;
pub mod check;
pub mod diagnostic;
mod expression;
mod funnel;
pub mod kinds;
mod metrics;
mod nearest;
mod parse;
mod places;
pub mod plan;
mod print;
pub mod pull;
pub mod question;
mod reference;
pub mod resource;
mod schema;
mod shape;
mod yaml;

pub use boards::boards;
pub use case::TestCase;
pub use check::{CHANNELS, CheckRule, RuleFault, RuleUse, Scope, check, frozen_hint};
pub use diagnostic::{Diagnostic, Severity, all_fine};
pub use expression::Expression;
pub use funnel::{Funnel, FunnelStep};
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
