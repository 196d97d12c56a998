//! Questions: constant text, parsed, with everything that varies bound as a parameter.

use crate::error::{Error, Result};
use gyre_model::{Span, Timestamp};
use gyre_ports::lake::{Parameter, Query, Sql};
use sqlparser::ast::Statement;
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::time::Duration;

/// A stretch of time: `from` belongs to it, `to` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first instant.
    pub from: Timestamp,
    /// The instant at which it is over.
    pub to: Timestamp,
}

/// A question to the lake.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What it is called where queries are shown.
    pub name: &'static str,
    /// Its syntax tree; `$1`, `$2`, … stand for the parameters.
    pub statement: Statement,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
}

impl Asked {
    /// Parses a question. Fails only if this crate is wrong, which its tests rule out.
    pub(crate) fn parse(
        name: &'static str,
        sql: &'static str,
        parameters: Vec<Parameter>,
    ) -> Result<Self> {
        let statement = Parser::new(&GenericDialect {})
            .try_with_sql(sql)
            .and_then(|mut parser| parser.parse_statement())
            .map_err(|source| Error::Question { name, source })?;
        Ok(Self { name, statement, parameters })
    }

    /// The text over several lines, for "show SQL".
    pub fn sql(&self) -> String {
        format!("{:#}", self.statement)
    }

    /// As the lake takes it.
    pub fn into_query(self, max_rows: usize, timeout: Duration) -> Query {
        let sql = Sql::Tree(Box::new(self.statement));
        Query { sql, parameters: self.parameters, max_rows, timeout }
    }
}

pub(crate) fn text(value: &str) -> Parameter {
    Parameter::Text(value.to_owned())
}

pub(crate) fn time(value: Timestamp) -> Parameter {
    Parameter::Time(value)
}

/// A length of time as the text that SQL casts to an interval; there is no parameter of that type.
pub(crate) fn span(value: Span) -> Parameter {
    Parameter::Text(format!("{} microseconds", value.0))
}
