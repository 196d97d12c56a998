//! Metrics: one definition of every number, and the way from a question to it.
//!
//! What enters: definitions ([`gyre_config::kinds::Metric`]), a [`Question`] of names and values, and
//! [`Facts`] (the time, who must not count, what campaigns show). [`Catalogue::plan`] checks it and
//! compiles it into syntax trees with bound parameters, one per metric and period: texts of this crate
//! are parsed, and whatever a question or definition says is put into the tree as a parameter or as one
//! of a closed set of columns. [`Plan::read`] makes an [`Answer`] of the rows that the lake gave back.
//! Nothing here does IO or reads a clock.
//!
//! Laws: a ratio is a ratio of sums; a total is a question of its own, never the sum of rows; who is
//! still within a window counts neither above nor below the line; nought over nought is nothing; every
//! value carries what it was computed from, its definition's version and its evidence.
#![warn(missing_docs)]

mod answer;
mod ast;
mod base;
mod catalogue;
mod compile;
mod error;
mod estimate;
mod facts;
mod numbers;
mod plan;
mod question;
mod range;
mod rank;
mod table;
mod topic;

pub use answer::{Answer, AnsweredMetric, ComparedRange, Number, Period, Row, Shown, State, Value};
pub use catalogue::{Catalogue, Entry, Evidence, Status};
pub use error::{Error, Fault, Result};
pub use facts::{Creative, Facts, LoopFacts};
pub use plan::{Asked, Plan};
pub use question::{
    AgeUnit, Attribution, AttributionModel, Cohort, Compare, Direction, Filter, FilterOperator,
    Grain, Having, HavingOperator, Order, Question, RangeAsked, RangeType, TimeAsked, TimeUnit,
};
pub use table::{flat, values};
pub use topic::Topic;
