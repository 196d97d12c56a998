//! What numbers rest on: how many of the people, and of what they did, may be counted at all, and how much
//! comes late. Asked of the lake by one statement, like a metric.

use crate::ast;
use crate::compile::{Compiler, common};
use crate::error::Result;
use crate::facts::Facts;
use crate::numbers::Columns;
use crate::twin::figure;
use arrow_array::RecordBatch;
use gyre_model::{Span, Timestamp};
use gyre_ports::lake::{Parameter, Query, Sql};
use serde::Serialize;
use sqlparser::ast::Statement;
use std::time::Duration;

/// Days that are looked at.
const DAYS: u32 = 28;

/// What the numbers of a workspace rest on, by what happened in the last days up to the watermark.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coverage {
    /// How many days were looked at.
    pub days: u32,
    /// Of the people who did something, the share who may be measured. Nothing where nobody is known, and
    /// in an answer of which no metric leaves anybody out.
    pub people: Option<f64>,
    /// Of the events, the share that is of those people: others are of people who may not be measured, or
    /// came without anybody. Nothing in an answer of which no metric leaves anybody out.
    pub events: Option<f64>,
    /// Of the events, the share that came more than five minutes after they happened. What came after more
    /// than seven days is history, and counts neither as late nor as not.
    pub late: Option<f64>,
}

impl Coverage {
    /// What to ask the lake.
    pub fn asked(facts: &Facts, timeout: Duration) -> Result<Query> {
        let (statement, parameters) = compile(facts)?;
        let sql = Sql::Tree(Box::new(statement));
        Ok(Query { sql, parameters, max_rows: 1, timeout })
    }

    /// Reads what the lake gave back; nothing where nothing happened.
    pub fn read(batches: &[RecordBatch]) -> Result<Option<Self>> {
        let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else {
            return Ok(None);
        };
        let columns = Columns(batch);
        let count = |name: &'static str| -> Result<i64> {
            Ok(columns.integers(name)?.get(0).unwrap_or_default())
        };
        let events = count("events")?;
        if events <= 0 {
            return Ok(None);
        }
        let share = |part: i64, of: i64| (of > 0).then(|| part as f64 / of as f64);
        Ok(Some(Self {
            days: DAYS,
            people: share(count("covered_people")?, count("people")?),
            events: share(count("covered_events")?, events),
            late: share(count("late")?, count("fresh")?),
        }))
    }

    /// The same for numbers that leave nobody out.
    pub(crate) fn of_everybody(self) -> Self {
        Self { people: None, events: None, ..self }
    }

    /// As it is said: "covers 97.0 % of people", "0.4 % of events come late".
    pub fn said(&self) -> Vec<String> {
        let covers = |share| format!("covers {} of people", figure(share, "percent"));
        let late = |share| format!("{} of events come late", figure(share, "percent"));
        self.people.map(covers).into_iter().chain(self.late.map(late)).collect()
    }
}

fn compile(facts: &Facts) -> Result<(Statement, Vec<Parameter>)> {
    let from = Timestamp((facts.watermark - Span::days(i64::from(DAYS))).0.max(0));
    // Tests and those who work here are people too: that they are not counted is no loss.
    let mut bound = common(facts, &facts.withheld, false, from, Span(0));
    bound.set("from", Parameter::Time(from));
    bound.set("watermark", Parameter::Time(facts.watermark));
    let mut compiler = Compiler::new(bound, false);
    compiler.read("excluded");
    compiler.finish(ast::query("coverage", include_str!("shapes/coverage.sql"))?, facts)
}

#[cfg(test)]
mod tests {
    use super::{Coverage, compile};
    use crate::compile::told;
    use arrow_array::{ArrayRef, Int64Array, RecordBatch};
    use expect_test::expect_file;
    use std::sync::Arc;

    fn counted(counts: [Option<i64>; 6]) -> Option<Coverage> {
        let names = ["events", "covered_events", "people", "covered_people", "fresh", "late"];
        let columns = names.into_iter().zip(counts).map(|(name, count)| {
            let column: ArrayRef = Arc::new(Int64Array::from(vec![count]));
            (name, column)
        });
        Coverage::read(&[RecordBatch::try_from_iter(columns).unwrap()]).unwrap()
    }

    #[test]
    fn the_statement_says_who_is_withheld_only_as_a_parameter() {
        let facts = crate::golden::facts();
        let (statement, parameters) = compile(&facts).unwrap();
        let sql = told(&statement, &parameters, &facts.withheld);
        expect_file!["golden/coverage.sql"].assert_eq(&format!("-- coverage\n{sql};\n"));
    }

    #[test]
    fn shares_are_of_what_there_is() {
        let found =
            counted([Some(200), Some(190), Some(40), Some(38), Some(150), Some(3)]).unwrap();
        assert_eq!((found.people, found.events), (Some(0.95), Some(0.95)));
        assert_eq!(found.late, Some(0.02));
        assert_eq!(found.said(), ["covers 95.0 % of people", "2.0 % of events come late"]);
        let everybody = found.of_everybody();
        assert_eq!((everybody.people, everybody.events, everybody.late), (None, None, Some(0.02)));
    }

    #[test]
    fn nothing_is_no_share() {
        assert_eq!(Coverage::read(&[]).unwrap(), None);
        // A sum of nothing is null.
        assert_eq!(counted([None; 6]), None);
        let nobody = counted([Some(5), Some(0), Some(0), Some(0), Some(0), Some(0)]).unwrap();
        assert_eq!((nobody.people, nobody.events, nobody.late), (None, Some(0.0), None));
        assert_eq!(nobody.said(), [""; 0]);
    }
}
