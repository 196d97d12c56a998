//! Cursors: answers that are read a piece at a time (`DECLARE`, `FETCH`, `MOVE`, `CLOSE`).

use crate::error::{code, error};
use crate::prepared::Answer;
use pgwire::error::PgWireError;
use pgwire::messages::data::DataRow;
use sqlparser::ast::{FetchDirection, Value, ValueWithSpan};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The most cursors of a connection: each holds what is left of its answer.
const MOST: usize = 16;

/// The open cursors of a connection.
#[derive(Debug, Default)]
pub(crate) struct Cursors(BTreeMap<String, Cursor>);

#[derive(Debug)]
struct Cursor {
    fields: crate::prepared::Fields,
    rows: VecDeque<DataRow>,
}

impl Cursors {
    /// Opens one with its whole answer.
    pub(crate) fn open(&mut self, name: String, answer: Answer) -> Result<(), PgWireError> {
        if self.0.contains_key(&name) {
            return Err(error("42P03", format!("cursor \"{name}\" already exists")));
        }
        if self.0.len() >= MOST {
            return Err(error(code::TOO_MANY, format!("at most {MOST} cursors are open at once")));
        }
        let Answer { fields, rows } = answer;
        self.0.insert(name, Cursor { fields, rows: rows.into() });
        Ok(())
    }

    /// The next rows of one.
    pub(crate) fn fetch(
        &mut self,
        name: &str,
        direction: &FetchDirection,
    ) -> Result<Answer, PgWireError> {
        let cursor = self
            .0
            .get_mut(name)
            .ok_or_else(|| error(code::NO_CURSOR, format!("cursor \"{name}\" does not exist")))?;
        let wanted = wanted(direction)?.min(cursor.rows.len());
        let rows = cursor.rows.drain(..wanted).collect();
        Ok(Answer { fields: Arc::clone(&cursor.fields), rows })
    }

    /// The columns of one.
    pub(crate) fn fields(&self, name: &str) -> Option<crate::prepared::Fields> {
        self.0.get(name).map(|cursor| Arc::clone(&cursor.fields))
    }

    /// Closes one.
    pub(crate) fn close(&mut self, name: &str) -> Result<(), PgWireError> {
        match self.0.remove(name) {
            Some(_) => Ok(()),
            None => Err(error(code::NO_CURSOR, format!("cursor \"{name}\" does not exist"))),
        }
    }

    /// Closes all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

fn wanted(direction: &FetchDirection) -> Result<usize, PgWireError> {
    let number = |value: &ValueWithSpan| match &value.value {
        Value::Number(text, _) => text.parse().ok(),
        _ => None,
    };
    let wanted = match direction {
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Some(1),
        FetchDirection::Count { limit } | FetchDirection::Forward { limit: Some(limit) } => {
            number(limit)
        }
        FetchDirection::All | FetchDirection::ForwardAll => Some(usize::MAX),
        _ => None,
    };
    wanted.ok_or_else(|| error("55000", "cursor can only scan forward"))
}
