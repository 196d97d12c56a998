//! `gyre math`: the numbers of `gyre-math` for people, from files of rows or from sums as JSON.
//!
//! Reads CSV and Parquet, a row at a time where sums are enough, or one request of any public estimator
//! as JSON ([`schema`] says what can be asked). Answers are tables, or JSON with full precision.
#![warn(missing_docs)]

mod answer;
mod command;
#[cfg(test)]
mod documents;
mod failure;
mod files;
mod print;
#[cfg(test)]
mod reference;
mod request;
mod rows;
pub mod schema;

pub use command::{Command, run};
pub use failure::Failure;
