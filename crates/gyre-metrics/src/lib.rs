//! Metrics: one definition of every number, and the way from a question to it.
//!
//! What enters: definitions ([`gyre_config::kinds::Metric`]), a [`Question`] of names and values, and
//! [`Facts`] (the time, who must not count, what campaigns show). [`Catalogue::plan`] checks it and
//! compiles it into syntax trees with bound parameters, one per metric and period: texts of this crate
//! are parsed, and whatever a question or definition says is put into the tree as a parameter or as one
//! of a closed set of columns. [`Plan::read`] makes an [`Answer`] of the rows that the lake gave back.
//! Nothing here does IO or reads a clock.
//!
//! Beside it stands what follows from questions without asking anew: when a report is due and what its
//! board asks ([`tile_asked`]), answers as tables ([`table`]), and whether an alert fires ([`Watch`]).
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
mod coverage;
mod error;
mod estimate;
mod facts;
mod funnel;
#[cfg(test)]
mod golden;
mod numbers;
mod plan;
mod range;
mod rank;
mod schedule;
mod table;
mod tiles;
mod topic;
mod twin;
mod watch;

pub use answer::{
    Answer, AnsweredMetric, ComparedRange, CurvePoint, Number, Period, Row, Shown, State, Value,
};
pub use catalogue::{Catalogue, Entry, Evidence, Status};
pub use coverage::Coverage;
pub use error::{Error, Fault, Result};
pub use facts::{Creative, Facts, LoopFacts};
pub use funnel::{ComparedSteps, FunnelAnswer, FunnelPlan, Step};
pub use gyre_config::question::Question;
pub use plan::{Asked, Plan};
pub use schedule::{
    alert_look_after, alert_look_by, alert_range, end as range_end, fixed as fixed_range,
    report_due_after, report_due_by, report_range, shown as shown_instant,
};
pub use table::{flat, values};
pub use tiles::{Ask, TileAsked, tile_asked};
pub use topic::Topic;
pub use twin::{
    Cell, Column, Headline, Table, change as written_change, figure, funnel as funnel_table,
    headlines, table, written,
};
pub use watch::{Verdict, Watch, Word, judge, why as why_no_number};
